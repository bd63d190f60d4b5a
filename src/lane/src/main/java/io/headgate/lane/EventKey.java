package io.headgate.lane;

/** How much of a limit key an event shows, in its fields and as its Kafka key. */
public enum EventKey {
  /** The key itself. */
  PLAIN,
  /**
   * Its seeded fingerprint only: events of a key belong together, and do not say whose they are.
   */
  HASHED,
  /** Nothing: events are counts. */
  NONE
}
