package io.headgate.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.headgate.lane.BlockedEvent;
import io.headgate.testkit.EmbeddedKafka;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.management.ObjectName;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The plugin in a worker, installed from its zip, beside connectors of Kafka's own. */
@Timeout(180)
class ConnectIT {

  /** No test takes as long as the window: what passes is known. */
  private static final int LIMIT = 20;

  @TempDir private static Path plugins;
  @TempDir private static Path directory;

  private static EmbeddedKafka kafka;
  private static ConnectWorker worker;

  @BeforeAll
  static void start() {
    kafka = EmbeddedKafka.start();
    String path = Repository.install(plugins).toString();
    worker = ConnectWorker.start(kafka.bootstrapServers(), path, directory);
  }

  @AfterAll
  static void stop() {
    worker.close();
    kafka.close();
  }

  private static String firstField(String line) {
    return line.substring(0, line.indexOf(' '));
  }

  /** How many lines of each key pass a limit that no key's window outlives. */
  private static Map<String, Long> expected(List<String> lines, long limit) {
    Map<String, Long> counts =
        lines.stream()
            .collect(
                Collectors.groupingBy(ConnectIT::firstField, HashMap::new, Collectors.counting()));
    counts.replaceAll((key, count) -> Math.min(count, limit));
    return counts;
  }

  private static Map<String, Long> byKey(List<String> lines) {
    return lines.stream()
        .collect(Collectors.groupingBy(ConnectIT::firstField, Collectors.counting()));
  }

  private static void awaitAll(String topic, String blocked, long records) {
    await()
        .atMost(ConnectWorker.LIMIT)
        .untilAsserted(
            () ->
                assertThat(worker.values(topic).size() + worker.blocked(blocked))
                    .isEqualTo(records));
  }

  private static void topics(String name) {
    kafka.createTopic(name, 1, Map.of());
    kafka.createTopic(name + "-blocked", 1, Map.of());
  }

  @Test
  void shouldComeFromThePluginPathInItsOwnClassLoader() throws Exception {
    for (String name :
        List.of(
            "io.headgate.connect.RateLimit$Key",
            "io.headgate.connect.RateLimit$Value",
            "io.headgate.connect.OverLimit",
            "io.headgate.connect.BlockedEventConverter")) {
      Object plugin = worker.plugin(name);
      assertThat(plugin.getClass().getName()).isEqualTo(name);
      assertThat(plugin.getClass().getClassLoader().getClass().getSimpleName())
          .isEqualTo("PluginClassLoader");
    }
    assertThat(worker.rest("GET", "connector-plugins?connectorsOnly=false", "").toString())
        .contains("io.headgate.connect.RateLimit$Value", Version.TEXT);
  }

  @Test
  void shouldLimitARealLogLineByLine() throws Exception {
    topics("log");
    List<String> lines = Repository.accessLog();
    Path file = Files.write(directory.resolve("access.log"), lines, StandardCharsets.UTF_8);
    worker.run(
        worker.connector(
            "file-source-limited.json",
            "name",
            "log",
            "file",
            file.toString(),
            "topic",
            "log",
            "transforms.limit.limits",
            LIMIT + "/1d",
            "transforms.limit.blocked.topic",
            "log-blocked"));
    awaitAll("log", "log-blocked", lines.size());
    assertThat(byKey(worker.values("log"))).isEqualTo(expected(lines, LIMIT));
    Map<String, Long> over = byKey(lines);
    expected(lines, LIMIT).forEach((key, passed) -> over.merge(key, -passed, Long::sum));
    over.values().removeIf(count -> count == 0);
    List<BlockedEvent> events = worker.events("log-blocked");
    assertThat(
            events.stream()
                .collect(
                    Collectors.groupingBy(
                        BlockedEvent::key, Collectors.summingLong(BlockedEvent::count))))
        .isEqualTo(over);
    assertThat(events)
        .allSatisfy(
            event -> {
              assertThat(event.limiter()).isEqualTo("access-log-limit");
              assertThat(event.rule()).isEqualTo("default");
              assertThat(event.limit()).isEqualTo(LIMIT);
              assertThat(event.windowMillis()).isEqualTo(86_400_000);
              // A source's record is not in Kafka yet: where it was going, and its number.
              assertThat(event.topic()).isEqualTo("log");
              assertThat(event.partition()).isEqualTo(-1);
              assertThat(event.firstOffset()).isBetween(0L, lines.size() - 1L);
            });
    assertThat(metric("log", "transformation", "limit", "blocked-total"))
        .isEqualTo((double) over.values().stream().mapToLong(Long::longValue).sum());
    await()
        .atMost(ConnectWorker.LIMIT)
        .until(
            () ->
                metric("log", "transformation", "limit", "events-acked-total")
                    == (double) events.size());
    assertThat(metric("log", "transformation", "limit", "records-lost-total")).isZero();
    assertThat(metric("log", "transformation", "limit", "behind-total")).isZero();
    worker.delete("log");
  }

  private static double metric(String connector, String kind, String alias, String name)
      throws Exception {
    Set<ObjectName> found =
        ManagementFactory.getPlatformMBeanServer()
            .queryNames(
                new ObjectName(
                    "kafka.connect:type=plugins,connector="
                        + connector
                        + ",task=0,"
                        + kind
                        + "="
                        + alias),
                null);
    assertThat(found).hasSize(1);
    Object value =
        ManagementFactory.getPlatformMBeanServer().getAttribute(found.iterator().next(), name);
    return ((Number) value).doubleValue();
  }

  @Test
  void shouldDropWithKafkasOwnFilter() throws Exception {
    topics("filtered");
    List<String> lines = Repository.accessLog().subList(0, 2_000);
    Path file = Files.write(directory.resolve("filtered.log"), lines, StandardCharsets.UTF_8);
    worker.run(
        worker.connector(
            "file-source-filter.json",
            "name",
            "filtered",
            "file",
            file.toString(),
            "topic",
            "filtered",
            "predicates.over.limits",
            LIMIT + "/1d," + (LIMIT - 1) + "/12h",
            "predicates.over.blocked.topic",
            "filtered-blocked"));
    awaitAll("filtered", "filtered-blocked", lines.size());
    assertThat(byKey(worker.values("filtered"))).isEqualTo(expected(lines, LIMIT - 1));
    assertThat(worker.events("filtered-blocked"))
        .allSatisfy(event -> assertThat(event.limit()).isEqualTo(LIMIT - 1));
    assertThat(metric("filtered", "predicate", "over", "admitted-total"))
        .isEqualTo((double) worker.values("filtered").size());
    worker.delete("filtered");
  }

  @Test
  void shouldKeepTheVerdictOfARecordThatIsSentAgain() throws Exception {
    topics("retried");
    FailsOnceInAWhile.FAILED.set(0);
    List<String> lines = java.util.stream.IntStream.range(0, 60).mapToObj(i -> "a " + i).toList();
    Path file = Files.write(directory.resolve("retried.log"), lines, StandardCharsets.UTF_8);
    worker.run(
        worker.connector(
            "file-source-limited.json",
            "name",
            "retried",
            "file",
            file.toString(),
            "topic",
            "retried",
            "producer.override.partitioner.class",
            FailsOnceInAWhile.class.getName(),
            "transforms.limit.limits",
            LIMIT + "/1d",
            "transforms.limit.blocked.topic",
            "retried-blocked"));
    awaitAll("retried", "retried-blocked", lines.size());
    // Were a record judged again, it would be charged again, and fewer would pass.
    assertThat(worker.values("retried")).isEqualTo(lines.subList(0, LIMIT));
    assertThat(FailsOnceInAWhile.FAILED.get()).isGreaterThan(5);
    assertThat(metric("retried", "transformation", "limit", "admitted-total"))
        .isEqualTo((double) LIMIT);
    worker.delete("retried");
  }

  @Test
  void shouldHoldForAllTasksOfAWorkerWhereTheScopeIsTheWorker() throws Exception {
    assertThat(sink("worker-wide", "worker", LIMIT)).isEqualTo(Map.of("a", 20L, "b", 20L));
  }

  @Test
  void shouldHoldForEachTaskWhereTheScopeIsTheTask() throws Exception {
    assertThat(sink("task-wide", "task", 2 * LIMIT)).isEqualTo(Map.of("a", 40L, "b", 40L));
  }

  /** Until then one task may have both. */
  private static void awaitPartitionEach(String group) {
    await()
        .atMost(ConnectWorker.LIMIT)
        .untilAsserted(
            () ->
                assertThat(
                        kafka.admin().describeConsumerGroups(List.of(group)).all().get().values())
                    .flatExtracting(described -> described.members())
                    .extracting(member -> member.assignment().topicPartitions().size())
                    .containsExactly(1, 1));
  }

  /** Two tasks, a partition each, and every key in both. */
  private static Map<String, Long> sink(String topic, String scope, int passing) throws Exception {
    kafka.createTopic(topic, 2, Map.of());
    kafka.createTopic(topic + "-blocked", 1, Map.of());
    Path file = directory.resolve(topic);
    Map<String, String> config =
        worker.connector(
            "file-sink-limited.json",
            "name",
            topic,
            "topics",
            topic,
            "file",
            file.toString(),
            "transforms.limit.scope",
            scope,
            "transforms.limit.name",
            topic,
            "transforms.limit.limits",
            LIMIT + "/1d",
            "transforms.limit.blocked.topic",
            topic + "-blocked");
    worker.run(config);
    awaitPartitionEach("connect-" + topic);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", kafka.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < 400; i++) {
        String key = i % 4 < 2 ? "a" : "b";
        Future<RecordMetadata> unused =
            producer.send(
                new ProducerRecord<>(
                    topic,
                    i % 2,
                    key.getBytes(StandardCharsets.UTF_8),
                    (key + " " + i).getBytes(StandardCharsets.UTF_8)));
      }
    }
    await()
        .atMost(ConnectWorker.LIMIT)
        .untilAsserted(
            () -> assertThat(worker.blocked(topic + "-blocked")).isEqualTo(400 - 2L * passing));
    worker.delete(topic);
    List<BlockedEvent> events = worker.events(topic + "-blocked");
    assertThat(events.stream().map(BlockedEvent::partition)).containsOnly(0, 1);
    assertThat(
            events.stream()
                .map(event -> event.topic() + event.partition() + "@" + event.firstOffset()))
        .as("a sink's record has its own place in Kafka")
        .doesNotHaveDuplicates()
        .allSatisfy(at -> assertThat(at).startsWith(topic));
    await()
        .atMost(ConnectWorker.LIMIT)
        .untilAsserted(() -> assertThat(Files.readAllLines(file)).hasSize(2 * passing));
    return Files.readAllLines(file).stream()
        .map(ConnectIT::firstField)
        .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
  }

  @Test
  void shouldAnswerWrongOptionsByConnectsOwnValidation() throws Exception {
    Map<String, String> config =
        worker.connector(
            "file-source-limited.json",
            "transforms.limit.limits",
            "10/1x",
            "transforms.limit.over.limit",
            "route",
            "transforms.limit.scope",
            "cluster",
            "transforms.limit.key",
            "field:id");
    assertThat(worker.validate(config))
        .containsOnly(
            Map.entry(
                "transforms.limit.limits",
                List.of(
                    "limits: limit \"10/1x\": expected UNITS/WINDOW, such as 100/60s or 20/1h")),
            Map.entry(
                "transforms.limit.route.topic",
                List.of(
                    "route.topic: found nothing, expected a topic, where over.limit=route sends"
                        + " records")),
            Map.entry(
                "transforms.limit.scope",
                List.of("scope: found \"cluster\", expected task, worker")),
            Map.entry(
                "transforms.limit.key",
                List.of(
                    "key: found \"field:id\", expected a JSON pointer, such as field:/user/id")));
    assertThat(worker.validate(worker.connector("file-source-limited.json"))).isEmpty();
    assertThat(worker.validate(worker.connector("file-source-filter.json"))).isEmpty();
  }

  @Test
  void shouldFailATaskThatWouldShareALimiterOfOtherSettings() throws Exception {
    kafka.createTopic("shares", 1, Map.of());
    Map<String, String> first =
        worker.connector(
            "file-sink-limited.json",
            "name",
            "shares",
            "topics",
            "shares",
            "tasks.max",
            "1",
            "file",
            directory.resolve("shares").toString(),
            "transforms.limit.name",
            "shares");
    worker.run(first);
    Map<String, String> second = new HashMap<>(first);
    second.put("name", "shares-too");
    second.put("transforms.limit.limits", "7/1m");
    worker.put(second);
    await()
        .atMost(ConnectWorker.LIMIT)
        .untilAsserted(
            () ->
                assertThat(worker.failure("shares-too"))
                    .contains("name: found \"shares\", which tasks of this worker share with"));
    worker.delete("shares-too");
    worker.delete("shares");
  }
}
