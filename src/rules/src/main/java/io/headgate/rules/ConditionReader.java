package io.headgate.rules;

import io.headgate.rules.yaml.Problems;
import io.headgate.rules.yaml.YamlAt;
import io.headgate.rules.yaml.YamlMapping;
import io.headgate.rules.yaml.YamlReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads conditions from YAML. What is none becomes a problem and null. Belongs to one thread. */
final class ConditionReader {

  /** Of conditions in each other: aliases can make more than the file shows. */
  private static final int MAX_DEPTH = 32;

  private static final List<String> KEYS =
      List.of("topic", "key", "header", "field", "all", "any", "not");
  private static final String EXPECTED = "always, or a mapping of " + String.join(", ", KEYS);

  private static final List<String> TESTS = List.of("is", "prefix", "pattern");
  private static final List<String> KEY_TESTS = List.of("is", "prefix", "pattern", "cidr");
  private static final List<String> NAMED_TESTS = List.of("is", "prefix", "pattern", "present");

  private static final String TEXT = "a text";
  private static final String TEXTS = "a text, or a list of some";
  private static final String PATTERN = "a pattern of java.util.regex";
  private static final String SUBNET = "ADDRESS/BITS, such as 10.0.0.0/8 or 2001:db8::/32";

  private final Problems problems;
  private final YamlReader yaml;
  private final ValueReader values;

  ConditionReader(Problems problems, YamlReader yaml, ValueReader values) {
    this.problems = problems;
    this.yaml = yaml;
    this.values = values;
  }

  @Nullable Condition condition(YamlAt at) {
    return condition(at, 0);
  }

  private @Nullable Condition condition(YamlAt at, int depth) {
    if (depth > MAX_DEPTH) {
      problems.add(at, "more than " + MAX_DEPTH + " conditions in each other", "fewer");
      return null;
    }
    if (at.isScalar()) {
      return yaml.word(at, List.of("always"), EXPECTED) == null ? null : Conditions.always();
    }
    YamlMapping found = yaml.mapping(at, EXPECTED, KEYS);
    if (found == null) {
      return null;
    }
    if (found.keys().isEmpty() && found.whole()) {
      problems.add(at, "an empty mapping", EXPECTED);
    }
    List<Condition> parts = new ArrayList<>();
    for (Map.Entry<String, YamlAt> entry : found.values().entrySet()) {
      Condition part = part(entry.getKey(), entry.getValue(), depth);
      if (part != null) {
        parts.add(part);
      }
    }
    boolean all = !parts.isEmpty() && parts.size() == found.keys().size();
    return all ? Conditions.allOf(parts) : null;
  }

  private @Nullable Condition part(String word, YamlAt at, int depth) {
    return switch (word) {
      case "topic" -> topic(at);
      case "key" -> key(at);
      case "header" -> header(at);
      case "field" -> field(at);
      case "not" -> {
        Condition part = condition(at, depth + 1);
        yield part == null ? null : Conditions.not(part);
      }
      default -> group(word, at, depth);
    };
  }

  private @Nullable Condition group(String word, YamlAt at, int depth) {
    List<YamlAt> items = yaml.list(at, "a list of conditions");
    if (items == null) {
      return null;
    }
    if (items.isEmpty()) {
      problems.add(at, "an empty list", "a list of conditions");
      return null;
    }
    List<Condition> parts = new ArrayList<>();
    for (YamlAt item : items) {
      Condition part = condition(item, depth + 1);
      if (part != null) {
        parts.add(part);
      }
    }
    if (parts.size() < items.size()) {
      return null;
    }
    return word.equals("all") ? Conditions.allOf(parts) : Conditions.anyOf(parts);
  }

  private @Nullable Condition topic(YamlAt at) {
    if (!at.isMapping()) {
      return texts(at, "topics, or {is|prefix|pattern: TEXT}", Conditions::topic);
    }
    YamlMapping found = yaml.mapping(at, TEXTS, TESTS);
    YamlAt test = one(at, found, TESTS);
    if (found == null || test == null) {
      return null;
    }
    if (found.has("is")) {
      return texts(test, TEXTS, Conditions::topic);
    }
    return found.has("prefix")
        ? values.value(test, TEXT, Conditions::topicPrefix)
        : values.value(test, PATTERN, Conditions::topicPattern);
  }

  private @Nullable Condition key(YamlAt at) {
    YamlMapping found = yaml.mapping(at, "{is|prefix|pattern|cidr: TEXT}", KEY_TESTS);
    YamlAt test = one(at, found, KEY_TESTS);
    if (found == null || test == null) {
      return null;
    }
    if (found.has("is")) {
      return texts(test, TEXTS, Conditions::keyIs);
    }
    if (found.has("cidr")) {
      return texts(test, SUBNET, Conditions::keyCidr);
    }
    return found.has("prefix")
        ? values.value(test, TEXT, Conditions::keyPrefix)
        : values.value(test, PATTERN, Conditions::keyPattern);
  }

  private @Nullable Condition header(YamlAt at) {
    YamlMapping found = named(at, "name");
    YamlAt test = one(at, found, NAMED_TESTS);
    YamlAt nameAt = found == null ? null : found.get("name");
    String name = nameAt == null ? null : yaml.text(nameAt, "a header's name");
    if (found == null || test == null || name == null) {
      return null;
    }
    if (found.has("is")) {
      return texts(test, TEXTS, (text, more) -> Conditions.headerIs(name, text, more));
    }
    if (found.has("present")) {
      return present(test, Conditions.headerPresent(name));
    }
    return found.has("prefix")
        ? values.value(test, TEXT, text -> Conditions.headerPrefix(name, text))
        : values.value(test, PATTERN, text -> Conditions.headerPattern(name, text));
  }

  private @Nullable Condition field(YamlAt at) {
    YamlMapping found = named(at, "pointer");
    YamlAt test = one(at, found, NAMED_TESTS);
    YamlAt pointerAt = found == null ? null : found.get("pointer");
    Condition there =
        pointerAt == null
            ? null
            : values.value(pointerAt, ValueReader.POINTER, Conditions::fieldPresent);
    if (found == null || test == null || pointerAt == null || there == null) {
      return null;
    }
    String pointer = pointerAt.text();
    if (found.has("is")) {
      return texts(test, TEXTS, (text, more) -> Conditions.fieldIs(pointer, text, more));
    }
    if (found.has("present")) {
      return present(test, there);
    }
    return found.has("prefix")
        ? values.value(test, TEXT, text -> Conditions.fieldPrefix(pointer, text))
        : values.value(test, PATTERN, text -> Conditions.fieldPattern(pointer, text));
  }

  /** A mapping with a test of something that is named. */
  private @Nullable YamlMapping named(YamlAt at, String name) {
    List<String> keys = new ArrayList<>(NAMED_TESTS);
    keys.add(0, name);
    String expected = "{" + name + ": ..., is|prefix|pattern: TEXT} or {..., present: true}";
    YamlMapping found = yaml.mapping(at, expected, keys);
    if (found != null && found.whole() && !found.has(name)) {
      problems.add(at, "no " + name, expected);
    }
    return found;
  }

  /** The one test that a mapping asks for, or null. */
  private @Nullable YamlAt one(YamlAt at, @Nullable YamlMapping found, List<String> tests) {
    if (found == null) {
      return null;
    }
    List<String> asked = new ArrayList<>(tests);
    asked.retainAll(found.keys());
    if (asked.size() == 1) {
      return found.get(asked.get(0));
    }
    String expected = "one of " + String.join(", ", tests);
    if (asked.size() > 1) {
      problems.add(
          at, String.join(" and ", asked), expected, "for several together: all: [ {...}, {...} ]");
    } else if (found.whole()) {
      problems.add(at, "no test", expected);
    }
    return null;
  }

  private interface OfTexts {
    Condition make(String text, String... more);
  }

  /** A condition on one text or several, each of which is right by itself. */
  private @Nullable Condition texts(YamlAt at, String expected, OfTexts maker) {
    Function<String, Condition> ofOne = text -> maker.make(text);
    if (!at.isList()) {
      return values.value(at, expected, ofOne);
    }
    List<YamlAt> items = yaml.list(at, expected);
    if (items == null) {
      return null;
    }
    if (items.isEmpty()) {
      problems.add(at, "an empty list", expected);
      return null;
    }
    List<String> texts = new ArrayList<>();
    for (YamlAt item : items) {
      if (values.value(item, expected, ofOne) != null) {
        texts.add(item.text());
      }
    }
    if (texts.size() < items.size()) {
      return null;
    }
    return maker.make(texts.get(0), texts.subList(1, texts.size()).toArray(String[]::new));
  }

  private @Nullable Condition present(YamlAt at, Condition condition) {
    Boolean present = yaml.truth(at);
    if (Boolean.FALSE.equals(present)) {
      problems.add(at, at.found(), "true", "for what is not there: not: {..., present: true}");
    }
    return Boolean.TRUE.equals(present) ? condition : null;
  }
}
