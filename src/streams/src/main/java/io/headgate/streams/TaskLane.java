package io.headgate.streams;

import io.headgate.lane.Delivery;
import io.headgate.lane.Lane;
import io.headgate.lane.LaneSettings;
import io.headgate.lane.LaneStats;
import io.headgate.lane.SharedLane;
import io.headgate.lane.TopKeys;
import io.headgate.lane.TransactionalLane;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A task's lane and its share of what lanes share, opened as its {@link Delivery} says and closed
 * as a whole, on the stream thread.
 */
final class TaskLane {

  private static final Logger LOG = LoggerFactory.getLogger(TaskLane.class);

  final Lane lane;
  private final LaneSettings settings;
  private final @Nullable SharedLane shared;

  private TaskLane(LaneSettings settings, Lane lane, @Nullable SharedLane shared) {
    this.settings = settings;
    this.lane = lane;
    this.shared = shared;
  }

  static TaskLane open(LimiterSettings settings, FixedKeyProcessorContext<?, ?> context) {
    if (settings.lane.delivery() == Delivery.TRANSACTIONAL) {
      Lane lane = new TransactionalLane(settings.lane, TaskOutput.of(context));
      return new TaskLane(settings.lane, lane, null);
    }
    // Kafka Streams makes one StreamsMetrics a KafkaStreams object: that is whose lane it is.
    SharedLane shared =
        SharedLane.acquire(
            context.metrics(),
            LaneClient.clientId(),
            settings.maxEventsPerSecond,
            () -> producer(settings, context));
    try {
      return new TaskLane(settings.lane, shared.open(settings.lane), shared);
    } catch (RuntimeException e) {
      shared.release();
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

  /** What its events cost in memory, for the log. */
  String cost() {
    return shared == null
        ? "events go with the task's output"
        : String.format(
            Locale.ROOT,
            "events cost %d slots of %d bytes and two rings of %d and %d longs",
            settings.slots(),
            settings.slotBytes(),
            settings.ring(),
            settings.slots());
  }

  /** What its events cost in memory at the most, bytes. */
  long maxBytes() {
    if (shared == null) {
      return settings.slotBytes() + TopKeys.maxBytes(settings.topKeys());
    }
    // Slots come in pages of at most 64 KiB; a slot's generation and its place in the list of free
    // ones are 12 bytes more, in the list of open events 8. Rings are powers of two.
    return (long) settings.slots() * (settings.slotBytes() + 12 + 8)
        + (1 << 16)
        + 8 * (powerOfTwo(settings.ring()) + powerOfTwo(settings.slots()))
        // Of all tasks of the limiter together.
        + TopKeys.maxBytes(settings.topKeys());
  }

  private static long powerOfTwo(int atLeast) {
    return Math.max(2, Long.highestOneBit(2L * atLeast - 1));
  }

  void close() {
    lane.close();
    LaneStats stats = lane.stats();
    if (stats.eventsLost() > 0) {
      // The task's metrics end with it: what it gave up at the last is told here or nowhere.
      LOG.warn(
          "limiter {}: {} events of {} blocked records did not get to topic {} (best effort)",
          settings.limiter(),
          stats.eventsLost(),
          stats.recordsLost(),
          settings.topic());
    }
    if (shared != null) {
      shared.release();
    }
  }
}
