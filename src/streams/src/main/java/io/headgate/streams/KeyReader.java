package io.headgate.streams;

import io.headgate.lane.SlotLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.errors.StreamsException;
import org.jspecify.annotations.Nullable;

/**
 * Turns a record key into the bytes that are limited by: those that Kafka's own serializer of its
 * type would write. Text, bytes and numbers cost no object; other types cost what their serializer
 * costs. Belongs to one thread.
 */
final class KeyReader {

  private final String limiter;
  private final String topic;
  private final Serializer<Object> serializer;
  private byte[] scratch = new byte[128];
  private byte[] bytes = scratch;
  private int length;
  private int kind;

  /**
   * Makes a reader.
   *
   * @param limiter named in errors
   * @param topic where the events go, and so these bytes as their keys: for serializers that ask
   * @param serializer of keys of any other type
   */
  KeyReader(String limiter, String topic, Serializer<Object> serializer) {
    this.limiter = limiter;
    this.topic = topic;
    this.serializer = serializer;
  }

  /** The array that holds the key's bytes, from 0; not to be kept or changed. */
  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }

  /** What the bytes are: a kind of {@link SlotLayout}. */
  int kind() {
    return kind;
  }

  void read(Object key) {
    if (key instanceof String text) {
      readText(text);
    } else if (key instanceof byte[] array) {
      readBytes(array);
    } else if (key instanceof Long number) {
      readNumber(number, Long.BYTES, SlotLayout.KEY_LONG);
    } else if (key instanceof Integer number) {
      readNumber(number, Integer.BYTES, SlotLayout.KEY_INT);
    } else if (key instanceof Bytes array) {
      readBytes(array.get());
    } else if (key instanceof ByteBuffer buffer) {
      // From 0 to the limit, as Kafka's serializer has it: how far somebody has read is no matter.
      ensure(buffer.limit());
      bytes = scratch;
      length = buffer.limit();
      kind = SlotLayout.KEY_BYTES;
      buffer.get(0, scratch, 0, length);
    } else if (key instanceof UUID id) {
      readText(id.toString());
    } else {
      readOther(key);
    }
  }

  private void readBytes(byte[] array) {
    bytes = array;
    length = array.length;
    kind = SlotLayout.KEY_BYTES;
  }

  private void readNumber(long number, int width, int newKind) {
    bytes = scratch;
    length = width;
    kind = newKind;
    for (int i = width - 1; i >= 0; i--) {
      scratch[i] = (byte) number;
      number >>= 8;
    }
  }

  private void readOther(Object key) {
    byte @Nullable [] serialized;
    try {
      serialized = serializer.serialize(topic, key);
    } catch (ClassCastException e) {
      throw new StreamsException(
          "limiter "
              + limiter
              + ": no serde for keys of "
              + key.getClass().getName()
              + "; name it with keySerde(...), or as the application's default key serde",
          e);
    }
    if (serialized == null) {
      throw new StreamsException(
          "limiter "
              + limiter
              + ": the serde for keys of "
              + key.getClass().getName()
              + " made nothing of one; name another with keySerde(...)");
    }
    readBytes(serialized);
  }

  /**
   * All the bytes that {@link #read} may make of a key that people write so: those of the text, and
   * of the numbers of that decimal.
   */
  static List<byte[]> forms(String text) {
    List<byte[]> forms = new ArrayList<>();
    forms.add(text.getBytes(StandardCharsets.UTF_8));
    long number;
    try {
      number = Long.parseLong(text);
    } catch (NumberFormatException e) {
      return forms;
    }
    if (Long.toString(number).equals(text)) {
      forms.add(ByteBuffer.allocate(Long.BYTES).putLong(number).array());
      if (number == (int) number) {
        forms.add(ByteBuffer.allocate(Integer.BYTES).putInt((int) number).array());
      }
    }
    return forms;
  }

  /** UTF-8, as {@code String.getBytes} has it: a lone surrogate becomes a question mark. */
  private void readText(String text) {
    int chars = text.length();
    ensure(chars * 3);
    byte[] out = scratch;
    int at = 0;
    for (int i = 0; i < chars; i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        out[at++] = (byte) c;
      } else if (c < 0x800) {
        out[at++] = (byte) (0xc0 | c >> 6);
        out[at++] = (byte) (0x80 | (c & 0x3f));
      } else if (!Character.isSurrogate(c)) {
        out[at++] = (byte) (0xe0 | c >> 12);
        out[at++] = (byte) (0x80 | ((c >> 6) & 0x3f));
        out[at++] = (byte) (0x80 | (c & 0x3f));
      } else if (Character.isHighSurrogate(c)
          && i + 1 < chars
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        int point = Character.toCodePoint(c, text.charAt(++i));
        out[at++] = (byte) (0xf0 | point >> 18);
        out[at++] = (byte) (0x80 | ((point >> 12) & 0x3f));
        out[at++] = (byte) (0x80 | ((point >> 6) & 0x3f));
        out[at++] = (byte) (0x80 | (point & 0x3f));
      } else {
        out[at++] = '?';
      }
    }
    bytes = out;
    length = at;
    kind = SlotLayout.KEY_TEXT;
  }

  private void ensure(int size) {
    if (scratch.length < size) {
      scratch = Arrays.copyOf(scratch, Integer.highestOneBit(size) << 1);
    }
  }
}
