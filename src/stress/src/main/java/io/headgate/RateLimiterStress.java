package io.headgate;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.headgate.window.BucketClock;
import io.headgate.window.RowLayout;
import io.headgate.window.WindowTable;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** A {@link RateLimiter} never admits more than the limit, whoever asks at once. */
public final class RateLimiterStress {

  private static final RateLimit ONE = RateLimit.of(1, Duration.ofSeconds(1)).withBuckets(2);

  private RateLimiterStress() {}

  private static RateLimiter limiter(RateLimit limit) {
    return RateLimiter.builder(limit).stripes(1).maxKeys(4).hasher(KeyHasher.seeded(1)).build();
  }

  /** Two threads, one unit. */
  @JCStressTest
  @Outcome(
      id = {"1, 0, 0", "0, 1, 0"},
      expect = ACCEPTABLE,
      desc = "One got the unit.")
  @Outcome(expect = FORBIDDEN, desc = "The unit was given twice, or to nobody.")
  @State
  public static class OneUnit {
    private final RateLimiter limiter = limiter(ONE);

    /** Asks for the unit. */
    @Actor
    public void one(III_Result r) {
      r.r1 = Decision.isAdmitted(limiter.tryAcquire(7L, 1, 1_000)) ? 1 : 0;
    }

    /** Asks for the unit. */
    @Actor
    public void two(III_Result r) {
      r.r2 = Decision.isAdmitted(limiter.tryAcquire(7L, 1, 1_000)) ? 1 : 0;
    }

    /** Asks once more, afterwards. */
    @Arbiter
    public void afterwards(III_Result r) {
      r.r3 = Decision.isAdmitted(limiter.tryAcquire(7L, 1, 1_000)) ? 1 : 0;
    }
  }

  /** Two threads, one unit, and one of them a bucket later: the window moves meanwhile. */
  @JCStressTest
  @Outcome(
      id = {"1, 0, 0", "0, 1, 0"},
      expect = ACCEPTABLE,
      desc = "One got the unit.")
  @Outcome(expect = FORBIDDEN, desc = "The unit was given twice, or to nobody.")
  @State
  public static class MovingWindow {
    private final RateLimiter limiter = limiter(ONE);

    /** Asks for the unit. */
    @Actor
    public void one(III_Result r) {
      r.r1 = Decision.isAdmitted(limiter.tryAcquire(7L, 1, 1_000)) ? 1 : 0;
    }

    /** Asks for the unit, and moves the window on. */
    @Actor
    public void later(III_Result r) {
      r.r2 = Decision.isAdmitted(limiter.tryAcquire(7L, 1, 1_500)) ? 1 : 0;
    }

    /** Asks once more, afterwards. */
    @Arbiter
    public void afterwards(III_Result r) {
      r.r3 = Decision.isAdmitted(limiter.tryAcquire(7L, 1, 1_500)) ? 1 : 0;
    }
  }

  /** The broken twin of {@link OneUnit}: the same table without the lock. Must be caught. */
  @JCStressTest
  @Outcome(
      id = {"1, 0, 0", "0, 1, 0"},
      expect = ACCEPTABLE,
      desc = "One got the unit.")
  @Outcome(expect = FORBIDDEN, desc = "The unit was given twice, or to nobody.")
  @State
  public static class NoLockTwin {
    private final BucketClock clock = new BucketClock(500);
    private final WindowTable table = new WindowTable(new RowLayout(3, 1), 4, row -> {});
    private final int row = table.take(1, 1, clock.bucket(1_000), 0);

    private int ask() {
      return table.slab().judge(row, clock.bucket(1_000), 1, 1) >= 0 ? 1 : 0;
    }

    /** Asks for the unit. */
    @Actor
    public void one(III_Result r) {
      r.r1 = ask();
    }

    /** Asks for the unit. */
    @Actor
    public void two(III_Result r) {
      r.r2 = ask();
    }

    /** Asks once more, afterwards. */
    @Arbiter
    public void afterwards(III_Result r) {
      r.r3 = ask();
    }
  }
}
