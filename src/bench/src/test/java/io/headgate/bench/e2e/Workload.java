package io.headgate.bench.e2e;

/**
 * Records of a topic, each known by its number: keys drawn evenly, in the order of their time.
 *
 * @param keys how many there are
 * @param partitions of the topic
 * @param records how many to judge
 * @param each whether the first records are one of each key, so that all keys are live
 */
record Workload(int keys, int partitions, long records, boolean each) {

  static final long WINDOW_MILLIS = 60_000;
  static final int VALUE_BYTES = 100;

  private static final long BEGIN = 1_767_225_600_000L; // 2026-01-01
  private static final int A_KEYS_RECORDS_IN_A_WINDOW = 20;
  private static final int RECORDS_IN_A_WINDOW = 200_000;

  String topic() {
    return "input-" + keys + "-" + partitions + "-" + records;
  }

  String key(long record) {
    return String.format("key-%09d", keyNumber(record));
  }

  /** The number of a record's key, from 0. */
  int keyNumber(long record) {
    if (each && record < keys) {
      return (int) record;
    }
    return (int) Math.multiplyHigh(mix(record) >>> 1, (long) keys << 1);
  }

  /** Milliseconds: with few records for each key, all of them are in half a window. */
  long time(long record) {
    double inAWindow =
        records < 2L * A_KEYS_RECORDS_IN_A_WINDOW * keys
            ? 2.0 * records
            : Math.max(RECORDS_IN_A_WINDOW, (double) A_KEYS_RECORDS_IN_A_WINDOW * keys);
    return BEGIN + (long) (record * (WINDOW_MILLIS / inAWindow));
  }

  /** A number that looks random (Stafford's mix 13). */
  static long mix(long number) {
    long z = number + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
