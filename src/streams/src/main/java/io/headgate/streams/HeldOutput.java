package io.headgate.streams;

import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.processor.api.InternalFixedKeyRecordFactory;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.internals.InternalProcessorContext;
import org.apache.kafka.streams.processor.internals.ProcessorRecordContext;
import org.apache.kafka.streams.processor.internals.RecordCollector;
import org.jspecify.annotations.Nullable;

/**
 * Lets held records leave as what they came as: one of the places, beside {@link PreCommitHook},
 * that touch the internals of Kafka Streams. A processor that keeps keys can make no record of its
 * own; the key here is the one that the task was given it with. And those downstream are to see
 * where the record came from, not which record or punctuation let it go. Written against Kafka
 * Streams 4.3.1; a test links it.
 */
final class HeldOutput<W> {

  private final FixedKeyProcessorContext<?, W> context;
  private final @Nullable InternalProcessorContext<?, ?> internal;

  HeldOutput(FixedKeyProcessorContext<?, W> context) {
    this.context = context;
    this.internal = context instanceof InternalProcessorContext<?, ?> known ? known : null;
  }

  static <K, V> FixedKeyRecord<K, V> record(
      @Nullable K key, @Nullable V value, long timestamp, Headers headers) {
    return InternalFixedKeyRecordFactory.create(new Record<>(key, value, timestamp, headers));
  }

  /** Forwards a record as one that came from where the held one did. */
  @SuppressWarnings("unchecked")
  void forward(FixedKeyRecord<?, ?> out, HeldRecord<?, ?> from) {
    // Of the types that the context is of: the exit made it from one of the task's own records.
    FixedKeyProcessorContext<Object, Object> to =
        (FixedKeyProcessorContext<Object, Object>) context;
    FixedKeyRecord<Object, Object> record = (FixedKeyRecord<Object, Object>) out;
    if (internal == null) {
      to.forward(record);
      return;
    }
    ProcessorRecordContext before = internal.recordContext();
    internal.setRecordContext(
        new ProcessorRecordContext(
            out.timestamp(), from.offset(), from.partition(), from.topic(), out.headers()));
    try {
      to.forward(record);
    } finally {
      internal.setRecordContext(before);
    }
  }

  /** Waits until all that the thread's producer was given is on the broker. */
  void flush() {
    if (internal instanceof RecordCollector.Supplier supplier) {
      supplier.recordCollector().flush();
    }
  }
}
