package io.headgate.service.config;

import io.headgate.lane.Delivery;
import io.headgate.lane.Emit;
import io.headgate.lane.EventKey;
import io.headgate.rules.yaml.Problems;
import io.headgate.rules.yaml.YamlAt;
import io.headgate.rules.yaml.YamlMapping;
import io.headgate.rules.yaml.YamlReader;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** Reads which topics are meant. What is none becomes a problem. Belongs to one thread. */
final class TopicReader {

  private static final Pattern NAME = Pattern.compile("(?!\\.{1,2}$)[a-zA-Z0-9._-]{1,249}");
  private static final Pattern PART = Pattern.compile("[a-zA-Z0-9._-]{1,248}");

  static final String TOPIC = "a topic: 1 to 249 letters, digits, '.', '_' or '-'";
  private static final String SOURCES = "a list of topics, or {pattern: REGEX}";
  private static final String OUTPUT = "a topic, {suffix: TEXT} or {prefix: TEXT}";
  private static final String BLOCKED =
      "a topic, or {topic: NAME, delivery: ..., emit: ..., key: ...}";

  private final Problems problems;
  private final YamlReader yaml;

  TopicReader(Problems problems, YamlReader yaml) {
    this.problems = problems;
    this.yaml = yaml;
  }

  @Nullable String topic(YamlAt at) {
    String name = yaml.text(at, TOPIC);
    if (name == null) {
      return null;
    }
    if (!NAME.matcher(name).matches()) {
      problems.add(at, at.found(), TOPIC);
      return null;
    }
    return name;
  }

  @Nullable SourceTopics sources(YamlAt at) {
    if (at.isMapping()) {
      return pattern(at);
    }
    if (at.isScalar() && !at.isNull()) {
      String topic = topic(at);
      return topic == null ? null : new SourceTopics(List.of(topic), null);
    }
    List<YamlAt> items = yaml.list(at, SOURCES);
    if (items == null) {
      return null;
    }
    if (items.isEmpty()) {
      problems.add(at, "an empty list", SOURCES);
      return null;
    }
    List<String> names = new ArrayList<>();
    for (YamlAt item : items) {
      String name = topic(item);
      if (name != null && names.contains(name)) {
        problems.add(item, item.found() + " again", "each topic once");
      } else if (name != null) {
        names.add(name);
      }
    }
    return names.size() == items.size() ? new SourceTopics(names, null) : null;
  }

  private @Nullable SourceTopics pattern(YamlAt at) {
    YamlMapping found = yaml.mapping(at, SOURCES, List.of("pattern"));
    YamlAt patternAt = found == null ? null : found.get("pattern");
    if (patternAt == null) {
      if (found != null && found.whole()) {
        problems.add(at, "no pattern", SOURCES);
      }
      return null;
    }
    String expected = "a pattern of java.util.regex";
    String text = yaml.text(patternAt, expected);
    if (text == null) {
      return null;
    }
    try {
      return new SourceTopics(List.of(), Pattern.compile(text));
    } catch (PatternSyntaxException e) {
      problems.add(patternAt, patternAt.found(), expected, String.valueOf(e.getDescription()));
      return null;
    }
  }

  @Nullable OutputTopics output(YamlAt at) {
    if (!at.isMapping()) {
      String name = at.isScalar() && !at.isNull() ? topic(at) : yaml.text(at, OUTPUT);
      return name == null ? null : new OutputTopics(name, "", "");
    }
    YamlMapping found = yaml.mapping(at, OUTPUT, List.of("prefix", "suffix"));
    if (found == null) {
      return null;
    }
    if (found.keys().isEmpty()) {
      if (found.whole()) {
        problems.add(at, "neither suffix nor prefix", OUTPUT);
      }
      return null;
    }
    String prefix = part(found.get("prefix"));
    String suffix = part(found.get("suffix"));
    return prefix == null || suffix == null ? null : new OutputTopics(null, prefix, suffix);
  }

  /** Nothing for a part that is not there; null for one that is wrong. */
  private @Nullable String part(@Nullable YamlAt at) {
    if (at == null) {
      return "";
    }
    String expected = "part of a topic's name: letters, digits, '.', '_' or '-'";
    String text = yaml.text(at, expected);
    if (text == null || PART.matcher(text).matches()) {
      return text;
    }
    problems.add(at, at.found(), expected);
    return null;
  }

  @Nullable BlockedTopic blocked(YamlAt at) {
    if (!at.isMapping()) {
      String name = at.isScalar() && !at.isNull() ? topic(at) : yaml.text(at, BLOCKED);
      return name == null
          ? null
          : new BlockedTopic(name, Delivery.AT_LEAST_ONCE, Emit.EVERY, EventKey.PLAIN);
    }
    YamlMapping found = yaml.mapping(at, BLOCKED, List.of("topic", "delivery", "emit", "key"));
    if (found == null) {
      return null;
    }
    YamlAt topicAt = found.get("topic");
    if (topicAt == null && found.whole()) {
      problems.add(at, "no topic", "topic: " + TOPIC);
    }
    String name = topicAt == null ? null : topic(topicAt);
    Delivery delivery = constant(found, "delivery", Delivery.AT_LEAST_ONCE);
    Emit emit = constant(found, "emit", Emit.EVERY);
    EventKey key = constant(found, "key", EventKey.PLAIN);
    return name == null || delivery == null || emit == null || key == null
        ? null
        : new BlockedTopic(name, delivery, emit, key);
  }

  private <E extends Enum<E>> @Nullable E constant(YamlMapping found, String key, E otherwise) {
    YamlAt at = found.get(key);
    return at == null ? otherwise : yaml.constant(at, otherwise.getDeclaringClass());
  }
}
