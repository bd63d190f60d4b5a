package io.headgate;

import io.headgate.stress.ModelChecking;
import io.headgate.window.RowLayout;
import io.headgate.window.WindowTable;
import java.time.Duration;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

/**
 * The limiter that threads share says what it would say to one thread, in every order that threads
 * may take turns in: keys that are new, windows that move, and one key more than there are rows.
 */
class RateLimiterModelIT {

  private static final int BUCKET_MILLIS = 500;
  private static final int LIMIT = 3;

  /** Two keys with rows, a third that shares. */
  @Param(name = "key", gen = IntGen.class, conf = "1:3")
  @Param(name = "cost", gen = IntGen.class, conf = "1:2")
  @Param(name = "bucket", gen = IntGen.class, conf = "10:13")
  public static class Limiter {
    private final RateLimiter limiter =
        RateLimiter.builder(RateLimit.of(LIMIT, Duration.ofSeconds(1)).withBuckets(2))
            .stripes(1)
            .maxKeys(2)
            .hasher(KeyHasher.seeded(1))
            .build();

    /** Asks for units. */
    @Operation
    public long tryAcquire(
        @Param(name = "key") int key,
        @Param(name = "cost") int cost,
        @Param(name = "bucket") int bucket) {
      return limiter.tryAcquire((long) key, cost, (long) bucket * BUCKET_MILLIS);
    }

    /** Counts the keys with rows. */
    @Operation
    public long keys() {
      return limiter.keys();
    }
  }

  /** The same without the lock: two threads may take two rows for one key. */
  @Param(name = "key", gen = IntGen.class, conf = "1:2")
  public static class LimiterWithoutLock {
    private final KeyHasher hasher = KeyHasher.seeded(1);
    private final WindowTable table = new WindowTable(new RowLayout(3, LIMIT), 2, row -> {});

    /** Asks for units. */
    @Operation
    public long tryAcquire(@Param(name = "key") int key) {
      long high = hasher.high((long) key);
      long low = hasher.low((long) key);
      int row = table.find(high, low);
      if (row < 0) {
        row = table.take(high, low, 10, 7);
      }
      return table.slab().judge(row, 10, LIMIT, 2);
    }
  }

  @Test
  void shouldSayToTwoThreadsWhatItWouldSayToOne() {
    ModelChecking.check(Limiter.class, 2);
  }

  @Test
  void shouldSayToThreeThreadsWhatItWouldSayToOne() {
    ModelChecking.check(Limiter.class, 3);
  }

  @Test
  void shouldCatchTheLimiterWithoutLock() {
    ModelChecking.mustFail(LimiterWithoutLock.class);
  }
}
