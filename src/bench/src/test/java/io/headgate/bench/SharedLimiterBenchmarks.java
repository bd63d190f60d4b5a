package io.headgate.bench;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.local.SynchronizationStrategy;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.headgate.RateLimit;
import io.headgate.RateLimiter;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongFunction;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * Limiters that threads share. All of them are asked by key, a peer through a {@link
 * ConcurrentHashMap}: over many keys in random order, and for one key that every thread wants.
 * Every limit is so high that nothing is blocked.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SharedLimiterBenchmarks {

  /** The caller's time, the same for all threads: the first of them moves it. */
  @State(Scope.Benchmark)
  public static class SharedTime implements TimeMeter {
    private static final int MIDDLE = 32;
    // In the middle of lines of its own.
    private final AtomicLongArray millis = new AtomicLongArray(2 * MIDDLE);

    long millis() {
      return millis.getOpaque(MIDDLE);
    }

    void move() {
      millis.setOpaque(MIDDLE, millis() + 1);
    }

    @Override
    public long currentTimeNanos() {
      return millis() * 1_000_000;
    }

    @Override
    public boolean isWallClockBased() {
      return true;
    }
  }

  /** What one thread asks for next. */
  @State(Scope.Thread)
  public static class Caller {
    @Param("100000")
    int keys;

    private final long[] order = new long[1 << 18];
    private int at;
    private boolean movesTime;

    @Setup
    public void shuffle(ThreadParams thread) {
      movesTime = thread.getThreadIndex() == 0;
      Random random = new Random(thread.getThreadIndex());
      for (int i = 0; i < order.length; i++) {
        order[i] = random.nextInt(keys);
      }
    }

    long next(SharedTime time) {
      if (movesTime && (at & 1023) == 0) {
        time.move();
      }
      return order[at++ & order.length - 1];
    }

    long hot(SharedTime time) {
      next(time);
      return 1;
    }
  }

  /** A limiter for each key. */
  abstract static class ByKey<T> {
    final Map<Long, T> limiters = new ConcurrentHashMap<>();

    void put(int keys, LongFunction<T> maker) {
      for (long key = 0; key < keys; key++) {
        limiters.put(key, maker.apply(key));
      }
    }

    T get(long key) {
      T limiter = limiters.get(key);
      if (limiter == null) {
        throw new IllegalStateException("no limiter for " + key);
      }
      return limiter;
    }
  }

  // ------------------------------------------------------------------ Bucket4j

  /** Buckets with the clock that Bucket4j takes by default. */
  @State(Scope.Benchmark)
  public static class Buckets extends ByKey<Bucket> {
    @Setup
    public void fill(SharedTime time, KeyCount count) {
      put(
          count.keys,
          key ->
              LimiterBenchmarks.bucket(
                  LimiterBenchmarks.ENDLESS, meter(time), SynchronizationStrategy.LOCK_FREE));
    }

    TimeMeter meter(SharedTime time) {
      return TimeMeter.SYSTEM_MILLISECONDS;
    }
  }

  /** Buckets that take the caller's time. */
  @State(Scope.Benchmark)
  public static class CallersTimeBuckets extends Buckets {
    @Override
    TimeMeter meter(SharedTime time) {
      return time;
    }
  }

  /** The number of limiters. */
  @State(Scope.Benchmark)
  public static class KeyCount {
    @Param("100000")
    int keys;
  }

  @Benchmark
  public boolean hotBucket4j(Caller caller, SharedTime time, Buckets buckets) {
    return buckets.get(caller.hot(time)).tryConsume(1);
  }

  @Benchmark
  public boolean hotBucket4jCallersTime(
      Caller caller, SharedTime time, CallersTimeBuckets buckets) {
    return buckets.get(caller.hot(time)).tryConsume(1);
  }

  @Benchmark
  public boolean manyBucket4j(Caller caller, SharedTime time, Buckets buckets) {
    return buckets.get(caller.next(time)).tryConsume(1);
  }

  @Benchmark
  public boolean manyBucket4jCallersTime(
      Caller caller, SharedTime time, CallersTimeBuckets buckets) {
    return buckets.get(caller.next(time)).tryConsume(1);
  }

  /** A bucket that nobody has to look up. */
  @State(Scope.Benchmark)
  public static class BareBucket {
    final SharedTime time = new SharedTime();
    final Bucket bucket =
        LimiterBenchmarks.bucket(
            LimiterBenchmarks.ENDLESS, time, SynchronizationStrategy.LOCK_FREE);
  }

  @Benchmark
  public boolean bareBucket4jCallersTime(Caller caller, BareBucket state) {
    caller.hot(state.time);
    return state.bucket.tryConsume(1);
  }

  // ------------------------------------------------------------------ Resilience4j

  /** Resilience4j's limiters, which read {@link System#nanoTime()}. */
  @State(Scope.Benchmark)
  public static class Resilience extends ByKey<io.github.resilience4j.ratelimiter.RateLimiter> {
    @Setup
    public void fill(KeyCount count) {
      RateLimiterConfig config =
          RateLimiterConfig.custom()
              .limitForPeriod((int) LimiterBenchmarks.ENDLESS)
              .limitRefreshPeriod(LimiterBenchmarks.WINDOW)
              .timeoutDuration(Duration.ZERO)
              .build();
      put(count.keys, key -> io.github.resilience4j.ratelimiter.RateLimiter.of("key", config));
    }
  }

  @Benchmark
  public boolean hotResilience4j(Caller caller, SharedTime time, Resilience limiters) {
    return limiters.get(caller.hot(time)).acquirePermission(1);
  }

  @Benchmark
  public boolean manyResilience4j(Caller caller, SharedTime time, Resilience limiters) {
    return limiters.get(caller.next(time)).acquirePermission(1);
  }

  // ------------------------------------------------------------------ Guava

  /** Guava's limiters, which read {@link System#nanoTime()}. */
  @State(Scope.Benchmark)
  @SuppressWarnings("UnstableApiUsage")
  public static class Guava extends ByKey<com.google.common.util.concurrent.RateLimiter> {
    @Setup
    public void fill(KeyCount count) {
      // A permit a nanosecond: more than anybody asks for.
      put(count.keys, key -> com.google.common.util.concurrent.RateLimiter.create(1e9));
    }
  }

  @Benchmark
  @SuppressWarnings("UnstableApiUsage")
  public boolean hotGuava(Caller caller, SharedTime time, Guava limiters) {
    return limiters.get(caller.hot(time)).tryAcquire();
  }

  @Benchmark
  @SuppressWarnings("UnstableApiUsage")
  public boolean manyGuava(Caller caller, SharedTime time, Guava limiters) {
    return limiters.get(caller.next(time)).tryAcquire();
  }

  // ------------------------------------------------------------------ ours

  /** One limiter, all of it by default. */
  @State(Scope.Benchmark)
  public static class Headgate {
    final RateLimiter limiter =
        RateLimiter.of(RateLimit.of(LimiterBenchmarks.ENDLESS, LimiterBenchmarks.WINDOW));

    @Setup
    public void fill(KeyCount count) {
      for (long key = 0; key < count.keys; key++) {
        limiter.tryAcquire(key, 1, 0);
      }
    }
  }

  @Benchmark
  public long hotHeadgate(Caller caller, SharedTime time, Headgate state) {
    return state.limiter.tryAcquire(caller.hot(time), 1, time.millis());
  }

  @Benchmark
  public long manyHeadgate(Caller caller, SharedTime time, Headgate state) {
    return state.limiter.tryAcquire(caller.next(time), 1, time.millis());
  }
}
