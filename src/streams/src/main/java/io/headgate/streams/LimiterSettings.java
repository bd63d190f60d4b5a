package io.headgate.streams;

import io.headgate.KeyHasher;
import io.headgate.RateLimit;
import io.headgate.lane.Delivery;
import io.headgate.lane.Emit;
import io.headgate.lane.LaneFailurePolicy;
import io.headgate.lane.LaneSettings;
import io.headgate.rules.LatePolicy;
import io.headgate.rules.OverflowPolicy;
import io.headgate.window.RowLayout;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.Serde;
import org.jspecify.annotations.Nullable;

/** What one limiter of a topology is made of: a builder's settings, checked and frozen. */
final class LimiterSettings {

  /** The one rule of a limiter that has no list of them. */
  static final String RULE = "default";

  /** How often events that found no room look for it while no record comes. */
  private static final Duration PUMP = Duration.ofMillis(100);

  final String name;
  final String storeName;
  final RateLimit limit;
  final LaneSettings lane;

  /** How often events that are open go out while nothing else makes them. */
  final Duration pumpInterval;

  final long maxEventsPerSecond;
  final @Nullable Function<Map<String, Object>, Producer<byte[], byte[]>> laneProducer;
  final TimeSource time;
  final LatePolicy latePolicy;
  final OverflowPolicy overflowPolicy;
  final NoKeyPolicy noKeyPolicy;
  final long maxFutureMillis;
  final long rowGraceMillis;
  final int maxKeys;
  final @Nullable Serde<?> keySerde;
  final @Nullable Class<?> costType;
  final @Nullable ToLongFunction<Object> cost;
  private final @Nullable String hashSeed;

  LimiterSettings(Headgate.Builder builder) {
    if (builder.blockedTopic == null) {
      throw new IllegalStateException(
          "limiter \""
              + builder.name
              + "\" has no topic for its blocked records: name it with blockedTo(\"...\")");
    }
    if (builder.delivery == Delivery.TRANSACTIONAL
        && builder.laneFailure != LaneFailurePolicy.STOP) {
      throw new IllegalStateException(
          "limiter \""
              + builder.name
              + "\": onLaneFailure("
              + builder.laneFailure
              + ") with delivery TRANSACTIONAL, which has no lane to fail: leave it out, and set"
              + " Kafka Streams' production.exception.handler");
    }
    name = builder.name;
    storeName = builder.name + "-windows";
    limit = builder.limit;
    lane =
        new LaneSettings(
            builder.blockedTopic,
            builder.name,
            List.of(RULE),
            builder.ring,
            builder.slots,
            builder.slotBytes,
            builder.eventKey,
            builder.delivery,
            builder.emit,
            builder.laneFailure);
    pumpInterval = builder.emit == Emit.FIRST_AND_SUMMARY ? builder.summaryInterval : PUMP;
    maxEventsPerSecond = builder.maxEventsPerSecond;
    laneProducer = builder.laneProducer;
    time = builder.time;
    latePolicy = builder.latePolicy;
    overflowPolicy = builder.overflowPolicy;
    noKeyPolicy = builder.noKeyPolicy;
    maxFutureMillis = millis(builder.maxFuture);
    rowGraceMillis = millis(builder.rowGrace);
    maxKeys = builder.maxKeys;
    keySerde = builder.keySerde;
    costType = builder.costType;
    cost = builder.cost;
    hashSeed = builder.hashSeed;
  }

  /** A span that is too long for milliseconds has no end. */
  private static long millis(Duration span) {
    try {
      return span.toMillis();
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE;
    }
  }

  /** The fingerprints of this limiter's keys, in this application. */
  KeyHasher hasher(String applicationId) {
    String seed = hashSeed == null ? applicationId : hashSeed;
    return KeyHasher.seeded(seed).derive(name).derive(RULE);
  }

  RowLayout rowLayout() {
    return new RowLayout(limit.span(), limit.limit());
  }
}
