package io.headgate.service.ingest;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.jspecify.annotations.Nullable;

/**
 * Sends lines that pass, and counts what became of each. Used by the judging thread; answers come
 * in the producer's.
 */
final class LineSender {

  private final Producer<byte[], byte[]> producer;
  private final String topic;
  private long sent;

  private final AtomicLong written = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicReference<Exception> failure = new AtomicReference<>();

  LineSender(Producer<byte[], byte[]> producer, String topic) {
    this.producer = producer;
    this.topic = topic;
  }

  /**
   * Sends a line under its key. Waits for room in the producer's buffer.
   *
   * @throws IngestException if an earlier one failed, or there is no room for long
   */
  void send(@Nullable String key, byte[] line) {
    check();
    byte[] keyBytes = key == null ? null : key.getBytes(StandardCharsets.UTF_8);
    sent++;
    try {
      // The callback tells what becomes of it.
      var unused =
          producer.send(
              new ProducerRecord<>(topic, keyBytes, line), (metadata, error) -> settle(error));
    } catch (KafkaException e) {
      failure.compareAndSet(null, e);
      check();
    }
  }

  private void settle(@Nullable Exception error) {
    if (error == null) {
      written.incrementAndGet();
    } else if (error instanceof RecordTooLargeException
        || error instanceof InvalidRecordException) {
      // It is this line alone that Kafka does not take.
      refused.incrementAndGet();
    } else {
      failure.compareAndSet(null, error);
    }
  }

  /** Waits until each line that was sent is written or has failed. */
  void flush() {
    producer.flush();
  }

  /**
   * Says whether all is well.
   *
   * @throws IngestException if a line could not be written
   */
  void check() {
    Exception failed = failure.get();
    if (failed != null) {
      throw new IngestException(
          "topic " + topic + " cannot be written: " + failed.getMessage(), failed);
    }
  }

  long written() {
    return written.get();
  }

  long refused() {
    return refused.get();
  }

  /** Returns how many lines were sent of which nothing good or bad is known, or which failed. */
  long failed() {
    return sent - written.get() - refused.get();
  }
}
