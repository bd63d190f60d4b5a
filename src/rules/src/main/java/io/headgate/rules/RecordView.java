package io.headgate.rules;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * What rules see of one record. A task has one and sets it to each record in turn; what it had to
 * work out, the key as text or the value as JSON, it keeps until the next {@link #set}. Until the
 * first it shows a record without anything.
 *
 * <p>Belongs to one thread. A record in it must not change while it is looked at.
 */
public final class RecordView {

  private static final Headers NO_HEADERS = noHeaders();
  private static final ObjectReader JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build()
          .readerFor(JsonNode.class);

  private String topic = "";
  private @Nullable Object key;
  private @Nullable Object value;
  private Headers headers = NO_HEADERS;
  private long timestamp;

  private final IpAddress address = new IpAddress();
  private @Nullable String keyText;
  private @Nullable JsonNode tree;
  private boolean keyTextKnown;
  private boolean addressKnown;
  private boolean isAddress;
  private boolean treeKnown;

  /** Makes a view that shows a record without anything. */
  public RecordView() {}

  private static Headers noHeaders() {
    RecordHeaders none = new RecordHeaders();
    none.setReadOnly();
    return none;
  }

  /**
   * Shows another record.
   *
   * @param newTopic where it came from; empty if from no topic
   * @param newKey its key
   * @param newValue its value
   * @param newHeaders its headers; read, never changed
   * @param newTimestamp milliseconds
   * @return this
   */
  public RecordView set(
      String newTopic,
      @Nullable Object newKey,
      @Nullable Object newValue,
      Headers newHeaders,
      long newTimestamp) {
    topic = newTopic;
    key = newKey;
    value = newValue;
    headers = newHeaders;
    timestamp = newTimestamp;
    keyText = null;
    tree = null;
    keyTextKnown = false;
    addressKnown = false;
    treeKnown = false;
    return this;
  }

  /** Lets go of the record, so that a view that lies idle keeps none alive. */
  public void clear() {
    set("", null, null, NO_HEADERS, 0);
  }

  /**
   * Returns where the record came from.
   *
   * @return the topic; empty if from no topic
   */
  public String topic() {
    return topic;
  }

  /**
   * Returns the record's key.
   *
   * @return the key as it was given
   */
  public @Nullable Object key() {
    return key;
  }

  /**
   * Returns the record's value.
   *
   * @return the value as it was given
   */
  public @Nullable Object value() {
    return value;
  }

  /**
   * Returns the record's headers.
   *
   * @return the headers; not to be changed
   */
  public Headers headers() {
    return headers;
  }

  /**
   * Returns the record's time.
   *
   * @return milliseconds
   */
  public long timestamp() {
    return timestamp;
  }

  /**
   * Returns the key as text: a String itself, bytes (an array, Kafka's {@code Bytes}, a buffer from
   * 0 to its limit) as UTF-8, numbers in decimal, a UUID as it is written. Made once per record.
   *
   * @return the text, or null if there is no key, or one of another type
   */
  public @Nullable String keyText() {
    if (!keyTextKnown) {
      keyText = text(key);
      keyTextKnown = true;
    }
    return keyText;
  }

  private static @Nullable String text(@Nullable Object key) {
    if (key instanceof String text) {
      return text;
    }
    if (key instanceof byte[] array) {
      return new String(array, StandardCharsets.UTF_8);
    }
    if (key instanceof Bytes bytes) {
      return new String(bytes.get(), StandardCharsets.UTF_8);
    }
    if (key instanceof ByteBuffer buffer) {
      return StandardCharsets.UTF_8.decode(whole(buffer)).toString();
    }
    if (key instanceof BigDecimal number) {
      return number.toPlainString();
    }
    return key instanceof Number || key instanceof UUID ? key.toString() : null;
  }

  /** From 0 to the limit, as Kafka's serializer has it: how far somebody has read is no matter. */
  private static ByteBuffer whole(ByteBuffer buffer) {
    return buffer.duplicate().rewind();
  }

  /** Says whether the key's bytes or text begin with this, without making one of the other. */
  boolean keyStartsWith(String prefix, byte[] utf8) {
    if (key instanceof byte[] array) {
      return Utf8.startsWith(array, utf8);
    }
    if (key instanceof Bytes bytes) {
      return Utf8.startsWith(bytes.get(), utf8);
    }
    if (key instanceof ByteBuffer buffer) {
      return Utf8.startsWith(buffer, utf8);
    }
    String text = keyText();
    return text != null && text.startsWith(prefix);
  }

  /** The IP address that the key's text is, or null if it is none. Read once per record. */
  @Nullable IpAddress keyAddress() {
    if (!addressKnown) {
      String text = keyText();
      isAddress = text != null && address.parse(text);
      addressKnown = true;
    }
    return isAddress ? address : null;
  }

  /**
   * Returns a header as text: the last one of its name, as UTF-8.
   *
   * @param name the header's name
   * @return the text, or null if there is no such header, or one without a value
   */
  public @Nullable String header(String name) {
    byte[] bytes = headerBytes(name);
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }

  byte @Nullable [] headerBytes(String name) {
    Header header = headers.lastHeader(name);
    return header == null ? null : header.value();
  }

  boolean hasHeader(String name) {
    return headers.lastHeader(name) != null;
  }

  /**
   * Returns a field of the value, which is JSON as text or bytes, or a tree of Jackson's. The value
   * is read once per record, when the first field is asked for.
   *
   * @param pointer where the field is
   * @return a text itself, a number or a truth value as text; null if there is no such field, it is
   *     JSON's null, an object or an array, or the value is not JSON or of another type
   */
  public @Nullable String field(JsonPointer pointer) {
    JsonNode node = node(pointer);
    return node == null || node.isContainerNode() ? null : node.asText();
  }

  /** Says whether there is anything but null at this place. */
  boolean hasField(JsonPointer pointer) {
    return node(pointer) != null;
  }

  private @Nullable JsonNode node(JsonPointer pointer) {
    if (!treeKnown) {
      tree = tree(value);
      treeKnown = true;
    }
    if (tree == null) {
      return null;
    }
    JsonNode node = tree.at(pointer);
    return node.isMissingNode() || node.isNull() ? null : node;
  }

  private static @Nullable JsonNode tree(@Nullable Object value) {
    try {
      if (value instanceof String text) {
        return JSON.readTree(text);
      }
      if (value instanceof byte[] array) {
        return JSON.readTree(array);
      }
      if (value instanceof Bytes bytes) {
        return JSON.readTree(bytes.get());
      }
      if (value instanceof ByteBuffer buffer) {
        byte[] copy = new byte[buffer.limit()];
        buffer.get(0, copy);
        return JSON.readTree(copy);
      }
    } catch (IOException e) {
      return null;
    }
    return value instanceof JsonNode node ? node : null;
  }

  /**
   * Returns the size of the value: the length of bytes (an array, Kafka's {@code Bytes}, a buffer
   * from 0 to its limit), or of a String's UTF-8, which is not made for it; 0 without a value.
   *
   * @return bytes, 0 or more
   * @throws IllegalArgumentException if the value is of another type
   */
  public long valueBytes() {
    if (value == null) {
      return 0;
    }
    if (value instanceof byte[] array) {
      return array.length;
    }
    if (value instanceof String text) {
      return Utf8.length(text);
    }
    if (value instanceof Bytes bytes) {
      return bytes.get().length;
    }
    if (value instanceof ByteBuffer buffer) {
      return buffer.limit();
    }
    throw new IllegalArgumentException(
        "value of "
            + value.getClass().getName()
            + ": its bytes can be counted of byte[], Bytes, ByteBuffer and String only; give the"
            + " rule a cost function");
  }
}
