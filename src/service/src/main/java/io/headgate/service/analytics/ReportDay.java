package io.headgate.service.analytics;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/**
 * The day that a report is of, which may depend on the zone and on when it is asked for. Immutable.
 */
public final class ReportDay {

  private static final int MAX_YEAR = 9_999;

  private final @Nullable LocalDate date;
  private final int daysBack;

  private ReportDay(@Nullable LocalDate date, int daysBack) {
    this.date = date;
    this.daysBack = daysBack;
  }

  /**
   * Reads a day.
   *
   * @param text {@code today}, {@code yesterday} or a date such as {@code 2026-11-24}
   * @return the day
   * @throws IllegalArgumentException if it is none, in one line
   */
  public static ReportDay parse(String text) {
    return switch (text) {
      case "today" -> new ReportDay(null, 0);
      case "yesterday" -> new ReportDay(null, 1);
      default -> new ReportDay(date(text), 0);
    };
  }

  private static LocalDate date(String text) {
    try {
      LocalDate date = LocalDate.parse(text);
      // Far from where milliseconds end.
      if (date.getYear() < 0 || date.getYear() > MAX_YEAR) {
        throw new DateTimeException("year " + date.getYear());
      }
      return date;
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "day \""
              + text
              + "\": expected yesterday, today or a date that there is, such as 2026-11-24",
          e);
    }
  }

  /**
   * Returns the date.
   *
   * @param zone by whose clocks today is today
   * @param now when it is asked for
   * @return the date
   */
  public LocalDate in(ZoneId zone, Instant now) {
    return date != null ? date : LocalDate.ofInstant(now, zone).minusDays(daysBack);
  }
}
