package io.headgate.memory;

import java.util.Arrays;

/**
 * Lends slots out under handles, and refuses every handle that is not the one of now: a stale one,
 * a forged one, one that was given back already. A refusal is a {@code false} and a count, never an
 * exception, and never touches a slot.
 *
 * <p>Takes from the free list first and expands, step by step, when it is empty. A slot whose
 * generation is used up is retired, never wrapped, and expansion replaces it. Belongs to one
 * thread; slots that another thread is done with come home over a ring.
 */
public final class GenerationalPool {

  // Generation arenas agree on odd-is-live (slotmap) and differ on the end of a generation: most
  // wrap, so that a handle kept for 2^n uses is honoured again. Here the slot retires. The free
  // list is a stack: the slot that came back last is the one that is still in the cache.

  private static final int STEP = 256;

  private final int maxSlots;
  private final long firstGeneration;
  private long[] generations = new long[0];
  private int[] free = new int[0];
  private int freeCount;
  private int known;
  private int live;
  private int retired;
  private long refused;

  /**
   * Makes an empty pool.
   *
   * @param maxSlots slots in use or free at the most (retired ones not counted), 1 to 2^23
   */
  public GenerationalPool(int maxSlots) {
    this(maxSlots, 0);
  }

  /** For tests of the end of a generation: every slot starts as if it had been used before. */
  GenerationalPool(int maxSlots, long firstGeneration) {
    if (maxSlots < 1 || maxSlots > 1 << 23) {
      throw new IllegalArgumentException("slots " + maxSlots + ": expected 1 to " + (1 << 23));
    }
    this.maxSlots = maxSlots;
    this.firstGeneration = firstGeneration & ~1L;
  }

  /**
   * Takes a slot.
   *
   * @return its handle, or {@link Handle#NONE} if all are in use
   */
  public long acquire() {
    if (freeCount == 0 && !expand()) {
      return Handle.NONE;
    }
    int index = free[--freeCount];
    long generation = generations[index] + 1;
    generations[index] = generation;
    live++;
    return Handle.of(generation, index);
  }

  /**
   * Gives a slot back; the handle, and every copy of it, is worth nothing from now on.
   *
   * @param handle any number
   * @return false if it is not the handle of a live slot: refused, and counted
   */
  public boolean release(long handle) {
    if (!isLive(handle)) {
      refused++;
      return false;
    }
    int index = Handle.index(handle);
    live--;
    if (generations[index] == Handle.MAX_GENERATION) {
      // Its generation stays odd but its handle is refused from now on: see isLive.
      generations[index] = -1;
      retired++;
      return true;
    }
    generations[index]++;
    free[freeCount++] = index;
    return true;
  }

  /**
   * Says whether a handle is that of a slot in use.
   *
   * @param handle any number
   * @return true if {@link #release} would take it
   */
  public boolean isLive(long handle) {
    int index = Handle.index(handle);
    return (handle >>> 24 & 1) != 0
        && index < known
        && generations[index] == Handle.generation(handle);
  }

  private boolean expand() {
    int room = maxSlots - (known - retired);
    // By half of what there is, so that growing to n slots copies a few times n and not n squared.
    int step = Math.min(Math.min(Math.max(STEP, known / 2), room), Handle.MAX_INDEX + 1 - known);
    if (step <= 0) {
      return false;
    }
    generations = Arrays.copyOf(generations, known + step);
    Arrays.fill(generations, known, known + step, firstGeneration);
    // The free list can hold every slot there is, so giving back never grows it.
    free = Arrays.copyOf(free, known + step);
    for (int index = known + step - 1; index >= known; index--) {
      free[freeCount++] = index;
    }
    known += step;
    return true;
  }

  /**
   * Returns the number of slots lent out.
   *
   * @return slots
   */
  public int live() {
    return live;
  }

  /**
   * Returns the end of the indices in use so far, retired ones among them.
   *
   * @return one more than the largest index of any handle yet
   */
  public int known() {
    return known;
  }

  /**
   * Returns the number of slots whose generation is used up.
   *
   * @return slots
   */
  public int retired() {
    return retired;
  }

  /**
   * Returns how many handles {@link #release} refused.
   *
   * @return refusals since the pool was made
   */
  public long refused() {
    return refused;
  }
}
