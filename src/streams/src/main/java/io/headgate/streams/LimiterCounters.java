package io.headgate.streams;

/** What a task's limiter has counted; as {@link Counters} are. */
final class LimiterCounters {

  static final int RECORDS = 0;
  static final int ADMITTED = 1;
  static final int BLOCKED = 2;
  static final int BYPASSED = 3;
  static final int LATE = 4;
  static final int LATE_ADMITTED = 5;
  static final int LATE_BLOCKED = 6;
  static final int FUTURE = 7;
  static final int BEHIND = 8;
  static final int OVERFLOW = 9;
  static final int KEYLESS = 10;
  static final int RETRIED = 11;
  static final int FAILED = 12;
  static final int SHADOW_BLOCKED = 13;

  /** Records that were held; each has one of the four outcomes later. */
  static final int HELD = 14;

  /** Held records that passed. */
  static final int RELEASED = 15;

  /** Records that would have been held beyond a bound, and are among the blocked. */
  static final int HOLD_REFUSED = 16;

  /** Records that were held for as long as they may be, and are among the blocked. */
  static final int HOLD_EXPIRED = 17;

  private static final int COUNT = 18;

  private final Counters counts = new Counters(COUNT);

  void add(int counter) {
    counts.add(counter);
  }

  /** Counts each whose bit is set. */
  void addAll(int bits) {
    for (int rest = bits; rest != 0; rest &= rest - 1) {
      counts.add(Integer.numberOfTrailingZeros(rest));
    }
  }

  long get(int counter) {
    return counts.get(counter);
  }
}
