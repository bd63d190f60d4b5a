package io.headgate.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.headgate.KeyHasher;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class WindowTableTest {

  private static final KeyHasher HASHER = KeyHasher.seeded(11);
  private static final long NOTHING_IS_OVER = Long.MIN_VALUE;

  private final List<String> told = new ArrayList<>();

  private WindowTable table(int maxRows) {
    WindowTable[] self = new WindowTable[1];
    self[0] =
        new WindowTable(new RowLayout(3, 100), maxRows, row -> told.add(describe(self[0], row)));
    return self[0];
  }

  /** What the listener can read of a row at the moment it is told. */
  private static String describe(WindowTable table, int row) {
    WindowSlab slab = table.slab();
    boolean findable = table.find(slab.high(row), slab.low(row)) == row;
    return slab.isLive(row) + " " + findable + " " + slab.total(row) + " " + slab.openEvent(row);
  }

  private static int find(WindowTable table, int key) {
    return table.find(HASHER.high(key), HASHER.low(key));
  }

  private static int take(WindowTable table, int key, long bucket, long horizon) {
    return table.take(HASHER.high(key), HASHER.low(key), bucket, horizon);
  }

  @Test
  void shouldGiveEveryKeyARowOfItsOwn() {
    WindowTable table = table(100);
    Map<Integer, Integer> rows = new HashMap<>();
    for (int key = 0; key < 100; key++) {
      assertThat(find(table, key)).isEqualTo(-1);
      int row = take(table, key, key, NOTHING_IS_OVER);
      assertThat(row).isNotEqualTo(WindowTable.SHARED_ROW).isNotEqualTo(WindowTable.FULL);
      assertThat(rows.put(row, key)).isNull();
      assertThat(table.slab().head(row)).isEqualTo(key);
      assertThat(table.size()).isEqualTo(key + 1);
    }
    rows.forEach((row, key) -> assertThat(find(table, key)).isEqualTo(row));
  }

  @Test
  void shouldBeFullWhenEveryRowIsTakenAndNoWindowIsOver() {
    WindowTable table = table(10);
    for (int key = 0; key < 10; key++) {
      take(table, key, 5, NOTHING_IS_OVER);
    }
    for (int key = 10; key < 100; key++) {
      // At the horizon is not before it.
      assertThat(take(table, key, 5, 5)).isEqualTo(WindowTable.FULL);
      assertThat(find(table, key)).isEqualTo(-1);
    }
    assertThat(table.size()).isEqualTo(10);
    assertThat(table.reclaimed()).isZero();
    assertThat(told).isEmpty();
  }

  @Test
  void shouldReclaimARowWhoseWindowIsOverWhenANewKeyNeedsOne() {
    WindowTable table = table(10);
    for (int key = 0; key < 10; key++) {
      take(table, key, key, NOTHING_IS_OVER);
    }
    // Keys 0 to 4 are over; a new key examines a few rows only, but the hand goes round.
    int taken = 0;
    for (int key = 10; key < 30; key++) {
      taken += take(table, key, 100, 5) == WindowTable.FULL ? 0 : 1;
    }
    assertThat(taken).isEqualTo(5);
    assertThat(table.size()).isEqualTo(10);
    assertThat(table.reclaimed()).isEqualTo(5);
    for (int key = 0; key < 10; key++) {
      assertThat(find(table, key) >= 0).isEqualTo(key >= 5);
    }
  }

  @Test
  void shouldSayOfWhichBucketsItMayHaveForgottenAKey() {
    WindowTable table = table(2);
    assertThat(table.mayHaveForgotten(Long.MIN_VALUE)).isFalse();
    take(table, 0, -7, NOTHING_IS_OVER);
    take(table, 1, -9, NOTHING_IS_OVER);
    assertThat(take(table, 2, 5, -6)).isNotEqualTo(WindowTable.FULL);
    assertThat(table.reclaimed()).isEqualTo(2);
    // What was charged at -7 counts at -5 the last time, with three buckets to a window.
    for (long bucket : new long[] {Long.MIN_VALUE, -10, -7, -5}) {
      assertThat(table.mayHaveForgotten(bucket)).as("%s", bucket).isTrue();
    }
    for (long bucket : new long[] {-4, 0, 5, Long.MAX_VALUE}) {
      assertThat(table.mayHaveForgotten(bucket)).as("%s", bucket).isFalse();
    }
    table.slab().judge(WindowTable.SHARED_ROW, 3, 100, 1);
    assertThat(table.mayHaveForgotten(2)).isTrue();
    assertThat(table.mayHaveForgotten(3)).isFalse();
  }

  @Test
  void shouldNeverHoldMoreKeysThanItsBound() {
    WindowTable table = table(64);
    for (int key = 0; key < 10_000; key++) {
      take(table, key, key, key - 40);
      assertThat(table.size()).isLessThanOrEqualTo(64);
      assertThat(table.slab().rows()).isLessThanOrEqualTo(65);
    }
    // 40 keys live at a time, so there was always room, and the rest was given back.
    assertThat(table.size() + table.reclaimed()).isEqualTo(10_000);
  }

  /** Sizes on both sides of where segments fill up; keys that come and go fill them the most. */
  @Test
  void shouldNeverHoldMoreBytesThanItsBound() {
    RowLayout layout = new RowLayout(3, 100);
    for (int rows : new int[] {1, 37, 1_228, 1_229, 2_457, 2_458, 4_900, 20_000, 78_000}) {
      WindowTable table = table(rows);
      long most = WindowTable.maxBytes(layout, rows);
      for (int key = 0; key < 4 * rows + 400_000; key++) {
        // Every row is over as soon as another key wants it.
        assertThat(take(table, key, key, key)).isNotEqualTo(WindowTable.FULL);
        if (key % 64 == 0 || key < 2 * rows) {
          assertThat(table.bytes()).isLessThanOrEqualTo(most);
        }
        told.clear();
      }
      // Room is made for a few keys at a time.
      assertThat(table.size()).isBetween(rows - 8, rows);
      assertThat(table.refused()).isZero();
      assertThat(most).isLessThan((layout.stride() + 64L) * rows + 70_000);
    }
  }

  @Test
  void shouldSweepOnlyRowsWhoseHeadIsBeforeTheHorizon() {
    WindowTable table = table(100);
    for (int key = 0; key < 100; key++) {
      take(table, key, key, NOTHING_IS_OVER);
    }
    assertThat(table.sweep(1_000, 0)).isZero();
    assertThat(table.sweep(1_000, 30)).isEqualTo(30);
    assertThat(table.sweep(1_000, 30)).isZero();
    for (int key = 0; key < 100; key++) {
      assertThat(find(table, key) >= 0).as("%s", key).isEqualTo(key >= 30);
    }
    assertThat(table.size()).isEqualTo(70);
    assertThat(table.reclaimed()).isEqualTo(30);
  }

  @Test
  void shouldKeepARowThatAnyRecordAdvanced() {
    WindowTable table = table(10);
    int row = take(table, 1, 0, NOTHING_IS_OVER);
    table.slab().judge(row, 50, 100, 1_000);

    assertThat(table.sweep(10, 50)).isZero();
    assertThat(table.sweep(10, 51)).isEqualTo(1);
  }

  @Test
  void shouldExamineNoMoreRowsThanAskedForAndGoOnWhereItStopped() {
    WindowTable table = table(100);
    for (int key = 0; key < 100; key++) {
      take(table, key, 0, NOTHING_IS_OVER);
    }
    for (int i = 1; i <= 10; i++) {
      assertThat(table.sweep(10, 1)).isEqualTo(10);
      assertThat(table.size()).isEqualTo(100 - 10 * i);
    }
    assertThat(table.sweep(0, 1)).isZero();
    assertThat(table.sweep(-1, 1)).isZero();
  }

  @Test
  void shouldSweepAnEmptyTable() {
    WindowTable table = table(5);

    assertThat(table.sweep(100, Long.MAX_VALUE)).isZero();
    assertThat(table.slab().isLive(WindowTable.SHARED_ROW)).isTrue();
  }

  @Test
  void shouldTellOfARowWhileItCanStillBeReadAndFound() {
    WindowTable table = table(2);
    int row = take(table, 1, 0, NOTHING_IS_OVER);
    table.slab().judge(row, 0, 100, 77);
    table.slab().openEvent(row, 99);
    take(table, 2, 0, NOTHING_IS_OVER);

    assertThat(table.sweep(1, 1)).isEqualTo(1);
    assertThat(told).containsExactly("true true 77 99");
    assertThat(table.slab().isLive(row)).isFalse();
    assertThat(find(table, 1)).isEqualTo(-1);

    take(table, 3, 50, NOTHING_IS_OVER);
    take(table, 4, 50, 50);
    assertThat(told).containsExactly("true true 77 99", "true true 0 0");
    assertThat(find(table, 2)).isEqualTo(-1);
  }

  @Test
  void shouldExamineOnlyAFewRowsForANewKey() {
    WindowTable table = table(200);
    for (int key = 0; key < 200; key++) {
      take(table, key, key == 100 ? 0 : 50, NOTHING_IS_OVER);
    }
    // One row of them is over, half of the way round; every new key brings the hand nearer.
    int tries = 1;
    while (take(table, 1_000, 50, 10) == WindowTable.FULL) {
      tries++;
      assertThat(tries).isLessThanOrEqualTo(200);
    }
    assertThat(tries).isGreaterThan(5);
    assertThat(find(table, 100)).isEqualTo(-1);
    assertThat(find(table, 1_000)).isPositive();
  }

  @Test
  void shouldGiveTheRowOfOneKeyBackWithoutTellingOfIt() {
    WindowTable table = table(3);
    for (int key = 1; key <= 3; key++) {
      table.slab().judge(take(table, key, 0, NOTHING_IS_OVER), 0, 100, 10L * key);
    }
    int row = find(table, 2);
    table.remove(row);

    assertThat(table.slab().isLive(row)).isFalse();
    assertThat(find(table, 2)).isEqualTo(-1);
    assertThat(table.size()).isEqualTo(2);
    assertThat(told).isEmpty();
    assertThat(table.reclaimed()).isZero();
    assertThat(table.slab().total(find(table, 1))).isEqualTo(10);
    assertThat(table.slab().total(find(table, 3))).isEqualTo(30);
    assertThat(take(table, 4, 0, NOTHING_IS_OVER)).isEqualTo(row);
    assertThat(table.slab().total(row)).isZero();
  }

  @Test
  void shouldEmptyTheSharedRowAndNoOther() {
    WindowTable table = table(3);
    table.slab().judge(take(table, 1, 5, NOTHING_IS_OVER), 5, 100, 70);
    table.remove(take(table, 2, 5, NOTHING_IS_OVER));
    table.slab().judge(WindowTable.SHARED_ROW, 90, 100, 60);
    table.slab().openEvent(WindowTable.SHARED_ROW, 9);

    table.resetShared(-7);

    assertThat(table.slab().isLive(WindowTable.SHARED_ROW)).isTrue();
    assertThat(table.slab().total(WindowTable.SHARED_ROW)).isZero();
    assertThat(table.slab().openEvent(WindowTable.SHARED_ROW)).isZero();
    assertThat(table.slab().head(WindowTable.SHARED_ROW)).isEqualTo(-7);
    assertThat(table.find(0, 0)).isEqualTo(-1);
    assertThat(table.size()).isEqualTo(1);
    assertThat(table.slab().total(find(table, 1))).isEqualTo(70);
    assertThat(take(table, 3, 0, NOTHING_IS_OVER)).isNotEqualTo(WindowTable.SHARED_ROW);
  }

  @Test
  void shouldStartAReclaimedKeyAnew() {
    WindowTable table = table(1);
    int row = take(table, 1, 0, NOTHING_IS_OVER);
    table.slab().judge(row, 0, 100, 100);
    table.sweep(1, 1);

    int again = take(table, 1, 9, NOTHING_IS_OVER);
    assertThat(table.slab().judge(again, 9, 100, 100)).isZero();
  }

  @Test
  void shouldNeverReclaimOrFindTheSharedRow() {
    WindowTable table = table(3);
    table.slab().judge(WindowTable.SHARED_ROW, 0, 100, 60);
    for (int i = 0; i < 20; i++) {
      take(table, i, i, Long.MAX_VALUE);
      table.sweep(100, Long.MAX_VALUE);
    }
    assertThat(table.slab().isLive(WindowTable.SHARED_ROW)).isTrue();
    assertThat(table.slab().total(WindowTable.SHARED_ROW)).isEqualTo(60);
    assertThat(table.find(0, 0)).isEqualTo(-1);
    assertThat(table.size()).isZero();
    assertThat(table.reclaimed()).isEqualTo(20);
  }

  @Test
  void shouldBeFullForAKeyThatTheIndexRefusesAndLoseNoRow() {
    WindowTable table = table(1_000);
    for (int key = 0; key < KeyIndex.MAX_PROBE; key++) {
      assertThat(table.take(key, 0x7777_0000_0000L | key, 0, NOTHING_IS_OVER)).isPositive();
    }
    for (int key = 0; key < 100; key++) {
      assertThat(table.take(key, 0x7777_0000_1000L | key, 0, NOTHING_IS_OVER))
          .isEqualTo(WindowTable.FULL);
    }
    assertThat(table.refused()).isEqualTo(100);
    assertThat(table.size()).isEqualTo(KeyIndex.MAX_PROBE);
    assertThat(table.slab().live()).isEqualTo(KeyIndex.MAX_PROBE + 1);
    assertThat(take(table, 5, 0, NOTHING_IS_OVER)).isPositive();
  }

  @Test
  void shouldGrowItsBytesWithItsKeys() {
    WindowTable table = table(100_000);
    long empty = table.bytes();
    for (int key = 0; key < 50_000; key++) {
      take(table, key, 0, NOTHING_IS_OVER);
    }
    assertThat(empty).isLessThan(64 << 10);
    // 56 bytes of row and 8 of index at a load above a quarter.
    assertThat(table.bytes()).isBetween(50_000L * 64, 50_000L * (56 + 32) + (64 << 10));
  }

  @Property(tries = 300)
  void shouldHoldExactlyTheKeysThatAMapWould(
      @ForAll @IntRange(min = 1, max = 40) int maxRows,
      @ForAll @Size(max = 300) List<@IntRange(max = 60) Integer> keys) {
    WindowTable table = table(maxRows);
    Map<Integer, Long> heads = new HashMap<>();
    long bucket = 0;
    for (int key : keys) {
      bucket += key % 3;
      long horizon = bucket - 20;
      int row = find(table, key);
      assertThat(row >= 0).isEqualTo(heads.containsKey(key));
      if (row < 0) {
        row = take(table, key, bucket, horizon);
        // Reclaimed under pressure: whoever it was, the window was over.
        heads.entrySet().removeIf(e -> e.getValue() < horizon && find(table, e.getKey()) < 0);
      } else {
        table.slab().judge(row, bucket, 100, 1);
      }
      if (row != WindowTable.FULL) {
        heads.put(key, bucket);
      } else {
        assertThat(heads).hasSize(maxRows);
      }
      if (key == 7) {
        table.sweep(5, horizon);
        heads.entrySet().removeIf(e -> e.getValue() < horizon && find(table, e.getKey()) < 0);
      }
      assertThat(table.size()).isEqualTo(heads.size());
    }
    table.sweep(maxRows, bucket - 20);
    long end = bucket - 20;
    heads.values().removeIf(head -> head < end);
    assertThat(table.size()).isEqualTo(heads.size());
    heads.forEach((key, head) -> assertThat(table.slab().head(find(table, key))).isEqualTo(head));
  }

  @Test
  void shouldRefuseABoundOutOfRange() {
    assertThatIllegalArgumentException().isThrownBy(() -> table(-1));
    assertThatExceptionOfType(ArithmeticException.class).isThrownBy(() -> table(Integer.MAX_VALUE));
  }
}
