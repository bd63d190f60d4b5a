package io.headgate.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.testkit.ExactLog;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.statistics.Statistics;
import net.jqwik.api.statistics.StatisticsReport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The limiter against the oracle that remembers every record. Verdicts come from {@link ExactLog};
 * the sums that it does not tell come from {@link Charges}, which is as naive.
 */
class WindowSlabPropertiesTest {

  private static final int KEYS = 4;

  /** Times stay inside, so that the oracle's own arithmetic cannot overflow. */
  private static final long FAR = 1L << 58;

  /** How the time of a record differs from that of the record before. */
  enum Move {
    STAY,
    TICKS,
    TO_NEXT_BUCKET,
    TO_END_OF_BUCKET,
    BUCKETS,
    EXACTLY_ONE_WINDOW,
    WINDOWS,
    BACK_ONE_TICK,
    BACK_BUCKETS,
    BACK_WINDOWS,
    JUMP_AHEAD,
    JUMP_BACK
  }

  /** What a record asks for, by the limit. */
  enum Cost {
    NOTHING,
    ONE,
    SHARE,
    REST,
    REST_AND_ONE,
    LIMIT,
    ABOVE,
    MOST
  }

  record Step(int key, Move move, int amount, Cost cost) {}

  record Shape(long limit, int buckets, long width, boolean strict, long start) {
    long window() {
      return buckets * width;
    }

    int span() {
      return strict ? buckets + 1 : buckets;
    }
  }

  /** Every unit charged to one key, by bucket, for ever. */
  private static final class Charges {
    private final Map<Long, Long> units = new HashMap<>();
    private final int span;
    private long newest = Long.MIN_VALUE;

    Charges(int span) {
      this.span = span;
    }

    long sum(long bucket) {
      long sum = 0;
      for (long b = bucket - span + 1; b <= bucket; b++) {
        sum += units.getOrDefault(b, 0L);
      }
      return sum;
    }
  }

  @Provide
  Arbitrary<Shape> shape() {
    Arbitrary<Long> limit =
        Arbitraries.oneOf(
            Arbitraries.longs().between(1, 12),
            Arbitraries.longs().between(1, 255),
            Arbitraries.longs().between(250, 260),
            Arbitraries.longs().between(256, 65_535),
            Arbitraries.longs().between(65_530, 65_540),
            Arbitraries.longs().between(65_536, 0xffff_ffffL),
            Arbitraries.longs().between(0xffff_fff0L, 0x1_0000_0010L),
            Arbitraries.longs().between(0x1_0000_0000L, 1L << 61));
    Arbitrary<Integer> buckets =
        Arbitraries.oneOf(
            Arbitraries.integers().between(1, 6),
            Arbitraries.integers().between(1, 60),
            Arbitraries.integers().between(60, 300));
    Arbitrary<Long> width =
        Arbitraries.oneOf(
            Arbitraries.longs().between(1, 5), Arbitraries.longs().between(1, 100_000));
    Arbitrary<Long> start =
        Arbitraries.oneOf(
            Arbitraries.longs().between(-1_000, 1_000),
            Arbitraries.longs().between(0, 4_102_444_800_000L),
            Arbitraries.longs().between(-FAR / 2, FAR / 2));
    return Combinators.combine(limit, buckets, width, Arbitraries.of(true, false), start)
        .as(Shape::new);
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Move> move =
        Arbitraries.frequency(
            Tuple.of(10, Move.STAY),
            Tuple.of(20, Move.TICKS),
            Tuple.of(15, Move.TO_NEXT_BUCKET),
            Tuple.of(10, Move.TO_END_OF_BUCKET),
            Tuple.of(15, Move.BUCKETS),
            Tuple.of(5, Move.EXACTLY_ONE_WINDOW),
            Tuple.of(3, Move.WINDOWS),
            Tuple.of(5, Move.BACK_ONE_TICK),
            Tuple.of(10, Move.BACK_BUCKETS),
            Tuple.of(3, Move.BACK_WINDOWS),
            Tuple.of(1, Move.JUMP_AHEAD),
            Tuple.of(1, Move.JUMP_BACK));
    Arbitrary<Cost> cost =
        Arbitraries.frequency(
            Tuple.of(2, Cost.NOTHING),
            Tuple.of(10, Cost.ONE),
            Tuple.of(30, Cost.SHARE),
            Tuple.of(6, Cost.REST),
            Tuple.of(3, Cost.REST_AND_ONE),
            Tuple.of(2, Cost.LIMIT),
            Tuple.of(1, Cost.ABOVE),
            Tuple.of(1, Cost.MOST));
    return Combinators.combine(
            Arbitraries.integers().between(0, KEYS - 1),
            move,
            Arbitraries.integers().between(1, 1_000),
            cost)
        .as(Step::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(250);
  }

  @Property(tries = 2_000)
  @StatisticsReport(onFailureOnly = true)
  void shouldJudgeEveryRecordAsTheExactLogDoes(
      @ForAll("shape") Shape shape, @ForAll("steps") List<Step> steps) {
    BucketClock clock = new BucketClock(shape.width);
    ExactLog log = new ExactLog(shape.limit, shape.window(), shape.buckets, shape.strict, true);
    Charges[] charges = new Charges[KEYS];
    for (int key = 0; key < KEYS; key++) {
      charges[key] = new Charges(shape.span());
    }
    WindowTable table = new WindowTable(new RowLayout(shape.span(), shape.limit), KEYS, row -> {});
    WindowSlab slab = table.slab();
    int blocked = 0;

    long time = shape.start;
    for (Step step : steps) {
      time = moved(time, step, shape);
      long bucket = clock.bucket(time);
      Charges charged = charges[step.key];
      charged.newest = Math.max(charged.newest, bucket);
      long sum = charged.sum(charged.newest);
      long cost = cost(step, shape.limit, sum);

      int row = table.find(step.key, keyLow(step.key));
      if (row < 0) {
        row = table.take(step.key, keyLow(step.key), bucket, Long.MIN_VALUE);
      }
      assertThat(slab.used(row, bucket)).isEqualTo(sum);

      boolean admitted = log.admits("key " + step.key, time, cost);
      long left = slab.judge(row, bucket, shape.limit, cost);

      assertThat(left >= 0).as("%s at %s", step, time).isEqualTo(admitted);
      if (admitted) {
        charged.units.merge(charged.newest, cost, Long::sum);
        assertThat(left).isEqualTo(shape.limit - sum - cost);
      } else {
        blocked++;
        assertThat(~left).isEqualTo(shape.limit - sum);
      }
      assertRow(slab, row, charged, shape.limit, cost, step.amount);
    }

    for (int key = 0; key < KEYS; key++) {
      long worst = log.worstSpan("key " + key);
      assertThat(worst).isLessThanOrEqualTo(shape.strict ? shape.limit : 2 * shape.limit);
    }
    Statistics.label("blocked some")
        .collect(blocked > 0)
        .coverage(coverage -> coverage.check(true).percentage(share -> share > 50));
  }

  private static void assertRow(
      WindowSlab slab, int row, Charges charged, long limit, long cost, int amount) {
    int span = charged.span;
    long head = charged.newest;
    assertThat(slab.head(row)).isEqualTo(head);
    assertThat(slab.total(row)).isEqualTo(charged.sum(head));
    int age = amount % span;
    assertThat(slab.counter(row, age)).isEqualTo(charged.units.getOrDefault(head - age, 0L));
    int ahead = amount % (2 * span + 1);
    assertThat(slab.used(row, head + ahead)).isEqualTo(charged.sum(head + ahead));
    assertThat(slab.used(row, head - ahead)).isEqualTo(charged.sum(head));

    int until = -1;
    for (int wait = 0; cost <= limit && until < 0; wait++) {
      until = charged.sum(head + wait) <= limit - cost ? wait : -1;
    }
    assertThat(slab.bucketsUntil(row, limit, cost)).isEqualTo(until);
    int empty = 0;
    while (charged.sum(head + empty) != 0) {
      empty++;
    }
    assertThat(slab.bucketsUntilEmpty(row)).isEqualTo(empty);
  }

  private static long moved(long time, Step step, Shape shape) {
    long width = shape.width;
    long amount = step.amount;
    long next =
        switch (step.move) {
          case STAY -> time;
          case TICKS -> time + amount % (2 * width) + 1;
          case TO_NEXT_BUCKET -> Math.floorDiv(time, width) * width + width;
          case TO_END_OF_BUCKET -> Math.floorDiv(time, width) * width + width - 1;
          case BUCKETS -> time + width * (amount % (shape.buckets + 2));
          case EXACTLY_ONE_WINDOW -> time + shape.window();
          case WINDOWS -> time + shape.window() * (amount % 5) + amount % (2 * width);
          case BACK_ONE_TICK -> time - 1;
          case BACK_BUCKETS -> time - width * (amount % (shape.buckets + 2)) - amount % 2;
          case BACK_WINDOWS -> time - shape.window() * (amount % 5) - amount % (2 * width);
          case JUMP_AHEAD -> time + (amount << 40);
          case JUMP_BACK -> time - (amount << 40);
        };
    return Math.max(-FAR, Math.min(FAR, next));
  }

  private static long cost(Step step, long limit, long sum) {
    return switch (step.cost) {
      case NOTHING -> 0;
      case ONE -> 1;
      case SHARE -> 1 + limit / (step.amount % 20 + 2);
      case REST -> limit - sum;
      case REST_AND_ONE -> limit - sum + 1;
      case LIMIT -> limit;
      case ABOVE -> limit + step.amount;
      case MOST -> Long.MAX_VALUE;
    };
  }

  private static long keyLow(int key) {
    return (key + 1) * 0x9e3779b97f4a7c15L;
  }

  // What other limiters get wrong, one by one: 10 buckets of 100 ms, limit 200.

  private static final int BUCKETS = 10;
  private static final long WIDTH = 100;
  private static final long WINDOW = BUCKETS * WIDTH;
  private static final long LIMIT = 200;

  /** One key under the limit above. */
  private static final class OneKey {
    final BucketClock clock = new BucketClock(WIDTH);
    final WindowSlab slab;
    final int row;

    OneKey(boolean strict, long time) {
      slab = new WindowSlab(new RowLayout(strict ? BUCKETS + 1 : BUCKETS, LIMIT), 1);
      row = slab.take(1, 1, clock.bucket(time));
    }

    boolean admits(long time, long cost) {
      return slab.judge(row, clock.bucket(time), LIMIT, cost) >= 0;
    }

    int admitted(long time, int records) {
      int admitted = 0;
      for (int i = 0; i < records; i++) {
        admitted += admits(time, 1) ? 1 : 0;
      }
      return admitted;
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldAdmitNothingMoreWhenTheClockStepsBackASecond(boolean strict) {
    OneKey key = new OneKey(strict, 50_000);
    assertThat(key.admitted(50_000, 1_000)).isEqualTo(200);

    assertThat(key.admitted(49_000, 100_000)).isZero();
    assertThat(key.admitted(0, 1_000)).isZero();
    assertThat(key.admitted(-50_000, 1_000)).isZero();
    assertThat(key.admitted(50_000, 1_000)).isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldNotEmptyTheWindowWhenTimeStepsBackBucketByBucket(boolean strict) {
    OneKey key = new OneKey(strict, 50_000);
    key.admitted(50_000, 200);

    for (int i = 0; i < 50; i++) {
      assertThat(key.admitted(50_000 - i * WIDTH, 10)).isZero();
      assertThat(key.slab.total(key.row)).isEqualTo(200);
    }
    assertThat(key.slab.head(key.row)).isEqualTo(500);
  }

  @Test
  void shouldNotCountABucketExactlyOneWindowLaterWhenStandard() {
    OneKey key = new OneKey(false, 5_000);
    key.admitted(5_000, 200);

    assertThat(key.admitted(5_000 + WINDOW - 1, 1)).isZero();
    assertThat(key.admitted(5_000 + WINDOW, 1_000)).isEqualTo(200);
  }

  @Test
  void shouldCountABucketExactlyOneWindowLaterAndNotTheOneAfterWhenStrict() {
    OneKey key = new OneKey(true, 5_099);
    // At the end of its bucket: a window later, the first moment of the span is still in reach.
    key.admitted(5_099, 200);

    assertThat(key.admitted(5_099 + WINDOW - 1, 1)).isZero();
    assertThat(key.admitted(5_099 + WINDOW, 1)).isZero();
    assertThat(key.admitted(5_100 + WINDOW, 1_000)).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(longs = {2, 10, 11, 12, 100, 1_000_000_007L})
  void shouldCountNothingOfAKeyThatWasIdleForAges(long windows) {
    for (boolean strict : new boolean[] {true, false}) {
      OneKey key = new OneKey(strict, 0);
      for (int bucket = 0; bucket < BUCKETS; bucket++) {
        key.admitted(bucket * WIDTH, 20);
      }
      assertThat(key.slab.total(key.row)).isEqualTo(200);

      assertThat(key.admitted(windows * WINDOW + 900, 1_000)).isEqualTo(200);
    }
  }

  @Test
  void shouldForgetBucketByBucketAndNotAllAtOnce() {
    OneKey key = new OneKey(true, 0);
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
      assertThat(key.admitted(bucket * WIDTH, 20)).isEqualTo(20);
    }
    assertThat(key.admitted(BUCKETS * WIDTH, 1_000)).isZero();
    for (int bucket = BUCKETS + 1; bucket < 3 * BUCKETS; bucket++) {
      int admitted = key.admitted(bucket * WIDTH, 1_000);
      // The eleventh bucket of the ring is the one that a strict sender leaves empty.
      assertThat(admitted).isEqualTo(bucket % (BUCKETS + 1) == BUCKETS ? 0 : 20);
    }
  }

  @Test
  void shouldAdmitUpToTwiceTheLimitInAnUnluckySpanWhenStandardAndNeverWhenStrict() {
    for (boolean strict : new boolean[] {true, false}) {
      OneKey key = new OneKey(strict, 0);
      ExactLog log = new ExactLog(LIMIT, WINDOW, BUCKETS, strict, true);
      // At the end of one bucket, and a window later less a moment, at the start of another.
      for (long time : new long[] {WIDTH - 1, WIDTH - 1 + WINDOW - (WIDTH - 1)}) {
        for (int i = 0; i < 1_000; i++) {
          assertThat(key.admits(time, 1)).isEqualTo(log.admits("key", time, 1));
        }
      }
      assertThat(log.worstSpan("key")).isEqualTo(strict ? LIMIT : 2 * LIMIT);
    }
  }

  @Test
  void shouldGiveASteadySenderTheRateThatIsPromised() {
    for (boolean strict : new boolean[] {true, false}) {
      OneKey key = new OneKey(strict, 0);
      int admitted = 0;
      int windows = 11 * 20;
      for (long time = 0; time < windows * WINDOW; time++) {
        admitted += key.admits(time, 1) ? 1 : 0;
      }
      // Strict: limit * N / (N + 1).
      long promised = windows * LIMIT * (strict ? BUCKETS : BUCKETS + 1) / (BUCKETS + 1);
      assertThat((long) admitted).isBetween(promised, promised + LIMIT);
    }
  }

  @Test
  void shouldChargeALateRecordInTheHeadBucket() {
    OneKey key = new OneKey(true, 5_000);
    key.admits(5_000, 1);

    assertThat(key.admits(4_300, 50)).isTrue();
    assertThat(key.slab.counter(key.row, 0)).isEqualTo(51);
    assertThat(key.slab.counter(key.row, 7)).isZero();
    // So it counts for a whole window from the head on.
    assertThat(key.admits(6_000, 150)).isFalse();
    assertThat(key.admits(6_100, 150)).isTrue();
  }
}
