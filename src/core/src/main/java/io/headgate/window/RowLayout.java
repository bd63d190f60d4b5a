package io.headgate.window;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The bytes of one row, which is all that is remembered of one key:
 *
 * <pre>
 *  0               8               16              24              32              40      44      48
 *  +---------------+---------------+---------------+---------------+---------------+-------+-------+---------
 *  | fingerprint   | fingerprint   | head: number  | total: units  | open event,   | sup-  | flags | counter 0
 *  | high          | low           | of the newest | in the window | a handle; in  | press-|       | counter 1
 *  |               |               | bucket seen   | ending at head| memory only   | ed    |       |   ...
 *  +---------------+---------------+---------------+---------------+---------------+-------+-------+---------
 * </pre>
 *
 * <p>The counters are a ring: that of bucket {@code b} stands at position {@code b mod span}. A
 * counter is 1, 2, 4 or 8 bytes wide, the narrowest that holds the limit: a blocked record is not
 * counted, so no counter passes it. The stride is rounded up to 8 bytes, so that every field is
 * aligned within its page.
 *
 * <p>Immutable; safe for any thread.
 */
public final class RowLayout {

  static final int FINGERPRINT_HIGH = 0;
  static final int FINGERPRINT_LOW = 8;
  static final int HEAD = 16;
  static final int TOTAL = 24;
  static final int OPEN_EVENT = 32;
  static final int SUPPRESSED = 40;
  static final int FLAGS = 44;
  static final int COUNTERS = 48;

  static final VarHandle LONG = view(long[].class);
  static final VarHandle INT = view(int[].class);
  static final VarHandle SHORT = view(short[].class);

  private final int span;
  private final int counterShift;
  private final int stride;

  /**
   * Lays out a row.
   *
   * @param span counters in the ring, 1 to 65,535
   * @param maxLimit the largest number of units that one counter must hold, at least 1
   */
  public RowLayout(int span, long maxLimit) {
    if (span < 1 || span > 0xffff) {
      throw new IllegalArgumentException("span " + span + ": expected 1 to 65535 counters");
    }
    if (maxLimit < 1) {
      throw new IllegalArgumentException("limit " + maxLimit + ": expected 1 or more");
    }
    this.span = span;
    this.counterShift = shiftFor(maxLimit);
    this.stride = Math.addExact(COUNTERS + (span << counterShift), 7) & ~7;
  }

  /**
   * Returns the number of counters in the ring.
   *
   * @return buckets that count at a time
   */
  public int span() {
    return span;
  }

  /**
   * Returns the width of a counter.
   *
   * @return 1, 2, 4 or 8 bytes
   */
  public int counterBytes() {
    return 1 << counterShift;
  }

  /**
   * Returns the bytes of one row, all of it: what a key costs in the slab.
   *
   * @return bytes, a multiple of 8
   */
  public int stride() {
    return stride;
  }

  /**
   * Returns the largest number that a counter can hold.
   *
   * @return units
   */
  public long counterMax() {
    return counterShift == 3 ? Long.MAX_VALUE : (1L << (8 << counterShift)) - 1;
  }

  long counter(byte[] page, int base, int position) {
    int at = base + COUNTERS + (position << counterShift);
    return switch (counterShift) {
      case 0 -> page[at] & 0xffL;
      case 1 -> (short) SHORT.get(page, at) & 0xffffL;
      case 2 -> (int) INT.get(page, at) & 0xffff_ffffL;
      default -> (long) LONG.get(page, at);
    };
  }

  void counter(byte[] page, int base, int position, long value) {
    int at = base + COUNTERS + (position << counterShift);
    switch (counterShift) {
      case 0 -> page[at] = (byte) value;
      case 1 -> SHORT.set(page, at, (short) value);
      case 2 -> INT.set(page, at, (int) value);
      default -> LONG.set(page, at, value);
    }
  }

  private static int shiftFor(long maxLimit) {
    if (maxLimit <= 0xff) {
      return 0;
    }
    if (maxLimit <= 0xffff) {
      return 1;
    }
    return maxLimit <= 0xffff_ffffL ? 2 : 3;
  }

  private static VarHandle view(Class<?> type) {
    return MethodHandles.byteArrayViewVarHandle(type, ByteOrder.LITTLE_ENDIAN)
        .withInvokeExactBehavior();
  }
}
