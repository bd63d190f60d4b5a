package io.headgate.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.headgate.lane.BlockedEvent;
import io.headgate.lane.BlockedEventSerde;
import io.headgate.service.config.ServiceConfig;
import io.headgate.service.config.ServiceFile;
import io.headgate.service.run.Service;
import io.headgate.testkit.EmbeddedKafka;
import io.headgate.testkit.TopicReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A broker, and services on it by files as a user writes them. */
final class ServiceRig implements AutoCloseable {

  static final Duration LIMIT = Duration.ofSeconds(60);
  static final long TIME = 1_700_000_000_000L;

  private static final AtomicInteger NAMES = new AtomicInteger();

  final EmbeddedKafka kafka = EmbeddedKafka.start();

  /** Records sent so far. */
  private final Map<TopicPartition, Long> ends = new HashMap<>();

  /** A name that nothing else in this JVM has. */
  static String unique(String what) {
    return what + "-" + NAMES.incrementAndGet();
  }

  /** Makes a topic that keeps its records whatever their time. */
  String topic(String what, int partitions) {
    return topic(unique(what), partitions, Map.of());
  }

  String topic(String name, int partitions, Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("retention.ms", "-1");
    kafka.createTopic(name, partitions, all);
    return name;
  }

  String limitsTopic() {
    return topic(unique("limits"), 1, Map.of("cleanup.policy", "compact"));
  }

  /** What stands in each file: brokers, and no waits that only a real cluster needs. */
  List<String> lines(String application, Path state, String... more) {
    List<String> lines = new ArrayList<>();
    lines.add("application: " + application);
    lines.add("kafka:");
    lines.add("  bootstrap.servers: " + kafka.bootstrapServers());
    lines.add("  state.dir: " + state);
    lines.add("  commit.interval.ms: 200");
    lines.add("  num.stream.threads: 2");
    lines.add("  heartbeat.interval.ms: 500");
    lines.add("analytics: off");
    lines.add("http: off");
    lines.addAll(List.of(more));
    return lines;
  }

  static Path write(Path file, List<String> lines) {
    try {
      return Files.write(file, lines);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static ServiceConfig read(Path file) {
    return ServiceFile.read(file, name -> null);
  }

  /** Starts a service, and waits until it is ready. */
  static Service start(Path file) {
    Service service = Service.prepare(read(file));
    service.start();
    awaitReady(service);
    return service;
  }

  static void awaitReady(Service service) {
    await("ready")
        .atMost(LIMIT)
        .failFast(() -> assertThat(service.failure()).isEmpty())
        .until(() -> service.health().ready());
  }

  void send(List<ProducerRecord<byte[], byte[]>> records) {
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (var producer =
        new KafkaProducer<>(
            Map.<String, Object>of("bootstrap.servers", kafka.bootstrapServers(), "linger.ms", 5),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      records.forEach(record -> sent.add(producer.send(record)));
    }
    for (Future<RecordMetadata> each : sent) {
      assertThat(each)
          .succeedsWithin(Duration.ZERO)
          .satisfies(
              at ->
                  ends.merge(
                      new TopicPartition(at.topic(), at.partition()), at.offset() + 1, Math::max));
    }
  }

  /** Sends records of one moment, as many of each key. */
  void send(String topic, int partitions, int keys, int each) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < each; i++) {
      for (int key = 0; key < keys; key++) {
        byte[] name = ("key-" + key).getBytes(UTF_8);
        records.add(
            new ProducerRecord<>(topic, key % partitions, TIME, name, ("v" + i).getBytes(UTF_8)));
      }
    }
    send(records);
  }

  /** How many records were sent to a topic. */
  long sent(String topic) {
    return ends.entrySet().stream()
        .filter(end -> end.getKey().topic().equals(topic))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  /** Waits until the application has committed all that was sent to a topic. */
  void awaitCommitted(String application, String topic) {
    await("application " + application + " has committed all of " + topic)
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> isCommitted(application, topic));
  }

  boolean isCommitted(String application, String topic) throws Exception {
    var committed =
        kafka.admin().listConsumerGroupOffsets(application).partitionsToOffsetAndMetadata().get();
    return ends.entrySet().stream()
        .filter(end -> end.getKey().topic().equals(topic))
        .allMatch(
            end -> {
              var offset = committed.get(end.getKey());
              return offset != null && offset.offset() >= end.getValue();
            });
  }

  List<ConsumerRecord<byte[], byte[]>> read(String topic) {
    return TopicReader.readAll(kafka.bootstrapServers(), topic, LIMIT);
  }

  /** How many records of each key a topic has. */
  Map<String, Integer> byKey(String topic) {
    Map<String, Integer> counts = new HashMap<>();
    for (var record : read(topic)) {
      String key = record.key() == null ? "" : new String(record.key(), UTF_8);
      counts.merge(key, 1, Integer::sum);
    }
    return counts;
  }

  List<BlockedEvent> events(String topic) {
    try (BlockedEventSerde serde = new BlockedEventSerde()) {
      return read(topic).stream()
          .map(
              record ->
                  Objects.requireNonNull(serde.deserializer().deserialize(topic, record.value())))
          .toList();
    }
  }

  long blocked(String topic) {
    return events(topic).stream().mapToLong(BlockedEvent::count).sum();
  }

  @Override
  public void close() {
    kafka.close();
  }
}
