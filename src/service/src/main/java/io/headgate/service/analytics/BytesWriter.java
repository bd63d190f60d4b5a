package io.headgate.service.analytics;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Writes numbers and texts one after the other. Belongs to one thread. */
final class BytesWriter {

  private final ByteArrayOutputStream out;

  BytesWriter(int expected) {
    out = new ByteArrayOutputStream(expected);
  }

  BytesWriter u8(int value) {
    out.write(value);
    return this;
  }

  /** A number of 8 bytes, in an order that is that of the numbers. */
  BytesWriter ordered(long value) {
    return bytes(ByteBuffer.allocate(Long.BYTES).putLong(value ^ Long.MIN_VALUE).array());
  }

  /** A number of 0 or more in as few bytes as it needs, 7 bits in each, the lowest first. */
  BytesWriter count(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.write((int) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    return u8((int) rest);
  }

  BytesWriter text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return count(utf8.length).bytes(utf8);
  }

  BytesWriter bytes(byte[] bytes) {
    out.write(bytes, 0, bytes.length);
    return this;
  }

  byte[] toArray() {
    return out.toByteArray();
  }
}
