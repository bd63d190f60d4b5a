package io.headgate.chaos;

import io.headgate.lane.Delivery;
import java.util.ArrayList;
import java.util.List;

/**
 * What the promise asks of an {@link Outcome}, and the figures that it is held against.
 *
 * @param replayed records judged again: what at-least-once may count twice
 * @param grownEvents events that stood for several records, as a full ring makes them
 * @param overflowEvents events without a key, as slots that ran out make them
 * @param threadErrors what stream threads ended on that were replaced
 * @param ungracefulStops instances that did not end in time when they were told to
 * @param deviations users whose verdicts no replay explains
 */
record Checks(
    long replayed,
    long grownEvents,
    long overflowEvents,
    List<String> threadErrors,
    int ungracefulStops,
    List<Ledger.Deviation> deviations) {

  /** How many records may be counted twice. */
  long bound(Setup setup) {
    boolean once = setup.isExactlyOnce() && setup.delivery() == Delivery.TRANSACTIONAL;
    return once ? 0 : replayed;
  }

  /** What does not hold, a line each. */
  List<String> broken(Setup setup, Outcome outcome) {
    List<String> broken = new ArrayList<>();
    if (outcome.lost() > 0 && setup.delivery() != Delivery.BEST_EFFORT) {
      broken.add(outcome.lost() + " records are neither admitted nor told of");
    }
    if (outcome.duplicates() > bound(setup)) {
      broken.add(
          outcome.duplicates() + " records too many are counted, at most " + bound(setup) + " may");
    }
    if (outcome.verdictErrors() > 0) {
      broken.add(outcome.verdictErrors() + " verdicts are wrong " + deviations);
    }
    if (replayed < 0) {
      broken.add(-replayed + " records were never judged");
    }
    return broken;
  }
}
