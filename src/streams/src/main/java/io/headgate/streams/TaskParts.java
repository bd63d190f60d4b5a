package io.headgate.streams;

import io.headgate.lane.AnalyticsLane;
import io.headgate.lane.BlockedFacts;
import io.headgate.lane.SharedLane;
import io.headgate.window.WindowSlab;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one task's limiter works with between the start and the end of its processor: opened and
 * closed as a whole, on the stream thread.
 */
final class TaskParts<K, V> implements CommitDeadline.Member {

  private static final Logger LOG = LoggerFactory.getLogger(TaskParts.class);

  final FixedKeyProcessorContext<K, V> context;
  final BlockedFacts facts = new BlockedFacts();
  final LimiterCounters counters = new LimiterCounters();
  final KeyReader keys;
  final Judge judge;
  final WindowSlab slab;
  final AnalyticsLane lane;
  private final RateLimitStore store;
  private final SharedLane sharedLane;
  private final CommitDeadline deadline = CommitDeadline.ofThread();
  private final LimiterMetrics metrics;

  private TaskParts(
      LimiterSettings settings, FixedKeyProcessorContext<K, V> context, SharedLane sharedLane) {
    this.context = context;
    this.sharedLane = sharedLane;
    this.store = context.getStateStore(settings.storeName);
    this.slab = store.table().slab();
    this.keys = new KeyReader(settings.name, settings.lane.topic(), serializer(settings, context));
    this.judge = new Judge(settings, store, counters);
    facts.limit = settings.limit.limit();
    facts.windowMillis = settings.limit.windowMillis();
    this.lane = sharedLane.open(settings.lane);
    this.metrics = new LimiterMetrics(settings.name, context, counters, store, lane);
    store.attach(lane);
    deadline.join(this, LaneClient.commitPatience(context.appConfigs()).toNanos());
  }

  static <K, V> TaskParts<K, V> open(
      LimiterSettings settings, FixedKeyProcessorContext<K, V> context) {
    // Kafka Streams makes one StreamsMetrics a KafkaStreams object: that is whose lane it is.
    SharedLane sharedLane =
        SharedLane.acquire(
            context.metrics(),
            LaneClient.clientId(),
            settings.maxEventsPerSecond,
            () -> producer(settings, context));
    try {
      TaskParts<K, V> parts = new TaskParts<>(settings, context, sharedLane);
      LOG.info(
          "limiter {}: task {} limits to {}; a key costs {} bytes and its index entry, {} keys at"
              + " the most; events cost {} slots of {} bytes and two rings of {} and {} longs",
          settings.name,
          context.taskId(),
          settings.limit,
          settings.rowLayout().stride(),
          settings.maxKeys,
          settings.lane.slots(),
          settings.lane.slotBytes(),
          settings.lane.ring(),
          settings.lane.slots());
      return parts;
    } catch (RuntimeException e) {
      sharedLane.release();
      throw e;
    }
  }

  private static Producer<byte[], byte[]> producer(
      LimiterSettings settings, FixedKeyProcessorContext<?, ?> context) {
    Map<String, Object> config = LaneClient.producerConfig(context.appConfigs());
    return settings.laneProducer != null
        ? settings.laneProducer.apply(config)
        : new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  @SuppressWarnings("unchecked")
  private static Serializer<Object> serializer(
      LimiterSettings settings, FixedKeyProcessorContext<?, ?> context) {
    if (settings.keySerde != null) {
      return (Serializer<Object>) settings.keySerde.serializer();
    }
    try {
      return (Serializer<Object>) context.keySerde().serializer();
    } catch (ConfigException e) {
      // The application has no default: keys of the usual types need none.
      return (topic, key) -> {
        throw new ClassCastException("no default key serde");
      };
    }
  }

  void close() {
    metrics.close();
    deadline.leave(this);
    store.detach();
    lane.close();
    sharedLane.release();
  }

  @Override
  public long taskTime() {
    return context.currentSystemTimeMs();
  }

  @Override
  public long records() {
    return counters.get(LimiterCounters.RECORDS);
  }

  @Override
  public void poison() {
    store.poison();
  }
}
