package io.headgate.lane;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** A producer that does on send what the test says. */
final class ScriptedProducer extends MockProducer<byte[], byte[]> {
  int sends;

  /** Answers the callback before send returns; null for success. */
  @Nullable RuntimeException inline;

  /** Thrown by send. */
  @Nullable Throwable thrown;

  ScriptedProducer() {
    super(false, null, new ByteArraySerializer(), new ByteArraySerializer());
  }

  @Override
  public synchronized Future<RecordMetadata> send(
      ProducerRecord<byte[], byte[]> record, Callback callback) {
    sends++;
    if (thrown instanceof Error error) {
      throw error;
    }
    if (thrown instanceof RuntimeException error) {
      throw error;
    }
    RecordMetadata metadata =
        new RecordMetadata(new TopicPartition(record.topic(), 0), 0, 0, 0, 0, 0);
    callback.onCompletion(metadata, inline);
    return CompletableFuture.completedFuture(metadata);
  }
}
