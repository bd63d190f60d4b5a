package io.headgate.service.analytics;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Reads what a {@link BytesWriter} wrote. Whatever the bytes are, it throws nothing but {@link
 * CodecException} and takes no more memory than they do. Belongs to one thread.
 */
final class BytesReader {

  private final ByteBuffer in;

  BytesReader(byte[] bytes) {
    in = ByteBuffer.wrap(bytes);
  }

  int u8() {
    need(1);
    return in.get() & 0xff;
  }

  long ordered() {
    need(Long.BYTES);
    return in.getLong() ^ Long.MIN_VALUE;
  }

  long count() {
    long value = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      int next = u8();
      value |= (next & 0x7fL) << shift;
      if (next < 0x80) {
        return value;
      }
    }
    throw new CodecException("a number of more than 63 bits");
  }

  /** A number that says how many of something follow, each of which takes so many bytes or more. */
  int count(int most, int bytesOfEach) {
    long value = count();
    if (value > most) {
      throw new CodecException(value + " parts, expected " + most + " at the most");
    }
    need(value * bytesOfEach);
    return (int) value;
  }

  String text() {
    return new String(bytes(count(Integer.MAX_VALUE, 1)), StandardCharsets.UTF_8);
  }

  byte[] bytes(int length) {
    need(length);
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  void end() {
    if (in.hasRemaining()) {
      throw new CodecException(in.remaining() + " bytes too many");
    }
  }

  private void need(long bytes) {
    if (in.remaining() < bytes) {
      throw new CodecException("cut off at byte " + in.limit());
    }
  }
}
