package io.headgate.examples;

import io.headgate.streams.Headgate;
import io.headgate.testkit.Topics;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.jspecify.annotations.Nullable;

/**
 * One run of the demo on a Kafka that is there: topics, feed, application, and the wait until
 * everything that was fed has been judged and committed. Used by one thread; {@link #progress} by
 * any.
 */
final class DemoRun {

  /** What is known while the run goes on, from the producer and the application's metrics. */
  record Progress(long fed, long admitted, long blocked, long acked, long keys) {}

  private static final Duration JUDGE_PATIENCE = Duration.ofMinutes(10);
  private static final long POLL_MILLIS = 100;
  private static final int MAX_RECORD_BYTES = 16 << 20;

  private final String bootstrapServers;
  private final DemoTopics topics;
  private final DemoOptions options;
  private final String stateDir;

  /** Written by the running thread, read by who shows progress. */
  private volatile long fed;

  private volatile @Nullable KafkaStreams streams;
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  DemoRun(String bootstrapServers, DemoTopics topics, DemoOptions options, String stateDir) {
    this.bootstrapServers = bootstrapServers;
    this.topics = topics;
    this.options = options;
    this.stateDir = stateDir;
  }

  /**
   * Runs to the end of the source.
   *
   * @param stopped asked between records: true ends the feed early
   * @return records that were fed, all of them judged
   */
  long run(LineSource source, BooleanSupplier stopped) throws IOException, InterruptedException {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
      createTopics(admin);
      try (KafkaStreams application = application()) {
        streams = application;
        application.start();
        feed(source, stopped);
        awaitJudged(admin);
      } finally {
        streams = null;
      }
      return fed;
    } catch (ExecutionException e) {
      throw new IllegalStateException("Kafka refused: " + rootMessage(e), e);
    }
  }

  private void createTopics(Admin admin) {
    // Records are replayed with their own times: retention must not eat what is years old, nor the
    // broker refuse what is ahead.
    Map<String, String> config =
        Map.of(
            TopicConfig.RETENTION_MS_CONFIG, "-1",
            TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG, String.valueOf(Long.MAX_VALUE),
            TopicConfig.MAX_MESSAGE_BYTES_CONFIG, String.valueOf(MAX_RECORD_BYTES));
    List<NewTopic> wanted = new ArrayList<>();
    for (String topic : List.of(topics.input(), topics.output(), topics.blocked())) {
      wanted.add(new NewTopic(topic, options.partitions(), (short) 1).configs(config));
    }
    Topics.create(admin, wanted);
  }

  private KafkaStreams application() {
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(topics.input(), Consumed.with(Serdes.String(), Serdes.String()))
        .processValues(
            Headgate.limit(options.limit()).named("demo").blockedTo(topics.blocked()).build())
        .to(topics.output(), Produced.with(Serdes.String(), Serdes.String()));

    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, topics.application());
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, options.guarantee());
    config.put(StreamsConfig.STATE_DIR_CONFIG, stateDir);
    config.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    if (options.guarantee().equals(StreamsConfig.AT_LEAST_ONCE)) {
      // The default of 30 s would have the last records wait that long for their commit.
      config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 500);
    }
    config.put(
        StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG), MAX_RECORD_BYTES);
    config.put(
        StreamsConfig.consumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG),
        MAX_RECORD_BYTES);

    KafkaStreams application = new KafkaStreams(builder.build(), config);
    application.setUncaughtExceptionHandler(
        error -> {
          failure.compareAndSet(null, error);
          return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    return application;
  }

  private void feed(LineSource source, BooleanSupplier stopped) throws IOException {
    Map<String, Object> config = new HashMap<>();
    config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_RECORD_BYTES);
    config.put(ProducerConfig.LINGER_MS_CONFIG, 5);
    Duration most = options.feedFor();
    long count = 0;
    long end = most == null ? Long.MAX_VALUE : System.nanoTime() + most.toNanos();
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
      while (!stopped.getAsBoolean() && (most == null || System.nanoTime() - end < 0)) {
        Line line = source.next();
        if (line == null) {
          break;
        }
        // The callback tells of a failure; a future each would be kept for nothing.
        Future<RecordMetadata> unused =
            producer.send(
                new ProducerRecord<>(topics.input(), null, line.time(), line.key(), line.value()),
                (metadata, error) -> {
                  if (error != null) {
                    failure.compareAndSet(null, error);
                  }
                });
        fed = ++count;
        checkFailure();
      }
      producer.flush();
    }
    checkFailure();
  }

  /** Waits until the application has committed the end of every input partition. */
  private void awaitJudged(Admin admin) throws ExecutionException, InterruptedException {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    for (int partition = 0; partition < options.partitions(); partition++) {
      latest.put(new TopicPartition(topics.input(), partition), OffsetSpec.latest());
    }
    Map<TopicPartition, Long> ends = new HashMap<>();
    admin.listOffsets(latest).all().get().forEach((tp, end) -> ends.put(tp, end.offset()));
    long deadline = System.nanoTime() + JUDGE_PATIENCE.toNanos();
    while (!isCommitted(admin, ends)) {
      checkFailure();
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException(
            "the application has not judged all records within "
                + JUDGE_PATIENCE.toMinutes()
                + " minutes");
      }
      Thread.sleep(POLL_MILLIS);
    }
  }

  private boolean isCommitted(Admin admin, Map<TopicPartition, Long> ends)
      throws ExecutionException, InterruptedException {
    var committed =
        admin.listConsumerGroupOffsets(topics.application()).partitionsToOffsetAndMetadata().get();
    return ends.entrySet().stream()
        .allMatch(
            end -> {
              var offset = committed.get(end.getKey());
              return end.getValue() == 0 || (offset != null && offset.offset() >= end.getValue());
            });
  }

  private void checkFailure() {
    Throwable error = failure.get();
    if (error != null) {
      throw new IllegalStateException(rootMessage(error), error);
    }
  }

  static String rootMessage(Throwable error) {
    Throwable root = error;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.toString() : root.getMessage();
  }

  /** What is known now. */
  Progress progress() {
    KafkaStreams application = streams;
    if (application == null) {
      return new Progress(fed, 0, 0, 0, 0);
    }
    Map<String, Long> sums = new HashMap<>();
    for (Metric metric : application.metrics().values()) {
      if (metric.metricName().group().equals("stream-headgate-metrics")
          && metric.metricValue() instanceof Number number) {
        sums.merge(metric.metricName().name(), number.longValue(), Long::sum);
      }
    }
    return new Progress(
        fed,
        sums.getOrDefault("admitted-total", 0L),
        sums.getOrDefault("blocked-total", 0L),
        sums.getOrDefault("events-acked-total", 0L),
        sums.getOrDefault("keys", 0L));
  }
}
