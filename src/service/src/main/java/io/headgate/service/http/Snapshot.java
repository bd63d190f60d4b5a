package io.headgate.service.http;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Counts of one moment, summed over the tasks of this instance. Those that are totals only grow
 * while the instance keeps its tasks.
 *
 * @param state of Kafka Streams, such as RUNNING
 * @param totals records by outcome
 * @param failed total of records that could not be judged
 * @param rules what each rule did, in their order
 * @param keys the keys that are kept
 * @param lane the way of the events
 */
public record Snapshot(
    String state, Counts totals, long failed, List<RuleCounts> rules, Keys keys, Lane lane) {

  /**
   * Totals of records by outcome.
   *
   * @param admitted records that passed
   * @param blocked records that did not
   * @param shadowBlocked records that passed, and that a rule on trial would have blocked
   * @param bypassed records that passed without being judged
   */
  public record Counts(long admitted, long blocked, long shadowBlocked, long bypassed) {}

  /**
   * What a rule did.
   *
   * @param limiter name of its limiter
   * @param rule its name
   * @param limits its limits as text, such as {@code 100/1m}; empty if it is exempt
   * @param shadow true if it is on trial and blocks nothing
   * @param enforcePercent for how many of a hundred keys it is enforced
   * @param overLimit what becomes of blocked records, such as {@code drop} or {@code route: bots}
   * @param totals records by outcome
   * @param nearLimit total of records admitted with 80 % of a limit used, or more
   */
  public record RuleCounts(
      String limiter,
      String rule,
      List<String> limits,
      boolean shadow,
      int enforcePercent,
      String overLimit,
      Counts totals,
      long nearLimit) {}

  /**
   * The keys that are kept.
   *
   * @param live rows in use now
   * @param max rows at the most
   * @param stateBytes bytes that they take
   * @param overflow total of records of keys beyond the most
   */
  public record Keys(long live, long max, long stateBytes, long overflow) {}

  /**
   * The way of the events.
   *
   * @param offered total of events given to it
   * @param acked total of events that the broker has
   * @param eventsLost total of events given up
   * @param recordsLost total of blocked records that those stood for
   * @param recordsGrown total of blocked records added to an event that was open
   * @param recordsOverflowed total of blocked records counted without their key
   * @param waiting events that wait now
   * @param slotsInUse event slots in use now
   * @param latency from judgement to the broker's answer; null if it is not measured
   */
  public record Lane(
      long offered,
      long acked,
      long eventsLost,
      long recordsLost,
      long recordsGrown,
      long recordsOverflowed,
      int waiting,
      int slotsInUse,
      @Nullable Latency latency) {}

  /**
   * Times of the last half minute to minute, in milliseconds.
   *
   * @param average of events that were looked at, one at a time
   * @param max the longest
   */
  public record Latency(double average, double max) {}
}
