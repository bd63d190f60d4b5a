package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What other limiters were seen to do wrong, done to this one. That it allocates nothing where two
 * of them do is in {@link AllocationTest}.
 */
class PeersFaultsTest {

  private static final String KEY = "user-1";
  private static final long NOW = 1_700_000_000_000L;

  private static RateLimiter limiter(RateLimit limit) {
    return RateLimiter.builder(limit).stripes(1).hasher(KeyHasher.seeded(1)).build();
  }

  private static int admitted(RateLimiter limiter, int calls, long time) {
    int admitted = 0;
    for (int call = 0; call < calls; call++) {
      admitted += Decision.isAdmitted(limiter.tryAcquire(KEY, 1, time)) ? 1 : 0;
    }
    return admitted;
  }

  /** A leap array that meets a clock a second back makes a new bucket for each call. */
  @ParameterizedTest
  @EnumSource(RateLimit.Mode.class)
  void shouldHoldTheLimitWhenTheClockIsASecondBack(RateLimit.Mode mode) {
    RateLimiter limiter = limiter(RateLimit.perSecond(200).withBuckets(10).withMode(mode));
    assertThat(admitted(limiter, 200, NOW)).isEqualTo(200);

    assertThat(admitted(limiter, 100_000, NOW - 1_000)).isZero();
  }

  /** A leap array still counts the bucket that began exactly one window ago. */
  @Test
  void shouldNotCountWhatIsExactlyOneWindowOldWhenStandard() {
    RateLimiter limiter =
        limiter(RateLimit.perSecond(10).withBuckets(10).withMode(RateLimit.Mode.STANDARD));
    assertThat(admitted(limiter, 10, NOW)).isEqualTo(10);

    assertThat(admitted(limiter, 20, NOW + 999)).isZero();
    assertThat(admitted(limiter, 20, NOW + 1_000)).isEqualTo(10);
  }

  /** A window that is emptied bucket by bucket as time steps back gives its budget again. */
  @ParameterizedTest
  @EnumSource(RateLimit.Mode.class)
  void shouldNotForgetAnythingWhileTimeStepsBackBucketByBucket(RateLimit.Mode mode) {
    RateLimiter limiter = limiter(RateLimit.perSecond(10).withBuckets(10).withMode(mode));
    assertThat(admitted(limiter, 10, NOW)).isEqualTo(10);

    for (int back = 1; back <= 30; back++) {
      assertThat(admitted(limiter, 1, NOW - 100L * back)).isZero();
    }
    assertThat(admitted(limiter, 1, NOW)).isZero();
  }

  /** A token bucket that reckons with negative time takes away what was there. */
  @Test
  void shouldNotTakeBudgetAwayWhenTimeGoesBack() {
    RateLimiter limiter = limiter(RateLimit.perSecond(10).withBuckets(10));
    assertThat(admitted(limiter, 4, NOW)).isEqualTo(4);

    assertThat(admitted(limiter, 20, NOW - 3_600_000)).isEqualTo(6);
    assertThat(admitted(limiter, 20, NOW + 1_100)).isEqualTo(10);
  }

  /** A cache that evicts the least recently used key gives its whole budget back. */
  @Test
  void shouldNotGiveASpentBudgetBackToAKeyThatWasCrowdedOut() {
    RateLimiter limiter =
        RateLimiter.builder(RateLimit.of(5, Duration.ofMinutes(1)))
            .stripes(1)
            .maxKeys(100)
            .hasher(KeyHasher.seeded(1))
            .build();
    assertThat(admitted(limiter, 10, NOW)).isEqualTo(5);
    for (int other = 0; other < 10_000; other++) {
      limiter.tryAcquire("other-" + other, 1, NOW + 1);
    }

    assertThat(admitted(limiter, 10, NOW + 2)).isZero();
    assertThat(limiter.overflowed()).isPositive();
  }

  /** A fixed window, a token bucket, two weighted counters: twice the limit at an unlucky seam. */
  @Test
  void shouldNotAdmitTwiceTheLimitAcrossASeamWhenStrict() {
    for (long phase = 0; phase < 1_000; phase += 7) {
      RateLimiter limiter = limiter(RateLimit.perSecond(100).withBuckets(10));
      long seam = NOW + phase;
      int before = admitted(limiter, 200, seam);
      int within = before + admitted(limiter, 200, seam + 500) + admitted(limiter, 200, seam + 999);
      assertThat(within).as("from %d ms after a bucket began", phase).isEqualTo(100);
    }
  }
}
