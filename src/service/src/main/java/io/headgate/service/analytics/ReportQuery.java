package io.headgate.service.analytics;

import java.time.ZoneId;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a report is asked for. Immutable.
 *
 * @param day which day
 * @param hour which hour of it, 0 to 23 by the zone's clocks; null for the whole day
 * @param zone by whose days and hours; null for the roll-up's
 * @param by what there is a row for
 * @param top keys that are told at the most, 0 to 10,000
 */
public record ReportQuery(
    ReportDay day, @Nullable Integer hour, @Nullable ZoneId zone, By by, int top) {

  /** Keys that are told unless something else is asked for. */
  public static final int DEFAULT_TOP = 10;

  private static final int MAX_TOP = 10_000;

  /**
   * Checks the ranges.
   *
   * @param day which day
   * @param hour which hour of it
   * @param zone by whose days and hours
   * @param by what there is a row for
   * @param top keys that are told at the most
   * @throws IllegalArgumentException if a number is out of its range, in one line that says which
   */
  public ReportQuery {
    Objects.requireNonNull(day, "day");
    Objects.requireNonNull(by, "by");
    if (hour != null && (hour < 0 || hour > 23)) {
      throw new IllegalArgumentException("hour " + hour + ": expected 0 to 23");
    }
    if (top < 0 || top > MAX_TOP) {
      throw new IllegalArgumentException("top " + top + ": expected 0 to " + MAX_TOP);
    }
  }

  /**
   * Asks for a day by rule.
   *
   * @param day which day
   * @return the query
   */
  public static ReportQuery of(ReportDay day) {
    return new ReportQuery(day, null, null, By.RULE, DEFAULT_TOP);
  }
}
