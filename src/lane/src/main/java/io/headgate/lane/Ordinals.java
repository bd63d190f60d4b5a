package io.headgate.lane;

/**
 * Tells events of one first offset apart: a record that several rules block has several. Belongs to
 * the judging thread.
 */
final class Ordinals {

  private int ordinal;
  private long lastOffset = -1;
  private int withoutOffset;

  int next(long offset) {
    if (offset < 0) {
      // It comes from no offset: all such records have this first offset.
      return withoutOffset++;
    }
    ordinal = offset == lastOffset ? ordinal + 1 : 0;
    lastOffset = offset;
    return ordinal;
  }
}
