package io.headgate.window;

import java.util.Arrays;

/**
 * Finds the row of a fingerprint: open addressing over small segments, eight bytes an entry, the
 * fingerprint itself being the row's. A look-up costs one line of the index and the row's first
 * line, which the verdict needs anyway. Belongs to one thread at a time, but for what copies.
 *
 * <p>Probes are bounded: a fingerprint that finds no place within {@value #MAX_PROBE} entries,
 * however its segment grows, is refused and counted. With a secret seed that needs tens of
 * coinciding 32-bit tags; it is what bounds the work when somebody knows the seed.
 */
public final class KeyIndex {

  // Extendible hashing (Fagin et al., 1979): the upper bits of a 32-bit tag choose a segment
  // through a directory, the lower bits the first place in it. A full segment doubles until it has
  // SEGMENT_MAX places and then splits in two; the directory doubles when a split needs one more
  // bit. So no insertion ever rehashes more than SEGMENT_MAX entries, whatever the number of keys.
  //
  // Inside a segment: linear probing, and deletion by backward shift, so there are no tombstones
  // and an entry never moves away from its first place. Entries carry their tag, so growing and
  // deleting read no rows.
  //
  //   entry    tag (32) | row + 1 (32)        0 is an empty place
  //   word 0   depth (32) | entries (32)      the places follow it

  /** Places that a look-up reads at the most. */
  public static final int MAX_PROBE = 64;

  private static final int SEGMENT_MIN = 64;
  private static final int SEGMENT_MAX = 4096;
  private static final int MAX_DEPTH = 20;

  private final WindowSlab slab;
  private long[][] directory = {new long[1 + SEGMENT_MIN]};
  private int shift = 32;
  private int segments = 1;
  private int size;
  private long places = SEGMENT_MIN;
  private long refused;

  /**
   * Makes an empty index.
   *
   * @param slab the rows that hold the fingerprints
   */
  public KeyIndex(WindowSlab slab) {
    this.slab = slab;
  }

  /**
   * Finds a row.
   *
   * @param high upper half of the fingerprint
   * @param low lower half of the fingerprint
   * @return the row, or -1 if there is none
   */
  public int find(long high, long low) {
    int tag = tag(low);
    long[] segment = segment(tag);
    int mask = segment.length - 2;
    int place = tag & mask;
    for (int probe = 0; probe < MAX_PROBE; probe++) {
      long entry = segment[1 + place];
      if (entry == 0) {
        return -1;
      }
      if ((int) (entry >>> 32) == tag && slab.is((int) entry - 1, high, low)) {
        return (int) entry - 1;
      }
      place = (place + 1) & mask;
    }
    return -1;
  }

  /**
   * Finds a row and copies it, while its owner may be at work: what this says holds only if a stamp
   * says so afterwards. Reads {@value #MAX_PROBE} places at the most and never throws, whatever it
   * meets. Any thread.
   *
   * @param high upper half of the fingerprint
   * @param low lower half of the fingerprint
   * @param into gets the row
   * @return {@link WindowTable#COPIED} and its like
   */
  int copy(long high, long low, WindowCopy into) {
    // Each field is read once. The directory's own length says how many bits choose a segment:
    // `shift` may be that of another.
    long[][] all = directory;
    int tag = tag(low);
    int bits = Integer.numberOfTrailingZeros(all.length);
    long[] segment = all[(int) ((tag & 0xffff_ffffL) >>> (32 - bits))];
    if (segment == null) {
      return WindowTable.TORN;
    }
    int mask = segment.length - 2;
    int place = tag & mask;
    for (int probe = 0; probe < MAX_PROBE; probe++) {
      long entry = segment[1 + place];
      if (entry == 0) {
        return WindowTable.NO_ROW;
      }
      if ((int) (entry >>> 32) == tag) {
        if (!slab.copy((int) entry - 1, into)) {
          return WindowTable.TORN;
        }
        if (into.is(high, low)) {
          return WindowTable.COPIED;
        }
      }
      place = (place + 1) & mask;
    }
    return WindowTable.NO_ROW;
  }

  /**
   * Adds a row that the index does not hold yet.
   *
   * @param low lower half of the row's fingerprint
   * @param row the row
   * @return false if it was refused, and counted: no place within the bound
   */
  public boolean add(long low, int row) {
    int tag = tag(low);
    long entry = (long) tag << 32 | (row + 1L);
    while (true) {
      long[] segment = segment(tag);
      int capacity = segment.length - 1;
      int entries = (int) segment[0];
      // Load of at most 0.6: beyond it the runs of linear probing grow quickly.
      boolean full = entries + 1 > capacity * 6L / 10;
      if (!full && place(segment, entry)) {
        segment[0]++;
        size++;
        return true;
      }
      // A segment that is nearly empty and still has a run too long holds coinciding tags: growing
      // would buy nothing.
      boolean worthwhile = full || entries > capacity / 4;
      if (!worthwhile || !(capacity < SEGMENT_MAX ? grow(tag) : split(tag))) {
        refused++;
        return false;
      }
    }
  }

  /**
   * Removes a row.
   *
   * @param low lower half of the row's fingerprint
   * @param row the row
   * @return false if the index does not hold it
   */
  public boolean remove(long low, int row) {
    int tag = tag(low);
    long[] segment = segment(tag);
    int mask = segment.length - 2;
    long wanted = (long) tag << 32 | (row + 1L);
    int hole = tag & mask;
    for (int probe = 0; segment[1 + hole] != wanted; probe++) {
      if (probe == MAX_PROBE || segment[1 + hole] == 0) {
        return false;
      }
      hole = (hole + 1) & mask;
    }
    for (int next = (hole + 1) & mask; segment[1 + next] != 0; next = (next + 1) & mask) {
      int home = (int) (segment[1 + next] >>> 32) & mask;
      // Move it into the hole unless that would put it before its first place.
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        segment[1 + hole] = segment[1 + next];
        hole = next;
      }
    }
    segment[1 + hole] = 0;
    segment[0]--;
    size--;
    return true;
  }

  private boolean grow(int tag) {
    long[] segment = segment(tag);
    long[] twice = new long[1 + 2 * (segment.length - 1)];
    twice[0] = segment[0];
    if (!move(segment, twice, twice, 0)) {
      return false;
    }
    replace(tag, depth(segment), twice);
    places += segment.length - 1;
    return true;
  }

  private boolean split(int tag) {
    long[] segment = segment(tag);
    int depth = depth(segment);
    if (depth == MAX_DEPTH) {
      return false;
    }
    long[] zero = new long[segment.length];
    long[] one = new long[segment.length];
    // The first directory bit that the segment's entries do not share.
    int bit = 1 << (31 - depth);
    if (!move(segment, zero, one, bit)) {
      return false;
    }
    zero[0] = (long) (depth + 1) << 32 | count(zero);
    one[0] = (long) (depth + 1) << 32 | count(one);
    if (depth == 32 - shift) {
      long[][] twice = new long[directory.length * 2][];
      for (int i = 0; i < twice.length; i++) {
        twice[i] = directory[i >> 1];
      }
      directory = twice;
      shift--;
    }
    replace(tag & ~bit, depth + 1, zero);
    replace(tag | bit, depth + 1, one);
    segments++;
    places += segment.length - 1;
    return true;
  }

  /** Points every directory entry that shares the tag's first {@code depth} bits to a segment. */
  private void replace(int tag, int depth, long[] segment) {
    int run = directory.length >> depth;
    int first = (int) ((tag & 0xffff_ffffL) >>> shift) & -run;
    Arrays.fill(directory, first, first + run, segment);
  }

  /**
   * Copies every entry to the table that its bit says, in the order of a walk that starts after an
   * empty place: so an entry meets only those that stood before it, and ends no further from its
   * first place than it was.
   */
  private static boolean move(long[] from, long[] zero, long[] one, int bit) {
    int mask = from.length - 2;
    int start = 0;
    while (from[1 + start] != 0) {
      start++;
    }
    for (int i = 1; i <= mask; i++) {
      long entry = from[1 + ((start + i) & mask)];
      if (entry != 0 && !place(((int) (entry >>> 32) & bit) == 0 ? zero : one, entry)) {
        return false;
      }
    }
    return true;
  }

  private static boolean place(long[] segment, long entry) {
    int mask = segment.length - 2;
    int place = (int) (entry >>> 32) & mask;
    for (int probe = 0; probe < MAX_PROBE; probe++) {
      if (segment[1 + place] == 0) {
        segment[1 + place] = entry;
        return true;
      }
      place = (place + 1) & mask;
    }
    return false;
  }

  private static int count(long[] segment) {
    int entries = 0;
    for (int i = 1; i < segment.length; i++) {
      entries += segment[i] == 0 ? 0 : 1;
    }
    return entries;
  }

  /**
   * Returns the number of rows in the index.
   *
   * @return entries
   */
  public int size() {
    return size;
  }

  /**
   * Returns how many rows were refused for want of a place within the probe bound.
   *
   * @return refusals since the index was made
   */
  public long refused() {
    return refused;
  }

  /**
   * Returns the bytes of all segments and of the directory.
   *
   * @return bytes, without the headers of the arrays
   */
  public long bytes() {
    return 8L * (places + segments) + 8L * directory.length;
  }

  /**
   * Returns what {@link #bytes} never passes while rows come and go, if their fingerprints are
   * random: for others, made by somebody who knows the seed, there is no such number.
   *
   * @param rows in the index at a time, at the most
   * @return bytes
   */
  public static long maxBytes(int rows) {
    // A segment grows or splits when it is full, or when a run in it is too long; at a load of 0.3
    // on average neither comes to pass in the life of any machine. They never shrink.
    long most = 1;
    while (most * SEGMENT_MAX * 3 / 10 < rows && most < 1 << MAX_DEPTH) {
      most *= 2;
    }
    return 8 * most * (1 + SEGMENT_MAX) + 8 * most;
  }

  private static int tag(long low) {
    return (int) (low >>> 32);
  }

  private long[] segment(int tag) {
    return directory[(int) ((tag & 0xffff_ffffL) >>> shift)];
  }

  private static int depth(long[] segment) {
    return (int) (segment[0] >>> 32);
  }
}
