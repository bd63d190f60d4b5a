package io.headgate.examples.demo;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.chrono.IsoEra;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalQueries;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** Finds key and time in a line of text. Belongs to one thread. */
final class LineParser {

  private final Pattern key;
  private final @Nullable Pattern time;
  private final DateTimeFormatter format;
  private final LongSupplier clock;

  /** Why the last line has no key: for the one who reads the first of them. */
  private @Nullable String complaint;

  /** The last time that was found: what a line without one is stamped with. */
  private long lastTime;

  /**
   * Makes a parser.
   *
   * @param key its first group is the key
   * @param time its first group is the time; null for the time of reading
   * @param format how the time is written
   * @param clock tells the time of reading, milliseconds
   */
  LineParser(Pattern key, @Nullable Pattern time, DateTimeFormatter format, LongSupplier clock) {
    this.key = key;
    this.time = time;
    this.format = format;
    this.clock = clock;
    this.lastTime = clock.getAsLong();
  }

  /**
   * Compiles a pattern that must have a group.
   *
   * @param option named in the error
   */
  static Pattern withGroup(String option, String regex) {
    Pattern pattern;
    try {
      pattern = Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new UserError(
          option
              + " \""
              + regex
              + "\" is no regular expression: "
              + e.getDescription()
              + " at position "
              + e.getIndex());
    }
    if (pattern.matcher("").groupCount() == 0) {
      throw new UserError(
          option
              + " \""
              + regex
              + "\" has no group: put what it is to find in parentheses, as in '^(\\S+)'");
    }
    return pattern;
  }

  /**
   * Makes a formatter of English text, with a default year for a pattern without one.
   *
   * @param pattern as of {@link DateTimeFormatter}; null for ISO 8601
   */
  static DateTimeFormatter formatter(@Nullable String pattern, int year) {
    if (pattern == null) {
      return DateTimeFormatter.ISO_DATE_TIME.withLocale(Locale.ENGLISH);
    }
    try {
      DateTimeFormatterBuilder builder =
          new DateTimeFormatterBuilder().parseCaseInsensitive().appendPattern(pattern);
      // Quoted text is no field.
      String fields = pattern.replaceAll("'[^']*'", "");
      if (fields.chars().noneMatch(c -> c == 'y' || c == 'u' || c == 'Y' || c == 'g')) {
        builder.parseDefaulting(ChronoField.YEAR, year);
      }
      // Strict: the 30th of February is a mistake. A year without an era is of ours.
      return builder
          .parseDefaulting(ChronoField.ERA, IsoEra.CE.getValue())
          .toFormatter(Locale.ENGLISH)
          .withResolverStyle(ResolverStyle.STRICT);
    } catch (IllegalArgumentException e) {
      throw new UserError(
          "--time-format \""
              + pattern
              + "\" is no pattern of java.time: "
              + e.getMessage()
              + "; an example is dd/MMM/yyyy:HH:mm:ss Z");
    }
  }

  /**
   * Reads a line: without a key if key or time are not found, and {@link #complaint} says which.
   */
  Line parse(String text) {
    complaint = null;
    Long at = time(text);
    if (at == null) {
      return new Line(null, text, lastTime);
    }
    lastTime = at;
    Matcher matcher = key.matcher(text);
    String found = matcher.find() ? matcher.group(1) : null;
    if (found == null || found.isEmpty()) {
      complaint = "no key found";
      return new Line(null, text, at);
    }
    return new Line(found, text, at);
  }

  @Nullable String complaint() {
    return complaint;
  }

  private @Nullable Long time(String text) {
    if (time == null) {
      return clock.getAsLong();
    }
    Matcher matcher = time.matcher(text);
    String found = matcher.find() ? matcher.group(1) : null;
    if (found == null) {
      complaint = "no time found";
      return null;
    }
    try {
      long millis = instant(format.parse(found)).toEpochMilli();
      if (millis < 0) {
        complaint = "time \"" + found + "\" is before 1970";
        return null;
      }
      return millis;
    } catch (DateTimeException | ArithmeticException e) {
      complaint = "time \"" + found + "\" does not parse";
      return null;
    }
  }

  private static Instant instant(TemporalAccessor parsed) {
    if (parsed.isSupported(ChronoField.INSTANT_SECONDS)) {
      return Instant.from(parsed);
    }
    LocalTime timeOfDay = parsed.query(TemporalQueries.localTime());
    ZoneId zone = parsed.query(TemporalQueries.zone());
    return LocalDate.from(parsed)
        .atTime(timeOfDay == null ? LocalTime.MIDNIGHT : timeOfDay)
        .atZone(zone == null ? ZoneOffset.UTC : zone)
        .toInstant();
  }
}
