/*
 * A limit inside one process, without Kafka: a user may try to log in three times a minute.
 *
 *   ./headgate example InProcess
 *
 *     0 s  ann  admitted, 2 left
 *    10 s  ann  admitted, 1 left
 *    20 s  ann  admitted, 0 left
 *    30 s  ann  blocked, again in 31 s
 *    60 s  ann  blocked, again in 1 s
 *    61 s  ann  admitted, 0 left
 *    30 s  bob  admitted, 2 left
 */
package io.headgate.examples;

import io.headgate.Decision;
import io.headgate.RateLimit;
import io.headgate.RateLimiter;

/** Safe for any thread, nothing allocated for a decision, at most so many keys remembered. */
public final class InProcess {

  private InProcess() {}

  public static void main(String... args) {
    RateLimiter limiter = RateLimiter.builder(RateLimit.perMinute(3)).maxKeys(10_000).build();

    // The time is an argument here, so that the output is the same each time. A server leaves it
    // out: limiter.tryAcquire("ann").
    for (int second : new int[] {0, 10, 20, 30, 60, 61}) {
      long decision = limiter.tryAcquire("ann", 1, second * 1_000L);
      if (Decision.isAdmitted(decision)) {
        System.out.printf("%3d s  ann  admitted, %d left%n", second, Decision.remaining(decision));
      } else {
        long seconds = Decision.retryAfterMillis(decision) / 1_000;
        System.out.printf("%3d s  ann  blocked, again in %d s%n", second, seconds);
      }
    }
    long other = limiter.tryAcquire("bob", 1, 30_000);
    System.out.printf(" 30 s  bob  admitted, %d left%n", Decision.remaining(other));
  }
}
