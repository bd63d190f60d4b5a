package io.headgate.rules;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.headgate.RateLimit;
import io.headgate.rules.yaml.Problems;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One entry of {@link LimitOverrides}, read and checked. Immutable. */
final class OverrideEntry {

  /** No limit has so few units. */
  static final long NONE = 0;

  enum Scope {
    RULE,
    CLASS,
    KEY
  }

  private static final int MAX_TEXT = 10_000;
  private static final int MAX_FOUND = 60;
  private static final String FORM = "{\"limits\":[\"20/1s\",\"1000/1h\"]}";
  private static final ObjectReader JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build()
          .readerFor(JsonNode.class);

  /** What it is for. */
  final Scope scope;

  /** Index of its rule. */
  final int rule;

  /** The class or the limit key; empty if it is for the whole rule. */
  final String name;

  /** For each limit of the rule, {@link #NONE} for those that it does not name. */
  final long[] units;

  /** Its value as it was given; empty if it takes an entry out. */
  final String text;

  private OverrideEntry(Scope scope, int rule, String name, long[] units, String text) {
    this.scope = scope;
    this.rule = rule;
    this.name = name;
    this.units = units;
    this.text = text;
  }

  /**
   * Reads an entry.
   *
   * @param value its value; null to read the key alone
   * @throws IllegalArgumentException if it is none for these rules, in one line that says why
   */
  static OverrideEntry parse(RuleSet rules, String key, @Nullable String value) {
    int slash = key.indexOf('/');
    String ruleName = slash < 0 ? key : key.substring(0, slash);
    int second = slash < 0 ? -1 : key.indexOf('/', slash + 1);
    String word = slash < 0 ? "" : key.substring(slash + 1, second < 0 ? key.length() : second);
    if (slash >= 0 && (second < 0 || !(word.equals("class") || word.equals("key")))) {
      throw new IllegalArgumentException("expected RULE, RULE/class/CLASS or RULE/key/KEY");
    }
    int index = rules.indexOf(ruleName);
    if (index < 0) {
      String names = rules.rules().stream().map(Rule::name).collect(Collectors.joining(", "));
      throw new IllegalArgumentException("no rule \"" + ruleName + "\": expected one of " + names);
    }
    Rule rule = rules.rule(index);
    Scope scope = slash < 0 ? Scope.RULE : word.equals("key") ? Scope.KEY : Scope.CLASS;
    if (scope == Scope.CLASS && rule.classOf() == null) {
      throw new IllegalArgumentException(
          "rule " + ruleName + " has no classes: give it a class, or name keys");
    }
    String name = second < 0 ? "" : key.substring(second + 1);
    long[] units = value == null ? new long[rule.limits().size()] : units(rule, value);
    return new OverrideEntry(scope, index, name, units, value == null ? "" : value);
  }

  private static long[] units(Rule rule, String value) {
    JsonNode root = json(value);
    JsonNode limits = root.path("limits");
    if (!root.isObject() || root.size() != 1 || !limits.isArray() || limits.isEmpty()) {
      throw new IllegalArgumentException("found " + brief(value) + ", expected " + FORM);
    }
    long[] units = new long[rule.limits().size()];
    for (JsonNode item : limits) {
      if (!item.isTextual()) {
        throw new IllegalArgumentException(
            "found "
                + brief(item.toString())
                + " among its limits, expected a text such as \"20/1s\"");
      }
      RateLimit limit = RateLimit.parse(item.asText());
      int index = indexOfWindow(rule.limits(), limit);
      if (index < 0) {
        throw new IllegalArgumentException(
            "the window of "
                + brief(item.asText())
                + " is none of rule "
                + rule.name()
                + ", whose limits are "
                + rule.limits());
      }
      if (units[index] != NONE) {
        throw new IllegalArgumentException("has the window of " + item.asText() + " twice");
      }
      units[index] = limit.limit();
    }
    return units;
  }

  private static int indexOfWindow(List<RateLimit> limits, RateLimit limit) {
    for (int i = 0; i < limits.size(); i++) {
      if (limits.get(i).window().equals(limit.window())) {
        return i;
      }
    }
    return -1;
  }

  private static JsonNode json(String value) {
    if (value.length() > MAX_TEXT) {
      throw new IllegalArgumentException(
          "found a text of " + value.length() + " characters, expected at most " + MAX_TEXT);
    }
    try {
      return JSON.readTree(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "found " + brief(value) + ", expected " + FORM + " (" + e.getOriginalMessage() + ")", e);
    }
  }

  private static String brief(String text) {
    return Problems.oneLine(text, MAX_FOUND);
  }
}
