package io.headgate.examples.demo;

import io.headgate.service.config.ServiceFile;
import io.headgate.service.http.Snapshot;
import io.headgate.service.kafka.RootMessage;
import io.headgate.service.run.Service;
import io.headgate.testkit.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * One run of the demo on a Kafka that is there: topics, feed, service, and the wait until
 * everything that was fed has been judged and committed. Used by one thread; {@link #progress} by
 * any.
 */
final class DemoRun {

  /** What is known while the run goes on, from the producer and the application's metrics. */
  record Progress(long fed, long admitted, long blocked, long acked, long keys) {}

  private static final Duration JUDGE_PATIENCE = Duration.ofMinutes(10);
  private static final long POLL_MILLIS = 100;
  static final int MAX_RECORD_BYTES = 16 << 20;

  private final String bootstrapServers;
  private final DemoTopics topics;
  private final DemoOptions options;
  private final String stateDir;
  private final Consumer<String> onAddress;

  /** Written by the running thread, read by who shows progress. */
  private volatile long fed;

  private volatile @Nullable Service service;

  /** What is known once all is judged: an application that ends has counts no more. */
  private volatile @Nullable Progress last;

  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  /**
   * Prepares a run.
   *
   * @param onAddress is told where the page is, once it is there
   */
  DemoRun(
      String bootstrapServers,
      DemoTopics topics,
      DemoOptions options,
      String stateDir,
      Consumer<String> onAddress) {
    this.onAddress = onAddress;
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
      try (Service running = service()) {
        service = running;
        running.start();
        running.address().ifPresent(onAddress);
        feed(source, stopped);
        awaitJudged(admin);
        last = progress();
      } finally {
        service = null;
      }
      return fed;
    } catch (ExecutionException e) {
      throw new IllegalStateException("Kafka refused: " + RootMessage.of(e), e);
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
    wanted.add(
        new NewTopic(topics.limits(), 1, (short) 1)
            .configs(
                Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT)));
    Topics.create(admin, wanted);
  }

  private Service service() throws IOException {
    Path file = Path.of(stateDir, "headgate.yaml");
    Files.writeString(Path.of(stateDir, "token"), options.token());
    Files.writeString(file, DemoFile.text(bootstrapServers, topics, options, stateDir));
    return Service.prepare(ServiceFile.read(file, name -> null));
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
    Service running = service;
    String reason = running == null ? null : running.failure().orElse(null);
    if (reason != null) {
      throw new IllegalStateException(reason);
    }
    Throwable error = failure.get();
    if (error != null) {
      throw new IllegalStateException(RootMessage.of(error), error);
    }
  }

  /** What is known now, or was known last. */
  Progress progress() {
    Progress known = last;
    if (known != null) {
      return known;
    }
    Service running = service;
    if (running == null) {
      return new Progress(fed, 0, 0, 0, 0);
    }
    Snapshot now = running.figures();
    return new Progress(
        fed,
        now.totals().admitted(),
        now.totals().blocked(),
        now.lane().acked(),
        now.keys().live());
  }
}
