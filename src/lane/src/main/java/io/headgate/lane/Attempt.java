package io.headgate.lane;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/**
 * One life of a task, as its events tell it: a mark that those of a replay do not share, and
 * ordinals that tell events of one first offset apart, since a record that several rules block has
 * several. The ordinals belong to the judging thread.
 */
final class Attempt {

  final String mark = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());

  private int ordinal;
  private long lastOffset = -1;
  private int withoutOffset;

  int ordinal(long offset) {
    if (offset < 0) {
      // It comes from no offset: all such records have this first offset.
      return withoutOffset++;
    }
    ordinal = offset == lastOffset ? ordinal + 1 : 0;
    lastOffset = offset;
    return ordinal;
  }
}
