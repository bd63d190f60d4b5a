package io.headgate.service.analytics;

import java.time.ZoneId;
import java.util.Objects;

/**
 * What the roll-up of a blocked topic is made of. Immutable.
 *
 * @param blockedTopic the topic of blocked records
 * @param zone whose days are kept
 * @param keepHours how long hours are kept, 1 to 100,000; 48 are enough to ask for yesterday by
 *     hour
 * @param keepDays how long days are kept, 1 to 100,000
 * @param topKeys keys of each rule and period that are counted one by one, 1 to 10,000: each key
 *     that has more than one part in so many of the blocked records is among them
 */
public record RollupSettings(
    String blockedTopic, ZoneId zone, int keepHours, int keepDays, int topKeys) {

  /** How long hours are kept unless something else is asked for. */
  public static final int DEFAULT_KEEP_HOURS = 48;

  /** How long days are kept unless something else is asked for. */
  public static final int DEFAULT_KEEP_DAYS = 400;

  /** How many keys are counted one by one unless something else is asked for. */
  public static final int DEFAULT_TOP_KEYS = 100;

  /**
   * Checks the ranges.
   *
   * @param blockedTopic the topic of blocked records
   * @param zone whose days are kept
   * @param keepHours how long hours are kept
   * @param keepDays how long days are kept
   * @param topKeys keys that are counted one by one
   * @throws IllegalArgumentException if a number is out of its range, in one line that says which
   */
  public RollupSettings {
    Objects.requireNonNull(blockedTopic, "blockedTopic");
    Objects.requireNonNull(zone, "zone");
    inRange("keep-hours", keepHours, 100_000);
    inRange("keep-days", keepDays, 100_000);
    inRange("top", topKeys, 10_000);
  }

  /**
   * Makes settings with the defaults.
   *
   * @param blockedTopic the topic of blocked records
   * @param zone whose days are kept
   * @return settings
   */
  public static RollupSettings of(String blockedTopic, ZoneId zone) {
    return new RollupSettings(
        blockedTopic, zone, DEFAULT_KEEP_HOURS, DEFAULT_KEEP_DAYS, DEFAULT_TOP_KEYS);
  }

  private static void inRange(String name, int value, int to) {
    if (value < 1 || value > to) {
      throw new IllegalArgumentException(name + " " + value + ": expected 1 to " + to);
    }
  }
}
