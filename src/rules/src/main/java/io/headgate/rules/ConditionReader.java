package io.headgate.rules;

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

  private final Problems problems;
  private final YamlReader yaml;

  ConditionReader(Problems problems, YamlReader yaml) {
    this.problems = problems;
    this.yaml = yaml;
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
    Map<String, YamlAt> found = yaml.mapping(at, EXPECTED, KEYS);
    if (found == null) {
      return null;
    }
    if (found.isEmpty()) {
      problems.add(at, "an empty mapping", EXPECTED);
      return null;
    }
    List<Condition> parts = new ArrayList<>();
    for (Map.Entry<String, YamlAt> entry : found.entrySet()) {
      Condition part = part(entry.getKey(), entry.getValue(), depth);
      if (part != null) {
        parts.add(part);
      }
    }
    return parts.size() == found.size() ? Conditions.allOf(parts) : null;
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
      List<String> names = yaml.texts(at, "topics, or {is|prefix|pattern: TEXT}");
      return names == null ? null : Conditions.topic(names.get(0), rest(names));
    }
    Map<String, YamlAt> found = yaml.mapping(at, "topics, or a test of them", TESTS);
    String test = found == null ? null : one(at, found, TESTS);
    if (found == null || test == null) {
      return null;
    }
    return switch (test) {
      case "is" -> any(found.get(test), Conditions::topic);
      case "prefix" -> text(found.get(test), Conditions::topicPrefix);
      default -> text(found.get(test), Conditions::topicPattern);
    };
  }

  private @Nullable Condition key(YamlAt at) {
    List<String> tests = List.of("is", "prefix", "pattern", "cidr");
    Map<String, YamlAt> found = yaml.mapping(at, "{is|prefix|pattern|cidr: TEXT}", tests);
    String test = found == null ? null : one(at, found, tests);
    if (found == null || test == null) {
      return null;
    }
    return switch (test) {
      case "is" -> any(found.get(test), Conditions::keyIs);
      case "prefix" -> text(found.get(test), Conditions::keyPrefix);
      case "pattern" -> text(found.get(test), Conditions::keyPattern);
      default -> any(found.get(test), Conditions::keyCidr);
    };
  }

  private @Nullable Condition header(YamlAt at) {
    Map<String, YamlAt> found = named(at, "name");
    String test =
        found == null ? null : one(at, found, List.of("is", "prefix", "pattern", "present"));
    YamlAt nameAt = found == null ? null : found.get("name");
    if (found == null || test == null || nameAt == null) {
      return null;
    }
    String name = yaml.text(nameAt, "a header's name");
    if (name == null) {
      return null;
    }
    return switch (test) {
      case "is" -> any(found.get(test), (text, more) -> Conditions.headerIs(name, text, more));
      case "prefix" -> text(found.get(test), text -> Conditions.headerPrefix(name, text));
      case "pattern" -> text(found.get(test), text -> Conditions.headerPattern(name, text));
      default -> present(found.get(test), Conditions.headerPresent(name));
    };
  }

  private @Nullable Condition field(YamlAt at) {
    Map<String, YamlAt> found = named(at, "pointer");
    String test =
        found == null ? null : one(at, found, List.of("is", "prefix", "pattern", "present"));
    YamlAt pointerAt = found == null ? null : found.get("pointer");
    if (found == null || test == null || pointerAt == null) {
      return null;
    }
    String pointer = yaml.text(pointerAt, "a JSON pointer, such as /user/id");
    if (pointer == null) {
      return null;
    }
    if (text(pointerAt, Conditions::fieldPresent) == null) {
      return null;
    }
    return switch (test) {
      case "is" -> any(found.get(test), (text, more) -> Conditions.fieldIs(pointer, text, more));
      case "prefix" -> text(found.get(test), text -> Conditions.fieldPrefix(pointer, text));
      case "pattern" -> text(found.get(test), text -> Conditions.fieldPattern(pointer, text));
      default -> present(found.get(test), Conditions.fieldPresent(pointer));
    };
  }

  /** A mapping with a test of something that is named. */
  private @Nullable Map<String, YamlAt> named(YamlAt at, String name) {
    List<String> keys = List.of(name, "is", "prefix", "pattern", "present");
    String expected = "{" + name + ": ..., is|prefix|pattern: TEXT} or {..., present: true}";
    Map<String, YamlAt> found = yaml.mapping(at, expected, keys);
    if (found != null && !found.containsKey(name)) {
      problems.add(at, "no " + name, expected);
    }
    return found;
  }

  /** The one test that a mapping asks for, or null. */
  private @Nullable String one(YamlAt at, Map<String, YamlAt> found, List<String> tests) {
    List<String> asked = new ArrayList<>(tests);
    asked.retainAll(found.keySet());
    if (asked.size() == 1) {
      return asked.get(0);
    }
    problems.add(
        at,
        asked.isEmpty() ? "no test" : String.join(" and ", asked),
        "one of " + String.join(", ", tests),
        asked.isEmpty() ? "" : "for several together: all: [ {...}, {...} ]");
    return null;
  }

  private interface OfTexts {
    Condition make(String text, String... more);
  }

  private @Nullable Condition any(@Nullable YamlAt at, OfTexts maker) {
    List<String> texts = at == null ? null : yaml.texts(at, "a text, or a list of some");
    if (at == null || texts == null) {
      return null;
    }
    return make(at, () -> maker.make(texts.get(0), rest(texts)));
  }

  private @Nullable Condition text(@Nullable YamlAt at, Function<String, Condition> maker) {
    String text = at == null ? null : yaml.text(at, "a text");
    return at == null || text == null ? null : make(at, () -> maker.apply(text));
  }

  private interface Maker {
    Condition make();
  }

  private @Nullable Condition make(YamlAt at, Maker maker) {
    try {
      return maker.make();
    } catch (IllegalArgumentException e) {
      problems.add(at, at.found(), "a usable text", String.valueOf(e.getMessage()));
      return null;
    }
  }

  private @Nullable Condition present(@Nullable YamlAt at, Condition condition) {
    Boolean present = at == null ? null : yaml.truth(at);
    if (at == null || present == null) {
      return null;
    }
    if (!present) {
      problems.add(at, at.found(), "true", "for what is not there: not: {..., present: true}");
      return null;
    }
    return condition;
  }

  private static String[] rest(List<String> texts) {
    return texts.subList(1, texts.size()).toArray(String[]::new);
  }
}
