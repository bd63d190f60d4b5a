package io.headgate.service.analytics;

import io.headgate.service.config.UserError;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;

/**
 * The span of time that a query asks for, in a zone that is known. Immutable.
 *
 * @param query what was asked for
 * @param zone by whose clocks
 * @param day the day
 * @param from the first millisecond
 * @param to the first millisecond after it
 */
record ReportFrame(ReportQuery query, ZoneId zone, LocalDate day, long from, long to) {

  /**
   * Works it out.
   *
   * @throws UserError if there is no such hour, or it has not begun
   */
  static ReportFrame of(ReportQuery query, ZoneId zone, Instant now) {
    LocalDate day = query.day().in(zone, now);
    long from = Periods.start(day, zone);
    long to = Periods.start(day.plusDays(1), zone);
    Integer hour = query.hour();
    if (hour != null) {
      // Clocks that are put back have an hour twice: it is from its first begin to its last end.
      // Those that are put forward leave one out.
      from = Math.max(from, atHour(day, hour, zone));
      to = hour == 23 ? to : Math.min(to, atHour(day, hour + 1, zone));
      if (from >= to) {
        throw new UserError(
            "there is no hour " + hour + " on " + day + " in " + zone + ": clocks are put forward");
      }
    }
    if (from > now.toEpochMilli()) {
      throw new UserError(
          (hour == null ? "" : "hour " + hour + " of ") + day + " in " + zone + " has not begun");
    }
    return new ReportFrame(query, zone, day, from, to);
  }

  private static long atHour(LocalDate day, int hour, ZoneId zone) {
    return day.atTime(hour, 0).atZone(zone).toInstant().toEpochMilli();
  }

  boolean isWholeDay() {
    return query.hour() == null;
  }

  /** Says whether hours of UTC make it up. */
  boolean isOfWholeHours() {
    return from % Periods.HOUR_MILLIS == 0 && to % Periods.HOUR_MILLIS == 0;
  }

  boolean contains(long time) {
    return time >= from && time < to;
  }

  /** Returns when the hour of a row begins: hours are counted from the span's begin. */
  long rowOf(long time) {
    return time - Math.floorMod(time - from, Periods.HOUR_MILLIS);
  }
}
