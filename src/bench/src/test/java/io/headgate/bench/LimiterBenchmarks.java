package io.headgate.bench;

import com.alibaba.csp.sentinel.slots.statistic.data.MetricBucket;
import com.alibaba.csp.sentinel.slots.statistic.metric.BucketLeapArray;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.local.SynchronizationStrategy;
import io.headgate.KeyHasher;
import io.headgate.window.BucketClock;
import io.headgate.window.RowLayout;
import io.headgate.window.WindowSlab;
import io.headgate.window.WindowTable;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One thread's limiter: a key in hand, and a million keys in random order. Every limit is so high
 * that nothing is blocked, but where the name says so.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LimiterBenchmarks {

  static final Duration WINDOW = Duration.ofMinutes(1);

  /** More than a thread can ask for in a window. */
  static final long ENDLESS = 1 << 30;

  // ------------------------------------------------------------------ one key in hand

  /** What a limiter that reads its own clock pays before it begins. */
  @Benchmark
  public long clock() {
    return System.nanoTime();
  }

  /** One bucket; its own clock, or the caller's time. */
  @State(Scope.Thread)
  public static class OneBucket {
    final Ticks ticks = new Ticks();
    final CallersTime time = new CallersTime();
    final Bucket net = bucket(ENDLESS, time, SynchronizationStrategy.NONE);
    final Bucket gross =
        bucket(ENDLESS, TimeMeter.SYSTEM_MILLISECONDS, SynchronizationStrategy.NONE);
  }

  @Benchmark
  public boolean bucket4j(OneBucket state) {
    return state.gross.tryConsume(1);
  }

  @Benchmark
  public boolean bucket4jCallersTime(OneBucket state) {
    state.time.nanos = state.ticks.millis() * 1_000_000;
    return state.net.tryConsume(1);
  }

  /** One leap array of ten buckets. */
  @State(Scope.Thread)
  public static class OneLeapArray {
    final Ticks ticks = new Ticks();
    final BucketLeapArray array = new BucketLeapArray(10, (int) WINDOW.toMillis());
  }

  @Benchmark
  public boolean sentinel(OneLeapArray state) {
    long now = state.ticks.millis();
    long sum = 0;
    for (MetricBucket bucket : state.array.values(now)) {
      sum += bucket.pass();
    }
    if (sum + 1 > ENDLESS) {
      return false;
    }
    state.array.currentWindow(now).value().addPass(1);
    return true;
  }

  /** One row of ten buckets, strict. */
  @State(Scope.Thread)
  public static class OneRow {
    final Ticks ticks = new Ticks();
    final BucketClock clock = new BucketClock(WINDOW.toMillis() / 10);
    final WindowTable table = new WindowTable(new RowLayout(11, ENDLESS), 16, row -> {});
    final WindowSlab slab = table.slab();
    final KeyHasher hasher = KeyHasher.seeded("bench");
    final long high = hasher.high("key");
    final long low = hasher.low("key");
    final int row = table.take(high, low, 0, 0);
  }

  @Benchmark
  public long headgate(OneRow state) {
    return state.slab.judge(state.row, state.clock.bucket(state.ticks.millis()), ENDLESS, 1);
  }

  /** A row that has had all it may: asked again within the same window. */
  @State(Scope.Thread)
  public static class FullRow extends OneRow {
    final long bucket = clock.bucket(ticks.millis());
    final long charged = slab.judge(row, bucket, 100, 100);
  }

  @Benchmark
  public long headgateBlocked(FullRow state) {
    return state.slab.judge(state.row, state.clock.bucket(state.ticks.millis()), 100, 1);
  }

  @Benchmark
  public int headgateFind(OneRow state) {
    return state.table.find(state.high, state.low);
  }

  // ------------------------------------------------------------------ many keys

  /** Keys in random order. */
  @State(Scope.Thread)
  public static class ManyKeys {
    @Param("1000000")
    int keys;

    final Ticks ticks = new Ticks();
    private final long[] order = new long[1 << 20];
    private int at;

    @Setup
    public void shuffle() {
      Random random = new Random(7);
      for (int i = 0; i < order.length; i++) {
        order[i] = key(random.nextInt(keys));
      }
    }

    long next() {
      return order[at++ & order.length - 1];
    }

    /** Spread over all longs, as identifiers are. */
    static long key(int number) {
      return number * 0x9e3779b97f4a7c15L;
    }
  }

  /** A map of buckets, each as a bucket of a limit of 100 a minute. */
  @State(Scope.Thread)
  public static class BucketMap {
    final CallersTime time = new CallersTime();
    final Map<Long, Bucket> buckets = new HashMap<>();

    @Setup
    public void fill(ManyKeys many) {
      for (int i = 0; i < many.keys; i++) {
        buckets.put(ManyKeys.key(i), bucket(100, meter(), SynchronizationStrategy.NONE));
      }
    }

    TimeMeter meter() {
      return time;
    }
  }

  /** The same with the clock that Bucket4j takes by default. */
  @State(Scope.Thread)
  public static class OwnClockBucketMap extends BucketMap {
    @Override
    TimeMeter meter() {
      return TimeMeter.SYSTEM_MILLISECONDS;
    }
  }

  @Benchmark
  public boolean manyBucket4j(ManyKeys keys, OwnClockBucketMap map) {
    Bucket bucket = map.buckets.get(keys.next());
    return bucket != null && bucket.tryConsume(1);
  }

  @Benchmark
  public boolean manyBucket4jCallersTime(ManyKeys keys, BucketMap map) {
    map.time.nanos = keys.ticks.millis() * 1_000_000;
    Bucket bucket = map.buckets.get(keys.next());
    return bucket != null && bucket.tryConsume(1);
  }

  /** A table of rows, strict, limit 100 a minute. */
  abstract static class Table {
    final BucketClock clock;
    final KeyHasher hasher = KeyHasher.seeded("bench");
    final WindowTable table;
    final WindowSlab slab;

    Table(int buckets) {
      clock = new BucketClock(WINDOW.toMillis() / buckets);
      table = new WindowTable(new RowLayout(buckets + 1, 100), 1 << 21, row -> {});
      slab = table.slab();
    }

    @Setup
    public void fill(ManyKeys many) {
      for (int i = 0; i < many.keys; i++) {
        long key = ManyKeys.key(i);
        table.take(hasher.high(key), hasher.low(key), 0, 0);
      }
    }

    long judge(ManyKeys keys) {
      long key = keys.next();
      long bucket = clock.bucket(keys.ticks.millis());
      int row = table.find(hasher.high(key), hasher.low(key));
      return slab.judge(row, bucket, 100, 1);
    }
  }

  /** Rows of 10 buckets, as above. */
  @State(Scope.Thread)
  public static class TenBuckets extends Table {
    public TenBuckets() {
      super(10);
    }
  }

  /** Rows of 60 buckets, the default of a minute. */
  @State(Scope.Thread)
  public static class SixtyBuckets extends Table {
    public SixtyBuckets() {
      super(60);
    }
  }

  @Benchmark
  public long manyHeadgate(ManyKeys keys, TenBuckets state) {
    return state.judge(keys);
  }

  @Benchmark
  public long manyHeadgateSixtyBuckets(ManyKeys keys, SixtyBuckets state) {
    return state.judge(keys);
  }

  static Bucket bucket(long limit, TimeMeter time, SynchronizationStrategy strategy) {
    return Bucket.builder()
        .addLimit(stage -> stage.capacity(limit).refillGreedy(limit, WINDOW))
        .withCustomTimePrecision(time)
        .withSynchronizationStrategy(strategy)
        .build();
  }
}
