package io.headgate.connect;

import io.headgate.RateLimit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/** Says what is wrong with options: what was found, what expected, how to mend it. Stateless. */
final class OptionChecks {

  static final int MAX_LIMITS = 8;

  private static final Pattern TOPIC = Pattern.compile("[a-zA-Z0-9._-]{1,249}");
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9._-]{1,100}");

  /** What Connect adds to the options of a transform or a predicate. */
  private static final Set<String> OF_CONNECT =
      Set.of("type", "plugin.version", "predicate", "negate");

  private OptionChecks() {}

  static ConfigException wrong(String option, @Nullable Object found, String expected) {
    String text = found == null ? "nothing" : "\"" + found + "\"";
    return new ConfigException(option + ": found " + text + ", expected " + expected);
  }

  static void limits(String option, @Nullable Object value) {
    if (value == null) {
      // Missing, or no list: Connect says so itself.
      return;
    }
    List<?> texts = (List<?>) value;
    if (texts.isEmpty() || texts.size() > MAX_LIMITS) {
      throw wrong(
          option,
          String.join(",", texts.stream().map(String::valueOf).toList()),
          "1 to " + MAX_LIMITS + " limits, such as 10/1s,500/1h");
    }
    Set<Long> windows = new HashSet<>();
    for (Object text : texts) {
      RateLimit limit = Options.checked(option, String.valueOf(text), RateLimit::parse);
      if (!windows.add(limit.windowMillis())) {
        throw wrong(option, text, "limits of different windows: another has this window already");
      }
    }
  }

  static void key(String option, @Nullable Object value) {
    Object unused =
        Options.checked(option, String.valueOf(value), text -> Place.parse(text, Place.Part.VALUE));
  }

  static void cost(String option, @Nullable Object value) {
    Object unused =
        Options.checked(
            option, String.valueOf(value), text -> Cost.parse(text, Place.Part.VALUE, 1));
  }

  static void topic(String option, @Nullable Object value) {
    boolean legal =
        value == null
            || (TOPIC.matcher(value.toString()).matches()
                && !value.equals(".")
                && !value.equals(".."));
    if (!legal) {
      throw wrong(option, value, "a topic: 1 to 249 letters, digits, '.', '_' or '-'");
    }
  }

  static void name(String option, @Nullable Object value) {
    if (value != null && !NAME.matcher(value.toString()).matches()) {
      throw wrong(option, value, "1 to 100 letters, digits, '.', '_' or '-'");
    }
  }

  static void inRange(String option, @Nullable Object value, long from, long to) {
    if (value instanceof Number number && (number.longValue() < from || number.longValue() > to)) {
      throw wrong(option, value, from + " to " + to);
    }
  }

  /**
   * Says what is wrong with options that are right by themselves.
   *
   * @param parsed options by name; null for what could not be read
   * @return messages by option
   */
  static Map<String, String> together(Map<String, Object> parsed) {
    Map<String, String> problems = new HashMap<>();
    Object route = parsed.get(Options.ROUTE_TOPIC);
    Object action = parsed.get(Options.OVER_LIMIT);
    if ("route".equals(action) && route == null) {
      add(problems, Options.ROUTE_TOPIC, null, "a topic, where over.limit=route sends records");
    } else if (route != null && !"route".equals(action)) {
      add(problems, Options.ROUTE_TOPIC, route, "none without over.limit=route");
    }
    Object blocked = parsed.get(Options.BLOCKED_TOPIC);
    boolean brokers = parsed.get(Options.BOOTSTRAP) instanceof List<?> some && !some.isEmpty();
    if (blocked != null && !brokers) {
      add(
          problems,
          Options.BOOTSTRAP,
          null,
          "the brokers of blocked.topic, such as broker1:9092: a plugin is not told the worker's");
    }
    if (blocked != null && blocked.equals(route)) {
      add(problems, Options.BLOCKED_TOPIC, blocked, "another than route.topic");
    }
    if ("worker".equals(parsed.get(Options.SCOPE)) && parsed.get(Options.NAME) == null) {
      add(
          problems,
          Options.NAME,
          null,
          "a name: scope=worker shares one limiter among its bearers");
    }
    if ("wall-clock".equals(parsed.get(Options.TIME))
        && parsed.get(Options.MAX_FUTURE_MS) != null) {
      Object found = parsed.get(Options.MAX_FUTURE_MS);
      add(problems, Options.MAX_FUTURE_MS, found, "none with time=wall-clock, which believes none");
    }
    buckets(parsed, problems);
    return problems;
  }

  private static void buckets(Map<String, Object> parsed, Map<String, String> problems) {
    if (parsed.get(Options.BUCKETS) instanceof Integer buckets
        && parsed.get(Options.LIMITS) instanceof List<?> limits) {
      try {
        limits.forEach(text -> RateLimit.parse(String.valueOf(text)).withBuckets(buckets));
      } catch (IllegalArgumentException e) {
        problems.put(Options.BUCKETS, Options.BUCKETS + ": " + e.getMessage());
      }
    }
  }

  private static void add(
      Map<String, String> problems, String option, @Nullable Object found, String expected) {
    problems.put(option, Objects.requireNonNull(wrong(option, found, expected).getMessage()));
  }

  /**
   * Checks that every option is one.
   *
   * @throws ConfigException if one is not
   */
  static void known(ConfigDef def, Map<String, ?> configs) {
    for (String option : new TreeSet<>(configs.keySet())) {
      if (!def.names().contains(option)
          && !OF_CONNECT.contains(option)
          && !option.startsWith(Options.PRODUCER)) {
        throw new ConfigException(
            option
                + ": found an option of this name, expected "
                + String.join(", ", new TreeSet<>(def.names()))
                + ", or settings under "
                + Options.PRODUCER);
      }
    }
  }
}
