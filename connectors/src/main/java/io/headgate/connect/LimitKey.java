package io.headgate.connect;

import io.headgate.KeyHasher;
import io.headgate.lane.BlockedFacts;
import io.headgate.lane.SlotLayout;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import org.jspecify.annotations.Nullable;

/**
 * One record's limit key: its fingerprint at once, its bytes only when an event asks for them.
 * Numbers are keys as numbers, bytes as bytes, all else as text. Belongs to the task's thread.
 */
final class LimitKey {

  private final KeyHasher hasher;
  private @Nullable Object key;
  private long number;
  private int kind;

  /** The key's fingerprint. */
  long high;

  /** The other half. */
  long low;

  LimitKey(KeyHasher hasher) {
    this.hasher = hasher;
  }

  /** Takes another key; returns false if there is none: null, empty, or of a type without text. */
  @SuppressWarnings("JavaUtilDate") // Connect's own type for times
  boolean set(@Nullable Object found) {
    key = found;
    if (found instanceof String text) {
      return !text.isEmpty() && text(text);
    }
    if (found instanceof Long
        || found instanceof Integer
        || found instanceof Short
        || found instanceof Byte) {
      return number(((Number) found).longValue());
    }
    if (found instanceof Date date) {
      return number(date.getTime());
    }
    if (found instanceof byte[] bytes) {
      return bytes(bytes);
    }
    if (found instanceof ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.duplicate().get(bytes);
      return bytes(bytes);
    }
    if (found instanceof BigDecimal decimal) {
      return text(decimal.toPlainString());
    }
    return (found instanceof Number || found instanceof Boolean) && text(found.toString());
  }

  private boolean text(String text) {
    key = text;
    kind = SlotLayout.KEY_TEXT;
    high = hasher.high(text);
    low = hasher.low(text);
    return true;
  }

  private boolean number(long value) {
    number = value;
    kind = SlotLayout.KEY_LONG;
    high = hasher.high(value);
    low = hasher.low(value);
    return true;
  }

  private boolean bytes(byte[] bytes) {
    key = bytes;
    kind = SlotLayout.KEY_BYTES;
    high = hasher.high(bytes, 0, bytes.length);
    low = hasher.low(bytes, 0, bytes.length);
    return bytes.length > 0;
  }

  /** Writes the key of the last {@link #set} that found one. */
  void write(BlockedFacts facts) {
    facts.keyKind = kind;
    facts.fingerprintHigh = high;
    facts.fingerprintLow = low;
    if (kind == SlotLayout.KEY_LONG) {
      facts.key = ByteBuffer.allocate(Long.BYTES).putLong(number).array();
    } else if (key instanceof byte[] bytes) {
      facts.key = bytes;
    } else {
      facts.key = String.valueOf(key).getBytes(StandardCharsets.UTF_8);
    }
    facts.keyLength = facts.key.length;
  }

  /** Lets go of the key, so that an idle task keeps none alive. */
  void clear() {
    key = null;
  }
}
