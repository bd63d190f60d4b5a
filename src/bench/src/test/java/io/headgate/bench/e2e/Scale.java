package io.headgate.bench.e2e;

/**
 * How much is measured.
 *
 * @param warmUp records of each application before the first that is measured
 * @param passedBy records after each pause, until all runs as it does for long
 * @param measured records of each round
 * @param rounds of all applications in turn
 * @param latencySeconds of each application's latency
 * @param rows of the state that is read back
 */
record Scale(long warmUp, long passedBy, long measured, int rounds, int latencySeconds, int rows) {

  static final Scale QUICK = new Scale(3_000_000, 100_000, 1_000_000, 3, 10, 1_000_000);
  static final Scale FULL = new Scale(6_000_000, 200_000, 3_000_000, 5, 30, 10_000_000);

  Scale withRounds(int newRounds) {
    return new Scale(warmUp, passedBy, measured, newRounds, latencySeconds, rows);
  }

  /** Records of a topic: what the fastest application may take in, and what it runs on by. */
  long records(int keys) {
    long overrun = passedBy;
    return firstOf(keys) + rounds * (passedBy + measured + overrun) + overrun;
  }

  /** Records before the first that is measured: warm, and each key once. */
  long firstOf(int keys) {
    return Math.max(warmUp, keys);
  }
}
