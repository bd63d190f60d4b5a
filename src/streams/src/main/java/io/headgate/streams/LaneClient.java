package io.headgate.streams;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;
import org.jspecify.annotations.Nullable;

/**
 * What the lane's producer and a commit's patience are, given an application's settings: the
 * application's own security and addresses, the lane's own durability, and last whatever stands
 * under {@value #PREFIX}.
 */
final class LaneClient {

  /** Settings of the lane's producer alone, which win over all others. */
  static final String PREFIX = "headgate.lane.producer.";

  private static final String PRODUCER_PREFIX = "producer.";
  private static final int DEFAULT_MAX_POLL_MS = 300_000;
  private static final int DEFAULT_TRANSACTION_MS = 10_000;
  private static final int MAX_DELIVERY_MS = 60_000;

  private LaneClient() {}

  /**
   * A client id of the stream thread that asks first: the lane serves all threads of its client.
   */
  static String clientId() {
    return Thread.currentThread().getName().replaceFirst("-StreamThread-\\d+$", "")
        + "-headgate-lane";
  }

  static Map<String, Object> producerConfig(Map<String, Object> app) {
    Map<String, Object> config = new HashMap<>();
    for (String name : ProducerConfig.configNames()) {
      Object value = app.get(name);
      if (value != null) {
        config.put(name, value);
      }
    }
    // What Kafka Streams sets for its own producer's sake, or what a plain name means for others.
    config.remove(ProducerConfig.INTERCEPTOR_CLASSES_CONFIG);
    prefixed(app, PRODUCER_PREFIX, config);
    config.remove(ProducerConfig.TRANSACTIONAL_ID_CONFIG);
    config.remove(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG);
    config.remove(ProducerConfig.PARTITIONER_CLASS_CONFIG);
    // An application without idempotence may have set these to what forbids it.
    config.remove(ProducerConfig.RETRIES_CONFIG);
    config.remove(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION);

    config.put(ProducerConfig.CLIENT_ID_CONFIG, clientId());
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    config.put(ProducerConfig.LINGER_MS_CONFIG, 1);
    config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    // An event must have failed or arrived before the commit gives up on it.
    int delivery =
        (int) Math.max(1_000, Math.min(MAX_DELIVERY_MS, commitPatience(app).toMillis() * 8 / 10));
    config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, delivery);
    config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, delivery / 2);
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, delivery / 2);
    prefixed(app, PREFIX, config);
    return config;
  }

  private static void prefixed(Map<String, Object> app, String prefix, Map<String, Object> config) {
    app.forEach(
        (name, value) -> {
          if (name.startsWith(prefix)) {
            config.put(name.substring(prefix.length()), value);
          }
        });
  }

  /**
   * How long a commit may wait for the lane: half of what the group allows between two polls, and
   * under exactly-once half of what the broker allows a transaction.
   */
  static Duration commitPatience(Map<String, Object> app) {
    long poll =
        number(
            DEFAULT_MAX_POLL_MS,
            app.get(
                StreamsConfig.MAIN_CONSUMER_PREFIX + ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG),
            app.get(StreamsConfig.CONSUMER_PREFIX + ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG),
            app.get(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG));
    if (!Guarantee.isExactlyOnce(app)) {
      return Duration.ofMillis(poll / 2);
    }
    long transaction =
        number(
            DEFAULT_TRANSACTION_MS,
            app.get(PRODUCER_PREFIX + ProducerConfig.TRANSACTION_TIMEOUT_CONFIG),
            app.get(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG));
    return Duration.ofMillis(Math.min(poll, transaction) / 2);
  }

  /** The first of some settings that is there. */
  private static long number(long otherwise, @Nullable Object... values) {
    for (Object value : values) {
      if (value != null) {
        return Long.parseLong(value.toString().trim());
      }
    }
    return otherwise;
  }
}
