package io.headgate.window;

/**
 * A row as it was at a moment, and what can be told of it as of any later bucket: a copy for
 * threads that do not own the table. Filled by {@link WindowTable#copy}; to be read only once the
 * copy is known to be of one state. Belongs to one thread.
 */
public final class WindowCopy {

  private byte[] row = new byte[0];
  private RowLayout layout = new RowLayout(1, 1);

  /** Makes a copy of nothing yet. */
  public WindowCopy() {}

  /** Copies the bytes of a row from where they lie in their page. */
  void take(RowLayout of, byte[] page, int base) {
    if (row.length < of.stride()) {
      row = new byte[of.stride()];
    }
    System.arraycopy(page, base, row, 0, of.stride());
    layout = of;
  }

  boolean is(long high, long low) {
    return (long) RowLayout.LONG.get(row, RowLayout.FINGERPRINT_LOW) == low
        && (long) RowLayout.LONG.get(row, RowLayout.FINGERPRINT_HIGH) == high;
  }

  /**
   * Returns the newest bucket that the row had seen.
   *
   * @return number of the bucket
   */
  public long head() {
    return (long) RowLayout.LONG.get(row, RowLayout.HEAD);
  }

  /**
   * Returns the units in the window that ended at the row's head, as the row says.
   *
   * @return units
   */
  public long total() {
    return (long) RowLayout.LONG.get(row, RowLayout.TOTAL);
  }

  /**
   * Returns the units of one bucket.
   *
   * @param age 0 for the head's bucket, 1 for the one before, up to span - 1
   * @return units
   */
  public long counter(int age) {
    int position = Math.floorMod(head(), layout.span()) - age;
    return layout.counter(row, 0, position < 0 ? position + layout.span() : position);
  }

  /**
   * Returns the units that a window ending at a bucket holds.
   *
   * @param bucket number of the bucket of now; one before the head counts as the head
   * @return units, added up counter by counter
   */
  public long used(long bucket) {
    long sum = 0;
    for (int age = left(bucket) - 1; age >= 0; age--) {
      sum += counter(age);
    }
    return sum;
  }

  /**
   * Returns how many buckets after a bucket a cost would be admitted, if nothing else came.
   *
   * @param bucket number of the bucket of now; one before the head counts as the head
   * @param limit units per window
   * @param cost units, 0 or more
   * @return 0 if at once; -1 if never, since the cost is above the limit
   */
  public int bucketsUntil(long bucket, long limit, long cost) {
    if (cost > limit) {
      return -1;
    }
    int left = left(bucket);
    int wait = 0;
    for (long sum = used(bucket); sum > limit - cost; ) {
      wait++;
      sum -= counter(left - wait);
    }
    return wait;
  }

  /**
   * Returns how many buckets after a bucket nothing of the row counts any more, if nothing else
   * came.
   *
   * @param bucket number of the bucket of now; one before the head counts as the head
   * @return 0 if nothing does by then
   */
  public int bucketsUntilEmpty(long bucket) {
    int left = left(bucket);
    for (int age = 0; age < left; age++) {
      if (counter(age) != 0) {
        return left - age;
      }
    }
    return 0;
  }

  /** How many counters, from the head's on, a window ending at a bucket still has in it. */
  private int left(long bucket) {
    long head = head();
    long steps = bucket <= head ? 0 : bucket - head;
    // As unsigned it is right where the difference wraps.
    return Long.compareUnsigned(steps, layout.span()) >= 0 ? 0 : layout.span() - (int) steps;
  }
}
