package io.headgate.service.ingest;

/** A line that was read. Immutable as long as nobody changes its bytes, which nobody does. */
final class Line {

  private final byte[] bytes;
  private final String peer;

  /**
   * Makes a line.
   *
   * @param bytes without its end; the line's from now on
   * @param peer address of who sent it, without the port; empty if nobody did
   */
  Line(byte[] bytes, String peer) {
    this.bytes = bytes;
    this.peer = peer;
  }

  /** Returns its bytes, without the end. */
  byte[] bytes() {
    return bytes;
  }

  String peer() {
    return peer;
  }
}
