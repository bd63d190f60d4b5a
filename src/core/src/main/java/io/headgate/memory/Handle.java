package io.headgate.memory;

/**
 * Reads a handle: the right to one use of one slot.
 *
 * <pre>
 *  63                                     24 23                 0
 *  +----------------------------------------+--------------------+
 *  | generation (40 bits; odd while live)   | index (24 bits)    |
 *  +----------------------------------------+--------------------+
 * </pre>
 *
 * <p>The generation of a live slot is odd, so {@link #NONE} is never a valid handle. Stateless;
 * safe for any thread.
 */
public final class Handle {

  /** No slot. */
  public static final long NONE = 0;

  /** The largest index. */
  public static final int MAX_INDEX = (1 << 24) - 1;

  /** The largest generation, which is odd: the last life of a slot. */
  public static final long MAX_GENERATION = (1L << 40) - 1;

  private Handle() {}

  /**
   * Packs a handle.
   *
   * @param generation 0 to {@link #MAX_GENERATION}
   * @param index 0 to {@link #MAX_INDEX}
   * @return the handle
   */
  public static long of(long generation, int index) {
    return generation << 24 | index;
  }

  /**
   * Returns the generation of a handle.
   *
   * @param handle any number
   * @return 0 to {@link #MAX_GENERATION}
   */
  public static long generation(long handle) {
    return handle >>> 24;
  }

  /**
   * Returns the index of a handle.
   *
   * @param handle any number
   * @return 0 to {@link #MAX_INDEX}
   */
  public static int index(long handle) {
    return (int) handle & MAX_INDEX;
  }
}
