package io.headgate.rules;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.rules.yaml.Problems;
import io.headgate.rules.yaml.YamlAt;
import io.headgate.rules.yaml.YamlMapping;
import io.headgate.rules.yaml.YamlReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads limits, costs, key sources and actions from YAML. What is none becomes a problem and null.
 * Belongs to one thread.
 */
final class ValueReader {

  private static final String LIMIT = "UNITS/WINDOW, such as 10/1s or 500/1h";
  private static final String COST =
      "1, bytes, {header: NAME, default: 1} or {field: POINTER, default: 1}";
  private static final String KEY = "record, {header: NAME}, {field: POINTER} or a list of those";
  static final String POINTER = "a JSON pointer, such as /user/id";
  private static final String OVER_LIMIT =
      "drop, tag, {route: TOPIC}, hold or {hold: {max-records-per-key: N, max-time: TIME}}";

  private static final String TIME = "a time of 1ms to 365d, such as 500ms, 90s or 1h";
  private static final Pattern TIME_TEXT = Pattern.compile("([0-9]{1,12})(ms|s|m|h|d)");

  private final Problems problems;
  private final YamlReader yaml;

  ValueReader(Problems problems, YamlReader yaml) {
    this.problems = problems;
    this.yaml = yaml;
  }

  /**
   * Reads a limit.
   *
   * @param mode what it is without a word of its own; strict if null
   * @param buckets what it has without a word of its own; as many as usual if null
   */
  @Nullable RateLimit limit(YamlAt at, @Nullable Mode mode, @Nullable Long buckets) {
    YamlAt text = at;
    if (at.isMapping()) {
      YamlMapping found = yaml.mapping(at, LIMIT, List.of("limit", "buckets", "mode"));
      if (found == null) {
        return null;
      }
      YamlAt bucketsAt = found.get("buckets");
      if (bucketsAt != null) {
        buckets = yaml.number(bucketsAt, 1, RateLimit.MAX_BUCKETS);
      }
      YamlAt modeAt = found.get("mode");
      if (modeAt != null) {
        mode = yaml.constant(modeAt, Mode.class);
      }
      text = found.get("limit");
      if (text == null) {
        if (found.whole()) {
          problems.add(at, "no limit", "limit: " + LIMIT);
        }
        return null;
      }
    }
    RateLimit limit = value(text, LIMIT, RateLimit::parse);
    if (limit == null) {
      return null;
    }
    if (buckets != null) {
      try {
        limit = limit.withBuckets(buckets.intValue());
      } catch (IllegalArgumentException e) {
        problems.add(
            at,
            buckets + " buckets for a window of " + limit.windowMillis() + " ms",
            "buckets of whole milliseconds",
            String.valueOf(e.getMessage()));
        return null;
      }
    }
    return mode == null ? limit : limit.withMode(mode);
  }

  @Nullable Cost cost(YamlAt at) {
    if (!at.isMapping()) {
      String word = yaml.word(at, List.of("1", "bytes"), COST);
      return word == null ? null : word.equals("1") ? Cost.ONE : Cost.VALUE_BYTES;
    }
    YamlMapping found = yaml.mapping(at, COST, List.of("header", "field", "default"));
    if (found == null) {
      return null;
    }
    YamlAt defaultAt = found.get("default");
    Long otherwise = defaultAt == null ? Long.valueOf(1) : number(defaultAt);
    YamlAt header = found.get("header");
    YamlAt field = found.get("field");
    if (!isOne(at, found, header, field, COST)) {
      return null;
    }
    if (header != null) {
      String name = yaml.text(header, "a header's name");
      return name == null || otherwise == null ? null : Cost.header(name, otherwise);
    }
    return otherwise == null ? null : pointer(field, pointer -> Cost.field(pointer, otherwise));
  }

  private @Nullable Long number(YamlAt at) {
    return yaml.number(at, 0, Long.MAX_VALUE);
  }

  @Nullable KeySource keySource(YamlAt at) {
    if (at.isList()) {
      List<YamlAt> items = yaml.list(at, KEY);
      if (items == null || items.isEmpty()) {
        problems.add(at, "an empty list", KEY);
        return null;
      }
      List<KeySource> parts = new ArrayList<>();
      for (YamlAt item : items) {
        KeySource part = keyPart(item);
        if (part != null) {
          parts.add(part);
        }
      }
      return parts.size() == items.size()
          ? KeySource.composite(parts.toArray(KeySource[]::new))
          : null;
    }
    return keyPart(at);
  }

  private @Nullable KeySource keyPart(YamlAt at) {
    if (at.isScalar()) {
      return yaml.word(at, List.of("record"), KEY) == null ? null : KeySource.recordKey();
    }
    YamlMapping found = yaml.mapping(at, KEY, List.of("header", "field"));
    if (found == null) {
      return null;
    }
    YamlAt header = found.get("header");
    YamlAt field = found.get("field");
    if (!isOne(at, found, header, field, KEY)) {
      return null;
    }
    if (header != null) {
      String name = yaml.text(header, "a header's name");
      return name == null ? null : KeySource.header(name);
    }
    return pointer(field, KeySource::field);
  }

  @Nullable OverLimit overLimit(YamlAt at) {
    if (!at.isMapping()) {
      String word = yaml.word(at, List.of("drop", "tag", "hold"), OVER_LIMIT);
      return word == null
          ? null
          : switch (word) {
            case "drop" -> OverLimit.drop();
            case "tag" -> OverLimit.tag();
            default -> OverLimit.hold();
          };
    }
    YamlMapping found = yaml.mapping(at, OVER_LIMIT, List.of("route", "hold"));
    if (found == null) {
      return null;
    }
    YamlAt route = found.get("route");
    YamlAt hold = found.get("hold");
    if ((route == null) == (hold == null)) {
      if (found.whole()) {
        problems.add(at, route == null ? "neither route nor hold" : "route and hold", OVER_LIMIT);
      }
      return null;
    }
    return route == null
        ? hold(Objects.requireNonNull(hold))
        : value(route, "a topic: 1 to 249 letters, digits, '.', '_' or '-'", OverLimit::route);
  }

  private @Nullable OverLimit hold(YamlAt at) {
    YamlMapping found =
        yaml.mapping(
            at,
            "max-records-per-key, max-time or both",
            List.of("max-records-per-key", "max-time"));
    if (found == null) {
      return null;
    }
    YamlAt recordsAt = found.get("max-records-per-key");
    Long records =
        recordsAt == null
            ? Long.valueOf(OverLimit.Hold.DEFAULT_RECORDS)
            : yaml.number(recordsAt, 1, Integer.MAX_VALUE);
    YamlAt timeAt = found.get("max-time");
    OverLimit.Hold time =
        timeAt == null
            ? new OverLimit.Hold(1, OverLimit.Hold.DEFAULT_TIME)
            : value(timeAt, TIME, ValueReader::holdFor);
    return records == null || time == null
        ? null
        : OverLimit.hold(records.intValue(), time.maxTime());
  }

  private static OverLimit.Hold holdFor(String text) {
    Matcher matcher = TIME_TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("expected " + TIME);
    }
    long count = Long.parseLong(matcher.group(1));
    Duration unit =
        switch (matcher.group(2)) {
          case "ms" -> Duration.ofMillis(1);
          case "s" -> Duration.ofSeconds(1);
          case "m" -> Duration.ofMinutes(1);
          case "h" -> Duration.ofHours(1);
          default -> Duration.ofDays(1);
        };
    try {
      return new OverLimit.Hold(1, unit.multipliedBy(count));
    } catch (ArithmeticException | IllegalArgumentException e) {
      throw new IllegalArgumentException("expected " + TIME, e);
    }
  }

  private boolean isOne(
      YamlAt at,
      YamlMapping found,
      @Nullable YamlAt header,
      @Nullable YamlAt field,
      String expected) {
    boolean one = (header == null) != (field == null);
    if (!one && (found.whole() || header != null)) {
      problems.add(at, header == null ? "neither header nor field" : "header and field", expected);
    }
    return one;
  }

  private <T> @Nullable T pointer(@Nullable YamlAt at, Function<String, T> make) {
    return at == null ? null : value(at, POINTER, make);
  }

  /** Makes something of a text. What the maker has to say against it is how to mend it. */
  <T> @Nullable T value(YamlAt at, String expected, Function<String, T> make) {
    String text = yaml.text(at, expected);
    if (text == null) {
      return null;
    }
    try {
      return make.apply(text);
    } catch (IllegalArgumentException e) {
      problems.add(at, at.found(), expected, withoutText(String.valueOf(e.getMessage()), text));
      return null;
    }
  }

  /** What an error says beyond what was found and what expected, which the problem says itself. */
  private static String withoutText(String message, String text) {
    String quoted = '"' + text + "\": ";
    int at = message.indexOf(quoted);
    String rest = at < 0 ? message : message.substring(at + quoted.length());
    return rest.startsWith("expected ") ? "" : rest;
  }
}
