package io.headgate.rules;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Looks at text as its UTF-8 without making it. Stateless. */
final class Utf8 {

  private Utf8() {}

  /** Bytes that {@code String.getBytes} would make: a lone surrogate is one question mark. */
  static long length(String text) {
    int chars = text.length();
    long bytes = chars;
    for (int i = 0; i < chars; i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        continue;
      }
      if (c < 0x800) {
        bytes++;
      } else if (!Character.isSurrogate(c)) {
        bytes += 2;
      } else if (Character.isHighSurrogate(c)
          && i + 1 < chars
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        // Two chars, four bytes.
        bytes += 2;
        i++;
      }
    }
    return bytes;
  }

  static boolean startsWith(byte[] bytes, byte[] prefix) {
    return bytes.length >= prefix.length
        && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
  }

  static boolean startsWith(ByteBuffer buffer, byte[] prefix) {
    if (buffer.limit() < prefix.length) {
      return false;
    }
    for (int i = 0; i < prefix.length; i++) {
      if (buffer.get(i) != prefix[i]) {
        return false;
      }
    }
    return true;
  }
}
