package io.headgate.streams;

import io.headgate.KeyHasher;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Held records as bytes of their store, and so of the topic that they wait in. Belongs to one
 * thread, as serdes do.
 */
final class HeldFormat<K, V> {

  // Key: the order of bytes is the order in which a key's records came. Lives are random numbers:
  // a task that has lost its partition and does not know it yet overwrites nothing of the task that
  // has it now.
  //
  //   0          4                  12                 20                 28          32
  //   | rule tag | fingerprint high | fingerprint low  | sequence         | life      |
  //
  // Value:
  //
  //   0        1       2           10        18             26          30       38
  //   | format | flags | timestamp | held at | clock offset | partition | offset | ...
  //   ... topic, key, value: each its length in 4 bytes, -1 for null, then its bytes
  //   ... number of headers in 4 bytes; of each, name and value like those

  private static final int KEY_BYTES = 32;
  private static final int PREFIX_BYTES = 20;
  private static final int SEQUENCE_AT = 20;
  private static final byte FORMAT = 1;
  private static final byte SHADOWED = 1;
  private static final int CLOCK_OFFSET_AT = 18;
  private static final int FIXED = 38;
  private static final int NULL = -1;

  private static final KeyHasher TAGS = KeyHasher.seeded("held");

  private final String store;
  private final String topic;
  private final Serde<K> keys;
  private final Serde<V> values;
  private final int life;

  /**
   * Makes a format.
   *
   * @param store its name, for errors
   * @param topic of the changelog: for serdes that ask
   * @param life a number that no other task writes with
   */
  HeldFormat(String store, String topic, HeldSerdes<K, V> serdes, int life) {
    this.store = store;
    this.topic = topic;
    this.keys = serdes.keys();
    this.values = serdes.values();
    this.life = life;
  }

  /** What a rule's records are found by: of its name, wherever it stands. */
  static int tag(String ruleName) {
    return (int) TAGS.derive(ruleName).high(new byte[0], 0, 0);
  }

  // ------------------------------------------------------------------ keys

  /** Before all records of a key. */
  static Bytes firstOf(int tag, long high, long low) {
    return Bytes.wrap(
        ByteBuffer.allocate(PREFIX_BYTES).putInt(tag).putLong(high).putLong(low).array());
  }

  /** Behind all records of a key. */
  static Bytes lastOf(HeldKey key) {
    return Bytes.wrap(
        ByteBuffer.allocate(KEY_BYTES)
            .putInt(key.tag)
            .putLong(key.high)
            .putLong(key.low)
            .putLong(-1)
            .putInt(-1)
            .array());
  }

  /** Right behind one record. */
  static Bytes behind(Bytes record) {
    return Bytes.wrap(ByteBuffer.allocate(KEY_BYTES + 1).put(record.get()).array());
  }

  /**
   * Where a record of a key goes.
   *
   * @param sequence higher than that of all records that the key has or had
   */
  Bytes at(HeldKey key, long sequence) {
    return Bytes.wrap(
        ByteBuffer.allocate(KEY_BYTES)
            .putInt(key.tag)
            .putLong(key.high)
            .putLong(key.low)
            .putLong(sequence)
            .putInt(life)
            .array());
  }

  int tag(Bytes at) {
    return of(at).getInt(0);
  }

  long high(Bytes at) {
    return of(at).getLong(4);
  }

  long low(Bytes at) {
    return of(at).getLong(12);
  }

  long sequence(Bytes at) {
    return of(at).getLong(SEQUENCE_AT);
  }

  private ByteBuffer of(Bytes at) {
    if (at.get().length != KEY_BYTES) {
      throw broken("a key of " + at.get().length + " bytes", null);
    }
    return ByteBuffer.wrap(at.get());
  }

  // ------------------------------------------------------------------ values

  byte[] encode(
      @Nullable K recordKey,
      @Nullable V recordValue,
      Headers recordHeaders,
      long time,
      @Nullable RecordMetadata from,
      boolean shadowed,
      long heldAt,
      long clockOffset) {
    // Serializers may add headers, and those that came are everybody's.
    Headers headers = new RecordHeaders(recordHeaders);
    byte[] key = recordKey == null ? null : keys.serializer().serialize(topic, headers, recordKey);
    byte[] value =
        recordValue == null ? null : values.serializer().serialize(topic, headers, recordValue);
    byte[] source =
        from == null || from.topic() == null ? null : from.topic().getBytes(StandardCharsets.UTF_8);
    Header[] each = headers.toArray();
    byte[][] names = new byte[each.length][];
    int size = FIXED + size(source) + size(key) + size(value) + Integer.BYTES;
    for (int i = 0; i < each.length; i++) {
      names[i] = each[i].key().getBytes(StandardCharsets.UTF_8);
      size += size(names[i]) + size(each[i].value());
    }
    ByteBuffer bytes = ByteBuffer.allocate(size);
    bytes.put(FORMAT).put(shadowed ? SHADOWED : 0).putLong(time);
    bytes.putLong(heldAt).putLong(clockOffset);
    bytes.putInt(from == null ? -1 : from.partition()).putLong(from == null ? -1 : from.offset());
    put(bytes, source);
    put(bytes, key);
    put(bytes, value);
    bytes.putInt(each.length);
    for (int i = 0; i < each.length; i++) {
      put(bytes, names[i]);
      put(bytes, each[i].value());
    }
    return bytes.array();
  }

  private static int size(byte @Nullable [] bytes) {
    return Integer.BYTES + (bytes == null ? 0 : bytes.length);
  }

  private static void put(ByteBuffer to, byte @Nullable [] bytes) {
    if (bytes == null) {
      to.putInt(NULL);
    } else {
      to.putInt(bytes.length).put(bytes);
    }
  }

  /** The clock of a record's key when it came, less the wall clock. */
  long clockOffset(byte[] stored) {
    if (stored.length < FIXED || stored[0] != FORMAT) {
      throw broken("a record of format " + (stored.length == 0 ? "none" : stored[0]), null);
    }
    return ByteBuffer.wrap(stored).getLong(CLOCK_OFFSET_AT);
  }

  HeldRecord<K, V> decode(Bytes at, byte[] stored) {
    clockOffset(stored);
    try {
      ByteBuffer bytes = ByteBuffer.wrap(stored);
      bytes.get();
      boolean shadowed = bytes.get() == SHADOWED;
      long timestamp = bytes.getLong();
      long heldAt = bytes.getLong();
      bytes.getLong();
      int partition = bytes.getInt();
      long offset = bytes.getLong();
      byte[] source = get(bytes);
      byte[] key = get(bytes);
      byte[] value = get(bytes);
      Headers headers = new RecordHeaders();
      for (int rest = bytes.getInt(); rest > 0; rest--) {
        byte[] name = get(bytes);
        if (name == null) {
          throw broken("a header without a name", null);
        }
        headers.add(new String(name, StandardCharsets.UTF_8), get(bytes));
      }
      return new HeldRecord<>(
          at,
          stored.length,
          key == null ? null : keys.deserializer().deserialize(topic, headers, key),
          value == null ? null : values.deserializer().deserialize(topic, headers, value),
          timestamp,
          headers,
          source == null ? null : new String(source, StandardCharsets.UTF_8),
          partition,
          offset,
          shadowed,
          heldAt);
    } catch (BufferUnderflowException | NegativeArraySizeException e) {
      throw broken("a record that ends in its middle", e);
    }
  }

  private static byte @Nullable [] get(ByteBuffer from) {
    int length = from.getInt();
    if (length == NULL) {
      return null;
    }
    if (length > from.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[length];
    from.get(bytes);
    return bytes;
  }

  private StreamsException broken(String found, @Nullable Throwable cause) {
    return new StreamsException(
        "store "
            + store
            + ": found "
            + found
            + ", expected held records of format "
            + FORMAT
            + "; if a newer headgate-streams wrote them, use that one, or a newer one",
        cause);
  }
}
