package io.headgate.bench;

/**
 * The caller's time, which costs no clock: one millisecond every 1,024 reads, so that buckets roll
 * on as they do at a million decisions a second. Belongs to one thread.
 */
final class Ticks {

  private static final long START = 1_700_000_000_000L;

  private long reads;

  long millis() {
    return START + (++reads >>> 10);
  }
}
