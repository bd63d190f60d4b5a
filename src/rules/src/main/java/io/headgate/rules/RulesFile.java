package io.headgate.rules;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.rules.yaml.Problems;
import io.headgate.rules.yaml.YamlAt;
import io.headgate.rules.yaml.YamlException;
import io.headgate.rules.yaml.YamlMapping;
import io.headgate.rules.yaml.YamlReader;
import io.headgate.rules.yaml.YamlSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads rules from a file in YAML. Its words are those of {@link RuleSet.Builder} and {@link
 * Rule.Builder}, with hyphens, and what it makes is equal to what they make.
 *
 * <p>All that is wrong is said at once, with line and column. Whatever a file holds, nothing else
 * is thrown. Stateless; safe for any thread.
 */
public final class RulesFile {

  private static final List<String> SET_KEYS = List.of("key", "shadow", "rules");
  private static final List<String> RULE_KEYS =
      List.of(
          "name",
          "when",
          "limits",
          "cost",
          "mode",
          "buckets",
          "over-limit",
          "overflow",
          "late",
          "exempt-keys",
          "exempt",
          "shadow",
          "enforce-percent",
          "class");

  private final Problems problems;
  private final YamlReader yaml;
  private final ValueReader values;
  private final ConditionReader conditions;

  private RulesFile(Problems problems) {
    this.problems = problems;
    yaml = new YamlReader(problems);
    values = new ValueReader(problems, yaml);
    conditions = new ConditionReader(problems, yaml, values);
  }

  /**
   * Reads a file.
   *
   * @param file at most 1 MiB of UTF-8
   * @return the rules
   * @throws RulesException if it cannot be read or used, with all that is wrong
   */
  public static RuleSet read(Path file) {
    Problems problems = new Problems(file.toString());
    try {
      return parse(YamlSource.read(file, "a file of rules", problems), problems);
    } catch (YamlException e) {
      throw new RulesException(e);
    }
  }

  /**
   * Reads a text.
   *
   * @param name what errors call it
   * @param text at most 1 MiB, counted in UTF-8
   * @return the rules
   * @throws RulesException if it cannot be used, with all that is wrong
   */
  public static RuleSet parse(String name, String text) {
    try {
      return parse(text, new Problems(name));
    } catch (YamlException e) {
      throw new RulesException(e);
    }
  }

  private static RuleSet parse(String text, Problems problems) {
    RuleSet set = read(YamlSource.compose(text, "rules", problems), problems);
    problems.throwIfAny();
    if (set == null) {
      throw new AssertionError("no rules and no problem");
    }
    return set;
  }

  /**
   * Reads rules that are part of another file.
   *
   * @param at where they stand
   * @param problems where those that they have go
   * @return the rules; or null if there are problems
   * @throws YamlException if there are too many of them
   */
  public static @Nullable RuleSet read(YamlAt at, Problems problems) {
    return new RulesFile(problems).set(at);
  }

  private @Nullable RuleSet set(YamlAt at) {
    int before = problems.count();
    YamlMapping found = yaml.mapping(at, "a mapping with rules in it", SET_KEYS);
    if (found == null) {
      return null;
    }
    RuleSet.Builder set = RuleSet.builder();
    YamlAt key = found.get("key");
    KeySource source = key == null ? null : values.keySource(key);
    if (source != null) {
      set.key(source);
    }
    set.shadow(truth(found.get("shadow")));
    YamlAt list = found.get("rules");
    if (list == null) {
      problems.add(at, "no rules", "rules: a list of 1 to " + RuleSet.MAX_RULES);
      return null;
    }
    List<YamlAt> items = yaml.list(list, "a list of rules");
    if (items == null) {
      return null;
    }
    if (items.isEmpty() || items.size() > RuleSet.MAX_RULES) {
      problems.add(list, items.size() + " rules", "1 to " + RuleSet.MAX_RULES);
      return null;
    }
    rules(items).forEach(set::rule);
    return problems.count() == before ? set.build() : null;
  }

  /** Those rules that are right by themselves, and the problems of them all. */
  private List<Rule> rules(List<YamlAt> items) {
    List<Rule> rules = new ArrayList<>();
    Map<String, YamlAt> names = new HashMap<>();
    String hider = null;
    for (YamlAt item : items) {
      if (hider != null) {
        problems.add(
            item,
            "a rule that no record reaches",
            "rules that are enforced for all records last",
            hider + " is for all records and ends here: move it to the end, or give it a when");
      }
      Rule rule = rule(item, names);
      if (rule != null) {
        rules.add(rule);
        if (rule.endsEveryWalk() && hider == null) {
          hider = "rule \"" + rule.name() + "\" (" + item.path() + ")";
        }
      }
    }
    return rules;
  }

  private @Nullable Rule rule(YamlAt at, Map<String, YamlAt> names) {
    int before = problems.count();
    YamlMapping found = yaml.mapping(at, "a rule: name, when, limits, ...", RULE_KEYS);
    if (found == null) {
      return null;
    }
    String name = name(at, found.get("name"), names);
    Rule.Builder rule = Rule.named(name == null ? "unnamed" : name);
    YamlAt when = found.get("when");
    Condition condition = when == null ? null : conditions.condition(when);
    if (condition != null) {
      rule.when(condition);
    }
    boolean exempt = truth(found.get("exempt"));
    rule.exempt(exempt).shadow(truth(found.get("shadow"))).limits(limits(at, found, exempt));
    policies(rule, found);
    YamlAt exemptKeys = found.get("exempt-keys");
    if (exemptKeys != null) {
      rule.exemptKeys(exemptKeys(exemptKeys));
    }
    YamlAt percent = found.get("enforce-percent");
    Long number = percent == null ? null : yaml.number(percent, 0, 100);
    if (number != null) {
      rule.enforcePercent(number.intValue());
    }
    YamlAt classOf = found.get("class");
    if (classOf != null) {
      rule.classOf(values.keySource(classOf));
    }
    return problems.count() == before ? rule.build() : null;
  }

  private void policies(Rule.Builder rule, YamlMapping found) {
    YamlAt cost = found.get("cost");
    Cost newCost = cost == null ? null : values.cost(cost);
    if (newCost != null) {
      rule.cost(newCost);
    }
    YamlAt overLimit = found.get("over-limit");
    if (overLimit != null) {
      rule.overLimit(values.overLimit(overLimit));
    }
    YamlAt overflow = found.get("overflow");
    OverflowPolicy newOverflow =
        overflow == null ? null : yaml.constant(overflow, OverflowPolicy.class);
    if (newOverflow != null) {
      rule.overflow(newOverflow);
    }
    YamlAt late = found.get("late");
    LatePolicy newLate = late == null ? null : yaml.constant(late, LatePolicy.class);
    if (newLate != null) {
      rule.late(newLate);
    }
  }

  private @Nullable String name(YamlAt rule, @Nullable YamlAt at, Map<String, YamlAt> names) {
    String expected = "1 to 100 letters, digits, '.', '_' or '-'";
    if (at == null) {
      problems.add(rule, "a rule without a name", "name: " + expected);
      return null;
    }
    String name = yaml.text(at, expected);
    if (name == null) {
      return null;
    }
    if (!Rule.isName(name)) {
      problems.add(at, at.found(), expected);
      return null;
    }
    YamlAt earlier = names.putIfAbsent(name, at);
    if (earlier != null) {
      problems.add(
          at,
          at.found() + " again",
          "a name of its own",
          earlier.path() + " " + YamlReader.line(earlier.node()) + " has it already");
    }
    return name;
  }

  private List<RateLimit> limits(YamlAt rule, YamlMapping found, boolean exempt) {
    YamlAt modeAt = found.get("mode");
    Mode mode = modeAt == null ? null : yaml.constant(modeAt, Mode.class);
    YamlAt bucketsAt = found.get("buckets");
    Long buckets = bucketsAt == null ? null : yaml.number(bucketsAt, 1, RateLimit.MAX_BUCKETS);
    String expected = "limits: a list of 1 to " + Rule.MAX_LIMITS + ", such as [ 10/1s, 500/1h ]";
    YamlAt at = found.get("limits");
    if (at == null) {
      if (!exempt) {
        problems.add(rule, "a rule without limits", expected, "or exempt: true");
      }
      return List.of();
    }
    List<YamlAt> items = yaml.list(at, expected);
    if (items == null) {
      return List.of();
    }
    if (items.size() > Rule.MAX_LIMITS || (items.isEmpty() && !exempt)) {
      problems.add(at, items.size() + " limits", "1 to " + Rule.MAX_LIMITS);
      return List.of();
    }
    List<RateLimit> limits = new ArrayList<>();
    List<YamlAt> places = new ArrayList<>();
    for (YamlAt item : items) {
      RateLimit limit = values.limit(item, mode, buckets);
      if (limit == null) {
        continue;
      }
      for (int i = 0; i < limits.size(); i++) {
        if (limits.get(i).window().equals(limit.window())) {
          problems.add(
              item,
              "a second limit of one window (" + limit + ")",
              "limits of different windows",
              places.get(i).path() + " has this window already");
        }
      }
      limits.add(limit);
      places.add(item);
    }
    return limits;
  }

  private List<String> exemptKeys(YamlAt at) {
    List<String> keys = new ArrayList<>();
    List<YamlAt> items = yaml.list(at, "a list of keys");
    if (items != null) {
      for (YamlAt item : items) {
        String key = yaml.text(item, "the text of a key");
        if (key != null) {
          keys.add(key);
        }
      }
    }
    return keys;
  }

  private boolean truth(@Nullable YamlAt at) {
    return at != null && Boolean.TRUE.equals(yaml.truth(at));
  }
}
