package io.headgate.bench.e2e;

import io.headgate.RateLimit;
import io.headgate.RateLimiter;
import java.time.Duration;

/**
 * A limit that blocks a given share of a workload, and what it does to it: found out beforehand by
 * the embedded limiter.
 *
 * @param limit of each key in a window
 * @param buckets of the window
 * @param blocked the share of the records that is blocked, 0 to 1
 * @param admitted records of all that pass
 */
record Load(long limit, int buckets, double blocked, long admitted) {

  /** The limit that comes nearest to a share. */
  static Load blocking(double share, Workload workload, int buckets) {
    long tooLow = 0;
    long enough = 1;
    // A higher limit blocks less.
    while (of(enough, buckets, workload).blocked > share) {
      tooLow = enough;
      enough *= 2;
    }
    while (enough - tooLow > 1) {
      long middle = tooLow + (enough - tooLow) / 2;
      if (of(middle, buckets, workload).blocked > share) {
        tooLow = middle;
      } else {
        enough = middle;
      }
    }
    Load above = of(Math.max(1, tooLow), buckets, workload);
    Load below = of(enough, buckets, workload);
    return Math.abs(above.blocked - share) < Math.abs(below.blocked - share) ? above : below;
  }

  RateLimit rateLimit() {
    return rateLimit(limit, buckets);
  }

  private static RateLimit rateLimit(long limit, int buckets) {
    return RateLimit.of(limit, Duration.ofMillis(Workload.WINDOW_MILLIS)).withBuckets(buckets);
  }

  private static Load of(long limit, int buckets, Workload workload) {
    RateLimiter limiter =
        RateLimiter.builder(rateLimit(limit, buckets)).maxKeys(workload.keys()).stripes(1).build();
    long admitted = 0;
    for (long i = 0; i < workload.records(); i++) {
      if (limiter.tryAcquire(workload.keyNumber(i), 1, workload.time(i)) >= 0) {
        admitted++;
      }
    }
    return new Load(limit, buckets, 1 - (double) admitted / workload.records(), admitted);
  }
}
