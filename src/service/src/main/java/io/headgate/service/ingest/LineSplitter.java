package io.headgate.service.ingest;

import java.util.Arrays;

/**
 * Cuts bytes into lines, at {@code \n}, whose {@code \r} goes too. Holds no more than the longest
 * line that is allowed: of a longer one only its length is told. Belongs to one thread.
 */
final class LineSplitter {

  /** Takes lines. */
  interface Lines {
    /**
     * Takes a line.
     *
     * @param line its bytes, the receiver's
     */
    void line(byte[] line);

    /** Is told that a line was too long, and is left out. */
    void tooLong();
  }

  private static final int FIRST_BYTES = 512;

  private final int maxBytes;
  private final Lines lines;
  private byte[] held = new byte[FIRST_BYTES];
  private int length;

  /** True while the line that is read is too long. */
  private boolean over;

  /**
   * Makes one.
   *
   * @param maxBytes of a line, its end aside; 1 or more
   */
  LineSplitter(int maxBytes, Lines lines) {
    this.maxBytes = maxBytes;
    this.lines = lines;
  }

  /** Takes the next bytes. */
  void feed(byte[] bytes, int from, int to) {
    int start = from;
    for (int i = from; i < to; i++) {
      if (bytes[i] == '\n') {
        hold(bytes, start, i);
        finish();
        start = i + 1;
      }
    }
    hold(bytes, start, to);
  }

  /** Takes what follows the last end of a line to be a line, if it is anything. */
  void end() {
    if (isPending()) {
      finish();
    }
  }

  /** Says whether a line has begun. */
  boolean isPending() {
    return length > 0 || over;
  }

  private void hold(byte[] bytes, int from, int to) {
    int more = to - from;
    // One more than allowed: it may be the \r of the end.
    if (over || length + (long) more > maxBytes + 1L) {
      over |= more > 0;
      return;
    }
    if (length + more > held.length) {
      held = Arrays.copyOf(held, Math.max(length + more, Math.min(2 * held.length, maxBytes + 1)));
    }
    System.arraycopy(bytes, from, held, length, more);
    length += more;
  }

  private void finish() {
    int end = length > 0 && held[length - 1] == '\r' ? length - 1 : length;
    if (over || end > maxBytes) {
      lines.tooLong();
    } else {
      lines.line(Arrays.copyOf(held, end));
    }
    length = 0;
    over = false;
  }
}
