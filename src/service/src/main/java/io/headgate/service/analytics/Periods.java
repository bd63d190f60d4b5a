package io.headgate.service.analytics;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;

/**
 * Of which hour and day a time is, and which of them are kept. Belongs to one thread; no allocation
 * as long as times are of one day.
 */
final class Periods {

  static final long HOUR_MILLIS = 3_600_000;

  /** How far ahead of the clock a record's time is believed. */
  static final long MAX_AHEAD_MILLIS = 24 * HOUR_MILLIS;

  /** No day of any zone is as long, by however much clocks are put back. */
  static final long LONGEST_DAY_MILLIS = 48 * HOUR_MILLIS;

  private final ZoneId zone;
  private final int keepHours;
  private final int keepDays;

  // The day that was asked for last.
  private long dayStart;
  private long dayEnd;

  // The oldest day that is kept, as of the hour that was asked for last.
  private long horizonHour = Long.MIN_VALUE;
  private long horizonDay;

  Periods(ZoneId zone, int keepHours, int keepDays) {
    this.zone = zone;
    this.keepHours = keepHours;
    this.keepDays = keepDays;
  }

  static long hour(long time) {
    return Math.floorDiv(time, HOUR_MILLIS) * HOUR_MILLIS;
  }

  /** Returns when the day of a time begins. */
  long day(long time) {
    if (time < dayStart || time >= dayEnd) {
      LocalDate date = date(time, zone);
      dayStart = start(date, zone);
      dayEnd = start(date.plusDays(1), zone);
    }
    return dayStart;
  }

  /** Returns the oldest hour that is kept: as of some hours before the one of now. */
  long oldestHour(long now) {
    return hour(now) - keepHours * HOUR_MILLIS;
  }

  /** Returns the oldest day that is kept. */
  long oldestDay(long now) {
    long hour = hour(now);
    if (hour != horizonHour) {
      horizonHour = hour;
      horizonDay = start(date(hour, zone).minusDays(keepDays), zone);
    }
    return horizonDay;
  }

  static boolean isTooFarAhead(long time, long now) {
    return time > now + MAX_AHEAD_MILLIS;
  }

  static LocalDate date(long time, ZoneId zone) {
    return LocalDate.ofInstant(Instant.ofEpochMilli(time), zone);
  }

  static long start(LocalDate date, ZoneId zone) {
    return date.atStartOfDay(zone).toInstant().toEpochMilli();
  }
}
