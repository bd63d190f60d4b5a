package io.headgate.service.analytics;

import io.headgate.service.config.KafkaSettings;
import java.time.InstantSource;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;

/**
 * Keeps, of a blocked topic, what was blocked by rule, hour and day: a Kafka Streams application of
 * its own, whose one store's changelog is the compacted topic that a {@link ReportReader} reads.
 *
 * <pre>{@code
 * new KafkaStreams(Rollup.topology(settings), Rollup.config("edge", kafka))
 * }</pre>
 *
 * <p>Stateless; safe for any thread.
 */
public final class Rollup {

  /** How old a report may be: what changed is written this often. */
  private static final int COMMIT_MILLIS = 5_000;

  private static final int DEFAULT_TRANSACTION_MILLIS = 10_000;
  private static final long CACHE_BYTES = 4 << 20;
  private static final String SUFFIX = "-rollup";
  private static final String TOPIC_SUFFIX = "-" + RollupProcessor.STORE + "-changelog";

  private Rollup() {}

  /**
   * Names the roll-up's own application.
   *
   * @param application {@code application.id} of the limiter whose blocked topic it is
   * @return {@code application.id} of the roll-up
   */
  public static String applicationId(String application) {
    return application + SUFFIX;
  }

  /**
   * Names the topic that reports read. Kafka Streams makes it.
   *
   * @param application {@code application.id} of the limiter
   * @return the topic
   */
  public static String topic(String application) {
    return applicationId(application) + TOPIC_SUFFIX;
  }

  /** The consumer group that feeds a roll-up's topic; the topic's own name if it is of no kind. */
  static String group(String topic) {
    return topic.endsWith(TOPIC_SUFFIX)
        ? topic.substring(0, topic.length() - TOPIC_SUFFIX.length())
        : topic;
  }

  /**
   * Makes the topology.
   *
   * @param settings what is kept
   * @return a topology for a {@code KafkaStreams} with the settings of {@link #config}
   */
  public static Topology topology(RollupSettings settings) {
    return topology(settings, InstantSource.system());
  }

  static Topology topology(RollupSettings settings, InstantSource clock) {
    Topology topology = new Topology();
    topology.addSource(
        "blocked",
        Serdes.ByteArray().deserializer(),
        Serdes.ByteArray().deserializer(),
        settings.blockedTopic());
    topology.addProcessor("roll-up", new RollupProcessor.Supplier(settings, clock), "blocked");
    return topology;
  }

  /**
   * Makes the settings of the roll-up's {@code KafkaStreams}: those of the limiter's, with what has
   * to be another.
   *
   * @param application {@code application.id} of the limiter
   * @param kafka settings of the limiter's {@code KafkaStreams}
   * @return settings; the caller's
   */
  public static Properties config(String application, KafkaSettings kafka) {
    Properties config = kafka.streams(applicationId(application));
    config.computeIfPresent(StreamsConfig.CLIENT_ID_CONFIG, (name, id) -> id + SUFFIX);
    config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    // A topology of one store: nothing to be found on another instance.
    config.remove(StreamsConfig.APPLICATION_SERVER_CONFIG);
    config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, commitMillis(kafka));
    config.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, CACHE_BYTES);
    config.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    if (kafka.get(ProducerConfig.COMPRESSION_TYPE_CONFIG) == null) {
      config.putIfAbsent(
          StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
    }
    return config;
  }

  /** Under exactly-once a transaction is open between two commits. */
  private static int commitMillis(KafkaSettings kafka) {
    String timeout = ProducerConfig.TRANSACTION_TIMEOUT_CONFIG;
    String set = kafka.get(StreamsConfig.producerPrefix(timeout));
    if (set == null) {
      set = kafka.get(timeout);
    }
    int transaction = set == null ? DEFAULT_TRANSACTION_MILLIS : Integer.parseInt(set.trim());
    return Math.min(COMMIT_MILLIS, transaction / 2);
  }
}
