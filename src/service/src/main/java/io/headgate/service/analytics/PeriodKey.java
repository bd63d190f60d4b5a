package io.headgate.service.analytics;

/**
 * Whose counts, and of when: the key of a record of the roll-up's topic. Immutable.
 *
 * <pre>
 *  0        1      2         10       11
 * +--------+------+---------+--------+------+---------+------+
 * | format | kind | start   | shadow | zone | limiter | rule |   texts: length, UTF-8
 * +--------+------+---------+--------+------+---------+------+
 * </pre>
 *
 * <p>Keys of a kind stand in the order of their starts. The partition of the topic says which
 * partition of the blocked topic the counts are of.
 *
 * @param kind what the period is
 * @param start its first millisecond since the epoch
 * @param shadow true for records that passed: a shadow rule would have blocked them
 * @param zone id of the zone whose day it is; empty for an hour
 * @param limiter name of the limiter; empty where none is known
 * @param rule name of the rule; empty where none is known
 */
record PeriodKey(
    PeriodKind kind, long start, boolean shadow, String zone, String limiter, String rule) {

  private static final int FORMAT = 1;

  /** What stands before the start: the same for all keys of a kind. */
  private static byte[] bound(PeriodKind kind, long start) {
    return new BytesWriter(16).u8(FORMAT).u8(kind.code).ordered(start).toArray();
  }

  /** Returns the lowest key of a kind. */
  static byte[] lowest(PeriodKind kind) {
    return bound(kind, Long.MIN_VALUE);
  }

  /** Returns bytes above each key of a kind that starts before a time, and below all others. */
  static byte[] before(PeriodKind kind, long start) {
    return bound(kind, start);
  }

  byte[] toBytes() {
    return new BytesWriter(64)
        .u8(FORMAT)
        .u8(kind.code)
        .ordered(start)
        .u8(shadow ? 1 : 0)
        .text(zone)
        .text(limiter)
        .text(rule)
        .toArray();
  }

  /**
   * Reads a key.
   *
   * @throws CodecException if it is none
   */
  static PeriodKey read(byte[] bytes) {
    BytesReader in = new BytesReader(bytes);
    int format = in.u8();
    if (format != FORMAT) {
      throw new CodecException("format " + format + " of a key, this build reads " + FORMAT);
    }
    PeriodKind kind = PeriodKind.of(in.u8());
    long start = in.ordered();
    int shadow = in.u8();
    if (shadow > 1) {
      throw new CodecException("neither true nor false: " + shadow);
    }
    PeriodKey key = new PeriodKey(kind, start, shadow == 1, in.text(), in.text(), in.text());
    in.end();
    return key;
  }
}
