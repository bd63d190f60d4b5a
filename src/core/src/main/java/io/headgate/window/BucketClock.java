package io.headgate.window;

import java.math.BigInteger;

/**
 * Numbers the buckets of time: bucket {@code b} is {@code [b * width, (b + 1) * width)}, with
 * {@code b = floorDiv(time, width)} for every {@code long}. Immutable; safe for any thread.
 */
public final class BucketClock {

  // Division by a constant that only the constructor knows, as a multiplication and a shift
  // (Granlund and Montgomery, "Division by invariant integers using multiplication", 1994).
  // With l = ceil(log2 width) and m = floor(2^(62+l) / width) + 1 < 2^63, the quotient of every
  // 0 <= t < 2^61 is floor(t * m / 2^(62+l)); t is shifted by 2 first, so that the shift of the
  // high word is l for every width, 1 and 2 included. Other times take the division.
  private static final long FAST_TIMES = 1L << 61;

  private final long width;
  private final long multiplier;
  private final int shift;

  /**
   * Makes a clock.
   *
   * @param width length of a bucket in the clock's unit, at least 1
   */
  public BucketClock(long width) {
    if (width < 1) {
      throw new IllegalArgumentException("bucket width " + width + ": expected 1 or more");
    }
    this.width = width;
    this.shift = 64 - Long.numberOfLeadingZeros(width - 1);
    this.multiplier =
        BigInteger.ONE
            .shiftLeft(62 + shift)
            .divide(BigInteger.valueOf(width))
            .add(BigInteger.ONE)
            .longValue();
  }

  /**
   * Returns the number of the bucket that holds a time.
   *
   * @param time in the clock's unit, any value
   * @return {@code floorDiv(time, width)}
   */
  public long bucket(long time) {
    if (time >= 0 && time < FAST_TIMES) {
      return Math.multiplyHigh(time << 2, multiplier) >> shift;
    }
    return Math.floorDiv(time, width);
  }

  /**
   * Returns the first moment of a bucket.
   *
   * @param bucket a bucket's number
   * @return its start, in the clock's unit; saturates at the ends of {@code long}
   */
  public long start(long bucket) {
    long high = Math.multiplyHigh(bucket, width);
    long low = bucket * width;
    if (high != low >> 63) {
      return bucket < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
    return low;
  }

  /**
   * Returns the length of a bucket.
   *
   * @return width in the clock's unit
   */
  public long width() {
    return width;
  }
}
