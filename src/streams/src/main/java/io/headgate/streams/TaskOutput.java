package io.headgate.streams;

import io.headgate.lane.TransactionalLane;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.internals.InternalProcessorContext;
import org.apache.kafka.streams.processor.internals.RecordCollector;
import org.jspecify.annotations.Nullable;

/**
 * Sends with a task's own output, as a sink node does: one of the places, beside {@link
 * PreCommitHook}, that touch the internals of Kafka Streams. A processor that keeps keys cannot
 * forward to a sink of another type. Written against Kafka Streams 4.3.1; a test links it.
 */
final class TaskOutput implements TransactionalLane.Output {

  private static final ByteArraySerializer BYTES = new ByteArraySerializer();

  private final InternalProcessorContext<Void, Void> context;
  private final RecordCollector collector;
  private final String node;

  private TaskOutput(InternalProcessorContext<Void, Void> context) {
    this.context = context;
    this.collector = ((RecordCollector.Supplier) context).recordCollector();
    this.node = context.currentNode().name();
  }

  @SuppressWarnings("unchecked")
  static TransactionalLane.Output of(FixedKeyProcessorContext<?, ?> context) {
    try {
      return new TaskOutput((InternalProcessorContext<Void, Void>) context);
    } catch (ClassCastException | LinkageError e) {
      throw new IllegalStateException(
          "this version of Kafka Streams has no task output that this build of headgate-streams"
              + " knows; use "
              + StreamsVersions.SUPPORTED
              + ", a newer headgate-streams, or another delivery",
          e);
    }
  }

  @Override
  public void send(String topic, byte @Nullable [] key, byte[] value) {
    collector.send(
        topic,
        key,
        value,
        new RecordHeaders(),
        null,
        context.currentSystemTimeMs(),
        BYTES,
        BYTES,
        node,
        context);
  }
}
