package io.headgate.service.analytics;

import java.time.DateTimeException;
import java.time.ZoneId;

/**
 * What a partition of the roll-up is made of: for who reads its topic. Immutable.
 *
 * @param zone whose days are kept
 * @param keepHours how long hours are kept
 * @param keepDays how long days are kept
 * @param begun when it began to count, or to keep days of this zone, milliseconds
 */
record About(ZoneId zone, int keepHours, int keepDays, long begun) {

  private static final int FORMAT = 1;

  /** Its key: the same on each partition. */
  static final PeriodKey KEY = new PeriodKey(PeriodKind.ABOUT, 0, false, "", "", "");

  /** What goes on from what was before: begun then, unless its days are of another zone. */
  About after(About before) {
    return before.zone.equals(zone) ? new About(zone, keepHours, keepDays, before.begun) : this;
  }

  byte[] toBytes() {
    return new BytesWriter(32)
        .u8(FORMAT)
        .text(zone.getId())
        .count(keepHours)
        .count(keepDays)
        .ordered(begun)
        .toArray();
  }

  /**
   * Reads it.
   *
   * @throws CodecException if it is none
   */
  static About read(byte[] bytes) {
    BytesReader in = new BytesReader(bytes);
    int format = in.u8();
    if (format != FORMAT) {
      throw new CodecException("format " + format + " of settings, this build reads " + FORMAT);
    }
    ZoneId zone = zone(in.text());
    int hours = in.count(Integer.MAX_VALUE, 0);
    int days = in.count(Integer.MAX_VALUE, 0);
    About about = new About(zone, hours, days, in.ordered());
    in.end();
    return about;
  }

  /**
   * Reads a zone.
   *
   * @throws CodecException if there is none of that id
   */
  static ZoneId zone(String id) {
    try {
      return ZoneId.of(id);
    } catch (DateTimeException e) {
      throw new CodecException("a zone of " + id.length() + " chars that this Java does not know");
    }
  }
}
