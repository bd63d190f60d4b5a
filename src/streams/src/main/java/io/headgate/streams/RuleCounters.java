package io.headgate.streams;

/** What a task has counted of one rule; as {@link Counters} are. */
final class RuleCounters {

  static final int ADMITTED = 0;
  static final int BLOCKED = 1;
  static final int BYPASSED = 2;
  static final int SHADOW_BLOCKED = 3;

  /** Records that were admitted when a limit was nearly used up. */
  static final int NEAR = 4;

  private static final int COUNT = 5;

  private final Counters counts = new Counters(COUNT);

  /** The counter of an outcome of {@link Judge}: they have the same numbers. */
  static int of(int outcome) {
    return outcome;
  }

  void add(int counter) {
    counts.add(counter);
  }

  long get(int counter) {
    return counts.get(counter);
  }
}
