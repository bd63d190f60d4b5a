package io.headgate.service.analytics;

/** What a period of the roll-up is. */
enum PeriodKind {
  /** An hour of UTC. */
  HOUR(1),
  /** A day of the roll-up's zone. */
  DAY(2),
  /** The day on which records came whose own time is before all that is kept. */
  TOO_OLD(3),
  /** The day on which records came whose own time is too far ahead to be believed. */
  TOO_FAR_AHEAD(4),
  /** The day on which records of the blocked topic came that are no events. */
  UNREADABLE(5),
  /** No period: what the roll-up is made of, and since when it counts. */
  ABOUT(6);

  /** Its number in keys: never changed. */
  final int code;

  PeriodKind(int code) {
    this.code = code;
  }

  static PeriodKind of(int code) {
    for (PeriodKind kind : values()) {
      if (kind.code == code) {
        return kind;
      }
    }
    throw new CodecException("kind " + code + " of a period, expected 1 to " + values().length);
  }

  /** Says whether its keys and counts are those of a time that was asked for. */
  boolean isTime() {
    return this == HOUR || this == DAY;
  }
}
