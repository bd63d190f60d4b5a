package io.headgate.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.KeyHasher;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntToLongFunction;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class KeyIndexPropertiesTest {

  private static final KeyHasher HASHER = KeyHasher.seeded(7);

  /** What the low half of a key's fingerprint is: its upper 32 bits are the index's tag. */
  enum Hash {
    GOOD,
    FEW_TAGS,
    ONE_TAG,
    TOP_BITS_ONLY,
    LOW_BITS_ONLY,
    /** First places at the end of a segment, so that runs go on at its beginning. */
    END_OF_SEGMENT,
    ALL_BITS_SET;

    long low(int key) {
      long tag =
          switch (this) {
            case GOOD -> HASHER.low(key) >>> 32;
            case FEW_TAGS -> HASHER.low(key) >>> 60;
            case ONE_TAG -> 0x1234_5678;
            case TOP_BITS_ONLY -> (long) key << 24;
            case LOW_BITS_ONLY -> key & 0xff;
            case END_OF_SEGMENT -> (HASHER.low(key) >>> 32) | 0xffc;
            case ALL_BITS_SET -> 0xffff_ffffL;
          };
      return (tag << 32) | key;
    }
  }

  record Action(boolean add, int key) {}

  /** The index beside the map that it must agree with. */
  private static final class Pair {
    final WindowSlab slab = new WindowSlab(new RowLayout(1, 1), 1_000_000);
    final KeyIndex index = new KeyIndex(slab);
    final Map<Integer, Integer> rows = new HashMap<>();
    final IntToLongFunction low;
    long refused;

    Pair(IntToLongFunction low) {
      this.low = low;
    }

    int find(int key) {
      return index.find(key, low.applyAsLong(key));
    }

    void add(int key) {
      long tagged = low.applyAsLong(key);
      int row = slab.take(key, tagged, 0);
      if (index.add(tagged, row)) {
        rows.put(key, row);
      } else {
        refused++;
        slab.free(row);
      }
    }

    void remove(int key) {
      Integer row = rows.remove(key);
      assertThat(index.remove(low.applyAsLong(key), row == null ? slab.rows() : row))
          .isEqualTo(row != null);
      if (row != null) {
        slab.free(row);
      }
    }

    void assertAgrees(int keys) {
      assertThat(index.size()).isEqualTo(rows.size());
      assertThat(index.refused()).isEqualTo(refused);
      for (int key = 0; key < keys; key++) {
        assertThat(find(key)).as("%s", key).isEqualTo(rows.getOrDefault(key, -1));
      }
    }
  }

  @Provide
  Arbitrary<List<Action>> actions() {
    return Arbitraries.of(20, 100, 500)
        .flatMap(
            keys ->
                Combinators.combine(
                        Arbitraries.of(true, true, true, false),
                        Arbitraries.integers().between(0, keys - 1))
                    .as(Action::new)
                    .list()
                    .ofMaxSize(keys * 4));
  }

  @Property(tries = 700)
  void shouldFindWhatAMapWouldWhateverTheHash(
      @ForAll Hash hash, @ForAll("actions") List<Action> actions) {
    Pair pair = new Pair(hash::low);
    for (Action action : actions) {
      int key = action.key;
      assertThat(pair.find(key)).isEqualTo(pair.rows.getOrDefault(key, -1));
      if (!action.add) {
        pair.remove(key);
      } else if (!pair.rows.containsKey(key)) {
        pair.add(key);
        assertThat(pair.find(key)).isEqualTo(pair.rows.getOrDefault(key, -1));
      }
    }
    pair.assertAgrees(500);
    if (hash == Hash.GOOD) {
      assertThat(pair.refused).isZero();
    }
  }

  @Property(tries = 200)
  void shouldLeaveEveryOtherFindableWhenOneIsRemoved(@ForAll Hash hash, @ForAll Random random) {
    Pair pair = new Pair(hash::low);
    for (int key = 0; key < 200; key++) {
      pair.add(key);
    }
    List<Integer> keys = new ArrayList<>(pair.rows.keySet());
    while (!keys.isEmpty()) {
      pair.remove(keys.remove(random.nextInt(keys.size())));
      if (random.nextInt(4) == 0) {
        pair.assertAgrees(200);
      }
    }
    pair.assertAgrees(200);
  }

  @Test
  void shouldFindEveryOneOfManyKeysThroughDoublingsAndSplits() {
    int keys = 300_000;
    Pair pair = new Pair(HASHER::low);
    int next = 1;
    for (int key = 0; key < keys; key++) {
      pair.add(key);
      if (key == next) {
        pair.assertAgrees(key + 1);
        next *= 4;
      }
    }
    pair.assertAgrees(keys + 1_000);
    assertThat(pair.refused).isZero();
    // 8 bytes an entry at a load between a quarter and 0.6, and a directory.
    assertThat(pair.index.bytes()).isBetween(8L * keys * 10 / 6, 8L * keys * 4);

    for (int key = 0; key < keys; key += 3) {
      pair.remove(key);
    }
    pair.assertAgrees(keys);
    for (int key = 0; key < keys; key += 6) {
      pair.add(key);
    }
    pair.assertAgrees(keys);
    for (int key = 0; key < keys; key++) {
      if (pair.rows.containsKey(key)) {
        pair.remove(key);
      }
    }
    pair.assertAgrees(keys);
    assertThat(pair.index.size()).isZero();
  }

  @Test
  void shouldSplitUnevenlyWhenTagsShareTheirUpperBits() {
    // Ten bits that all share, then good ones: every split of the first ten leaves one half empty.
    Pair pair = new Pair(key -> 0x5540_0000_0000_0000L | (HASHER.low(key) >>> 10));
    for (int key = 0; key < 20_000; key++) {
      pair.add(key);
    }
    pair.assertAgrees(20_500);
    assertThat(pair.refused).isZero();
    for (int key = 0; key < 20_000; key += 2) {
      pair.remove(key);
    }
    pair.assertAgrees(20_500);
  }

  @Test
  void shouldSplitPartsThatManyEntriesOfTheDirectoryShare() {
    // A crowd whose tags share ten bits makes the directory deep; all others lie in parts that
    // split later, when hundreds of its entries point to each.
    Pair pair =
        new Pair(
            key ->
                key < 20_000 ? 0x5540_0000_0000_0000L | (HASHER.low(key) >>> 10) : HASHER.low(key));
    for (int key = 0; key < 80_000; key++) {
      pair.add(key);
      if (key % 10_000 == 0) {
        pair.assertAgrees(key + 1);
      }
    }
    pair.assertAgrees(80_500);
    assertThat(pair.refused).isZero();
    for (int key = 0; key < 80_000; key++) {
      pair.remove(key);
    }
    pair.assertAgrees(80_000);
  }

  @Test
  void shouldGrowWhenThatPartsTagsWhoseRunIsTooLong() {
    // Two first places that fall together until there are 256: more than one run may hold.
    Pair pair = new Pair(key -> ((key & 1L) << 39) | key);
    for (int key = 0; key < 100; key++) {
      pair.add(key);
    }
    assertThat(pair.refused).isZero();
    pair.assertAgrees(100);
  }

  @Test
  void shouldTellTheBytesItHolds() {
    Pair pair = new Pair(HASHER::low);
    assertThat(pair.index.bytes()).isEqualTo(8 * (1 + 64) + 8);
    for (int key = 0; key < 38; key++) {
      pair.add(key);
    }
    assertThat(pair.index.bytes()).isEqualTo(8 * (1 + 64) + 8);
    pair.add(38);
    assertThat(pair.index.bytes()).isEqualTo(8 * (1 + 128) + 8);
    for (int key = 39; key < 2_457; key++) {
      pair.add(key);
    }
    assertThat(pair.index.bytes()).isEqualTo(8 * (1 + 4_096) + 8);
    pair.add(2_457);
    assertThat(pair.index.bytes()).isEqualTo(2 * 8 * (1 + 4_096) + 2 * 8);
  }

  @Test
  void shouldHoldAsManyCoincidingTagsAsItProbesAndRefuseFurtherOnes() {
    Pair pair = new Pair(Hash.ONE_TAG::low);
    for (int key = 0; key < KeyIndex.MAX_PROBE; key++) {
      pair.add(key);
    }
    assertThat(pair.refused).isZero();
    for (int key = KeyIndex.MAX_PROBE; key < 1_000; key++) {
      pair.add(key);
    }
    assertThat(pair.refused).isEqualTo(1_000 - KeyIndex.MAX_PROBE);
    pair.assertAgrees(1_000);

    // No place is made for what would not find it; one that is given back serves again.
    long bytes = pair.index.bytes();
    assertThat(bytes).isLessThanOrEqualTo(8 * (1 + 256) + 8);
    pair.remove(5);
    pair.add(900);
    assertThat(pair.find(900)).isNotNegative();
    pair.add(901);
    assertThat(pair.find(901)).isNegative();
    pair.assertAgrees(1_000);
    assertThat(pair.index.bytes()).isEqualTo(bytes);
  }

  @Test
  void shouldBoundItsMemoryWhenTooManyTagsShareTheirUpperBits() {
    // All in one of 2^20 parts of the tags, which is as far as the directory reaches.
    Pair pair = new Pair(key -> 0xabcd_e000_0000_0000L | ((key & 0xfffL) << 32) | key);
    for (int key = 0; key < 6_000; key++) {
      pair.add(key);
    }
    assertThat(pair.refused).isPositive();
    assertThat(pair.index.size()).isEqualTo(6_000 - (int) pair.refused);
    assertThat(pair.index.bytes()).isLessThan(16 << 20);
    pair.assertAgrees(6_000);
    for (int key = 0; key < 6_000; key++) {
      if (pair.rows.containsKey(key)) {
        pair.remove(key);
      }
    }
    pair.assertAgrees(6_000);
  }

  @Test
  void shouldCompareWholeFingerprintsAndNotTagsAlone() {
    WindowSlab slab = new WindowSlab(new RowLayout(1, 1), 10);
    KeyIndex index = new KeyIndex(slab);
    long low = 0x7777_7777_0000_0001L;
    int row = slab.take(5, low, 0);
    assertThat(index.add(low, row)).isTrue();

    assertThat(index.find(5, low)).isEqualTo(row);
    assertThat(index.find(6, low)).isEqualTo(-1);
    assertThat(index.find(5, low + 1)).isEqualTo(-1);
    assertThat(index.find(5 | Long.MIN_VALUE, low)).isEqualTo(-1);
    assertThat(index.remove(low, row + 1)).isFalse();
    assertThat(index.size()).isEqualTo(1);
    assertThat(index.remove(low, row)).isTrue();
    assertThat(index.remove(low, row)).isFalse();
    assertThat(index.find(5, low)).isEqualTo(-1);
    assertThat(index.size()).isZero();
  }

  @Test
  void shouldFindARowWithoutTakingItsNumberForAnEmptyPlace() {
    // Row 0 under tag 0: an entry must not be the zero that means empty.
    WindowSlab slab = new WindowSlab(new RowLayout(1, 1), 10);
    KeyIndex index = new KeyIndex(slab);
    assertThat(slab.take(0, 1, 0)).isZero();
    assertThat(index.add(1, 0)).isTrue();

    assertThat(index.find(0, 1)).isZero();
    assertThat(index.remove(1, 0)).isTrue();
    assertThat(index.find(0, 1)).isEqualTo(-1);
  }
}
