package io.headgate.connect;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/** Says how many units a record costs. Immutable. */
@FunctionalInterface
interface Cost {

  /** What a cost may be, for messages. */
  String COSTS = "1, bytes, field:POINTER or header:NAME";

  /** More digits than that are more than a long holds. */
  int LONGEST = 19;

  /**
   * Looks at a record.
   *
   * @return units, 0 or more
   * @throws DataException if they are negative, or cannot be told
   */
  long of(ConnectRecord<?> record);

  /**
   * Reads what a record costs.
   *
   * @param text {@link #COSTS}
   * @param part what fields are of
   * @param otherwise units where field or header are missing or no whole number
   * @throws IllegalArgumentException if it is none of these, in one line
   */
  static Cost parse(String text, Place.Part part, long otherwise) {
    if (text.equals("1")) {
      return record -> 1;
    }
    if (text.equals("bytes")) {
      return record -> bytes(record.value());
    }
    int colon = text.indexOf(':');
    String what = text.substring(colon + 1);
    Place place =
        switch (colon < 0 ? text : text.substring(0, colon)) {
          case "field" -> Place.field(what, part);
          case "header" -> Place.header(what);
          default ->
              throw new IllegalArgumentException("found \"" + text + "\", expected " + COSTS);
        };
    return record -> units(place.in(record), otherwise, text);
  }

  private static long units(@Nullable Object found, long otherwise, String text) {
    long units;
    if (found instanceof Long
        || found instanceof Integer
        || found instanceof Short
        || found instanceof Byte) {
      units = ((Number) found).longValue();
    } else if (found instanceof BigDecimal decimal) {
      units = decimal.scale() > 0 ? otherwise : saturated(decimal.toBigInteger());
    } else if (found instanceof String digits) {
      units = number(digits, otherwise);
    } else if (found instanceof byte[] bytes) {
      units = number(new String(bytes, StandardCharsets.UTF_8), otherwise);
    } else {
      units = otherwise;
    }
    if (units < 0) {
      throw new DataException("cost " + text + ": found " + units + ", expected 0 or more");
    }
    return units;
  }

  private static long number(String text, long otherwise) {
    int from = text.startsWith("-") ? 1 : 0;
    if (text.length() == from || !text.chars().skip(from).allMatch(c -> c >= '0' && c <= '9')) {
      return otherwise;
    }
    return text.length() - from < LONGEST ? Long.parseLong(text) : saturated(new BigInteger(text));
  }

  private static long saturated(BigInteger number) {
    return number.bitLength() < Long.SIZE ? number.longValue() : number.signum() * Long.MAX_VALUE;
  }

  private static long bytes(@Nullable Object value) {
    if (value == null) {
      return 0;
    }
    if (value instanceof byte[] bytes) {
      return bytes.length;
    }
    if (value instanceof ByteBuffer buffer) {
      return buffer.remaining();
    }
    if (value instanceof String text) {
      return utf8Length(text);
    }
    throw new DataException(
        "cost bytes: found a value of type "
            + value.getClass().getSimpleName()
            + ", expected text or bytes; name a field that holds the size, or limit by records");
  }

  private static long utf8Length(String text) {
    long bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      // Each half of a pair is two of its four bytes.
      bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }
    return bytes;
  }
}
