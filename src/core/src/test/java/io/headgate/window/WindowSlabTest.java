package io.headgate.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WindowSlabTest {

  /** Four buckets of the window and the one that strict mode adds. */
  private static final int SPAN = 5;

  private static WindowSlab slab(long limit) {
    return new WindowSlab(new RowLayout(SPAN, limit), 2_000);
  }

  @Test
  void shouldStartARowWithNothingCharged() {
    WindowSlab slab = slab(100);
    int row = slab.take(-7, 8, -9);

    assertThat(slab.high(row)).isEqualTo(-7);
    assertThat(slab.low(row)).isEqualTo(8);
    assertThat(slab.head(row)).isEqualTo(-9);
    assertThat(slab.is(row, -7, 8)).isTrue();
    assertThat(slab.is(row, 7, 8)).isFalse();
    assertThat(slab.is(row, -7, -8)).isFalse();
    assertThat(slab.isLive(row)).isTrue();
    assertThat(slab.used(row, -9)).isZero();
    assertBlank(slab, row);
  }

  @Test
  void shouldSayWhatIsLeftAfterAnAdmissionAndItsComplementWhenBlocked() {
    WindowSlab slab = slab(100);
    int row = slab.take(1, 1, 0);

    assertThat(slab.judge(row, 0, 100, 60)).isEqualTo(40);
    assertThat(slab.judge(row, 0, 100, 41)).isEqualTo(~40L);
    assertThat(slab.judge(row, 0, 100, 0)).isEqualTo(40);
    assertThat(slab.judge(row, 0, 100, 40)).isZero();
    assertThat(slab.judge(row, 0, 100, 1)).isEqualTo(~0L);
    assertThat(slab.judge(row, 0, 100, 0)).isZero();
    assertThat(slab.total(row)).isEqualTo(100);
  }

  @Test
  void shouldMoveTheHeadButChargeNothingWhenBlocked() {
    WindowSlab slab = slab(100);
    int row = slab.take(1, 1, 0);
    slab.judge(row, 0, 100, 100);

    assertThat(slab.judge(row, 3, 100, 1)).isNegative();
    assertThat(slab.head(row)).isEqualTo(3);
    assertThat(slab.total(row)).isEqualTo(100);
    assertThat(slab.counter(row, 0)).isZero();
    assertThat(slab.counter(row, 3)).isEqualTo(100);
  }

  @Test
  void shouldLeaveNothingButBlockNoFreeRecordAfterTheLimitWasLowered() {
    WindowSlab slab = slab(100);
    int row = slab.take(1, 1, 0);
    slab.judge(row, 0, 100, 90);

    assertThat(slab.judge(row, 0, 50, 1)).isEqualTo(~0L);
    assertThat(slab.judge(row, 0, 50, 0)).isZero();
    assertThat(slab.bucketsUntil(row, 50, 1)).isEqualTo(SPAN);
    assertThat(slab.judge(row, SPAN, 50, 50)).isZero();
  }

  @Test
  void shouldHoldTheLargestLimitWithoutOverflow() {
    long limit = 1L << 62;
    WindowSlab slab = slab(limit);
    int row = slab.take(1, 1, 0);

    assertThat(slab.judge(row, 0, limit, Long.MAX_VALUE)).isEqualTo(~limit);
    assertThat(slab.judge(row, 0, limit, limit)).isZero();
    assertThat(slab.judge(row, 1, limit, 1)).isEqualTo(~0L);
    assertThat(slab.judge(row, 1, limit, Long.MAX_VALUE)).isEqualTo(~0L);
    assertThat(slab.judge(row, SPAN, limit, limit - 1)).isEqualTo(1);
  }

  @Test
  void shouldExpireEverythingBetweenTheEndsOfTime() {
    WindowSlab slab = slab(100);
    int row = slab.take(1, 1, Long.MIN_VALUE);
    slab.judge(row, Long.MIN_VALUE, 100, 100);

    assertThat(slab.used(row, Long.MAX_VALUE)).isZero();
    assertThat(slab.used(row, Long.MIN_VALUE)).isEqualTo(100);
    assertThat(slab.judge(row, Long.MAX_VALUE, 100, 30)).isEqualTo(70);
    assertThat(slab.judge(row, Long.MIN_VALUE, 100, 71)).isEqualTo(~70L);
    assertThat(slab.head(row)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void shouldKeepCountsAndVerdictsWhenCountersAreWidened() {
    // A counter of 1, 2, 4 and 8 bytes.
    long[] limits = {200, 60_000, 4_000_000_000L, 1L << 60};
    WindowSlab slab = slab(limits[0]);
    WindowSlab wide = slab(limits[3]);
    List<Integer> rows = new ArrayList<>();
    for (int key = 0; key < 900; key++) {
      int row = slab.take(key, ~key, key % 3);
      assertThat(wide.take(key, ~key, key % 3)).isEqualTo(row);
      rows.add(row);
      slab.openEvent(row, key * 1_000L);
      slab.suppressed(row, key);
      slab.mark(row, key & 0xff00);
    }
    slab.free(rows.get(10));
    wide.free(rows.get(10));
    slab.free(rows.get(899));
    wide.free(rows.get(899));
    rows.remove(899);
    rows.remove(10);

    long bucket = 0;
    for (long limit : limits) {
      slab.widen(limit);
      assertThat(slab.layout().counterMax()).isGreaterThanOrEqualTo(limit);
      for (int step = 0; step < 6; step++) {
        bucket += step % 3;
        for (int row : rows) {
          long cost = 1 + (row + step) % 7 * (limit / 20);
          assertThat(slab.judge(row, bucket, limit, cost))
              .isEqualTo(wide.judge(row, bucket, limit, cost));
        }
      }
      for (int row : rows) {
        assertThat(slab.total(row)).isEqualTo(wide.total(row));
        for (int age = 0; age < SPAN; age++) {
          assertThat(slab.counter(row, age)).isEqualTo(wide.counter(row, age));
        }
      }
    }
    for (int row : rows) {
      int key = (int) slab.high(row);
      assertThat(slab.is(row, key, ~key)).isTrue();
      assertThat(slab.openEvent(row)).isEqualTo(key * 1_000L);
      assertThat(slab.suppressed(row)).isEqualTo(key);
      assertThat(slab.unmark(row, 0xff00)).isEqualTo((key & 0xff00) != 0);
    }
    // The list of free rows lies in the rows themselves: it must have come along.
    assertThat(slab.take(5, 5, 5)).isEqualTo(899);
    assertThat(slab.take(6, 6, 6)).isEqualTo(10);
    assertThat(slab.take(7, 7, 7)).isEqualTo(900);
    assertThat(slab.live()).isEqualTo(901);
    // And new pages must be of the new size.
    for (int row = 901; row < 1_500; row++) {
      assertThat(slab.take(row, row, row)).isEqualTo(row);
      assertThat(slab.judge(row, row, 1L << 60, 1L << 60)).isZero();
    }
    for (int row = 901; row < 1_500; row++) {
      assertThat(slab.is(row, row, row)).isTrue();
      assertThat(slab.counter(row, 0)).isEqualTo(1L << 60);
    }
  }

  @Test
  void shouldNeverNarrowCounters() {
    WindowSlab slab = slab(70_000);
    int row = slab.take(1, 1, 0);
    slab.judge(row, 0, 70_000, 70_000);

    slab.widen(10);

    assertThat(slab.layout().counterBytes()).isEqualTo(4);
    assertThat(slab.total(row)).isEqualTo(70_000);
  }

  @Test
  void shouldWidenASlabThatHasNoRowYet() {
    WindowSlab slab = slab(100);
    slab.widen(1_000);
    int row = slab.take(1, 1, 0);

    assertThat(slab.judge(row, 0, 1_000, 999)).isEqualTo(1);
    assertThat(slab.counter(row, 0)).isEqualTo(999);
  }

  @ParameterizedTest
  @ValueSource(longs = {200, 60_000, 4_000_000_000L, 1L << 60})
  void shouldJudgeALoadedRowAsTheOneThatWasRemembered(long limit) {
    for (int stop = 0; stop < 8; stop++) {
      WindowSlab slab = slab(limit);
      int row = slab.take(1, 1, 0);
      for (int bucket = 0; bucket <= stop; bucket++) {
        slab.judge(row, bucket, limit, limit / (bucket + 3));
      }
      long[] counters = new long[SPAN];
      for (int age = 0; age < SPAN; age++) {
        counters[age] = slab.counter(row, age);
      }

      WindowSlab restored = slab(limit);
      int copy = restored.take(1, 1, slab.head(row));
      restored.load(copy, counters, SPAN);

      for (int later = stop; later < stop + 9; later++) {
        assertThat(restored.total(copy)).isEqualTo(slab.total(row));
        assertThat(restored.used(copy, later)).isEqualTo(slab.used(row, later));
        assertThat(restored.bucketsUntil(copy, limit, limit / 2))
            .isEqualTo(slab.bucketsUntil(row, limit, limit / 2));
        for (int age = 0; age < SPAN; age++) {
          assertThat(restored.counter(copy, age)).isEqualTo(slab.counter(row, age));
        }
        assertThat(restored.judge(copy, later, limit, limit / 4))
            .isEqualTo(slab.judge(row, later, limit, limit / 4));
      }
    }
  }

  @Test
  void shouldLoadFewerCountersThanTheRingHas() {
    WindowSlab slab = slab(100);
    int row = slab.take(1, 1, 50);
    slab.load(row, new long[] {5, 6, 77, 88}, 2);

    assertThat(slab.total(row)).isEqualTo(11);
    assertThat(slab.used(row, 50)).isEqualTo(11);
    assertThat(slab.used(row, 53)).isEqualTo(11);
    assertThat(slab.used(row, 54)).isEqualTo(5);
    assertThat(slab.used(row, 55)).isZero();
  }

  @Test
  void shouldCutALoadedCountThatACounterCannotHoldAndBlockAsLong() {
    WindowSlab slab = slab(100);
    int row = slab.take(1, 1, 50);
    slab.load(row, new long[] {0, 1_000_000, 3}, 3);

    assertThat(slab.counter(row, 1)).isEqualTo(255);
    assertThat(slab.total(row)).isEqualTo(258);
    assertThat(slab.judge(row, 53, 100, 1)).isEqualTo(~0L);
    assertThat(slab.judge(row, 54, 100, 1)).isEqualTo(99);
  }

  @Test
  void shouldNotLetTheTotalOfLoadedCountsOverflow() {
    long limit = 1L << 62;
    WindowSlab slab = slab(limit);
    int row = slab.take(1, 1, 50);
    slab.load(row, new long[] {limit, 0, limit, limit}, 4);

    assertThat(slab.total(row)).isGreaterThanOrEqualTo(limit);
    assertThat(slab.judge(row, 50, limit, 1)).isEqualTo(~0L);
    assertThat(slab.judge(row, 54, limit, 1)).isEqualTo(~0L);
    assertThat(slab.judge(row, 55, limit, limit)).isZero();
  }

  @Test
  void shouldWipeEverythingOfARowThatIsTakenAgain() {
    WindowSlab slab = slab(100);
    int row = slab.take(1, 2, 3);
    for (int bucket = 3; bucket < 10; bucket++) {
      slab.judge(row, bucket, 100, 9);
    }
    slab.openEvent(row, -1);
    slab.suppressed(row, -1);
    slab.mark(row, 0xfffe);

    slab.free(row);
    assertThat(slab.isLive(row)).isFalse();
    assertThat(slab.openEvent(row)).isZero();
    assertThat(slab.live()).isZero();

    assertThat(slab.take(4, 5, 6)).isEqualTo(row);
    assertThat(slab.is(row, 4, 5)).isTrue();
    assertThat(slab.head(row)).isEqualTo(6);
    assertBlank(slab, row);
  }

  @Test
  void shouldTakeFreedRowsBeforeFreshOnes() {
    WindowSlab slab = slab(100);
    for (int i = 0; i < 100; i++) {
      assertThat(slab.take(i, i, 0)).isEqualTo(i);
    }
    Set<Integer> freed = new HashSet<>();
    for (int row = 0; row < 100; row += 7) {
      slab.free(row);
      freed.add(row);
    }
    assertThat(slab.rows()).isEqualTo(100);
    assertThat(slab.live()).isEqualTo(100 - freed.size());
    while (!freed.isEmpty()) {
      assertThat(freed.remove(slab.take(0, 0, 0))).isTrue();
    }
    assertThat(slab.take(0, 0, 0)).isEqualTo(100);
  }

  @Test
  void shouldTakeNoMoreRowsThanItsBound() {
    WindowSlab slab = new WindowSlab(new RowLayout(SPAN, 1), 3);
    assertThat(slab.take(0, 0, 0)).isEqualTo(0);
    assertThat(slab.take(1, 1, 0)).isEqualTo(1);
    assertThat(slab.take(2, 2, 0)).isEqualTo(2);
    assertThat(slab.take(3, 3, 0)).isEqualTo(-1);
    assertThat(slab.live()).isEqualTo(3);

    slab.free(1);
    assertThat(slab.take(3, 3, 0)).isEqualTo(1);
    assertThat(slab.take(4, 4, 0)).isEqualTo(-1);
  }

  @Test
  void shouldSetAndClearFlagsOneByOne() {
    WindowSlab slab = slab(100);
    int row = slab.take(1, 1, 0);
    int other = slab.take(2, 2, 0);

    for (int bit = 1; bit < 16; bit++) {
      assertThat(slab.mark(row, 1 << bit)).isTrue();
      assertThat(slab.mark(row, 1 << bit)).isFalse();
    }
    assertThat(slab.unmark(other, 0xfffe)).isFalse();
    for (int bit = 1; bit < 16; bit++) {
      assertThat(slab.unmark(row, 1 << bit)).isTrue();
      assertThat(slab.unmark(row, 1 << bit)).isFalse();
      assertThat(slab.isLive(row)).isTrue();
    }
    assertThat(slab.mark(row, 0b0110)).isTrue();
    assertThat(slab.mark(row, 0b1100)).isTrue();
    assertThat(slab.mark(row, 0b1110)).isFalse();
    assertThat(slab.unmark(row, 0b11000)).isTrue();
    assertThat(slab.unmark(row, 0b11000)).isFalse();
    assertThat(slab.unmark(row, 0b0110)).isTrue();
  }

  @Test
  void shouldKeepANumberAmongTheFlagsAndLeaveTheOthersAlone() {
    WindowSlab slab = slab(100);
    int row = slab.take(1, 1, 0);
    slab.mark(row, 0b0110);
    int mask = ~0x7f;
    for (int number : new int[] {1, 1 << 24, 0xff_ffff, 2}) {
      assertThat(slab.put(row, mask, number << 7)).isTrue();
      assertThat(slab.put(row, mask, number << 7)).isFalse();
    }

    assertThat(slab.isLive(row)).isTrue();
    assertThat(slab.mark(row, 0b0110)).as("still set").isFalse();
    assertThat(slab.unmark(row, mask)).isTrue();
    assertThat(slab.put(row, mask, 0)).as("cleared").isFalse();
    assertThat(slab.mark(row, 0b0110)).as("still set").isFalse();
  }

  @Test
  void shouldNotLetAFlagChangeAVerdict() {
    WindowSlab slab = slab(100);
    int row = slab.take(1, 1, 0);
    slab.judge(row, 0, 100, 20);
    slab.judge(row, 3, 100, 30);
    slab.mark(row, 0xfffe);
    slab.suppressed(row, -1);
    slab.openEvent(row, -1);

    assertThat(slab.judge(row, 4, 100, 1)).isEqualTo(49);
    assertThat(slab.judge(row, 5, 100, 1)).isEqualTo(68);
    assertThat(slab.openEvent(row)).isEqualTo(-1);
    assertThat(slab.suppressed(row)).isEqualTo(-1);
  }

  @Test
  void shouldHoldNoPageBeforeTheFirstRowAndAddThemOneByOne() {
    RowLayout layout = new RowLayout(SPAN, 100);
    WindowSlab slab = new WindowSlab(layout, 20_000);
    assertThat(slab.pageBytes()).isZero();

    long before = 0;
    int grown = 0;
    for (int i = 0; i < 20_000; i++) {
      assertThat(slab.take(i, -i, i)).isEqualTo(i);
      long bytes = slab.pageBytes();
      assertThat(bytes).isGreaterThanOrEqualTo((i + 1L) * layout.stride());
      assertThat(bytes - before).isBetween(0L, 32L * 1024);
      grown += bytes > before ? 1 : 0;
      before = bytes;
    }
    // No page is begun before the one before is full.
    assertThat(before).isLessThan(20_000L * layout.stride() + 32 * 1024);
    assertThat(grown).isBetween(30, 60);
    for (int i = 0; i < 20_000; i++) {
      assertThat(slab.is(i, i, -i)).isTrue();
      assertThat(slab.head(i)).isEqualTo(i);
    }
  }

  @Test
  void shouldHoldARowThatIsLongerThanAPage() {
    int span = 65_535;
    WindowSlab slab = new WindowSlab(new RowLayout(span, Long.MAX_VALUE), 3);
    for (int key = 0; key < 3; key++) {
      int row = slab.take(key, key, 0);
      for (int bucket = 0; bucket < 3 * span; bucket += 1_000) {
        slab.judge(row, bucket, 1L << 62, key + 1);
      }
      assertThat(slab.total(row)).isEqualTo(66L * (key + 1));
    }
    assertThat(slab.total(0)).isEqualTo(66);
  }

  @Test
  void shouldCatchTheDoubleFreeOfARowUnderAssertions() {
    WindowSlab slab = slab(100);
    int row = slab.take(1, 1, 0);
    slab.free(row);

    assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> slab.free(row));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1})
  void shouldRefuseABoundBelowOneRow(int rows) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new WindowSlab(new RowLayout(1, 1), rows))
        .withMessage("rows " + rows + ": expected 1 or more");
  }

  private static void assertBlank(WindowSlab slab, int row) {
    assertThat(slab.total(row)).isZero();
    for (int age = 0; age < slab.layout().span(); age++) {
      assertThat(slab.counter(row, age)).isZero();
    }
    assertThat(slab.openEvent(row)).isZero();
    assertThat(slab.suppressed(row)).isZero();
    assertThat(slab.unmark(row, 0xfffe)).isFalse();
  }
}
