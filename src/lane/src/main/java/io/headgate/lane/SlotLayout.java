package io.headgate.lane;

import io.headgate.lane.BlockedEvent.KeyForm;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of an event slot: the fixed facts, then as much of the key as fits.
 *
 * <pre>
 *  0       4   6   8       12      16              24              32              40
 *  +-------+---+---+-------+-------+---------------+---------------+---------------+---------------+
 *  | flags |rul|src| key   | ordi- | fingerprint   | fingerprint   | count:        | cost: units   |
 *  |       |   |   | bytes | nal   | high          | low           | records       |               |
 *  +-------+---+---+-------+-------+---------------+---------------+---------------+---------------+
 *  48              56              64              72              80              88           96
 *  +---------------+---------------+---------------+---------------+---------------+---------------+----
 *  | limit: units  | window, ms    | first offset  | last offset   | first time    | last time     | key
 *  +---------------+---------------+---------------+---------------+---------------+---------------+----
 * </pre>
 *
 * <p>Written by the judging thread alone, until it offers the slot's handle; read by the lane's
 * thread after it has taken the handle. Stateless.
 */
public final class SlotLayout {

  static final int FLAGS = 0;
  static final int RULE = 4;
  static final int SOURCE = 6;
  static final int KEY_LENGTH = 8;
  static final int ORDINAL = 12;
  static final int FINGERPRINT_HIGH = 16;
  static final int FINGERPRINT_LOW = 24;
  static final int COUNT = 32;
  static final int COST = 40;
  static final int LIMIT = 48;
  static final int WINDOW_MILLIS = 56;
  static final int FIRST_OFFSET = 64;
  static final int LAST_OFFSET = 72;
  static final int FIRST_TIME = 80;
  static final int LAST_TIME = 88;
  static final int KEY = 96;

  /**
   * Flag: the judging thread still adds records to this event. Never set on one that was offered.
   */
  static final int OPEN = 1;

  /** Flag: the key did not fit and was cut; the fingerprint is of all of it. */
  static final int KEY_CUT = 1 << 1;

  /** Flag: the event counts records of several keys, for want of slots; it has no key. */
  static final int OVERFLOW = 1 << 2;

  /** Flag: the record was judged in the row that keys without one of their own share. */
  public static final int SHARED_ROW = 1 << 3;

  /** Flag: the record's time was too far ahead and was not believed. */
  public static final int FUTURE = 1 << 4;

  /** Flag: the record was older than its key's newest by more than a window. */
  public static final int LATE = 1 << 5;

  /** Flag: the record has no key. */
  static final int NO_KEY = 1 << 6;

  /**
   * Flag: the record passed, a shadow rule would have blocked it. All records of an event have it,
   * or none.
   */
  public static final int SHADOW = 1 << 7;

  /**
   * Flag: the record was the first block of its key in the window. An event has it if its first
   * record has.
   */
  public static final int FIRST = 1 << 10;

  private static final int KIND_SHIFT = 8;
  private static final int KIND_MASK = 3 << KIND_SHIFT;

  /** Kind of key: bytes of any meaning. */
  public static final int KEY_BYTES = 0;

  /** Kind of key: text in UTF-8. */
  public static final int KEY_TEXT = 1;

  /** Kind of key: a signed number of 8 bytes, the highest first. */
  public static final int KEY_LONG = 2;

  /** Kind of key: a signed number of 4 bytes, the highest first. */
  public static final int KEY_INT = 3;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN)
          .withInvokeExactBehavior();
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN)
          .withInvokeExactBehavior();
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN)
          .withInvokeExactBehavior();

  private SlotLayout() {}

  static void write(
      byte[] page, int slot, int stride, BlockedFacts facts, int source, int ordinal) {
    int flags = facts.flags | facts.keyKind << KIND_SHIFT;
    int length = facts.keyLength;
    if (length < 0) {
      flags |= NO_KEY;
      length = 0;
    } else if (length > stride - KEY) {
      flags |= KEY_CUT;
      length = stride - KEY;
    }
    System.arraycopy(facts.key, 0, page, slot + KEY, length);
    INT.set(page, slot + KEY_LENGTH, length);
    LONG.set(page, slot + FINGERPRINT_HIGH, facts.fingerprintHigh);
    LONG.set(page, slot + FINGERPRINT_LOW, facts.fingerprintLow);
    LONG.set(page, slot + FIRST_OFFSET, facts.offset);
    LONG.set(page, slot + FIRST_TIME, facts.time);
    LONG.set(page, slot + COUNT, 0L);
    LONG.set(page, slot + COST, 0L);
    LONG.set(page, slot + LIMIT, facts.limit);
    LONG.set(page, slot + WINDOW_MILLIS, facts.windowMillis);
    SHORT.set(page, slot + RULE, (short) facts.rule);
    SHORT.set(page, slot + SOURCE, (short) source);
    INT.set(page, slot + ORDINAL, ordinal);
    INT.set(page, slot + FLAGS, flags);
    add(page, slot, facts);
  }

  /** Adds a record to an event of the same key, rule, source, window and outcome. */
  static void add(byte[] page, int slot, BlockedFacts facts) {
    INT.set(page, slot + FLAGS, (int) INT.get(page, slot + FLAGS) | (facts.flags & ~FIRST));
    LONG.set(page, slot + COUNT, (long) LONG.get(page, slot + COUNT) + 1);
    LONG.set(page, slot + COST, saturated((long) LONG.get(page, slot + COST), facts.cost));
    LONG.set(page, slot + LAST_OFFSET, facts.offset);
    LONG.set(page, slot + LAST_TIME, facts.time);
  }

  /** Reads a slot as its event. */
  static BlockedEvent read(
      byte[] page,
      int slot,
      int flags,
      LaneSettings settings,
      String topic,
      int partition,
      String attempt) {
    String key = null;
    KeyForm form = KeyForm.NONE;
    boolean hasKey = (flags & NO_KEY) == 0;
    if (hasKey && settings.eventKey() == EventKey.HASHED) {
      form = KeyForm.HASHED;
    } else if (hasKey && settings.eventKey() == EventKey.PLAIN) {
      int length = getInt(page, slot + KEY_LENGTH);
      int kind = keyKind(flags);
      if (kind == KEY_LONG || kind == KEY_INT) {
        form = KeyForm.NUMBER;
        key = new BigInteger(page, slot + KEY, length).toString();
      } else {
        key = text(page, slot + KEY, length, (flags & KEY_CUT) != 0);
        form = KeyForm.TEXT;
        if (key == null) {
          form = KeyForm.BASE64;
          key = Base64.getEncoder().encodeToString(keyBytes(page, slot));
        }
      }
    }
    boolean fingerprinted = hasKey && settings.eventKey() != EventKey.NONE;
    return new BlockedEvent(
        settings.limiter(),
        settings.rules().get(getShort(page, slot + RULE)),
        key,
        form,
        fingerprinted
            ? BlockedEvent.hex(
                getLong(page, slot + FINGERPRINT_HIGH), getLong(page, slot + FINGERPRINT_LOW))
            : null,
        getLong(page, slot + COUNT),
        getLong(page, slot + COST),
        getLong(page, slot + LIMIT),
        getLong(page, slot + WINDOW_MILLIS),
        topic,
        partition,
        getLong(page, slot + FIRST_OFFSET),
        getLong(page, slot + LAST_OFFSET),
        getLong(page, slot + FIRST_TIME),
        getLong(page, slot + LAST_TIME),
        getInt(page, slot + ORDINAL),
        attempt,
        (flags & OVERFLOW) != 0,
        (flags & KEY_CUT) != 0,
        (flags & SHARED_ROW) != 0,
        (flags & FUTURE) != 0,
        (flags & LATE) != 0,
        (flags & SHADOW) != 0,
        (flags & FIRST) != 0);
  }

  /** The Kafka key of a slot's event: what keeps the events of a limit key in order. */
  static byte @Nullable [] kafkaKey(byte[] page, int slot, EventKey eventKey) {
    if ((getInt(page, slot + FLAGS) & NO_KEY) != 0) {
      return null;
    }
    return switch (eventKey) {
      case PLAIN -> keyBytes(page, slot);
      case HASHED ->
          ByteBuffer.allocate(16)
              .putLong(getLong(page, slot + FINGERPRINT_HIGH))
              .putLong(getLong(page, slot + FINGERPRINT_LOW))
              .array();
      case NONE -> null;
    };
  }

  private static byte[] keyBytes(byte[] page, int slot) {
    int from = slot + KEY;
    return Arrays.copyOfRange(page, from, from + getInt(page, slot + KEY_LENGTH));
  }

  /** The key as text, or null if it is none; of a key that was cut, without a torn last char. */
  private static @Nullable String text(byte[] page, int from, int length, boolean cut) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    CharBuffer chars = CharBuffer.allocate(length);
    CoderResult result = decoder.decode(ByteBuffer.wrap(page, from, length), chars, !cut);
    return result.isUnderflow() ? chars.flip().toString() : null;
  }

  static long getLong(byte[] page, int at) {
    return (long) LONG.get(page, at);
  }

  static void setLong(byte[] page, int at, long value) {
    LONG.set(page, at, value);
  }

  static int getInt(byte[] page, int at) {
    return (int) INT.get(page, at);
  }

  static void setInt(byte[] page, int at, int value) {
    INT.set(page, at, value);
  }

  static int getShort(byte[] page, int at) {
    return (short) SHORT.get(page, at) & 0xffff;
  }

  static int keyKind(int flags) {
    return (flags & KIND_MASK) >>> KIND_SHIFT;
  }

  static long saturated(long a, long b) {
    long sum = a + b;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }
}
