package io.headgate.streams;

import io.headgate.KeyHasher;
import io.headgate.RateLimit;
import io.headgate.window.WindowSlab;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.kafka.streams.errors.StreamsException;

/**
 * The bytes of the changelog, versioned. All numbers have their highest byte first.
 *
 * <pre>
 *  key      fingerprint (16) | tag (4)            fingerprint 0 for the row that keys share
 *  value    0      1      2      4         8           16     24
 *           +------+------+------+---------+-----------+------+-----------------------------
 *           |format| width| count| sup-    | bucket,   | head | counters, count x width: the
 *           | = 1  |      |      | pressed | ms        |      | head's first, then older ones
 *           +------+------+------+---------+-----------+------+-----------------------------
 *
 *  key      "headgate" (8) | tag (4): the reserved row
 *  value    format (1) | 0 (3) | span (4) | bucket, ms (8) | check of the hash seed (8) | name
 * </pre>
 *
 * <p>The tag says of which rule and window a row is; the first limit of the rule {@code default}
 * has none, nor a name. Suppressed are the key's records that were blocked since the last that was
 * not. Counters that are zero at the old end are left out. A limit may change between builds of an
 * application, and counts are kept; the geometry (bucket length, span) and the seed may not, and
 * are refused with an error that says so. Belongs to one thread at a time.
 */
final class RowCodec {

  static final byte FORMAT = 1;
  static final int KEY_BYTES = 16;
  private static final int TAG_BYTES = 4;
  private static final int HEADER = 24;
  private static final int RESERVED = 24;
  private static final byte[] RESERVED_KEY = {'h', 'e', 'a', 'd', 'g', 'a', 't', 'e'};
  private static final byte[] SEED_PROBE = {'s', 'e', 'e', 'd'};

  private final String store;
  private final LimitSpec spec;
  private final RateLimit limit;
  private final long seedCheck;
  private final long[] counters;

  /** Where the last row that was decoded had its head, and how many counters it had. */
  private long head;

  private int suppressed;
  private int count;

  RowCodec(String store, LimitSpec spec, KeyHasher hasher) {
    this.store = store;
    this.spec = spec;
    this.limit = spec.limit();
    this.seedCheck = hasher.high(SEED_PROBE, 0, SEED_PROBE.length);
    this.counters = new long[limit.span()];
  }

  String store() {
    return store;
  }

  byte[] key(long high, long low) {
    byte[] key = untagged(KEY_BYTES);
    ByteBuffer.wrap(key).putLong(high).putLong(low);
    return tagged(key);
  }

  byte[] reservedKey() {
    byte[] key = untagged(RESERVED_KEY.length);
    System.arraycopy(RESERVED_KEY, 0, key, 0, RESERVED_KEY.length);
    return tagged(key);
  }

  private byte[] untagged(int length) {
    return new byte[spec.tag() == 0 ? length : length + TAG_BYTES];
  }

  private byte[] tagged(byte[] key) {
    if (spec.tag() != 0) {
      ByteBuffer.wrap(key).putInt(key.length - TAG_BYTES, spec.tag());
    }
    return key;
  }

  static boolean isReserved(byte[] key) {
    return (key.length == RESERVED_KEY.length || key.length == RESERVED_KEY.length + TAG_BYTES)
        && Arrays.equals(key, 0, RESERVED_KEY.length, RESERVED_KEY, 0, RESERVED_KEY.length);
  }

  static boolean isRow(byte[] key) {
    return key.length == KEY_BYTES || key.length == KEY_BYTES + TAG_BYTES;
  }

  /** The tag of a key, of a row or the reserved one. */
  static int tag(byte[] key) {
    boolean none = key.length == KEY_BYTES || key.length == RESERVED_KEY.length;
    return none ? 0 : ByteBuffer.wrap(key).getInt(key.length - TAG_BYTES);
  }

  /** What a reserved row says whose rows they are; for errors, so it never fails. */
  static String name(byte[] value) {
    return value.length <= RESERVED
        ? LimitSpec.DEFAULT
        : new String(value, RESERVED, value.length - RESERVED, StandardCharsets.UTF_8);
  }

  byte[] reservedValue() {
    byte[] name =
        spec.tag() == 0
            ? new byte[0]
            : (spec.ruleName() + " " + limit.window()).getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(RESERVED + name.length)
        .put(FORMAT)
        .put(new byte[3])
        .putInt(limit.span())
        .putLong(limit.bucketMillis())
        .putLong(seedCheck)
        .put(name)
        .array();
  }

  /** Refuses a changelog that another geometry or seed wrote. */
  void checkReserved(byte[] value) {
    ByteBuffer in = format(value, RESERVED);
    int span = in.getInt(4);
    checkGeometry(in.getLong(8), span);
    if (span != limit.span()) {
      throw geometry(span + " counters", limit.span() + " counters");
    }
    if (in.getLong(16) != seedCheck) {
      throw new StreamsException(
          "store "
              + store
              + ": its changelog was written under another hash seed or application id, so none of"
              + " its keys would be found; set hash.seed back, or give the limiter a new name to"
              + " start with empty windows");
    }
  }

  byte[] encode(WindowSlab slab, int row) {
    int length = slab.read(row, counters);
    long largest = 0;
    for (int age = 0; age < length; age++) {
      largest = Math.max(largest, counters[age]);
    }
    int width = largest <= 0xff ? 1 : largest <= 0xffff ? 2 : largest <= 0xffff_ffffL ? 4 : 8;
    byte[] bytes = new byte[HEADER + length * width];
    ByteBuffer out = ByteBuffer.wrap(bytes);
    out.put(FORMAT).put((byte) width).putShort((short) length);
    out.putInt(slab.suppressed(row)).putLong(limit.bucketMillis()).putLong(slab.head(row));
    for (int age = 0; age < length; age++) {
      switch (width) {
        case 1 -> bytes[HEADER + age] = (byte) counters[age];
        case 2 -> out.putShort((short) counters[age]);
        case 4 -> out.putInt((int) counters[age]);
        default -> out.putLong(counters[age]);
      }
    }
    return bytes;
  }

  /** Reads a row, and returns its head; {@link #load} puts it into the slab. */
  long decode(byte[] value) {
    ByteBuffer in = format(value, HEADER);
    int width = in.get(1);
    count = in.getShort(2) & 0xffff;
    suppressed = in.getInt(4);
    checkGeometry(in.getLong(8), count);
    head = in.getLong(16);
    boolean known = width == 1 || width == 2 || width == 4 || width == 8;
    if (!known || value.length != HEADER + count * width) {
      throw broken("a row of " + value.length + " bytes with " + count + " counters");
    }
    in.position(HEADER);
    for (int age = 0; age < count; age++) {
      counters[age] =
          switch (width) {
            case 1 -> in.get() & 0xffL;
            case 2 -> in.getShort() & 0xffffL;
            case 4 -> in.getInt() & 0xffff_ffffL;
            default -> in.getLong();
          };
      if (counters[age] < 0) {
        throw broken("a row with a negative count");
      }
    }
    return head;
  }

  /** The largest count of the row that was read. */
  long largest() {
    long largest = 0;
    for (int age = 0; age < count; age++) {
      largest = Math.max(largest, counters[age]);
    }
    return largest;
  }

  /**
   * Joins the row that was read with one of the same key: the later head, and of each bucket the
   * larger count. A key's clock never runs back and a bucket's count never falls; so of two rows
   * whose writers did not know of each other, neither is taken back. Returns the head of both.
   */
  long join(WindowSlab slab, int row) {
    long other = slab.head(row);
    long later = Math.max(head, other);
    int shift = distance(later, head);
    int otherShift = distance(later, other);
    // From the old end: where a count comes from is read before it is written to.
    for (int age = limit.span() - 1; age >= 0; age--) {
      long mine = age >= shift && age - shift < count ? counters[age - shift] : 0;
      long others = age >= otherShift ? slab.counter(row, age - otherShift) : 0;
      counters[age] = Math.max(mine, others);
    }
    count = limit.span();
    if (other > head) {
      suppressed = slab.suppressed(row);
    }
    head = later;
    return head;
  }

  /** Buckets between two heads, as far as a window reaches. */
  private int distance(long later, long head) {
    long buckets = later - head;
    return buckets < 0 || buckets > limit.span() ? limit.span() : (int) buckets;
  }

  void load(WindowSlab slab, int row) {
    slab.load(row, counters, count);
    slab.suppressed(row, suppressed);
  }

  private ByteBuffer format(byte[] value, int atLeast) {
    if (value.length < 1 || value[0] != FORMAT) {
      throw new StreamsException(
          "store "
              + store
              + ": its changelog has rows of format "
              + (value.length < 1 ? "none" : value[0])
              + ", this build reads format "
              + FORMAT
              + "; use the headgate-streams that wrote it, or a newer one");
    }
    if (value.length < atLeast) {
      throw broken("a row of " + value.length + " bytes");
    }
    return ByteBuffer.wrap(value);
  }

  private void checkGeometry(long bucketMillis, int span) {
    if (bucketMillis != limit.bucketMillis()) {
      throw geometry(
          "buckets of " + bucketMillis + " ms", "buckets of " + limit.bucketMillis() + " ms");
    }
    if (span > limit.span()) {
      throw geometry(span + " counters", limit.span() + " counters");
    }
  }

  private StreamsException geometry(String was, String is) {
    return new StreamsException(
        "store "
            + store
            + ": its windows were kept in "
            + was
            + ", this limiter keeps "
            + is
            + " ("
            + limit
            + "); set window, buckets and mode back (the limit itself may change), or give the"
            + " limiter a new name to start with empty windows");
  }

  private StreamsException broken(String what) {
    return broken(store, what);
  }

  /** What to throw for bytes that this class never writes. */
  static StreamsException broken(String store, String what) {
    return new StreamsException(
        "store "
            + store
            + ": its changelog holds "
            + what
            + "; it is damaged, or something else writes to it: mend the topic, or give the limiter a"
            + " new name to start with empty windows");
  }
}
