package io.headgate.streams;

import io.headgate.rules.LimitOverrides;
import io.headgate.rules.OverLimit;
import io.headgate.rules.Rule;
import io.headgate.rules.RuleSet;
import io.headgate.rules.RulesChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a limiter, which may be changed while it runs: by another set of rules, and by
 * limits of single keys, classes and rules. What has been counted is kept. A change that cannot be
 * made is refused with its reason, and nothing is different then.
 *
 * <p>Safe for any thread. A task takes a change over with its next record; one object serves all
 * tasks of a limiter.
 */
public final class LiveRules {

  private volatile RulesState state;
  private volatile long applied = 1;
  private volatile long refused;
  private volatile @Nullable String lastRefusal;

  /** Whether a limiter with these rules has a place to hold records in; under the monitor. */
  private boolean mayHold = true;

  /** Whether every limiter with these rules has a way to other topics; under the monitor. */
  private boolean mayRoute = true;

  private LiveRules(RulesState state) {
    this.state = state;
  }

  /**
   * Starts with some rules.
   *
   * @param rules what they say at first
   * @return the live rules
   */
  public static LiveRules of(RuleSet rules) {
    return new LiveRules(new RulesState(rules, LimitOverrides.none(rules)));
  }

  /** What the rules say now; on the way of every record. */
  RulesState state() {
    return state;
  }

  /**
   * Returns the rules as they are now.
   *
   * @return the rules, without the limits of single keys and classes
   */
  public RuleSet rules() {
    return state.rules();
  }

  /**
   * Returns the limits of single keys, classes and rules as they are now.
   *
   * @return them
   */
  public LimitOverrides overrides() {
    return state.overrides();
  }

  /**
   * Replaces the rules. Their names, and each one's windows, must stay.
   *
   * @param rules what they say from now on
   * @return why not; nothing if it was done, or nothing is different
   */
  public synchronized Optional<String> replace(RuleSet rules) {
    if (rules.equals(state.rules())) {
      return Optional.empty();
    }
    List<String> reasons = new ArrayList<>(RulesChange.between(state.rules(), rules).reasons());
    for (Rule rule : rules.rules()) {
      if (!mayHold && does(rule, OverLimit.Action.HOLD)) {
        reasons.add(noPlace(rule));
      }
      if (!mayRoute && does(rule, OverLimit.Action.ROUTE)) {
        reasons.add(noWay(rule));
      }
    }
    if (!reasons.isEmpty()) {
      return refuse(String.join("; ", reasons));
    }
    LimitOverrides.Results kept = state.overrides().onto(rules);
    return kept.refusals().isEmpty()
        ? apply(new RulesState(rules, kept.overrides()))
        : refuse(kept.refusals().toString());
  }

  private static boolean does(Rule rule, OverLimit.Action action) {
    return rule.overLimit() != null && rule.overLimit().action() == action;
  }

  private static String noPlace(Rule rule) {
    return "rule "
        + rule.name()
        + " holds records, and the limiter has no place for them since none of its rules did when it"
        + " started: start it anew";
  }

  private static String noWay(Rule rule) {
    return "rule "
        + rule.name()
        + " routes blocked records, and the limiter alone has no way to a topic: put it in with"
        + " Headgate.apply(...)";
  }

  /** Told by a limiter that takes these rules and stands alone in its stream. */
  synchronized void mayNotRoute() {
    mayRoute = false;
  }

  /** Told by a limiter that takes these rules whether it has a place to hold records in. */
  synchronized void mayHold(boolean place) {
    mayHold &= place;
  }

  /**
   * Sets or removes the limits of a key, a class or a rule.
   *
   * @param entry {@code RULE}, {@code RULE/class/CLASS} or {@code RULE/key/KEY}
   * @param value {@code {"limits":["20/1s"]}}; null to remove them
   * @return why not; nothing if it was done
   */
  public synchronized Optional<String> override(String entry, @Nullable String value) {
    LimitOverrides.Result result = state.overrides().with(entry, value);
    return result.refusal() != null
        ? refuse(result.refusal())
        : apply(new RulesState(state.rules(), result.overrides()));
  }

  private synchronized Optional<String> apply(RulesState newState) {
    state = newState;
    applied++;
    return Optional.empty();
  }

  /** Counts a change that was wrong before it came here. */
  synchronized Optional<String> refuse(String reason) {
    lastRefusal = reason;
    refused++;
    return Optional.of(reason);
  }

  /**
   * Returns how often the rules were set: 1 at first, and one more with each change.
   *
   * @return the version that is applied
   */
  public long version() {
    return applied;
  }

  /**
   * Returns how many changes were refused.
   *
   * @return changes since the start
   */
  public long refused() {
    return refused;
  }

  /**
   * Returns why a change was refused at last.
   *
   * @return the reason; nothing if none was
   */
  public Optional<String> lastRefusal() {
    return Optional.ofNullable(lastRefusal);
  }
}
