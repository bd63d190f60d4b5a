package io.headgate.window;

/**
 * Windows by key under a hard bound: finds the row of a fingerprint or takes one, grows page by
 * page, and reclaims rows whose window is over. At {@code maxRows} a new key gets no row: the
 * caller decides what that means, and may judge such keys together in {@link #SHARED_ROW}. Belongs
 * to one thread at a time, but for {@link #copy}.
 */
public final class WindowTable {

  /** The row that keys without one of their own may share. Never reclaimed, in no index. */
  public static final int SHARED_ROW = 0;

  /** What {@link #take} says when every row is taken and none could be reclaimed. */
  public static final int FULL = -1;

  /** What {@link #copy} says of a key whose row it copied. */
  public static final int COPIED = 0;

  /** What {@link #copy} says of a key without a row. */
  public static final int NO_ROW = 1;

  /** What {@link #copy} says when it met what is no state of this table: its owner is at work. */
  public static final int TORN = 2;

  // Rows examined for a new key when the table is full. The hand goes on where it stopped, so a
  // flood of new keys passes every row in turn, a few at a time.
  private static final int PRESSURE = 8;

  /** Is told of each row that is given back, before it is. */
  @FunctionalInterface
  public interface ReclaimListener {
    /**
     * A row is about to be given back.
     *
     * @param row the row, still readable
     */
    void onReclaim(int row);
  }

  private final WindowSlab slab;
  private final KeyIndex index;
  private final ReclaimListener listener;
  private int hand = SHARED_ROW;
  private long reclaimed;

  /** The latest head of any row that was given back as over; counts only if one was. */
  private long latestReclaimed;

  /**
   * Makes an empty table.
   *
   * @param layout the bytes of a row
   * @param maxRows keys that may have a row of their own at a time, 1 or more
   * @param listener is told of reclaimed rows
   */
  public WindowTable(RowLayout layout, int maxRows, ReclaimListener listener) {
    this.slab = new WindowSlab(layout, Math.addExact(maxRows, 1));
    this.index = new KeyIndex(slab);
    this.listener = listener;
    int shared = slab.take(0, 0, Long.MIN_VALUE);
    assert shared == SHARED_ROW;
  }

  /**
   * Finds the row of a key.
   *
   * @param high upper half of its fingerprint
   * @param low lower half of its fingerprint
   * @return the row, or -1 if the key has none
   */
  public int find(long high, long low) {
    return index.find(high, low);
  }

  /**
   * Finds the row of a key and copies it, while the table's owner may be at work. What this says,
   * and what the copy holds, is to be believed only if a stamp that the owner changes says
   * afterwards that he was not: such as that of a {@link io.headgate.concurrent.SequenceLock}.
   * Never throws, and ends after a bounded number of steps, whatever it meets. Any thread.
   *
   * @param high upper half of its fingerprint
   * @param low lower half of its fingerprint
   * @param into gets the row
   * @return {@link #COPIED}, {@link #NO_ROW} or {@link #TORN}
   */
  public int copy(long high, long low, WindowCopy into) {
    return index.copy(high, low, into);
  }

  /**
   * Copies the row that keys share, as {@link #copy} does. Any thread.
   *
   * @param into gets the row
   * @return {@link #COPIED} or {@link #TORN}
   */
  public int copyShared(WindowCopy into) {
    return slab.copy(SHARED_ROW, into) ? COPIED : TORN;
  }

  /**
   * Takes a row for a key that {@link #find} did not find. While the shared row still counts units,
   * some of them may be this key's: then its row starts with all of them, so that a key that moves
   * from the shared row to one of its own never gets its budget twice.
   *
   * @param high upper half of its fingerprint
   * @param low lower half of its fingerprint
   * @param bucket the bucket at which a new row starts
   * @param horizon rows whose head is before this bucket may be reclaimed to make room
   * @return the row, or {@link #FULL}
   */
  public int take(long high, long low, long bucket, long horizon) {
    int row = takeEmpty(high, low, bucket, horizon);
    if (row != FULL && slab.total(SHARED_ROW) != 0 && slab.used(SHARED_ROW, bucket) != 0) {
      slab.copyWindow(SHARED_ROW, row);
    }
    return row;
  }

  /**
   * Takes a row with nothing charged, for a key whose counts are known from elsewhere.
   *
   * @param high upper half of its fingerprint
   * @param low lower half of its fingerprint
   * @param bucket the bucket at which a new row starts
   * @param horizon rows whose head is before this bucket may be reclaimed to make room
   * @return the row, or {@link #FULL}
   */
  public int takeEmpty(long high, long low, long bucket, long horizon) {
    int row = slab.take(high, low, bucket);
    if (row < 0) {
      if (sweep(PRESSURE, horizon) == 0) {
        return FULL;
      }
      row = slab.take(high, low, bucket);
    }
    if (!index.add(low, row)) {
      slab.free(row);
      return FULL;
    }
    return row;
  }

  /**
   * Examines some rows, going on where the last sweep stopped, and gives back those whose window is
   * over.
   *
   * @param rows how many to examine at the most
   * @param horizon rows whose head is before this bucket are given back
   * @return how many were
   */
  public int sweep(int rows, long horizon) {
    int end = slab.rows();
    int freed = 0;
    for (int i = Math.min(rows, end - 1); i > 0; i--) {
      hand = hand + 1 >= end ? SHARED_ROW + 1 : hand + 1;
      if (slab.isLive(hand) && slab.head(hand) < horizon) {
        listener.onReclaim(hand);
        long head = slab.head(hand);
        latestReclaimed = reclaimed + freed == 0 ? head : Math.max(latestReclaimed, head);
        remove(hand);
        freed++;
      }
    }
    reclaimed += freed;
    return freed;
  }

  /**
   * Gives the row of one key back; the listener is not told.
   *
   * @param row a row of this table, not the shared one
   */
  public void remove(int row) {
    index.remove(slab.low(row), row);
    slab.free(row);
  }

  /**
   * Empties the shared row.
   *
   * @param bucket the bucket at which it starts again
   */
  public void resetShared(long bucket) {
    slab.free(SHARED_ROW);
    int row = slab.take(0, 0, bucket);
    assert row == SHARED_ROW;
  }

  /**
   * Returns the rows.
   *
   * @return the slab, to judge in
   */
  public WindowSlab slab() {
    return slab;
  }

  /**
   * Returns the number of keys that have a row.
   *
   * @return keys, the shared row not counted
   */
  public int size() {
    return index.size();
  }

  /**
   * Returns how many rows were given back.
   *
   * @return rows since the table was made
   */
  public long reclaimed() {
    return reclaimed;
  }

  /**
   * Says whether a key without a row may have been charged what would count at a bucket, and is
   * known no more: in a row that was given back since other keys are far ahead, or in the shared
   * row, which goes with the latest of its keys. What {@link #remove} gave back is not meant.
   *
   * @param bucket the bucket at which the key is to be judged
   * @return false if the key has all its window holds, or what keys share holds more
   */
  public boolean mayHaveForgotten(long bucket) {
    if (bucket < slab.head(SHARED_ROW)) {
      return true;
    }
    // The difference of two longs may wrap: as unsigned it is right, since bucket is the later one.
    return reclaimed != 0
        && (bucket <= latestReclaimed
            || Long.compareUnsigned(bucket - latestReclaimed, slab.layout().span()) < 0);
  }

  /**
   * Returns how many rows the index refused; see {@link KeyIndex#refused}.
   *
   * @return refusals since the table was made
   */
  public long refused() {
    return index.refused();
  }

  /**
   * Returns the bytes that rows and index hold now.
   *
   * @return bytes, without the headers of the arrays
   */
  public long bytes() {
    return slab.pageBytes() + index.bytes();
  }

  /**
   * Returns what {@link #bytes} never passes, if the fingerprints are random.
   *
   * @param layout the bytes of a row
   * @param maxRows keys that may have a row of their own at a time
   * @return bytes
   */
  public static long maxBytes(RowLayout layout, int maxRows) {
    return WindowSlab.maxPageBytes(layout, Math.addExact(maxRows, 1)) + KeyIndex.maxBytes(maxRows);
  }
}
