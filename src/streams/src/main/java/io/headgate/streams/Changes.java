package io.headgate.streams;

import io.headgate.window.WindowSlab;
import java.util.Arrays;

/**
 * What a task's changelog does not have yet: rows that changed, and keys whose rows went. Both are
 * known by flags in the rows; the lists are there to find them. Belongs to the task's stream
 * thread, and before its first record to whoever restores it.
 */
final class Changes {

  /** Writes changes to the changelog. */
  interface Writer {
    /** Writes what a row is now. */
    void put(int row);

    /** Writes that a key has no row any more. */
    void delete(long high, long low);
  }

  /** Flag of a row whose change the changelog does not have yet. */
  private static final int DIRTY = 1 << 1;

  /** Flag of a row that the changelog has in some state: it needs a tombstone to forget it. */
  private static final int LOGGED = 1 << 2;

  private static final int LIST = 64;

  private final WindowSlab slab;
  private final long mostRows;

  /** Rows that changed since the last commit. */
  private int[] dirty = new int[LIST];

  private int dirtyCount;

  /** Fingerprints of keys whose rows went, each in two halves. */
  private long[] tombstones = new long[LIST];

  private int tombstoneCount;

  /** Starts with no changes to the rows of a slab, of which there are at most so many. */
  Changes(WindowSlab slab, long mostRows) {
    this.slab = slab;
    this.mostRows = mostRows;
  }

  /** Notes that a row changed. */
  void touch(int row) {
    if (slab.mark(row, DIRTY)) {
      if (dirtyCount == dirty.length) {
        makeRoomFor(row);
      }
      dirty[dirtyCount++] = row;
    }
  }

  /**
   * A row that was reclaimed and taken again since the last commit stands here twice, or many
   * times: once is enough. So the list is never longer than twice the rows there are.
   */
  private void makeRoomFor(int row) {
    slab.unmark(row, DIRTY);
    int kept = 0;
    for (int i = 0; i < dirtyCount; i++) {
      if (slab.unmark(dirty[i], DIRTY)) {
        dirty[kept++] = dirty[i];
      }
    }
    for (int i = 0; i < kept; i++) {
      slab.mark(dirty[i], DIRTY);
    }
    slab.mark(row, DIRTY);
    dirtyCount = kept;
    if (kept > dirty.length / 2) {
      dirty = Arrays.copyOf(dirty, longer(dirty.length, mostRows));
    }
  }

  /** Notes that a row is as the changelog has it. */
  void restored(int row) {
    slab.mark(row, LOGGED);
  }

  /** Notes that a row is about to be given back. */
  void reclaimed(int row) {
    slab.unmark(row, DIRTY);
    if (slab.unmark(row, LOGGED)) {
      if (tombstoneCount + 2 > tombstones.length) {
        // Only a row that the changelog has leaves one: there are at most as many as rows.
        tombstones = Arrays.copyOf(tombstones, longer(tombstones.length, mostRows));
      }
      tombstones[tombstoneCount++] = slab.high(row);
      tombstones[tombstoneCount++] = slab.low(row);
    }
  }

  /** How many rows changed, some of them counted more than once. */
  int rows() {
    return dirtyCount;
  }

  boolean isEmpty() {
    return dirtyCount == 0 && tombstoneCount == 0;
  }

  /** Writes all changes; if the writer throws, what is left here says nothing. */
  void writeTo(Writer writer) {
    // Tombstones first: a key that came back since has a new row, which must win.
    for (int i = 0; i < tombstoneCount; i += 2) {
      writer.delete(tombstones[i], tombstones[i + 1]);
    }
    tombstoneCount = 0;
    // In the order of memory: to sort their numbers takes less than to wait for rows all over it.
    Arrays.sort(dirty, 0, dirtyCount);
    for (int i = 0; i < dirtyCount; i++) {
      int row = dirty[i];
      // A row that was reclaimed meanwhile, and perhaps taken again, may stand here twice.
      if (slab.unmark(row, DIRTY)) {
        slab.mark(row, LOGGED);
        writer.put(row);
      }
    }
    dirtyCount = 0;
  }

  /** Forgets all changes, for want of a changelog. */
  void forget() {
    for (int i = 0; i < dirtyCount; i++) {
      slab.unmark(dirty[i], DIRTY);
    }
    dirtyCount = 0;
    tombstoneCount = 0;
  }

  /** Bytes of the lists. */
  long bytes() {
    return 4L * dirty.length + 8L * tombstones.length;
  }

  /** What {@link #bytes} never passes. */
  static long maxBytes(long mostRows) {
    return (4L + 8L) * longer(Integer.MAX_VALUE, mostRows);
  }

  /** Twice a list's length, but not more than two numbers for each of so many rows. */
  private static int longer(int length, long rows) {
    long most = Math.min(2 * rows, Integer.MAX_VALUE - 8);
    return (int) Math.max(LIST, Math.min(2L * length, most));
  }
}
