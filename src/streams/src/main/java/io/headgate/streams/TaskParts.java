package io.headgate.streams;

import io.headgate.lane.BlockedFacts;
import io.headgate.lane.Delivery;
import io.headgate.lane.Lane;
import io.headgate.lane.LaneSettings;
import io.headgate.lane.SharedLane;
import io.headgate.lane.TransactionalLane;
import io.headgate.window.WindowSlab;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.jspecify.annotations.Nullable;
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
  final Lane lane;
  private final RateLimitStore store;
  private final @Nullable SharedLane sharedLane;
  private final CommitDeadline deadline = CommitDeadline.ofThread();
  private final LimiterMetrics metrics;

  private TaskParts(
      LimiterSettings settings,
      FixedKeyProcessorContext<K, V> context,
      @Nullable SharedLane sharedLane) {
    this.context = context;
    this.sharedLane = sharedLane;
    this.store = context.getStateStore(settings.storeName);
    this.slab = store.table().slab();
    this.keys = new KeyReader(settings.name, settings.lane.topic(), serializer(settings, context));
    this.judge = new Judge(settings, store, counters);
    facts.limit = settings.limit.limit();
    facts.windowMillis = settings.limit.windowMillis();
    this.lane =
        sharedLane == null
            ? new TransactionalLane(settings.lane, TaskOutput.of(context))
            : sharedLane.open(settings.lane);
    this.metrics = new LimiterMetrics(settings.name, context, counters, store, lane);
    store.attach(lane);
    deadline.join(this, LaneClient.commitPatience(context.appConfigs()).toNanos());
  }

  static <K, V> TaskParts<K, V> open(
      LimiterSettings settings, FixedKeyProcessorContext<K, V> context) {
    SharedLane sharedLane =
        settings.lane.delivery() == Delivery.TRANSACTIONAL ? null : sharedLane(settings, context);
    try {
      TaskParts<K, V> parts = new TaskParts<>(settings, context, sharedLane);
      LOG.info(
          "limiter {}: task {} limits to {}; a key costs {} bytes and its index entry, {} keys at"
              + " the most; {}",
          settings.name,
          context.taskId(),
          settings.limit,
          settings.rowLayout().stride(),
          settings.maxKeys,
          cost(settings.lane));
      return parts;
    } catch (RuntimeException e) {
      if (sharedLane != null) {
        sharedLane.release();
      }
      throw e;
    }
  }

  private static SharedLane sharedLane(
      LimiterSettings settings, FixedKeyProcessorContext<?, ?> context) {
    // Kafka Streams makes one StreamsMetrics a KafkaStreams object: that is whose lane it is.
    return SharedLane.acquire(
        context.metrics(),
        LaneClient.clientId(),
        settings.maxEventsPerSecond,
        () -> producer(settings, context));
  }

  private static String cost(LaneSettings lane) {
    return lane.delivery() == Delivery.TRANSACTIONAL
        ? "events go with the task's output"
        : String.format(
            Locale.ROOT,
            "events cost %d slots of %d bytes and two rings of %d and %d longs",
            lane.slots(),
            lane.slotBytes(),
            lane.ring(),
            lane.slots());
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
    if (sharedLane != null) {
      sharedLane.release();
    }
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
