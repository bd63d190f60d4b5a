package io.headgate.lane;

/** How events reach their topic, and what a commit waits for. */
public enum Delivery {
  /**
   * A commit waits, bounded, until the broker has every event of its records: no blocked record is
   * ever missing from the topic; after a failure some may be there twice.
   */
  AT_LEAST_ONCE,
  /** A commit does not wait: events that fail, or that a crash catches under way, are lost. */
  BEST_EFFORT,
  /**
   * Events go with the task's own output, through the producer of Kafka Streams: under exactly-once
   * in its transaction, so that each is there exactly once. Encoding them costs the judging thread
   * some time, and there is neither ring nor budget.
   */
  TRANSACTIONAL
}
