package io.headgate.rules;

import io.headgate.RateLimit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Says whether rules may take the place of running ones with all counts kept. They may if they
 * count the same things in the same windows: the same names, and under each the same windows,
 * buckets and modes in the same order, by the same limit key. The order of the rules may change,
 * and so may all that decides without counting: conditions, units, costs, shadows, percentages,
 * exempt keys, classes, policies, and what becomes of records over the limit.
 *
 * @param reasons why they may not, in one line each; empty if they may
 */
public record RulesChange(List<String> reasons) {

  /**
   * Keeps the reasons as they are now.
   *
   * @param reasons why the rules may not be replaced
   */
  public RulesChange {
    reasons = List.copyOf(reasons);
  }

  /**
   * Compares rules.
   *
   * @param running those that are in force
   * @param next those that are to be
   * @return the verdict
   */
  public static RulesChange between(RuleSet running, RuleSet next) {
    List<String> reasons = new ArrayList<>();
    if (!running.key().equals(next.key())) {
      reasons.add("the limit key was " + running.key() + " and is " + next.key());
    }
    for (Rule rule : running.rules()) {
      int index = next.indexOf(rule.name());
      if (index < 0) {
        reasons.add("rule " + rule.name() + " is gone");
      } else {
        compare(rule, next.rule(index), reasons);
      }
    }
    for (Rule rule : next.rules()) {
      if (running.indexOf(rule.name()) < 0) {
        reasons.add("rule " + rule.name() + " is new");
      }
    }
    return new RulesChange(reasons);
  }

  /**
   * Says whether the running rules may be replaced.
   *
   * @return true if all counts are kept
   */
  public boolean keepsCounts() {
    return reasons.isEmpty();
  }

  private static void compare(Rule before, Rule after, List<String> reasons) {
    List<String> old = geometries(before);
    List<String> now = geometries(after);
    if (old.equals(now)) {
      return;
    }
    Set<String> sameInAnyOrder = new HashSet<>(old);
    reasons.add(
        "rule "
            + before.name()
            + (sameInAnyOrder.equals(new HashSet<>(now))
                ? " has its limits in another order: "
                : " counts in other windows: ")
            + old
            + " before, "
            + now
            + " now");
  }

  /** What the counts of a rule depend on: of each limit all but its units. */
  private static List<String> geometries(Rule rule) {
    return rule.limits().stream().map(RulesChange::geometry).toList();
  }

  private static String geometry(RateLimit limit) {
    // As a limit says it, without its units.
    String text = limit.toString();
    return text.substring(text.indexOf('/') + 1);
  }
}
