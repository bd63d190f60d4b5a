package io.headgate.service.analytics;

import io.headgate.lane.BlockedEvent;
import io.headgate.lane.BlockedEvent.KeyForm;

/**
 * Sums over events: exact, and the same in whatever order they come. Belongs to one thread. A sum
 * stops at the largest {@code long}.
 */
final class Tally {

  /** Records that the events stand for. */
  long records;

  /** Units that they would have cost. */
  long cost;

  /** Events. */
  long events;

  /** Records of several keys, counted together for want of event slots: of no key, some rule. */
  long overflow;

  /** Records without a key, or whose events show none, overflow aside. */
  long keyless;

  /** Records whose keys are shown as fingerprints. */
  long hashed;

  /** Records whose keys were too long for their slots. */
  long cut;

  /**
   * Records that may be of a later period: they are counted at the time of their event's first, and
   * the last one's is in another.
   */
  long spanning;

  void add(BlockedEvent event, boolean spans) {
    long count = event.count();
    records = sum(records, count);
    cost = sum(cost, Math.max(0, event.cost()));
    events = sum(events, 1);
    if (event.overflow()) {
      overflow = sum(overflow, count);
    } else if (event.keyForm() == KeyForm.NONE || event.fingerprint() == null) {
      keyless = sum(keyless, count);
    } else if (event.key() == null) {
      hashed = sum(hashed, count);
    }
    if (event.keyCut()) {
      cut = sum(cut, count);
    }
    if (spans) {
      spanning = sum(spanning, count - 1);
    }
  }

  /** Counts a record of the blocked topic that is no event. */
  void addUnreadable() {
    events = sum(events, 1);
  }

  void add(Tally other) {
    records = sum(records, other.records);
    cost = sum(cost, other.cost);
    events = sum(events, other.events);
    overflow = sum(overflow, other.overflow);
    keyless = sum(keyless, other.keyless);
    hashed = sum(hashed, other.hashed);
    cut = sum(cut, other.cut);
    spanning = sum(spanning, other.spanning);
  }

  /** Adds two numbers of 0 or more. */
  static long sum(long a, long b) {
    long sum = a + b;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }

  void write(BytesWriter out) {
    out.count(records).count(cost).count(events);
    out.count(overflow).count(keyless).count(hashed).count(cut).count(spanning);
  }

  static Tally read(BytesReader in) {
    Tally tally = new Tally();
    tally.records = in.count();
    tally.cost = in.count();
    tally.events = in.count();
    tally.overflow = in.count();
    tally.keyless = in.count();
    tally.hashed = in.count();
    tally.cut = in.count();
    tally.spanning = in.count();
    return tally;
  }
}
