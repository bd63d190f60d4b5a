package io.headgate.memory;

import java.util.Objects;

/**
 * Buffers of one size, many to a page, found by their index: where a record's facts wait until
 * another thread has read them. Pages are made as indices come into use, and never given back.
 *
 * <p>The thread that owns the pool calls {@link #ensure} before it writes to a slot. The array of
 * pages has its final length from the start and its elements never change once set, so a reader
 * that learnt of a slot through a ring (release, then acquire) sees its page too, without a lock.
 */
public final class EventSlab {

  private static final int PAGE_BYTES = 64 * 1024;

  private final byte[][] pages;
  private final int stride;
  private final int shift;
  private final int mask;

  /**
   * Makes an empty slab.
   *
   * @param maxIndex the largest index that will ever be used
   * @param stride bytes of a slot, a multiple of 8, at most 65,536
   */
  public EventSlab(int maxIndex, int stride) {
    if (stride < 8 || stride > PAGE_BYTES || stride % 8 != 0) {
      throw new IllegalArgumentException(
          "slot of " + stride + " bytes: expected a multiple of 8, from 8 to " + PAGE_BYTES);
    }
    this.stride = stride;
    // A few slots do not cost a whole page.
    int all = Integer.highestOneBit(Math.max(1, maxIndex)) << 1;
    int perPage = Math.min(Integer.highestOneBit(PAGE_BYTES / stride), all);
    this.shift = Integer.numberOfTrailingZeros(perPage);
    this.mask = perPage - 1;
    this.pages = new byte[(maxIndex >>> shift) + 1][];
  }

  /**
   * Makes sure that a slot has its page.
   *
   * @param index of the slot
   */
  public void ensure(int index) {
    int page = index >>> shift;
    if (pages[page] == null) {
      pages[page] = new byte[stride << shift];
    }
  }

  /**
   * Returns the array that holds a slot.
   *
   * @param index of a slot that has its page
   * @return the page; the slot begins at {@link #offset}
   */
  public byte[] page(int index) {
    return Objects.requireNonNull(pages[index >>> shift]);
  }

  /**
   * Returns where a slot begins in its page.
   *
   * @param index of the slot
   * @return bytes
   */
  public int offset(int index) {
    return (index & mask) * stride;
  }

  /**
   * Returns the bytes of a slot.
   *
   * @return bytes
   */
  public int stride() {
    return stride;
  }

  /**
   * Returns the bytes of all pages so far.
   *
   * @return bytes, without the headers of the arrays
   */
  public long bytes() {
    long bytes = 0;
    for (byte[] page : pages) {
      bytes += page == null ? 0 : page.length;
    }
    return bytes;
  }
}
