package io.headgate.stress;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Decision;
import io.headgate.RateLimit;
import io.headgate.RateLimiter;
import io.headgate.testkit.ExactLog;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A hundred million random calls against the log that remembers every admitted record: not one
 * verdict may differ. Time runs on, stands still, steps back by up to some windows, leaps far ahead
 * for some keys, and comes in storms of late records.
 */
class ExactnessIT {

  private static final long CALLS = Long.getLong("exactness.calls", 100_000_000);
  private static final int KEYS = 256;
  private static final long FAR = 1L << 45;

  /** A kind of limit. */
  enum Shape {
    TIGHT(1, 1_000, 4, true, 1),
    SMALL(5, 1_000, 10, true, 2),
    PER_MINUTE(20, 60_000, 60, true, 3),
    STANDARD(20, 60_000, 60, false, 3),
    ONE_BUCKET(10, 500, 1, false, 3),
    BYTES(250, 10_000, 100, true, 40),
    SHORTS(60_000, 3_600_000, 12, true, 9_000),
    INTS(4_000_000_000L, 86_400_000, 24, true, 700_000_000);

    final RateLimit limit;
    final long maxCost;
    final boolean strict;

    Shape(long units, long windowMillis, int buckets, boolean strict, long maxCost) {
      RateLimit base = RateLimit.of(units, Duration.ofMillis(windowMillis)).withBuckets(buckets);
      this.limit = base.withMode(strict ? RateLimit.Mode.STRICT : RateLimit.Mode.STANDARD);
      this.maxCost = maxCost;
      this.strict = strict;
    }

    ExactLog log() {
      return new ExactLog(limit.limit(), limit.windowMillis(), limit.buckets(), strict, false);
    }
  }

  /** How time runs for a while. */
  enum Weather {
    STEADY,
    STANDING,
    CLOCK_BACK,
    LATE_STORM,
    FAR_FUTURE
  }

  @ParameterizedTest
  @EnumSource(Shape.class)
  void shouldJudgeEveryCallAsTheExactLogDoes(Shape shape) {
    SplittableRandom random = new SplittableRandom(shape.ordinal());
    RateLimiter limiter = RateLimiter.builder(shape.limit).stripes(1).maxKeys(KEYS).build();
    ExactLog log = shape.log();
    String[] names = IntStream.range(0, KEYS).mapToObj(Integer::toString).toArray(String[]::new);
    long window = shape.limit.windowMillis();
    // So that a key has about as much to ask for as it may.
    long step = Math.max(1, window * shape.maxCost / (KEYS * shape.limit.limit()));
    long now = 1_700_000_000_000L;
    long admitted = 0;
    long calls = CALLS / Shape.values().length;
    Weather weather = Weather.STEADY;
    for (long call = 0; call < calls; call++) {
      if ((call & 0xffff) == 0) {
        weather = Weather.values()[random.nextInt(Weather.values().length)];
        if (weather == Weather.CLOCK_BACK) {
          now -= random.nextLong(3 * window);
        }
      }
      int key = random.nextInt(KEYS);
      long time = now;
      switch (weather) {
        case STANDING -> {}
        case LATE_STORM -> time -= random.nextLong(3 * window);
        case FAR_FUTURE -> time += leap(key, random, window);
        default -> now += random.nextLong(2 * step + 1);
      }
      long cost = random.nextLong(shape.maxCost + 1);
      boolean verdict = Decision.isAdmitted(limiter.tryAcquire(key, cost, time));
      if (verdict != log.admits(names[key], time, cost)) {
        throw new AssertionError(
            shape + ": call " + call + " of key " + key + " at " + time + ", " + weather);
      }
      admitted += verdict ? 1 : 0;
    }
    assertThat(limiter.overflowed()).isZero();
    assertThat((double) admitted / calls).as("share of admitted calls").isBetween(0.05, 0.95);
  }

  /** Most keys leap by some windows now and then; a few so far that nobody follows them. */
  private static long leap(int key, SplittableRandom random, long window) {
    if (random.nextInt(100) != 0) {
      return 0;
    }
    return key < 4 ? random.nextLong(FAR) : random.nextLong(5 * window);
  }
}
