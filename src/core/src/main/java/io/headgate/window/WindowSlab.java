package io.headgate.window;

import static io.headgate.window.RowLayout.FINGERPRINT_HIGH;
import static io.headgate.window.RowLayout.FINGERPRINT_LOW;
import static io.headgate.window.RowLayout.FLAGS;
import static io.headgate.window.RowLayout.HEAD;
import static io.headgate.window.RowLayout.INT;
import static io.headgate.window.RowLayout.LONG;
import static io.headgate.window.RowLayout.OPEN_EVENT;
import static io.headgate.window.RowLayout.SUPPRESSED;
import static io.headgate.window.RowLayout.TOTAL;

import java.util.Arrays;

/**
 * Rows of counters, one per key, in pages that are added as keys come: the bucketed sliding-window
 * limiter itself. {@link #judge} advances a row to a bucket, decides, and charges, in O(1)
 * amortised time (a bucket that is entered expires one that left) and without allocating.
 *
 * <p>A row number stands for its key until the row is freed; the slab does not know keys beyond
 * their fingerprints, and finds none: {@link WindowTable} does. Belongs to one thread at a time,
 * but for what copies a row.
 */
public final class WindowSlab {

  // The ring of a row holds exactly span counters, and bucket b lives at position b mod span.
  // Entering bucket x therefore reuses the very counter of x - span, which is the one that leaves
  // the sum; nothing between is touched and nothing is summed again.
  // A key that was idle for a span or more is not walked bucket by bucket: its ring is wiped.

  /** Flag of a row that holds a key. */
  static final int LIVE = 1;

  private static final int PAGE_BYTES = 32 * 1024;

  private final int rowShift;
  private final int rowMask;
  private final int maxRows;
  private RowLayout layout;
  private byte[][] pages = new byte[0][];
  private int fresh;
  private int freeHead = -1;
  private int live;

  /** The bucket that was last asked for, and its position: records come bucket by bucket. */
  private long lastBucket;

  private int lastPosition;

  /**
   * Makes an empty slab: no page until the first row.
   *
   * @param layout the bytes of a row
   * @param maxRows rows at the most, 1 or more
   */
  public WindowSlab(RowLayout layout, int maxRows) {
    if (maxRows < 1) {
      throw new IllegalArgumentException("rows " + maxRows + ": expected 1 or more");
    }
    this.layout = layout;
    this.maxRows = maxRows;
    int perPage = rowsOfAPage(layout);
    this.rowShift = Integer.numberOfTrailingZeros(perPage);
    this.rowMask = perPage - 1;
  }

  /**
   * Takes a row for a key.
   *
   * @param high upper half of its fingerprint
   * @param low lower half of its fingerprint
   * @param bucket the bucket at which it starts, with nothing charged
   * @return the row, or -1 if all rows are taken
   */
  public int take(long high, long low, long bucket) {
    int row;
    if (freeHead >= 0) {
      row = freeHead;
      freeHead = (int) (long) LONG.get(page(row), base(row) + HEAD);
    } else if (fresh < maxRows) {
      row = fresh++;
      int page = row >>> rowShift;
      if (page == pages.length) {
        pages = Arrays.copyOf(pages, Math.max(4, page + (page >> 1)));
      }
      if (pages[page] == null) {
        pages[page] = new byte[layout.stride() << rowShift];
      }
    } else {
      return -1;
    }
    byte[] page = page(row);
    int base = base(row);
    Arrays.fill(page, base, base + layout.stride(), (byte) 0);
    LONG.set(page, base + FINGERPRINT_HIGH, high);
    LONG.set(page, base + FINGERPRINT_LOW, low);
    LONG.set(page, base + HEAD, bucket);
    INT.set(page, base + FLAGS, LIVE);
    live++;
    return row;
  }

  /**
   * Gives a row back.
   *
   * @param row a live row
   */
  public void free(int row) {
    byte[] page = page(row);
    int base = base(row);
    assert isLive(row) : row;
    INT.set(page, base + FLAGS, 0);
    LONG.set(page, base + OPEN_EVENT, 0L);
    LONG.set(page, base + HEAD, (long) freeHead);
    freeHead = row;
    live--;
  }

  /**
   * Advances a row to a bucket, and admits and charges a cost if the window has room for it. A
   * bucket before the row's head is judged in the head. A cost of 0 passes uncharged.
   *
   * @param row a live row
   * @param bucket number of the bucket of now
   * @param limit units per window, at most what the layout's counters hold
   * @param cost units, 0 or more
   * @return units left after the charge, 0 or more, if admitted; if blocked, the bitwise complement
   *     of the units left: negative
   */
  public long judge(int row, long bucket, long limit, long cost) {
    byte[] page = page(row);
    int base = base(row);
    long head = (long) LONG.get(page, base + HEAD);
    if (bucket > head) {
      advance(page, base, head, bucket);
      head = bucket;
    }
    long total = (long) LONG.get(page, base + TOTAL);
    long left = limit - total;
    if (cost > left) {
      // A lowered limit can leave more in the window than it admits: nothing is left then.
      return cost == 0 ? 0 : ~Math.max(left, 0);
    }
    int position = position(head);
    layout.counter(page, base, position, layout.counter(page, base, position) + cost);
    LONG.set(page, base + TOTAL, total + cost);
    return left - cost;
  }

  /**
   * Advances a row to a bucket, as {@link #judge} does, and charges nothing.
   *
   * @param row a live row
   * @param bucket number of the bucket of now
   * @param limit units per window
   * @return units left, negative if a lowered limit left more in the window than it admits
   */
  public long room(int row, long bucket, long limit) {
    byte[] page = page(row);
    int base = base(row);
    long head = (long) LONG.get(page, base + HEAD);
    if (bucket > head) {
      advance(page, base, head, bucket);
    }
    return limit - (long) LONG.get(page, base + TOTAL);
  }

  private void advance(byte[] page, int base, long head, long bucket) {
    int span = layout.span();
    long steps = bucket - head;
    LONG.set(page, base + HEAD, bucket);
    long total = (long) LONG.get(page, base + TOTAL);
    if (total == 0) {
      // Nothing in the window: every counter is zero.
      return;
    }
    // The difference of two longs may wrap: as unsigned it is right, since bucket is the later one.
    if (Long.compareUnsigned(steps, span) >= 0) {
      Arrays.fill(page, base + RowLayout.COUNTERS, base + layout.stride(), (byte) 0);
      LONG.set(page, base + TOTAL, 0L);
      return;
    }
    int position = position(bucket);
    for (int age = 0; age < (int) steps; age++) {
      int entered = position - age < 0 ? position - age + span : position - age;
      total -= layout.counter(page, base, entered);
      layout.counter(page, base, entered, 0);
    }
    LONG.set(page, base + TOTAL, total);
  }

  private int position(long bucket) {
    if (bucket != lastBucket) {
      lastPosition = Math.floorMod(bucket, layout.span());
      lastBucket = bucket;
    }
    return lastPosition;
  }

  /**
   * Returns the units that a window ending at a bucket holds, without moving the row.
   *
   * @param row a live row
   * @param bucket number of the bucket of now
   * @return units charged in the window
   */
  public long used(int row, long bucket) {
    long steps = bucket - head(row);
    if (bucket <= head(row)) {
      return total(row);
    }
    long sum = 0;
    for (int age = 0; Long.compareUnsigned(age + steps, layout.span()) < 0; age++) {
      sum += counter(row, age);
    }
    return sum;
  }

  /**
   * Returns how many buckets after its head a row would admit a cost, if nothing else came.
   *
   * @param row a live row
   * @param limit units per window
   * @param cost units, 0 or more
   * @return 0 if at once; -1 if never, since the cost is above the limit
   */
  public int bucketsUntil(int row, long limit, long cost) {
    if (cost > limit) {
      return -1;
    }
    int wait = 0;
    for (long sum = total(row); sum > limit - cost; ) {
      wait++;
      sum -= counter(row, layout.span() - wait);
    }
    return wait;
  }

  /**
   * Returns how many buckets after its head nothing of a row counts any more, if nothing else came.
   * Looks at the newest counter first: of a row that was charged just now, at no other.
   *
   * @param row a live row
   * @return 0 if nothing does now
   */
  public int bucketsUntilEmpty(int row) {
    if (total(row) == 0) {
      return 0;
    }
    int age = 0;
    while (counter(row, age) == 0) {
      age++;
    }
    return layout.span() - age;
  }

  /**
   * Loads counters into a row, as they were remembered. A count that a counter cannot hold is cut
   * to the most it holds, which is at least the limit: the row blocks just as long. So is one that
   * the total could not hold.
   *
   * @param row a live row that has been charged nothing
   * @param counters units by age, that of the head first; at most as many as the span
   * @param length how many of them
   */
  public void load(int row, long[] counters, int length) {
    byte[] page = page(row);
    int base = base(row);
    int position = position((long) LONG.get(page, base + HEAD));
    long total = 0;
    for (int age = 0; age < length; age++) {
      long count = Math.min(Math.min(counters[age], layout.counterMax()), Long.MAX_VALUE - total);
      layout.counter(page, base, Math.floorMod(position - age, layout.span()), count);
      total += count;
    }
    LONG.set(page, base + TOTAL, total);
  }

  /**
   * Copies the window of one row, its head and counts, over that of another.
   *
   * @param from a live row
   * @param to another live row, which keeps its key
   */
  public void copyWindow(int from, int to) {
    LONG.set(page(to), base(to) + HEAD, head(from));
    LONG.set(page(to), base(to) + TOTAL, total(from));
    System.arraycopy(
        page(from),
        base(from) + RowLayout.COUNTERS,
        page(to),
        base(to) + RowLayout.COUNTERS,
        layout.stride() - RowLayout.COUNTERS);
  }

  /**
   * Copies a row, while its owner may be at work; as {@link KeyIndex#copy}. Any thread.
   *
   * @param row any number
   * @param into gets the row
   * @return false if what was met is no row of one state
   */
  boolean copy(int row, WindowCopy into) {
    // Each field is read once: the layout may not be that of the page, nor the page there yet.
    byte[][] all = pages;
    RowLayout of = layout;
    int number = row >>> rowShift;
    byte[] page = number < all.length ? all[number] : null;
    int base = (row & rowMask) * of.stride();
    if (page == null || base < 0 || base > page.length - of.stride()) {
      return false;
    }
    into.take(of, page, base);
    return true;
  }

  /**
   * Widens every counter, if need be, so that it holds a raised limit; rows keep their numbers and
   * counts. Costs one pass over all rows.
   *
   * @param maxLimit the largest number of units that a counter must hold
   */
  public void widen(long maxLimit) {
    RowLayout wide = new RowLayout(layout.span(), maxLimit);
    if (wide.counterBytes() <= layout.counterBytes()) {
      return;
    }
    for (int i = 0; i < pages.length && pages[i] != null; i++) {
      byte[] from = pages[i];
      byte[] to = new byte[wide.stride() << rowShift];
      for (int row = 0; row <= rowMask; row++) {
        int fromBase = row * layout.stride();
        int toBase = row * wide.stride();
        System.arraycopy(from, fromBase, to, toBase, RowLayout.COUNTERS);
        for (int position = 0; position < layout.span(); position++) {
          wide.counter(to, toBase, position, layout.counter(from, fromBase, position));
        }
      }
      pages[i] = to;
    }
    layout = wide;
  }

  /**
   * Returns the largest number of units that a counter holds now.
   *
   * @return units; more after {@link #widen}
   */
  public long counterMax() {
    return layout.counterMax();
  }

  /**
   * Says whether a row is of a fingerprint.
   *
   * @param row a live row
   * @param high upper half
   * @param low lower half
   * @return true if both halves are the row's
   */
  public boolean is(int row, long high, long low) {
    byte[] page = page(row);
    int base = base(row);
    return (long) LONG.get(page, base + FINGERPRINT_LOW) == low
        && (long) LONG.get(page, base + FINGERPRINT_HIGH) == high;
  }

  /**
   * Returns the upper half of a row's fingerprint.
   *
   * @param row a live row
   * @return 64 bits
   */
  public long high(int row) {
    return (long) LONG.get(page(row), base(row) + FINGERPRINT_HIGH);
  }

  /**
   * Returns the lower half of a row's fingerprint.
   *
   * @param row a live row
   * @return 64 bits
   */
  public long low(int row) {
    return (long) LONG.get(page(row), base(row) + FINGERPRINT_LOW);
  }

  /**
   * Returns the newest bucket that a row has seen.
   *
   * @param row a live row
   * @return number of the bucket
   */
  public long head(int row) {
    return (long) LONG.get(page(row), base(row) + HEAD);
  }

  /**
   * Returns the units in the window that ends at the row's head.
   *
   * @param row a live row
   * @return units
   */
  public long total(int row) {
    return (long) LONG.get(page(row), base(row) + TOTAL);
  }

  /**
   * Returns one counter of a row.
   *
   * @param row a live row
   * @param age 0 for the head's bucket, 1 for the one before, up to span - 1
   * @return units
   */
  public long counter(int row, int age) {
    byte[] page = page(row);
    int base = base(row);
    int position = position((long) LONG.get(page, base + HEAD)) - age;
    return layout.counter(page, base, position < 0 ? position + layout.span() : position);
  }

  /**
   * Reads all counters of a row.
   *
   * @param row a live row
   * @param counters gets them, the head's first, then older ones; as many as the span at least
   * @return how many there are up to the oldest that is not zero
   */
  public int read(int row, long[] counters) {
    byte[] page = page(row);
    int base = base(row);
    int position = position((long) LONG.get(page, base + HEAD));
    int length = 0;
    for (int age = 0; age < layout.span(); age++) {
      long count = layout.counter(page, base, position);
      counters[age] = count;
      if (count != 0) {
        length = age + 1;
      }
      position = position == 0 ? layout.span() - 1 : position - 1;
    }
    return length;
  }

  /**
   * Returns the handle of the row's open event.
   *
   * @param row a live row
   * @return the handle, perhaps stale; 0 for none
   */
  public long openEvent(int row) {
    return (long) LONG.get(page(row), base(row) + OPEN_EVENT);
  }

  /**
   * Notes the handle of the row's open event.
   *
   * @param row a live row
   * @param handle the handle, or 0
   */
  public void openEvent(int row, long handle) {
    LONG.set(page(row), base(row) + OPEN_EVENT, handle);
  }

  /**
   * Returns how many records of the key were blocked since the last that passed, as its owner has
   * noted.
   *
   * @param row a live row
   * @return records
   */
  public int suppressed(int row) {
    return (int) INT.get(page(row), base(row) + SUPPRESSED);
  }

  /**
   * Notes how many records of the key were blocked since the last that passed.
   *
   * @param row a live row
   * @param records how many
   */
  public void suppressed(int row, int records) {
    INT.set(page(row), base(row) + SUPPRESSED, records);
  }

  /**
   * Sets flags of a row, which are the owner's to define from bit 1 to bit 31.
   *
   * @param row a live row
   * @param mask bits to set
   * @return true if any of them was not set before
   */
  public boolean mark(int row, int mask) {
    byte[] page = page(row);
    int at = base(row) + FLAGS;
    int flags = (int) INT.get(page, at);
    if ((flags & mask) == mask) {
      return false;
    }
    INT.set(page, at, flags | mask);
    return true;
  }

  /**
   * Sets some flags of a row and clears others: a number that is kept among them.
   *
   * @param row a live row
   * @param mask the bits that are the number's
   * @param bits the number, where the mask is
   * @return true if another one was there before
   */
  public boolean put(int row, int mask, int bits) {
    byte[] page = page(row);
    int at = base(row) + FLAGS;
    int flags = (int) INT.get(page, at);
    if ((flags & mask) == bits) {
      return false;
    }
    INT.set(page, at, (flags & ~mask) | bits);
    return true;
  }

  /**
   * Clears flags of a row.
   *
   * @param row a row
   * @param mask bits to clear
   * @return true if any of them was set before
   */
  public boolean unmark(int row, int mask) {
    byte[] page = page(row);
    int at = base(row) + FLAGS;
    int flags = (int) INT.get(page, at);
    INT.set(page, at, flags & ~mask);
    return (flags & mask) != 0;
  }

  /**
   * Says whether a row holds a key.
   *
   * @param row any row number below {@link #rows()}
   * @return false if it is free
   */
  public boolean isLive(int row) {
    return ((int) INT.get(page(row), base(row) + FLAGS) & LIVE) != 0;
  }

  /**
   * Returns the end of the row numbers in use so far; freed ones among them.
   *
   * @return rows ever taken
   */
  public int rows() {
    return fresh;
  }

  /**
   * Returns the number of rows that hold a key.
   *
   * @return live rows
   */
  public int live() {
    return live;
  }

  /**
   * Returns the bytes of a row.
   *
   * @return the layout, which {@link #widen} replaces
   */
  public RowLayout layout() {
    return layout;
  }

  /**
   * Returns the bytes of all pages.
   *
   * @return bytes, without the headers of the arrays
   */
  public long pageBytes() {
    long bytes = 0;
    for (byte[] page : pages) {
      bytes += page == null ? 0 : page.length;
    }
    return bytes;
  }

  /** What {@link #pageBytes} comes to when every row has its page. */
  static long maxPageBytes(RowLayout layout, int maxRows) {
    long perPage = rowsOfAPage(layout);
    return (maxRows + perPage - 1) / perPage * perPage * layout.stride();
  }

  private static int rowsOfAPage(RowLayout layout) {
    return Integer.highestOneBit(Math.max(1, PAGE_BYTES / layout.stride()));
  }

  private byte[] page(int row) {
    return pages[row >>> rowShift];
  }

  private int base(int row) {
    return (row & rowMask) * layout.stride();
  }
}
