package io.headgate.streams;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.lane.SlotLayout;
import io.headgate.rules.LatePolicy;
import io.headgate.rules.OverflowPolicy;
import io.headgate.testkit.ExactLog;
import io.headgate.window.WindowTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Verdicts and policies, against the oracle that keeps every record. Sequences are drawn from
 * seeds, which name their runs.
 */
class JudgeTest {

  private static final long NOW = 1_000_000_000L;

  private final List<StoreFixture> fixtures = new ArrayList<>();

  @AfterEach
  void closeStores() {
    fixtures.forEach(StoreFixture::close);
  }

  /** A limiter without its stream: what is given to its judge, and what it has counted. */
  private final class Bench {
    final RateLimit limit;
    final RateLimitStore store;
    final LimiterCounters counters = new LimiterCounters();
    final Judge judge;
    final KeyReader reader = StoreFixture.keyReader();

    Bench(Headgate.Builder builder) {
      StoreFixture fixture = new StoreFixture(builder, false);
      fixtures.add(fixture);
      limit = fixture.settings.limits.get(0).limit();
      store = fixture.store;
      judge = fixture.judge(counters);
    }

    int judge(String key, long time, long now, long cost) {
      reader.read(key);
      return judge.judge(reader, null, time, now, cost);
    }

    int judgeKeyless() {
      return judge.judgeKeyless(null, NOW, NOW, 1);
    }

    /** The row of the last record's key, or {@link LimitJudge#NO_ROW}. */
    int row() {
      RuleJudge rule = judge.decided();
      return rule == null ? LimitJudge.NO_ROW : rule.limits[0].row();
    }

    /** What an event of the last record would say of it. */
    int flags() {
      RuleJudge rule = judge.decided();
      return judge.flags() | (rule == null ? 0 : rule.limits[0].flags());
    }

    /** Whose time is not ahead of the wall clock. */
    int judge(String key, long time) {
      return judge(key, time, Math.max(time, NOW), 1);
    }

    int judgeAhead(String key, long time) {
      return judge(key, time, NOW, 1);
    }

    long count(int counter) {
      return counters.get(counter);
    }

    ExactLog exactLog() {
      return new ExactLog(
          limit.limit(), limit.windowMillis(), limit.buckets(), limit.mode() == Mode.STRICT);
    }
  }

  private static Headgate.Builder limiter(RateLimit limit) {
    // Nothing is reclaimed unless a test asks for it.
    return Headgate.limit(limit).rowGrace(Duration.ofDays(365)).maxKeys(1000);
  }

  /** 2 units in 10 s, in ten buckets of a second. */
  private static RateLimit twoInTenSeconds() {
    return new RateLimit(2, Duration.ofSeconds(10), 10, Mode.STRICT);
  }

  private static RateLimit anyLimit(Random random) {
    int buckets = 1 + random.nextInt(12);
    return new RateLimit(
        1 + random.nextInt(10),
        Duration.ofMillis(buckets * (1L + random.nextInt(500))),
        buckets,
        random.nextBoolean() ? Mode.STRICT : Mode.STANDARD);
  }

  private static int outcome(boolean admitted) {
    return admitted ? Judge.ADMITTED : Judge.BLOCKED;
  }

  @Test
  void recordsInAnyOrderHaveTheVerdictsOfTheExactLog() {
    for (int seed = 0; seed < 150; seed++) {
      Random random = new Random(seed);
      RateLimit limit = anyLimit(random);
      long window = limit.windowMillis();
      long maxFuture = random.nextLong(2 * window);
      Bench bench = new Bench(limiter(limit).maxFuture(Duration.ofMillis(maxFuture)));
      ExactLog exact = bench.exactLog();
      Map<String, Long> heads = new HashMap<>();
      long now = NOW;
      long clock = NOW - random.nextLong(20 * window);
      long late = 0;
      long future = 0;
      for (int i = 0; i < 1_500; i++) {
        now += random.nextLong(window / 4 + 1);
        clock += random.nextLong(window / 3 + 1);
        String key = "key-" + random.nextInt(4);
        long time =
            switch (random.nextInt(12)) {
              case 0 -> now + random.nextLong(4 * window);
              case 1 -> clock - random.nextLong(3 * window);
              case 2 -> now + maxFuture + random.nextInt(3) - 1;
              default -> clock - random.nextLong(window / 2 + 1);
            };
        long cost = random.nextInt(4) == 0 ? random.nextLong(limit.limit() + 3) : 1;
        boolean clamped = time > now + maxFuture;
        long bucket = Math.floorDiv(clamped ? now : time, limit.bucketMillis());
        long head = heads.getOrDefault(key, Long.MIN_VALUE);
        boolean behind = !clamped && bucket < head;
        boolean veryLate = behind && head - bucket > limit.buckets();
        heads.put(key, Math.max(head, bucket));

        int outcome = bench.judge(key, time, now, cost);

        assertThat(outcome)
            .as("seed %s, record %s", seed, i)
            .isEqualTo(outcome(exact.admits(key, time, cost, now, maxFuture)));
        assertThat(bench.flags())
            .as("flags, seed %s, record %s", seed, i)
            .isEqualTo((clamped ? SlotLayout.FUTURE : 0) | (veryLate ? SlotLayout.LATE : 0));
        late += behind ? 1 : 0;
        future += clamped ? 1 : 0;
        assertThat(bench.count(LimiterCounters.LATE)).as("seed %s", seed).isEqualTo(late);
        assertThat(bench.count(LimiterCounters.FUTURE)).as("seed %s", seed).isEqualTo(future);
      }
    }
  }

  @Test
  void aRecordIsBelievedUpToMaxFutureAndNoFurther() {
    Bench bench = new Bench(limiter(twoInTenSeconds()).maxFuture(Duration.ofSeconds(3)));
    assertThat(bench.judgeAhead("believed", NOW + 3_000)).isEqualTo(Judge.ADMITTED);
    assertThat(bench.flags()).isZero();
    assertThat(bench.store.windows(0).table().slab().head(bench.row()))
        .isEqualTo((NOW + 3_000) / 1000);

    assertThat(bench.judgeAhead("poisoned", NOW + 3_001)).isEqualTo(Judge.ADMITTED);
    assertThat(bench.flags()).isEqualTo(SlotLayout.FUTURE);
    assertThat(bench.store.windows(0).table().slab().head(bench.row())).isEqualTo(NOW / 1000);
    assertThat(bench.count(LimiterCounters.FUTURE)).isEqualTo(1);

    // It is judged at the key's newest time if that is later than now.
    assertThat(bench.judgeAhead("believed", Long.MAX_VALUE)).isEqualTo(Judge.ADMITTED);
    assertThat(bench.store.windows(0).table().slab().head(bench.row()))
        .isEqualTo((NOW + 3_000) / 1000);
    assertThat(bench.count(LimiterCounters.LATE)).as("it is not late").isZero();
  }

  @Test
  void aPoisonTimestampHoldsItsKeyForMaxFutureAtTheMost() {
    Bench bench = new Bench(limiter(twoInTenSeconds()).maxFuture(Duration.ofSeconds(3)));
    bench.judgeAhead("k", NOW + 3_000);
    bench.judgeAhead("k", NOW + 3_000);
    assertThat(bench.judgeAhead("k", NOW + 1_000)).isEqualTo(Judge.BLOCKED);
    // The last bucket in whose window the two are is that of 13 s from now.
    long later = NOW + 13_000;
    assertThat(bench.judge("k", later, later, 1)).isEqualTo(Judge.BLOCKED);
    assertThat(bench.judge("k", later + 1_000, later + 1_000, 1)).isEqualTo(Judge.ADMITTED);
  }

  @Test
  void aRecordThatIsNotBelievedDoesNotMoveTheStreamTime() {
    Bench bench = new Bench(limiter(twoInTenSeconds()).maxFuture(Duration.ZERO));
    bench.judgeAhead("first", NOW + 1);
    assertThat(bench.store.windows(0).streamTime()).isEqualTo(Long.MIN_VALUE);
    assertThat(bench.count(LimiterCounters.BEHIND)).isZero();
    bench.judge("a", NOW - 500_000);
    bench.judgeAhead("a", NOW + 1);
    bench.judgeAhead("b", NOW + 1);
    assertThat(bench.store.windows(0).streamTime()).isEqualTo(NOW - 500_000);
    bench.judge("b", NOW - 400_000);
    assertThat(bench.store.windows(0).streamTime()).isEqualTo(NOW - 400_000);
  }

  @ParameterizedTest
  @EnumSource(LatePolicy.class)
  void theLatePolicyDecidesBeyondOneWindow(LatePolicy policy) {
    Bench bench = new Bench(limiter(twoInTenSeconds()).latePolicy(policy));
    bench.judge("k", NOW);

    // Ten buckets behind the head: late, but judged like any other.
    assertThat(bench.judge("k", NOW - 10_000)).isEqualTo(Judge.ADMITTED);
    assertThat(bench.flags()).isZero();
    assertThat(bench.count(LimiterCounters.LATE)).isEqualTo(1);
    assertThat(bench.judge("k", NOW)).as("it was charged at the head").isEqualTo(Judge.BLOCKED);

    // Eleven behind.
    int outcome = bench.judge("k", NOW - 11_000);
    assertThat(outcome).isEqualTo(policy == LatePolicy.ADMIT ? Judge.ADMITTED : Judge.BLOCKED);
    assertThat(bench.flags()).isEqualTo(SlotLayout.LATE);
    assertThat(bench.row()).isNotEqualTo(LimitJudge.NO_ROW);
    assertThat(bench.count(LimiterCounters.LATE)).isEqualTo(2);
    assertThat(bench.count(LimiterCounters.LATE_ADMITTED))
        .isEqualTo(policy == LatePolicy.ADMIT ? 1 : 0);
    assertThat(bench.count(LimiterCounters.LATE_BLOCKED))
        .isEqualTo(policy == LatePolicy.BLOCK ? 1 : 0);
  }

  @Test
  void veryLateRecordsThatThePolicyDecidesAreNotCharged() {
    for (LatePolicy policy : List.of(LatePolicy.ADMIT, LatePolicy.BLOCK)) {
      Bench bench = new Bench(limiter(twoInTenSeconds()).latePolicy(policy));
      bench.judge("k", NOW);
      bench.judge("k", NOW - 11_000);
      bench.judge("k", NOW - 500_000);
      assertThat(bench.judge("k", NOW)).isEqualTo(Judge.ADMITTED);
      assertThat(bench.judge("k", NOW)).isEqualTo(Judge.BLOCKED);
    }
  }

  @Test
  void latePoliciesLeaveAllOtherRecordsToTheExactLog() {
    for (int seed = 0; seed < 60; seed++) {
      Random random = new Random(seed);
      RateLimit limit = anyLimit(random);
      LatePolicy policy = random.nextBoolean() ? LatePolicy.ADMIT : LatePolicy.BLOCK;
      Bench bench = new Bench(limiter(limit).latePolicy(policy));
      ExactLog exact = bench.exactLog();
      long width = limit.bucketMillis();
      long clock = NOW / 2;
      long head = Long.MIN_VALUE;
      for (int i = 0; i < 500; i++) {
        clock += random.nextLong(limit.windowMillis());
        long time = clock - random.nextLong(4 * limit.windowMillis());
        long bucket = Math.floorDiv(time, width);
        boolean veryLate = head != Long.MIN_VALUE && head - bucket > limit.buckets();
        int expected =
            veryLate ? outcome(policy == LatePolicy.ADMIT) : outcome(exact.admits("k", time, 1));
        assertThat(bench.judge("k", time)).as("seed %s, record %s", seed, i).isEqualTo(expected);
        head = Math.max(head, veryLate ? head : bucket);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(NoKeyPolicy.class)
  void recordsWithoutAKeyHaveTheirPolicy(NoKeyPolicy policy) {
    Bench bench = new Bench(limiter(twoInTenSeconds()).noKeyPolicy(policy));
    int[] outcomes = new int[3];
    for (int i = 0; i < 3; i++) {
      outcomes[i] = bench.judgeKeyless();
      assertThat(bench.row() != LimitJudge.NO_ROW).isEqualTo(policy == NoKeyPolicy.SHARED_ROW);
    }
    switch (policy) {
      case ADMIT ->
          assertThat(outcomes).containsExactly(Judge.BYPASSED, Judge.BYPASSED, Judge.BYPASSED);
      case BLOCK ->
          assertThat(outcomes).containsExactly(Judge.BLOCKED, Judge.BLOCKED, Judge.BLOCKED);
      case SHARED_ROW ->
          assertThat(outcomes).containsExactly(Judge.ADMITTED, Judge.ADMITTED, Judge.BLOCKED);
    }
    assertThat(bench.flags())
        .isEqualTo(policy == NoKeyPolicy.SHARED_ROW ? SlotLayout.SHARED_ROW : 0);
    assertThat(bench.count(LimiterCounters.KEYLESS)).isEqualTo(3);
    assertThat(bench.store.windows(0).table().size())
        .isEqualTo(policy == NoKeyPolicy.SHARED_ROW ? 1 : 0);
  }

  @Test
  void theSharedRowOfKeylessRecordsIsAWindowOfTheExactLog() {
    for (int seed = 0; seed < 40; seed++) {
      Random random = new Random(seed);
      RateLimit limit = anyLimit(random);
      long maxFuture = random.nextLong(limit.windowMillis());
      Bench bench =
          new Bench(
              limiter(limit)
                  .noKeyPolicy(NoKeyPolicy.SHARED_ROW)
                  .maxFuture(Duration.ofMillis(maxFuture)));
      ExactLog exact = bench.exactLog();
      long clock = NOW;
      long future = 0;
      for (int i = 0; i < 500; i++) {
        clock += random.nextLong(limit.windowMillis() / 3 + 1);
        long time = clock + random.nextLong(2 * limit.windowMillis()) - limit.windowMillis();
        boolean clamped = time > clock + maxFuture;
        future += clamped ? 1 : 0;
        assertThat(bench.judge.judgeKeyless(null, time, clock, 1))
            .as("seed %s, record %s", seed, i)
            .isEqualTo(outcome(exact.admits("", time, 1, clock, maxFuture)));
        assertThat(bench.flags() & ~SlotLayout.LATE)
            .isEqualTo(SlotLayout.SHARED_ROW | (clamped ? SlotLayout.FUTURE : 0));
        assertThat(bench.count(LimiterCounters.FUTURE)).isEqualTo(future);
      }
    }
  }

  @Test
  void keylessRecordsSpendNoKeysBudgetAndNoKeySpendsTheirs() {
    Bench bench = new Bench(limiter(twoInTenSeconds()).noKeyPolicy(NoKeyPolicy.SHARED_ROW));
    for (int i = 0; i < 3; i++) {
      bench.judgeKeyless();
    }
    assertThat(bench.judge("new", NOW)).isEqualTo(Judge.ADMITTED);
    assertThat(bench.judge("new", NOW)).isEqualTo(Judge.ADMITTED);
    assertThat(bench.judge("new", NOW)).isEqualTo(Judge.BLOCKED);
  }

  @Test
  void aKeyThatLeavesTheSharedRowDoesNotGetItsBudgetTwice() {
    Bench bench = new Bench(limiter(twoInTenSeconds()).maxKeys(1).rowGrace(Duration.ZERO));
    assertThat(bench.judge("old", NOW - 40_000)).isEqualTo(Judge.ADMITTED);
    // Stream time moves on only with these: at first there is no row for "new".
    assertThat(bench.judge("old", NOW - 30_000)).isEqualTo(Judge.ADMITTED);
    assertThat(bench.judge("new", NOW - 22_000)).isEqualTo(Judge.ADMITTED);
    assertThat(bench.judge("new", NOW - 22_000)).isEqualTo(Judge.ADMITTED);
    assertThat(bench.judge("new", NOW - 22_000)).isEqualTo(Judge.BLOCKED);
    assertThat(bench.count(LimiterCounters.OVERFLOW)).isEqualTo(3);
    // Now "old" is over, and "new" has a row of its own.
    assertThat(bench.judge("new", NOW - 17_000)).isEqualTo(Judge.BLOCKED);
    assertThat(bench.count(LimiterCounters.OVERFLOW)).isEqualTo(3);
    assertThat(bench.judge("new", NOW)).isEqualTo(Judge.ADMITTED);
  }

  @Test
  void keysBeyondMaxKeysShareARow() {
    for (int seed = 0; seed < 40; seed++) {
      Random random = new Random(seed);
      RateLimit limit = anyLimit(random);
      Bench bench = new Bench(limiter(limit).maxKeys(3));
      ExactLog exact = bench.exactLog();
      List<String> own = new ArrayList<>();
      long clock = NOW / 2;
      long overflow = 0;
      for (int i = 0; i < 800; i++) {
        clock += random.nextLong(limit.windowMillis() / 4 + 1);
        String key = "key-" + random.nextInt(8);
        if (own.size() < 3 && !own.contains(key)) {
          own.add(key);
        }
        boolean shared = !own.contains(key);
        overflow += shared ? 1 : 0;
        assertThat(bench.judge(key, clock))
            .as("seed %s, record %s", seed, i)
            .isEqualTo(outcome(exact.admits(shared ? "all others" : key, clock, 1)));
        assertThat(bench.flags()).isEqualTo(shared ? SlotLayout.SHARED_ROW : 0);
        assertThat(bench.row() == LimitJudge.NO_ROW).isEqualTo(shared);
      }
      assertThat(bench.count(LimiterCounters.OVERFLOW)).isEqualTo(overflow);
      assertThat(bench.store.windows(0).table().size()).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = OverflowPolicy.class,
      names = {"ADMIT", "BLOCK"})
  void keysBeyondMaxKeysAreAdmittedOrBlockedOnRequest(OverflowPolicy policy) {
    Bench bench = new Bench(limiter(twoInTenSeconds()).maxKeys(1).overflowPolicy(policy));
    bench.judge("own", NOW);
    for (int i = 0; i < 5; i++) {
      assertThat(bench.judge("other-" + i % 2, NOW))
          .isEqualTo(policy == OverflowPolicy.ADMIT ? Judge.BYPASSED : Judge.BLOCKED);
      assertThat(bench.row()).isEqualTo(LimitJudge.NO_ROW);
      assertThat(bench.flags()).isZero();
    }
    assertThat(bench.count(LimiterCounters.OVERFLOW)).isEqualTo(5);
    assertThat(bench.judge("own", NOW)).isEqualTo(Judge.ADMITTED);
    assertThat(bench.judge("own", NOW)).isEqualTo(Judge.BLOCKED);
  }

  @Test
  void aFullTableMakesRoomOfKeysThatAreOver() {
    Bench bench = new Bench(Headgate.limit(twoInTenSeconds()).rowGrace(Duration.ZERO).maxKeys(2));
    bench.judge("a", NOW);
    bench.judge("b", NOW + 5_000);
    assertThat(bench.judge("c", NOW + 10_999)).isEqualTo(Judge.ADMITTED);
    assertThat(bench.count(LimiterCounters.OVERFLOW)).as("a may still count").isEqualTo(1);
    bench.judge("c", NOW + 11_000);
    assertThat(bench.count(LimiterCounters.OVERFLOW)).as("a is over").isEqualTo(1);
    assertThat(bench.store.windows(0).table().size()).isEqualTo(2);
    assertThat(bench.store.windows(0).table().reclaimed()).isEqualTo(1);
  }

  /**
   * Rows go when nothing can ask for them any more: the verdicts are those of no reclaim at all.
   */
  @Test
  void reclaimChangesNoVerdictOfRecordsWithinTheGrace() {
    long reclaimed = 0;
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      RateLimit limit = anyLimit(random);
      long grace = random.nextInt(3) == 0 ? 0 : random.nextLong(2 * limit.windowMillis());
      Bench bench = new Bench(Headgate.limit(limit).rowGrace(Duration.ofMillis(grace)));
      ExactLog exact = bench.exactLog();
      long streamTime = NOW / 2;
      for (int i = 0; i < 600; i++) {
        // As late as the grace allows, and by how much a window is exceeded, to the millisecond.
        long time =
            switch (random.nextInt(4)) {
              case 0 -> streamTime - random.nextLong(grace + 1);
              case 1 -> streamTime - grace;
              case 2 -> streamTime + random.nextLong(3);
              default -> streamTime + random.nextLong(limit.windowMillis());
            };
        streamTime = Math.max(streamTime, time);
        String key = "key-" + random.nextInt(6);
        assertThat(bench.judge(key, time))
            .as("seed %s, record %s, %s, grace %s", seed, i, limit, grace)
            .isEqualTo(outcome(exact.admits(key, time, 1)));
        if (random.nextInt(3) == 0) {
          bench.store.beforeCommit();
        }
      }
      assertThat(bench.count(LimiterCounters.BEHIND)).as("seed %s", seed).isZero();
      reclaimed += bench.store.windows(0).table().reclaimed();
    }
    assertThat(reclaimed).as("rows that were reclaimed, or this shows nothing").isPositive();
  }

  @Test
  void aRowGoesWhenItsWindowAndTheGraceAreOverAndNotBefore() {
    Bench bench = new Bench(Headgate.limit(twoInTenSeconds()).rowGrace(Duration.ofSeconds(5)));
    bench.judge("k", NOW + 999);
    // The head's bucket counts up to the end of the 10th after it, and records may be 5 s late.
    bench.judge("other", NOW + 15_999);
    bench.store.beforeCommit();
    assertThat(bench.store.windows(0).table().size()).isEqualTo(2);
    bench.judge("other", NOW + 16_000);
    bench.store.beforeCommit();
    assertThat(bench.store.windows(0).table().size()).isEqualTo(1);
  }

  @Test
  void aKeyThatComesBackFromFartherBehindStartsAnewAndIsCounted() {
    Bench bench = new Bench(Headgate.limit(twoInTenSeconds()).rowGrace(Duration.ZERO));
    bench.judge("k", NOW);
    bench.judge("k", NOW);
    bench.judge("other", NOW + 11_000);
    bench.store.beforeCommit();
    assertThat(bench.store.windows(0).table().size()).isEqualTo(1);
    assertThat(bench.count(LimiterCounters.BEHIND)).isZero();

    // The two of before would count here, but nobody knows of them any more.
    assertThat(bench.judge("k", NOW + 10_000)).isEqualTo(Judge.ADMITTED);
    assertThat(bench.count(LimiterCounters.BEHIND)).isEqualTo(1);
    // Within the grace a new row is just a new key.
    bench.judge("new", NOW + 11_000);
    assertThat(bench.count(LimiterCounters.BEHIND)).isEqualTo(1);
    // Far behind: counted as well.
    bench.judge("old", NOW - 100_000);
    assertThat(bench.count(LimiterCounters.BEHIND)).isEqualTo(2);
  }

  @Test
  void aGraceForEverReclaimsNothing() {
    for (Duration grace :
        List.of(Duration.ofMillis(Long.MAX_VALUE), Duration.ofSeconds(Long.MAX_VALUE))) {
      Bench bench = new Bench(Headgate.limit(twoInTenSeconds()).rowGrace(grace).maxFuture(grace));
      bench.judge("k", 0);
      bench.judge("k", Long.MAX_VALUE);
      bench.judge("other", Long.MAX_VALUE);
      bench.store.beforeCommit();
      assertThat(bench.store.windows(0).table().size()).isEqualTo(2);
      assertThat(bench.count(LimiterCounters.FUTURE)).isZero();
    }
  }

  @Test
  void aWindowAsLongAsTimeHasNoEnd() {
    RateLimit ever = new RateLimit(2, Duration.ofMillis(Long.MAX_VALUE), 1, Mode.STRICT);
    Bench bench = new Bench(Headgate.limit(ever));
    for (long time : new long[] {0, 1, NOW}) {
      assertThat(bench.judge("k", time)).isEqualTo(outcome(time <= 1));
      bench.store.beforeCommit();
    }
    assertThat(bench.store.windows(0).table().size()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void byTheWallClockTimestampsDoNotMatter(boolean keyless) {
    Random random = new Random(11);
    RateLimit limit = twoInTenSeconds();
    Bench bench =
        new Bench(limiter(limit).time(TimeSource.WALL_CLOCK).noKeyPolicy(NoKeyPolicy.SHARED_ROW));
    ExactLog exact = bench.exactLog();
    long now = NOW;
    for (int i = 0; i < 1000; i++) {
      now += random.nextLong(4_000);
      long time = random.nextLong(4 * NOW);
      int outcome =
          keyless ? bench.judge.judgeKeyless(null, time, now, 1) : bench.judge("k", time, now, 1);
      assertThat(outcome).as("record %s", i).isEqualTo(outcome(exact.admits("k", now, 1)));
      assertThat(bench.flags()).isEqualTo(keyless ? SlotLayout.SHARED_ROW : 0);
    }
    assertThat(bench.count(LimiterCounters.FUTURE)).isZero();
    assertThat(bench.count(LimiterCounters.LATE)).isZero();
  }

  @Test
  void byTheWallClockRowsAreReclaimedByIt() {
    Bench bench = new Bench(Headgate.limit(twoInTenSeconds()).time(TimeSource.WALL_CLOCK));
    bench.judge("a", 0, NOW, 1);
    bench.judge("b", Long.MAX_VALUE, NOW + 21_001, 1);
    bench.store.beforeCommit();
    assertThat(bench.store.windows(0).table().size()).isEqualTo(1);
  }

  @Test
  void aCostOfZeroPassesUnchargedAndOneAboveTheLimitNever() {
    Bench bench = new Bench(limiter(twoInTenSeconds()));
    assertThat(bench.judge("k", NOW, NOW, 3)).isEqualTo(Judge.BLOCKED);
    assertThat(bench.judge("k", NOW, NOW, 2)).isEqualTo(Judge.ADMITTED);
    assertThat(bench.judge("k", NOW, NOW, 0)).isEqualTo(Judge.ADMITTED);
    assertThat(bench.judge("k", NOW, NOW, 1)).isEqualTo(Judge.BLOCKED);
    assertThat(bench.judge("k", NOW, NOW, Long.MAX_VALUE)).isEqualTo(Judge.BLOCKED);
  }

  @Test
  void keysOfEqualBytesAreOneKeyAndTheFingerprintIsOfThem() {
    Bench bench = new Bench(limiter(twoInTenSeconds()));
    byte[] bytes = "key".getBytes(UTF_8);
    bench.judge("key", NOW);
    int row = bench.row();
    RuleJudge rule = Objects.requireNonNull(bench.judge.decided());
    assertThat(rule.high()).isEqualTo(rule.hasher.high(bytes, 0, 3));
    assertThat(rule.low()).isEqualTo(rule.hasher.low(bytes, 0, 3));
    bench.reader.read(bytes);
    bench.judge.judge(bench.reader, null, NOW, NOW, 1);
    assertThat(bench.row()).isEqualTo(row).isNotEqualTo(WindowTable.SHARED_ROW);
  }

  @Test
  void limitersAndApplicationsDoNotShareFingerprints() {
    Headgate.Builder builder = limiter(twoInTenSeconds()).blockedTo("blocked");
    LimiterSettings one = new LimiterSettings(builder.named("one"));
    LimiterSettings two = new LimiterSettings(builder.named("two"));
    LimiterSettings seeded = new LimiterSettings(builder.named("one").hashSeed("secret"));
    byte[] key = {1};
    long high = one.hasher("app").high(key, 0, 1);
    assertThat(one.hasher("app").high(key, 0, 1)).isEqualTo(high);
    assertThat(one.hasher("other").high(key, 0, 1)).isNotEqualTo(high);
    assertThat(two.hasher("app").high(key, 0, 1)).isNotEqualTo(high);
    assertThat(seeded.hasher("app").high(key, 0, 1))
        .isNotEqualTo(high)
        .isEqualTo(seeded.hasher("other").high(key, 0, 1));
  }
}
