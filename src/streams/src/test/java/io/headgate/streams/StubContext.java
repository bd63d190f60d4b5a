package io.headgate.streams;

import java.io.File;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.Punctuator;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.processor.api.InternalFixedKeyRecordFactory;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.processor.internals.metrics.StreamsMetricsImpl;
import org.jspecify.annotations.Nullable;

/**
 * What a processor sees of its task, made by hand so that it allocates nothing itself: a proxy
 * would. Its clock and the record's place are fields.
 */
final class StubContext<K, V> implements FixedKeyProcessorContext<K, V>, AutoCloseable {

  /** Where a record came from. */
  record Place(@Nullable String topic, int partition, long offset) implements RecordMetadata {}

  /** What happens to records that the processor passes on. */
  interface Downstream {
    void accept(FixedKeyRecord<?, ?> record);
  }

  /** A punctuation that somebody asked for. */
  static final class Scheduled implements Cancellable {
    final Duration interval;
    final Punctuator punctuator;
    boolean cancelled;

    Scheduled(Duration interval, Punctuator punctuator) {
      this.interval = interval;
      this.punctuator = punctuator;
    }

    @Override
    public void cancel() {
      cancelled = true;
    }
  }

  final List<Scheduled> schedules = new ArrayList<>();
  final Map<String, Object> config = new HashMap<>();
  Downstream downstream = record -> {};
  Optional<RecordMetadata> metadata = Optional.of(new Place("source", 0, 0));
  long now;
  Supplier<Serde<?>> keySerde = Serdes::String;

  /** Stores beside the limiter's windows. */
  final Map<String, StateStore> otherStores = new HashMap<>();

  private final StateStore store;
  private final Metrics metrics = new Metrics();
  private final StreamsMetricsImpl streamsMetrics =
      new StreamsMetricsImpl(metrics, "client", Time.SYSTEM);
  private final TaskId taskId = new TaskId(0, 3);

  StubContext(StateStore store) {
    this.store = store;
  }

  static <K, V> FixedKeyRecord<K, V> record(@Nullable K key, @Nullable V value, long time) {
    return InternalFixedKeyRecordFactory.create(new Record<>(key, value, time));
  }

  /** The next record comes from the offset after the last one's. */
  void nextOffset() {
    RecordMetadata last = metadata.orElseThrow();
    metadata = Optional.of(new Place(last.topic(), last.partition(), last.offset() + 1));
  }

  @Override
  public <K1 extends K, V1 extends V> void forward(FixedKeyRecord<K1, V1> record) {
    downstream.accept(record);
  }

  @Override
  public <K1 extends K, V1 extends V> void forward(
      FixedKeyRecord<K1, V1> record, String childName) {
    throw new UnsupportedOperationException();
  }

  @Override
  public String applicationId() {
    return StoreFixture.APPLICATION;
  }

  @Override
  public TaskId taskId() {
    return taskId;
  }

  @Override
  public Optional<RecordMetadata> recordMetadata() {
    return metadata;
  }

  @Override
  public Serde<?> keySerde() {
    return keySerde.get();
  }

  @Override
  public Serde<?> valueSerde() {
    throw new UnsupportedOperationException();
  }

  @Override
  public File stateDir() {
    throw new UnsupportedOperationException();
  }

  @Override
  public StreamsMetricsImpl metrics() {
    return streamsMetrics;
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  @Override
  public <S extends StateStore> S getStateStore(String name) {
    StateStore other = otherStores.get(name);
    if (other != null) {
      return (S) other;
    }
    if (!name.equals(store.name())) {
      throw new IllegalArgumentException(name);
    }
    return (S) store;
  }

  @Override
  public Cancellable schedule(Duration interval, PunctuationType type, Punctuator callback) {
    Scheduled scheduled = new Scheduled(interval, callback);
    schedules.add(scheduled);
    return scheduled;
  }

  @Override
  public Cancellable schedule(
      Instant startTime, Duration interval, PunctuationType type, Punctuator callback) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void commit() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Map<String, Object> appConfigs() {
    return config;
  }

  @Override
  public Map<String, Object> appConfigsWithPrefix(String prefix) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long currentSystemTimeMs() {
    return now;
  }

  @Override
  public long currentStreamTimeMs() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    metrics.close();
  }
}
