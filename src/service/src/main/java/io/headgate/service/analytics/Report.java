package io.headgate.service.analytics;

import io.headgate.lane.BlockedEvent.KeyForm;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was blocked in a day or an hour. Sums are exact; how many keys there were is an estimate
 * unless it says that it is exact. Immutable.
 *
 * @param day the day
 * @param hour the hour of it, 0 to 23; null for the whole day
 * @param zone by whose clocks
 * @param from when the span begins
 * @param to when it ends; may be in the future
 * @param exact true if it was counted event by event, false if it is of a roll-up
 * @param by what was asked to have rows: {@code hours} is empty unless hours were
 * @param blocked sums of what was blocked
 * @param shadow sums of what passed and would have been blocked by shadow rules
 * @param rules sums by rule, the most records first; shadow rules behind the others
 * @param hours sums by hour, in their order, those without anything too
 * @param keys the keys that were blocked most, the most first, over all rules
 * @param newest when the newest event that is counted, of any time, was sent; null without any
 * @param behind events of the blocked topic that the roll-up has not counted yet; -1 if not known
 * @param notes what else one has to know to read the figures, a sentence each
 */
public record Report(
    LocalDate day,
    @Nullable Integer hour,
    ZoneId zone,
    Instant from,
    Instant to,
    boolean exact,
    By by,
    Figures blocked,
    Figures shadow,
    List<RuleRow> rules,
    List<HourRow> hours,
    List<KeyRow> keys,
    @Nullable Instant newest,
    long behind,
    List<String> notes) {

  /**
   * How many keys.
   *
   * @param count keys
   * @param error95 how far 95 in 100 such estimates are off at the most, as a part of the count; 0
   *     if the count is exact
   */
  public record KeyCount(long count, double error95) {

    /**
     * Says whether the count is exact.
     *
     * @return true if it is
     */
    public boolean isExact() {
      return error95 == 0;
    }

    /**
     * Returns the error as a number of keys.
     *
     * @return keys, rounded up
     */
    public long error() {
      return (long) Math.ceil(count * error95);
    }
  }

  /**
   * Sums.
   *
   * @param records records
   * @param cost units that they would have cost
   * @param events events on the blocked topic that stand for them
   * @param keys distinct keys of those records that have one which is shown or hashed
   * @param overflow records without their keys, of one rule or another: more keys were blocked at
   *     once than there were event slots
   * @param keyless records that have no key or show none, others than those
   * @param hashed records whose keys are shown as fingerprints
   * @param cut records whose keys were too long to be shown whole
   * @param spanning records that may be of a later time: they are counted with the first record of
   *     their event
   */
  public record Figures(
      long records,
      long cost,
      long events,
      KeyCount keys,
      long overflow,
      long keyless,
      long hashed,
      long cut,
      long spanning) {}

  /**
   * Sums of a rule.
   *
   * @param limiter name of the limiter
   * @param rule name of the rule
   * @param shadow true for records that passed
   * @param figures sums
   */
  public record RuleRow(String limiter, String rule, boolean shadow, Figures figures) {}

  /**
   * Sums of an hour.
   *
   * @param start when it begins
   * @param blocked sums of what was blocked
   * @param shadow sums of what shadow rules would have blocked
   */
  public record HourRow(Instant start, Figures blocked, Figures shadow) {}

  /**
   * A key that was blocked much.
   *
   * @param key its text as events show it, at most 256 chars; of a hashed one its fingerprint
   * @param form what the text is
   * @param cut true if the text is not all of the key
   * @param atMost records that were blocked, at the most
   * @param atLeast records that were blocked, at the least
   */
  public record KeyRow(String key, KeyForm form, boolean cut, long atMost, long atLeast) {}

  /**
   * Takes copies of the lists.
   *
   * @param day the day
   * @param hour the hour of it
   * @param zone by whose clocks
   * @param from when the span begins
   * @param to when it ends
   * @param exact true if it was counted event by event
   * @param by what was asked to have rows
   * @param blocked sums of what was blocked
   * @param shadow sums of what shadow rules would have blocked
   * @param rules sums by rule
   * @param hours sums by hour
   * @param keys the keys that were blocked most
   * @param newest when the newest event that is counted was sent
   * @param behind events that are not counted yet
   * @param notes what else one has to know
   */
  public Report {
    rules = List.copyOf(rules);
    hours = List.copyOf(hours);
    keys = List.copyOf(keys);
    notes = List.copyOf(notes);
  }

  /**
   * Says whether there is nothing to report.
   *
   * @return true if nothing was blocked, and nothing would have been
   */
  public boolean isEmpty() {
    return blocked.records() == 0 && shadow.records() == 0;
  }
}
