package io.headgate.chaos;

import io.headgate.RateLimit;
import io.headgate.lane.Delivery;
import io.headgate.lane.Emit;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.streams.StreamsConfig;

/**
 * What a run is made of. The driver hands it to the instances, which are processes of their own.
 *
 * @param guarantee processing guarantee of Kafka Streams
 * @param delivery how events reach their topic
 * @param emit which blocked records are events of their own
 * @param groupProtocol {@code classic} or {@code streams}
 * @param bootstrapServers addresses of the cluster
 */
record Setup(
    String guarantee, Delivery delivery, Emit emit, String groupProtocol, String bootstrapServers) {

  static final String APPLICATION = "headgate-chaos";
  static final String REQUESTS = "requests";
  static final String ADMITTED = "admitted";
  static final String BLOCKED = "blocked";
  static final int PARTITIONS = 4;

  /** The users that ask, by Zipf's law: some always above the limit, some about, most below. */
  static final int USERS = 200;

  static final RateLimit LIMIT = RateLimit.parse("20/10s").withBuckets(10);

  /** Less than a burst needs: some events grow, and some records are told without their keys. */
  static final int RING = 8;

  static final int SLOTS = 24;
  static final int MAX_EVENTS_PER_SECOND = 2_000;

  /** Half of this is how long a commit waits for the lane under exactly-once. */
  static final int TRANSACTION_TIMEOUT_MS = 8_000;

  static final int SESSION_TIMEOUT_MS = 5_000;

  static String user(int number) {
    return "user-" + number;
  }

  static int number(String user) {
    return Integer.parseInt(user.substring("user-".length()));
  }

  boolean isExactlyOnce() {
    return guarantee.equals(StreamsConfig.EXACTLY_ONCE_V2);
  }

  List<String> arguments() {
    return List.of(guarantee, delivery.name(), emit.name(), groupProtocol, bootstrapServers);
  }

  static Setup of(String... arguments) {
    return new Setup(
        arguments[0],
        Delivery.valueOf(arguments[1]),
        Emit.valueOf(arguments[2]),
        arguments[3],
        arguments[4]);
  }

  /** Settings of an instance. */
  Properties streams(String stateDirectory) {
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, APPLICATION);
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
    config.put(StreamsConfig.STATE_DIR_CONFIG, stateDirectory);
    config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
    // Long enough for a fault to find work that is not committed.
    config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 500);
    config.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, -1);
    config.put("auto.offset.reset", "earliest");
    config.put("max.poll.interval.ms", 20_000);
    config.put("producer.transaction.timeout.ms", TRANSACTION_TIMEOUT_MS);
    // A record that a broker had acknowledged, and lost, would be blamed on the limiter.
    config.put("producer.acks", "all");
    if (groupProtocol.equals("streams")) {
      config.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, groupProtocol);
    } else {
      config.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, 1);
      config.put(StreamsConfig.PROBING_REBALANCE_INTERVAL_MS_CONFIG, 60_000L);
      config.put("session.timeout.ms", SESSION_TIMEOUT_MS);
      config.put("heartbeat.interval.ms", 1_000);
    }
    return config;
  }
}
