package io.headgate.lane;

/** What a commit waits for. */
public enum Delivery {
  /**
   * A commit waits, bounded, until the broker has every event of its records: no blocked record is
   * ever missing from the topic; after a failure some may be there twice.
   */
  AT_LEAST_ONCE,
  /** A commit does not wait: events that fail, or that a crash catches under way, are lost. */
  BEST_EFFORT
}
