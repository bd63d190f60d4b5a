package io.headgate.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.headgate.lane.BlockedEvent;
import io.headgate.lane.BlockedEventSerde;
import io.headgate.streams.Traffic.Request;
import io.headgate.testkit.EmbeddedKafka;
import io.headgate.testkit.TopicReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.jspecify.annotations.Nullable;

/**
 * A broker with the topics of a test class. Values of requests are their places in the list that
 * they come from, so that each can be told from all others wherever it goes.
 */
final class Cluster implements AutoCloseable {

  static final String AT_LEAST_ONCE = StreamsConfig.AT_LEAST_ONCE;
  static final String EXACTLY_ONCE = StreamsConfig.EXACTLY_ONCE_V2;
  static final Duration LIMIT = Duration.ofSeconds(90);

  private static final AtomicInteger NAMES = new AtomicInteger();

  final EmbeddedKafka kafka;

  /** Records sent so far: what an application is done with when it has committed them. */
  private final Map<TopicPartition, Long> ends = new HashMap<>();

  Cluster() {
    this(EmbeddedKafka.start());
  }

  /** Takes a broker over: it ends with the cluster. */
  Cluster(EmbeddedKafka kafka) {
    this.kafka = kafka;
  }

  /** A name that nothing else in this JVM has. */
  static String unique(String what) {
    return what + "-" + NAMES.incrementAndGet();
  }

  /** Makes a topic that keeps its records whatever their time. */
  String topic(String what, int partitions) {
    String topic = unique(what);
    kafka.createTopic(
        topic,
        partitions,
        Map.of(
            "retention.ms",
            "-1",
            "message.timestamp.after.max.ms",
            String.valueOf(Long.MAX_VALUE)));
    for (int partition = 0; partition < partitions; partition++) {
      ends.put(new TopicPartition(topic, partition), 0L);
    }
    return topic;
  }

  /** Settings of an application without waits that only a real cluster needs. */
  Properties config(String application, String guarantee, String stateDirectory) {
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, application);
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
    config.put(StreamsConfig.STATE_DIR_CONFIG, stateDirectory);
    config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 200);
    config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
    config.put("auto.offset.reset", "earliest");
    // Instances say when they leave; a machine that stalls is not to be taken for one that crashed.
    config.put("session.timeout.ms", 20_000);
    config.put("heartbeat.interval.ms", 500);
    config.put("producer.transaction.timeout.ms", 60_000);
    // The lowest there is: an application that lost a rebalance looks again soon.
    config.put(StreamsConfig.PROBING_REBALANCE_INTERVAL_MS_CONFIG, 60_000L);
    return config;
  }

  /** Sends requests; those of a key go to one partition, in their order. */
  void send(String topic, List<Request> requests, int from, int to) {
    int partitions =
        (int) ends.keySet().stream().filter(each -> each.topic().equals(topic)).count();
    Map<String, Object> config =
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            kafka.bootstrapServers(),
            ProducerConfig.LINGER_MS_CONFIG,
            5);
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (var producer =
        new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
      for (int i = from; i < to; i++) {
        Request request = requests.get(i);
        int partition = Math.floorMod(request.key().hashCode(), partitions);
        sent.add(
            producer.send(
                new ProducerRecord<>(
                    topic, partition, request.time(), request.key(), String.valueOf(i))));
        ends.merge(new TopicPartition(topic, partition), 1L, Long::sum);
      }
    }
    assertThat(sent).allSatisfy(each -> assertThat(each).isDone());
    sent.forEach(each -> assertThat(each).succeedsWithin(Duration.ZERO));
  }

  void send(String topic, List<Request> requests) {
    send(topic, requests, 0, requests.size());
  }

  /** Writes one record as it is. */
  void write(String topic, byte[] key, byte @Nullable [] value) {
    Map<String, Object> config =
        Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
    Future<RecordMetadata> sent;
    try (var producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      sent = producer.send(new ProducerRecord<>(topic, key, value));
    }
    assertThat(sent).succeedsWithin(Duration.ZERO);
  }

  /** An application whose group is run by the broker, as KIP-1071 has it. */
  Properties streamsProtocol(Properties config, int standbys) {
    config.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, "streams");
    config.remove("session.timeout.ms");
    config.remove("heartbeat.interval.ms");
    // Settings of its clients are the group's then.
    config.remove(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG);
    config.remove(StreamsConfig.PROBING_REBALANCE_INTERVAL_MS_CONFIG);
    ConfigResource group =
        new ConfigResource(
            ConfigResource.Type.GROUP, config.getProperty(StreamsConfig.APPLICATION_ID_CONFIG));
    AlterConfigOp set =
        new AlterConfigOp(
            new ConfigEntry("streams.num.standby.replicas", String.valueOf(standbys)),
            AlterConfigOp.OpType.SET);
    kafka.admin().incrementalAlterConfigs(Map.of(group, List.of(set)));
    await()
        .atMost(LIMIT)
        .until(
            () ->
                kafka.admin().describeConfigs(List.of(group)).all().get().values().stream()
                    .map(values -> values.get("streams.num.standby.replicas").value())
                    .allMatch(String.valueOf(standbys)::equals));
    return config;
  }

  /** What an application has committed of a topic. */
  Map<TopicPartition, Long> committed(String application, String topic) {
    try {
      Map<TopicPartition, Long> committed = new HashMap<>();
      kafka
          .admin()
          .listConsumerGroupOffsets(application)
          .partitionsToOffsetAndMetadata()
          .get()
          .forEach(
              (partition, offset) -> {
                if (partition.topic().equals(topic) && offset != null) {
                  committed.put(partition, offset.offset());
                }
              });
      return committed;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  /** Waits until an application has committed all that was sent to a topic. */
  void awaitProcessed(App app, String topic) {
    Map<TopicPartition, Long> wanted = new HashMap<>();
    ends.forEach(
        (partition, end) -> {
          if (partition.topic().equals(topic) && end > 0) {
            wanted.put(partition, end);
          }
        });
    await("application " + app.name() + " has committed all of " + topic)
        .atMost(LIMIT)
        .failFast(() -> assertThat(app.errors()).isEmpty())
        .pollInterval(Duration.ofMillis(50))
        .until(() -> committed(app.name(), topic).entrySet().containsAll(wanted.entrySet()));
  }

  List<ConsumerRecord<byte[], byte[]>> read(String topic) {
    return TopicReader.readAll(kafka.bootstrapServers(), topic, LIMIT);
  }

  /** Which requests are in a topic; each at most once. */
  BitSet requests(String topic) {
    BitSet requests = new BitSet();
    for (var record : read(topic)) {
      int request = Integer.parseInt(new String(record.value(), StandardCharsets.UTF_8));
      assertThat(requests.get(request)).as("request %s a second time", request).isFalse();
      requests.set(request);
    }
    return requests;
  }

  /** The events of a limiter. */
  List<BlockedEvent> events(String topic, String limiter) {
    try (BlockedEventSerde serde = new BlockedEventSerde()) {
      return read(topic).stream()
          .map(
              record ->
                  Objects.requireNonNull(serde.deserializer().deserialize(topic, record.value())))
          .filter(event -> event.limiter().equals(limiter))
          .toList();
    }
  }

  static long sum(List<BlockedEvent> events) {
    return events.stream().mapToLong(BlockedEvent::count).sum();
  }

  /** Blocked requests by key, as events say. */
  static Map<String, Long> byKey(List<BlockedEvent> events) {
    Map<String, Long> counts = new TreeMap<>();
    for (BlockedEvent event : events) {
      counts.merge(String.valueOf(event.key()), event.count(), Long::sum);
    }
    return counts;
  }

  @Override
  public void close() {
    kafka.close();
  }
}
