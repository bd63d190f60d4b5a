package io.headgate.service.analytics;

import io.headgate.service.config.UserError;

/** Answers what was blocked. */
@FunctionalInterface
public interface Reports {

  /**
   * Reads what is there now. Waits for Kafka, seconds if there is much to read: not for a thread
   * that others wait for.
   *
   * @param query what is asked for
   * @return the answer
   * @throws UserError if the query cannot be answered, in one line that says what can
   * @throws org.apache.kafka.common.KafkaException if Kafka does not answer
   */
  Report read(ReportQuery query);
}
