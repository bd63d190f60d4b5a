package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.headgate.RateLimit.Mode;
import io.headgate.testkit.ExactLog;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RateLimiterTest {

  private static final int THREADS = 4;

  /** The time that {@link #limiter} reads. */
  private long now = 1_000_000;

  private RateLimiter.Builder builder(RateLimit limit) {
    return RateLimiter.builder(limit).ticker(() -> now).hasher(KeyHasher.seeded(3));
  }

  private RateLimiter limiter(long limit) {
    return builder(RateLimit.perSecond(limit).withBuckets(10)).build();
  }

  private static boolean admits(RateLimiter limiter, String key, long cost, long time) {
    return Decision.isAdmitted(limiter.tryAcquire(key, cost, time));
  }

  @Test
  void shouldBlockWhenTheWindowIsFullAndAdmitAgainWhenItIsNot() {
    RateLimiter limiter = limiter(3);
    for (int left = 2; left >= 0; left--) {
      long decision = limiter.tryAcquire("a");
      assertThat(Decision.isAdmitted(decision)).isTrue();
      assertThat(Decision.remaining(decision)).isEqualTo(left);
      assertThat(Decision.retryAfterMillis(decision)).isZero();
    }
    long blocked = limiter.tryAcquire("a");
    assertThat(Decision.isAdmitted(blocked)).isFalse();
    assertThat(Decision.remaining(blocked)).isZero();
    assertThat(Decision.retryAfterMillis(blocked)).isEqualTo(1_100);

    now += 1_099;
    assertThat(Decision.isAdmitted(limiter.tryAcquire("a"))).isFalse();
    now += 1;
    assertThat(Decision.isAdmitted(limiter.tryAcquire("a"))).isTrue();
  }

  @Test
  void shouldGiveEveryKeyABudgetOfItsOwn() {
    RateLimiter limiter = limiter(2);
    for (int key = 0; key < 1_000; key++) {
      assertThat(Decision.remaining(limiter.tryAcquire("key-" + key))).isEqualTo(1);
    }
    for (int key = 0; key < 1_000; key++) {
      assertThat(Decision.remaining(limiter.tryAcquire("key-" + key))).isZero();
      assertThat(Decision.isAdmitted(limiter.tryAcquire("key-" + key))).isFalse();
    }
    assertThat(limiter.keys()).isEqualTo(1_000);
    assertThat(limiter.overflowed()).isZero();
  }

  @Test
  void shouldTakeTextsBytesAndNumbersAsKeys() {
    RateLimiter limiter = limiter(2);
    byte[] bytes = ByteBuffer.allocate(8).putLong(77).array();

    assertThat(Decision.remaining(limiter.tryAcquire("77"))).isEqualTo(1);
    assertThat(Decision.remaining(limiter.tryAcquire(CharBuffer.wrap("77")))).isZero();
    assertThat(Decision.isAdmitted(limiter.tryAcquire("77", 1, now))).isFalse();
    // A number is its eight bytes; a text is neither its number nor its bytes.
    assertThat(Decision.remaining(limiter.tryAcquire(77))).isEqualTo(1);
    assertThat(Decision.remaining(limiter.tryAcquire(bytes))).isZero();
    assertThat(Decision.isAdmitted(limiter.tryAcquire(77, 1, now))).isFalse();
    assertThat(Decision.isAdmitted(limiter.tryAcquire(bytes, 1, now))).isFalse();
    assertThat(Decision.remaining(limiter.tryAcquire("77".getBytes(StandardCharsets.UTF_8))))
        .isEqualTo(1);
    assertThat(Decision.remaining(limiter.tryAcquire(new byte[0]))).isEqualTo(1);
    assertThat(Decision.remaining(limiter.tryAcquire(""))).isEqualTo(1);
    assertThat(limiter.keys()).isEqualTo(5);
  }

  @Test
  void shouldChargeTheCostAndNotTheRecord() {
    RateLimiter limiter = limiter(100);

    assertThat(Decision.remaining(limiter.tryAcquire("a", 60, now))).isEqualTo(40);
    assertThat(Decision.isAdmitted(limiter.tryAcquire("a", 41, now))).isFalse();
    assertThat(Decision.remaining(limiter.tryAcquire("a", 41, now))).isEqualTo(40);
    assertThat(Decision.remaining(limiter.tryAcquire("a", 40, now))).isZero();
    assertThat(Decision.isAdmitted(limiter.tryAcquire("a", 0, now))).isTrue();
    assertThat(Decision.isAdmitted(limiter.tryAcquire("a", 1, now))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, -100, Long.MIN_VALUE})
  void shouldRefuseANegativeCostAndForgetIt(long cost) {
    RateLimiter limiter = limiter(100);
    String message = "cost " + cost + ": expected 0 or more";

    assertThatIllegalArgumentException()
        .isThrownBy(() -> limiter.tryAcquire("a", cost, now))
        .withMessage(message);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> limiter.tryAcquire(1, cost, now))
        .withMessage(message);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> limiter.tryAcquire(new byte[1], cost, now))
        .withMessage(message);
    assertThat(limiter.keys()).isZero();
    assertThat(Decision.remaining(limiter.tryAcquire("a"))).isEqualTo(99);
  }

  @ParameterizedTest
  @ValueSource(longs = {101, 1_000, Long.MAX_VALUE})
  void shouldSayNeverWhenTheCostIsAboveTheLimit(long cost) {
    RateLimiter limiter = limiter(100);
    long decision = limiter.tryAcquire("a", cost, now);

    assertThat(Decision.isAdmitted(decision)).isFalse();
    assertThat(Decision.retryAfterMillis(decision)).isEqualTo(Decision.NEVER);
    assertThat(Decision.remaining(decision)).isEqualTo(100);
    assertThat(Decision.remaining(limiter.tryAcquire("a"))).isEqualTo(99);
  }

  @Test
  void shouldNotChargeABlockedRecordButMoveTheKeysClock() {
    RateLimiter limiter = limiter(10);
    assertThat(admits(limiter, "a", 10, 0)).isTrue();
    assertThat(admits(limiter, "a", 11, 5_000)).isFalse();
    // Judged at 5,000, where the window is empty; charged there.
    assertThat(admits(limiter, "a", 10, 0)).isTrue();
    assertThat(admits(limiter, "a", 1, 6_099)).isFalse();
    assertThat(admits(limiter, "a", 1, 6_100)).isTrue();
  }

  @Test
  void shouldAdmitNothingMoreWhenTimeStepsBack() {
    RateLimiter limiter = limiter(5);
    for (int i = 0; i < 5; i++) {
      assertThat(admits(limiter, "a", 1, now)).isTrue();
    }
    for (int back = 0; back < 100_000; back += 7) {
      assertThat(admits(limiter, "a", 1, now - back)).isFalse();
    }
    long blocked = limiter.tryAcquire("a", 1, now - 10_000);
    assertThat(Decision.retryAfterMillis(blocked)).isEqualTo(10_000 + 1_100);
  }

  @Test
  void shouldWaitForARetryAcrossTheWholeOfTime() {
    RateLimiter limiter = limiter(1);
    assertThat(admits(limiter, "a", 1, Long.MAX_VALUE)).isTrue();

    for (long time : new long[] {Long.MIN_VALUE, -1, 0, 1}) {
      long decision = limiter.tryAcquire("a", 1, time);
      assertThat(Decision.isAdmitted(decision)).isFalse();
      assertThat(Decision.retryAfterMillis(decision)).isEqualTo(Decision.NEVER);
      assertThat(Decision.remaining(decision)).isZero();
    }
  }

  @Test
  void shouldTellWhatRemainsWithoutTakingIt() {
    RateLimiter limiter = limiter(10);
    assertThat(limiter.remaining("a")).isEqualTo(10);
    assertThat(limiter.keys()).isZero();

    limiter.tryAcquire("a", 4, now);
    now += 500;
    limiter.tryAcquire("a", 5, now);
    assertThat(limiter.remaining("a")).isEqualTo(1);
    assertThat(limiter.remaining("a")).isEqualTo(1);
    assertThat(limiter.remaining("b")).isEqualTo(10);

    now += 599;
    assertThat(limiter.remaining("a")).isEqualTo(1);
    now += 1;
    assertThat(limiter.remaining("a")).isEqualTo(5);
    now += 500;
    assertThat(limiter.remaining("a")).isEqualTo(10);
    // Looking does not move the key's clock: it may still be asked at an earlier time.
    now -= 1_100;
    assertThat(limiter.remaining("a")).isEqualTo(1);
  }

  @Test
  void shouldJudgeKeysTogetherInASharedRowWhenItIsFullAndCountThem() {
    RateLimiter limiter =
        builder(RateLimit.perSecond(3).withBuckets(10)).maxKeys(2).stripes(1).build();
    assertThat(admits(limiter, "a", 1, now)).isTrue();
    assertThat(admits(limiter, "b", 1, now)).isTrue();
    assertThat(limiter.overflowed()).isZero();

    assertThat(admits(limiter, "c", 2, now)).isTrue();
    assertThat(admits(limiter, "d", 1, now)).isTrue();
    assertThat(admits(limiter, "e", 1, now)).isFalse();
    assertThat(admits(limiter, "c", 1, now)).isFalse();
    assertThat(limiter.overflowed()).isEqualTo(4);
    assertThat(limiter.keys()).isEqualTo(2);
    // Who has a row is not touched by it.
    assertThat(admits(limiter, "a", 2, now)).isTrue();
    assertThat(admits(limiter, "b", 2, now)).isTrue();
    assertThat(limiter.overflowed()).isEqualTo(4);
  }

  @Test
  void shouldReclaimOnlyKeysWhoseWindowIsOver() {
    RateLimiter limiter =
        builder(RateLimit.perSecond(1).withBuckets(10)).maxKeys(3).stripes(1).build();
    for (String key : List.of("a", "b", "c")) {
      assertThat(admits(limiter, key, 1, 0)).isTrue();
    }
    assertThat(admits(limiter, "b", 1, 1_100)).isTrue();

    // The last moment at which their unit counts, and the bucket after it.
    assertThat(admits(limiter, "x", 1, 1_100)).isTrue();
    assertThat(limiter.overflowed()).isEqualTo(1);
    assertThat(admits(limiter, "a", 1, 1_099)).isFalse();
    assertThat(limiter.keys()).isEqualTo(3);

    assertThat(admits(limiter, "y", 1, 9_000)).isTrue();
    assertThat(admits(limiter, "z", 1, 9_000)).isTrue();
    assertThat(limiter.overflowed()).isEqualTo(1);
    assertThat(limiter.keys()).isLessThanOrEqualTo(3);
    assertThat(admits(limiter, "y", 1, 9_000)).isFalse();
  }

  @Test
  void shouldReclaimByTheLatestTimeOfAnyKeyAndNotByThatOfTheNewOne() {
    RateLimiter limiter =
        builder(RateLimit.perSecond(1).withBuckets(10)).maxKeys(3).stripes(1).build();
    for (String key : List.of("a", "b", "c")) {
      assertThat(admits(limiter, key, 1, 0)).isTrue();
    }
    assertThat(admits(limiter, "a", 1, 1_200)).isTrue();

    assertThat(admits(limiter, "late", 1, 1_000)).isTrue();
    assertThat(limiter.overflowed()).isZero();
    assertThat(limiter.keys()).isLessThanOrEqualTo(3);
  }

  @Test
  void shouldCountKeysThatMayStartAnewSinceOthersAreFarAhead() {
    RateLimiter limiter =
        builder(RateLimit.of(1, Duration.ofSeconds(10)).withBuckets(10))
            .maxKeys(64)
            .stripes(1)
            .build();
    assertThat(admits(limiter, "ahead", 1, 1_000_000)).isTrue();
    int admitted = 0;
    for (int time = 0; time < 1_000; time++) {
      long behind = limiter.behind();
      if (admits(limiter, "k", 1, time)) {
        admitted++;
        assertThat(limiter.behind() - behind).isEqualTo(admitted == 1 ? 0 : 1);
      }
      admits(limiter, "key-" + time, 1, time);
      if (time < 62) {
        assertThat(limiter.behind()).as("no window was given up yet").isZero();
      }
    }
    assertThat(admitted).as("or this shows nothing").isGreaterThan(1);
    assertThat(limiter.overflowed()).isZero();
    // A key that is not behind is just new.
    long behind = limiter.behind();
    assertThat(admits(limiter, "new", 1, 1_000_000)).isTrue();
    assertThat(admits(limiter, "newer", 1, 900_000)).isTrue();
    assertThat(limiter.behind()).isEqualTo(behind);
  }

  @Test
  void shouldCountKeysWhoseSharedRowAnotherHasMovedOn() {
    RateLimiter limiter =
        builder(RateLimit.perSecond(1).withBuckets(10)).maxKeys(1).stripes(1).build();
    assertThat(admits(limiter, "a", 1, 0)).isTrue();
    assertThat(admits(limiter, "a", 1, 1_000)).isFalse();
    assertThat(admits(limiter, "b", 1, 0)).isTrue();
    assertThat(admits(limiter, "c", 0, 1_100)).isTrue();
    assertThat(limiter.behind()).isZero();
    assertThat(admits(limiter, "b", 1, 100)).as("started anew").isTrue();
    assertThat(limiter.behind()).isEqualTo(1);
    assertThat(limiter.overflowed()).isEqualTo(3);
  }

  @Property(tries = 300)
  void shouldGiveNoKeyMoreThanItsLimitWhileNoneIsBehind(
      @ForAll @Size(max = 200) List<@IntRange(max = 99_999) Integer> asks) {
    RateLimiter limiter =
        builder(RateLimit.perSecond(3).withBuckets(4)).maxKeys(4).stripes(1).build();
    ExactLog exact = new ExactLog(3, 1_000, 4, true);
    long time = 0;
    for (int ask : asks) {
      String key = "key-" + ask % 7;
      long cost = ask / 7 % 3;
      time += ask / 21 % 400;
      boolean late = ask / 8_400 % 8 == 0;
      long at = late ? time - ask % 3_000 : time;
      boolean room = exact.hasRoom(key, at, cost);
      if (admits(limiter, key, cost, at)) {
        exact.charge(key, cost);
        if (!room) {
          assertThat(limiter.behind()).isPositive();
        }
      }
      if (limiter.behind() > 0) {
        return;
      }
    }
  }

  @Test
  void shouldBoundItsKeysOverAllStripes() {
    RateLimiter limiter = builder(RateLimit.perSecond(1)).maxKeys(100).stripes(4).build();
    for (int key = 0; key < 10_000; key++) {
      limiter.tryAcquire(key);
    }
    assertThat(limiter.keys()).isEqualTo(100);
    assertThat(limiter.overflowed()).isEqualTo(9_900);
  }

  @Test
  void shouldWorkWithItsDefaults() {
    RateLimit limit = RateLimit.of(2, Duration.ofDays(1));
    RateLimiter limiter = RateLimiter.of(limit);

    assertThat(limiter.limit()).isEqualTo(limit);
    assertThat(Decision.isAdmitted(limiter.tryAcquire("a"))).isTrue();
    assertThat(Decision.isAdmitted(limiter.tryAcquire("a"))).isTrue();
    assertThat(Decision.isAdmitted(limiter.tryAcquire("a"))).isFalse();
    assertThat(limiter.remaining("a")).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 3, 6, 1 << 17, Integer.MIN_VALUE})
  void shouldRefuseStripesThatAreNoPowerOfTwoInRange(int stripes) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder(RateLimit.perSecond(1)).stripes(stripes))
        .withMessage("stripes " + stripes + ": expected a power of two up to 65536");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
  void shouldRefuseABoundBelowOneKey(int keys) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder(RateLimit.perSecond(1)).maxKeys(keys))
        .withMessage("max.keys " + keys + ": expected 1 to 1073741824");
  }

  @Test
  @SuppressWarnings("NullAway") // What a caller without a null checker may do.
  void shouldNameAPartThatIsMissing() {
    assertThatExceptionOfType(NullPointerException.class)
        .isThrownBy(() -> RateLimiter.builder(null))
        .withMessage("limit");
    assertThatExceptionOfType(NullPointerException.class)
        .isThrownBy(() -> builder(RateLimit.perSecond(1)).ticker(null))
        .withMessage("ticker");
    assertThatExceptionOfType(NullPointerException.class)
        .isThrownBy(() -> builder(RateLimit.perSecond(1)).hasher(null))
        .withMessage("hasher");
  }

  record Ask(int key, long delta, int cost) {}

  record Shape(int limit, int buckets, int width, boolean strict) {
    RateLimit rateLimit() {
      return new RateLimit(
          limit,
          Duration.ofMillis((long) buckets * width),
          buckets,
          strict ? Mode.STRICT : Mode.STANDARD);
    }
  }

  @Provide
  Arbitrary<Shape> shape() {
    return Combinators.combine(
            Arbitraries.integers().between(1, 20),
            Arbitraries.integers().between(1, 8),
            Arbitraries.integers().between(1, 12),
            Arbitraries.of(true, false))
        .as(Shape::new);
  }

  @Provide
  Arbitrary<List<Ask>> asks() {
    Arbitrary<Long> delta =
        Arbitraries.frequencyOf(
            Tuple.of(20, Arbitraries.longs().between(0, 6)),
            Tuple.of(5, Arbitraries.longs().between(0, 100)),
            Tuple.of(5, Arbitraries.longs().between(-60, 0)),
            Tuple.of(1, Arbitraries.longs().between(-100_000, 100_000)));
    return Combinators.combine(
            Arbitraries.integers().between(0, 5), delta, Arbitraries.integers().between(0, 6))
        .as(Ask::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(150);
  }

  @Property(tries = 1_000)
  void shouldJudgeEveryRecordAsTheExactLogDoes(
      @ForAll("shape") Shape shape, @ForAll("asks") List<Ask> asks) {
    RateLimit limit = shape.rateLimit();
    RateLimiter limiter = builder(limit).stripes(2).build();
    ExactLog log =
        new ExactLog(limit.limit(), limit.windowMillis(), limit.buckets(), shape.strict, true);
    long time = 0;
    for (Ask ask : asks) {
      time += ask.delta;
      String key = "key-" + ask.key;
      assertThat(admits(limiter, key, ask.cost, time)).isEqualTo(log.admits(key, time, ask.cost));
    }
    for (int key = 0; key <= 5; key++) {
      assertThat(log.worstSpan("key-" + key))
          .isLessThanOrEqualTo((shape.strict ? 1L : 2L) * shape.limit);
    }
  }

  @Property(tries = 1_000)
  void shouldAdmitARetryAtTheMomentItNamesAndNoneBefore(
      @ForAll("shape") Shape shape, @ForAll("asks") List<Ask> asks, @ForAll boolean late) {
    RateLimiter limiter = builder(shape.rateLimit()).build();
    RateLimiter twin = builder(shape.rateLimit()).build();
    long time = 0;
    for (Ask ask : asks) {
      time += Math.abs(ask.delta);
      limiter.tryAcquire("key", ask.cost, time);
      twin.tryAcquire("key", ask.cost, time);
    }
    long cost = 1L + asks.get(0).cost;
    long asked = late ? time - asks.size() : time;
    long decision = limiter.tryAcquire("key", cost, asked);
    assertThat(twin.tryAcquire("key", cost, asked)).isEqualTo(decision);
    long retry = Decision.retryAfterMillis(decision);
    if (cost > shape.limit) {
      assertThat(Decision.isAdmitted(decision)).isFalse();
      assertThat(retry).isEqualTo(Decision.NEVER);
      return;
    }
    Assume.that(!Decision.isAdmitted(decision));

    assertThat(retry).isPositive();
    assertThat(retry).isLessThanOrEqualTo((shape.buckets + 1L) * shape.width + asks.size());
    // The twin is not asked before; who is asked too early is told to wait for the rest.
    assertThat(admits(twin, "key", cost, asked + retry)).isTrue();
    long early = limiter.tryAcquire("key", cost, asked + retry - 1);
    assertThat(Decision.isAdmitted(early)).isFalse();
    assertThat(Decision.retryAfterMillis(early)).isEqualTo(1);
    assertThat(admits(limiter, "key", cost, asked + retry)).isTrue();
  }

  @Test
  void shouldNeverPassTheLimitOfOneKeyWhenManyThreadsAskForIt() {
    RateLimiter limiter = limiter(100_000);
    Map<Integer, Long> admitted = race(limiter, 100_000, round -> 0);

    assertThat(admitted).isEqualTo(Map.of(0, 100_000L));
    assertThat(limiter.remaining("key-0")).isZero();
  }

  @Test
  void shouldNeverPassTheLimitOfAnyOfManyKeysWhenManyThreadsAskForThem() {
    RateLimiter limiter = limiter(100);
    Map<Integer, Long> admitted = race(limiter, 400_000, round -> round * 31 % 1_000);

    assertThat(admitted).hasSize(1_000);
    assertThat(admitted.values()).containsOnly(100L);
    assertThat(limiter.keys()).isEqualTo(1_000);
    assertThat(limiter.overflowed()).isZero();
  }

  @Test
  void shouldLoseNoKeyWhenManyThreadsBringNewOnes() {
    RateLimiter limiter = builder(RateLimit.perSecond(3)).stripes(1).build();
    Map<Integer, Long> admitted = race(limiter, 40_000, round -> round);

    assertThat(admitted).hasSize(40_000);
    assertThat(admitted.values()).containsOnly(3L);
    assertThat(limiter.keys()).isEqualTo(40_000);
  }

  /** Four threads ask for the same keys in the same order; returns what each key was admitted. */
  private static Map<Integer, Long> race(
      RateLimiter limiter, int rounds, IntUnaryOperator keyOfRound) {
    CountDownLatch start = new CountDownLatch(THREADS);
    List<CompletableFuture<Map<Integer, Long>>> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      threads.add(
          CompletableFuture.supplyAsync(
              () -> ask(limiter, rounds, keyOfRound, start), RateLimiterTest::start));
    }
    Map<Integer, Long> sum = new HashMap<>();
    for (CompletableFuture<Map<Integer, Long>> thread : threads) {
      thread
          .orTimeout(30, TimeUnit.SECONDS)
          .join()
          .forEach((key, admitted) -> sum.merge(key, admitted, Long::sum));
    }
    return sum;
  }

  private static Map<Integer, Long> ask(
      RateLimiter limiter, int rounds, IntUnaryOperator keyOfRound, CountDownLatch start) {
    start.countDown();
    try {
      assertThat(start.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    Map<Integer, Long> admitted = new HashMap<>();
    for (int round = 0; round < rounds; round++) {
      int key = keyOfRound.applyAsInt(round);
      if (Decision.isAdmitted(limiter.tryAcquire("key-" + key))) {
        admitted.merge(key, 1L, Long::sum);
      }
    }
    return admitted;
  }

  private static void start(Runnable runnable) {
    Thread thread = new Thread(runnable);
    // One that hangs must not hold the build up.
    thread.setDaemon(true);
    thread.start();
  }

  @Test
  void shouldNotGiveAKeyItsBudgetTwiceWhenItLeavesTheSharedRow() {
    RateLimiter limiter =
        RateLimiter.builder(RateLimit.perSecond(10)).maxKeys(1).stripes(1).build();
    limiter.tryAcquire("old", 1, 0);
    int admitted = 0;
    for (int i = 0; i < 20; i++) {
      // "old" still has the only row: "new" is judged in the shared one.
      admitted += Decision.isAdmitted(limiter.tryAcquire("new", 1, 1_000)) ? 1 : 0;
    }
    assertThat(admitted).isEqualTo(10);
    assertThat(limiter.overflowed()).isEqualTo(20);
    for (int i = 0; i < 20; i++) {
      // Now "old" is over, and "new" has its row.
      admitted += Decision.isAdmitted(limiter.tryAcquire("new", 1, 1_200)) ? 1 : 0;
    }
    assertThat(limiter.overflowed()).isEqualTo(20);
    assertThat(admitted).isEqualTo(10);
    // And once the shared row counts no more, neither does what was taken over from it.
    assertThat(limiter.tryAcquire("new", 1, 5_000)).isEqualTo(Decision.admitted(9));
  }
}
