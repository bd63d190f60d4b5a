package io.headgate.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GenerationalPoolPropertiesTest {

  enum Kind {
    ACQUIRE,
    RELEASE_LIVE,
    /** Any handle that was ever given out, most of them stale by now. */
    RELEASE_OLD,
    /** A live handle with one bit changed. */
    RELEASE_FLIPPED,
    /** The generation of another use of an index that is known. */
    RELEASE_NEIGHBOUR,
    RELEASE_RANDOM
  }

  record Action(Kind kind, long number) {}

  /** The pool beside the set of handles that must be live. */
  private static final class Pair {
    final GenerationalPool pool;
    final int maxSlots;
    final Set<Long> live = new HashSet<>();
    final List<Long> liveInOrder = new ArrayList<>();
    final List<Long> everGiven = new ArrayList<>();
    final Set<Long> given = new HashSet<>();
    long refused;
    int retired;

    Pair(GenerationalPool pool, int maxSlots) {
      this.pool = pool;
      this.maxSlots = maxSlots;
    }

    void acquire() {
      long handle = pool.acquire();
      if (live.size() == maxSlots) {
        assertThat(handle).isEqualTo(Handle.NONE);
        return;
      }
      assertThat(handle).isNotEqualTo(Handle.NONE);
      assertThat(given.add(handle)).as("never given before").isTrue();
      assertThat(live).noneMatch(other -> Handle.index(other) == Handle.index(handle));
      assertThat(Handle.index(handle)).isLessThan(pool.known());
      live.add(handle);
      liveInOrder.add(handle);
      everGiven.add(handle);
    }

    void release(long handle) {
      boolean right = live.remove(handle);
      liveInOrder.remove(handle);
      assertThat(pool.isLive(handle)).isEqualTo(right);
      assertThat(pool.release(handle)).isEqualTo(right);
      assertThat(pool.isLive(handle)).isFalse();
      refused += right ? 0 : 1;
      retired += right && Handle.generation(handle) == Handle.MAX_GENERATION ? 1 : 0;
    }

    void assertAgrees() {
      assertThat(pool.live()).isEqualTo(live.size());
      assertThat(pool.refused()).isEqualTo(refused);
      assertThat(pool.retired()).isEqualTo(retired);
      assertThat(pool.known() - pool.retired()).isLessThanOrEqualTo(maxSlots);
      for (long handle : everGiven) {
        assertThat(pool.isLive(handle)).isEqualTo(live.contains(handle));
      }
    }
  }

  @Provide
  Arbitrary<List<Action>> actions() {
    Arbitrary<Kind> kind =
        Arbitraries.frequency(
            Tuple.of(10, Kind.ACQUIRE),
            Tuple.of(6, Kind.RELEASE_LIVE),
            Tuple.of(3, Kind.RELEASE_OLD),
            Tuple.of(2, Kind.RELEASE_FLIPPED),
            Tuple.of(2, Kind.RELEASE_NEIGHBOUR),
            Tuple.of(1, Kind.RELEASE_RANDOM));
    return Combinators.combine(kind, Arbitraries.longs()).as(Action::new).list().ofMaxSize(400);
  }

  @Provide
  Arbitrary<Long> firstGeneration() {
    return Arbitraries.oneOf(
        Arbitraries.just(0L),
        Arbitraries.longs().between(0, Handle.MAX_GENERATION),
        Arbitraries.longs().between(Handle.MAX_GENERATION - 8, Handle.MAX_GENERATION));
  }

  @Property(tries = 1_000)
  void shouldTakeExactlyTheHandlesThatAreLive(
      @ForAll("actions") List<Action> actions,
      @ForAll @IntRange(min = 1, max = 40) int maxSlots,
      @ForAll("firstGeneration") long firstGeneration) {
    Pair pair = new Pair(new GenerationalPool(maxSlots, firstGeneration), maxSlots);
    for (Action action : actions) {
      long number = action.number;
      switch (action.kind) {
        case ACQUIRE -> pair.acquire();
        case RELEASE_LIVE -> {
          if (!pair.live.isEmpty()) {
            pair.release(any(pair.liveInOrder, number));
          }
        }
        case RELEASE_OLD -> {
          if (!pair.everGiven.isEmpty()) {
            pair.release(any(pair.everGiven, number));
          }
        }
        case RELEASE_FLIPPED -> {
          if (!pair.live.isEmpty()) {
            pair.release(any(pair.liveInOrder, number >>> 6) ^ 1L << (number & 63));
          }
        }
        case RELEASE_NEIGHBOUR -> {
          if (!pair.everGiven.isEmpty()) {
            long handle = any(pair.everGiven, number >>> 4);
            long generation = Handle.generation(handle) + (number & 15) - 8;
            pair.release(Handle.of(generation, Handle.index(handle)));
          }
        }
        case RELEASE_RANDOM -> pair.release(number);
      }
      pair.assertAgrees();
    }
  }

  private static long any(List<Long> handles, long number) {
    return handles.get((int) Long.remainderUnsigned(number, handles.size()));
  }

  @Property(tries = 20_000)
  void shouldRefuseAnyNumberThatIsNotALiveHandle(@ForAll long number) {
    GenerationalPool pool = new GenerationalPool(3);
    long live = pool.acquire();
    long stale = pool.acquire();
    pool.release(stale);

    assertThat(pool.isLive(number)).isEqualTo(number == live);
    assertThat(pool.release(number)).isEqualTo(number == live);
    assertThat(pool.live()).isEqualTo(number == live ? 0 : 1);
    assertThat(pool.refused()).isEqualTo(number == live ? 0 : 1);
  }

  @Property
  void shouldRefuseEveryNumberThatNamesARetiredSlot(
      @ForAll @LongRange(min = 0, max = Handle.MAX_GENERATION) long generation) {
    GenerationalPool pool = new GenerationalPool(1, Handle.MAX_GENERATION);
    assertThat(pool.release(pool.acquire())).isTrue();
    assertThat(pool.retired()).isEqualTo(1);

    assertThat(pool.release(Handle.of(generation, 0))).isFalse();
    assertThat(pool.isLive(Handle.of(generation, 0))).isFalse();
    assertThat(pool.retired()).isEqualTo(1);
  }

  @Test
  void shouldRefuseNumbersByTheMillion() {
    GenerationalPool pool = new GenerationalPool(1_000);
    Set<Long> live = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      live.add(pool.acquire());
    }
    Random random = new Random(1);
    for (int i = 0; i < 1_000_000; i++) {
      // Half of them near to live handles: small generations, known indices.
      long number =
          (i & 1) == 0 ? random.nextLong() : Handle.of(random.nextInt(4), random.nextInt(2_000));
      if (!live.contains(number) && pool.release(number)) {
        throw new AssertionError("took " + Long.toHexString(number));
      }
    }
    assertThat(pool.live()).isEqualTo(1_000);
  }

  @Test
  void shouldRefuseADoubleFreeAndCountIt() {
    GenerationalPool pool = new GenerationalPool(2);
    long handle = pool.acquire();

    assertThat(pool.release(handle)).isTrue();
    assertThat(pool.release(handle)).isFalse();
    assertThat(pool.refused()).isEqualTo(1);
    assertThat(pool.live()).isZero();
    // Were it on the free list twice, these would be one slot.
    assertThat(Handle.index(pool.acquire())).isNotEqualTo(Handle.index(pool.acquire()));
  }

  @Test
  void shouldRefuseAHandleWhoseSlotIsInUseAgain() {
    GenerationalPool pool = new GenerationalPool(1);
    long first = pool.acquire();
    pool.release(first);
    long second = pool.acquire();

    assertThat(Handle.index(second)).isEqualTo(Handle.index(first));
    assertThat(second).isNotEqualTo(first);
    assertThat(pool.isLive(first)).isFalse();
    assertThat(pool.release(first)).isFalse();
    assertThat(pool.isLive(second)).isTrue();
    assertThat(pool.release(second)).isTrue();
  }

  @Test
  void shouldRefuseNoneAndLendItNever() {
    GenerationalPool pool = new GenerationalPool(300);
    assertThat(pool.release(Handle.NONE)).isFalse();
    for (int i = 0; i < 300; i++) {
      assertThat(pool.acquire()).isNotEqualTo(Handle.NONE);
    }
    assertThat(pool.acquire()).isEqualTo(Handle.NONE);
    assertThat(pool.release(Handle.NONE)).isFalse();
    assertThat(pool.live()).isEqualTo(300);
  }

  @Test
  void shouldLendTheSlotThatCameBackLast() {
    GenerationalPool pool = new GenerationalPool(100);
    long first = pool.acquire();
    long second = pool.acquire();
    pool.release(first);
    pool.release(second);

    assertThat(Handle.index(pool.acquire())).isEqualTo(Handle.index(second));
    assertThat(Handle.index(pool.acquire())).isEqualTo(Handle.index(first));
  }

  @Test
  void shouldLendEverySlotAgainWhenAllCameBack() {
    GenerationalPool pool = new GenerationalPool(1_000);
    List<Long> handles = new ArrayList<>();
    for (int round = 0; round < 3; round++) {
      Set<Integer> indices = new HashSet<>();
      for (int i = 0; i < 1_000; i++) {
        long handle = pool.acquire();
        handles.add(handle);
        assertThat(indices.add(Handle.index(handle))).isTrue();
      }
      assertThat(pool.acquire()).isEqualTo(Handle.NONE);
      handles.forEach(handle -> assertThat(pool.release(handle)).isTrue());
      handles.clear();
    }
    assertThat(pool.known()).isEqualTo(1_000);
  }

  @Test
  void shouldExpandStepByStepUpToItsBound() {
    GenerationalPool pool = new GenerationalPool(1_000);
    assertThat(pool.known()).isZero();
    for (int i = 0; i < 1_000; i++) {
      assertThat(Handle.index(pool.acquire())).isEqualTo(i);
      assertThat(pool.known()).isBetween(i + 1, Math.min(1_000, i + 256));
    }
    assertThat(pool.acquire()).isEqualTo(Handle.NONE);
    assertThat(pool.known()).isEqualTo(1_000);
  }

  @Test
  void shouldRetireASlotWhoseGenerationIsUsedUpAndReplaceIt() {
    // Two uses are left: one under the generation before the last, one under the last.
    GenerationalPool pool = new GenerationalPool(2, Handle.MAX_GENERATION - 3);
    Set<Long> given = new HashSet<>();
    for (int use = 0; use < 100; use++) {
      long handle = pool.acquire();
      long other = pool.acquire();
      assertThat(pool.acquire()).isEqualTo(Handle.NONE);
      assertThat(given.add(handle)).isTrue();
      assertThat(given.add(other)).isTrue();
      assertThat(Handle.generation(handle)).isLessThanOrEqualTo(Handle.MAX_GENERATION);
      assertThat(pool.release(handle)).isTrue();
      assertThat(pool.release(other)).isTrue();
      assertThat(pool.retired()).isEqualTo((use + 1) / 2 * 2);
    }
    assertThat(pool.known()).isEqualTo(100);
    for (long handle : given) {
      assertThat(pool.release(handle)).isFalse();
    }
    assertThat(pool.refused()).isEqualTo(given.size());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, (1 << 23) + 1, Integer.MAX_VALUE})
  void shouldRefuseABoundOutOfRange(int slots) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new GenerationalPool(slots))
        .withMessage("slots " + slots + ": expected 1 to 8388608");
  }
}
