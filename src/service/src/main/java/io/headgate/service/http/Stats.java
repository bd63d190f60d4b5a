package io.headgate.service.http;

import io.headgate.service.http.Snapshot.Counts;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot with its time and rates, as it is sent.
 *
 * @param time of the snapshot, milliseconds since the epoch
 * @param state of Kafka Streams
 * @param totals records by outcome
 * @param rates records per second since the snapshot before; null if that is not known
 * @param failed total of records that could not be judged
 * @param rules what each rule does
 * @param keys the keys that are kept
 * @param lane the way of the events
 */
record Stats(
    long time,
    String state,
    Counts totals,
    @Nullable Rates rates,
    long failed,
    List<Rule> rules,
    Snapshot.Keys keys,
    Snapshot.Lane lane) {

  /** Records per second by outcome. */
  record Rates(double admitted, double blocked, double shadowBlocked, double bypassed) {

    /**
     * The rates between two counts; null if a count is smaller than before, since a task went away.
     */
    static @Nullable Rates between(Counts before, Counts now, double seconds) {
      if (now.admitted() < before.admitted()
          || now.blocked() < before.blocked()
          || now.shadowBlocked() < before.shadowBlocked()
          || now.bypassed() < before.bypassed()
          || seconds <= 0) {
        return null;
      }
      return new Rates(
          (now.admitted() - before.admitted()) / seconds,
          (now.blocked() - before.blocked()) / seconds,
          (now.shadowBlocked() - before.shadowBlocked()) / seconds,
          (now.bypassed() - before.bypassed()) / seconds);
    }
  }

  /** A rule's counts with their rates. */
  record Rule(
      String limiter,
      String rule,
      List<String> limits,
      boolean shadow,
      int enforcePercent,
      String overLimit,
      Counts totals,
      @Nullable Rates rates,
      long nearLimit) {}
}
