package io.headgate.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.headgate.testkit.EmbeddedKafka;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tasks and workers that end in the middle of a log that goes on. */
@Timeout(180)
class RestartIT {

  private static final int KEYS = 5;
  private static final int LINES = 500;
  private static final int LIMIT = 60;

  @TempDir private Path plugins;
  @TempDir private Path directory;

  private EmbeddedKafka kafka;
  private ConnectWorker worker;
  private Path file;
  private int written;

  @BeforeEach
  void start() throws IOException {
    kafka = EmbeddedKafka.start();
    Repository.install(plugins);
    worker = worker();
    file = Files.createFile(directory.resolve("log"));
    kafka.createTopic("log", 1, Map.of());
    kafka.createTopic("log-blocked", 1, Map.of());
  }

  @AfterEach
  void stop() {
    worker.close();
    kafka.close();
  }

  private ConnectWorker worker() {
    return ConnectWorker.start(kafka.bootstrapServers(), plugins.toString(), directory);
  }

  private Map<String, String> source(String name, Path from, String scope) {
    return worker.connector(
        "file-source-limited.json",
        "name",
        name,
        "file",
        from.toString(),
        "topic",
        "log",
        "transforms.limit.limits",
        LIMIT + "/1d",
        "transforms.limit.scope",
        scope,
        "transforms.limit.name",
        "log-limit",
        "transforms.limit.blocked.topic",
        "log-blocked");
  }

  private void append() throws IOException {
    List<String> lines =
        IntStream.range(written, written + LINES).mapToObj(i -> "k" + i % KEYS + " " + i).toList();
    Files.write(file, lines, StandardCharsets.UTF_8, StandardOpenOption.APPEND);
    written += LINES;
  }

  /** Waits until some of what was appended last is through, and some perhaps not. */
  private void awaitSome(int before) {
    await()
        .atMost(ConnectWorker.LIMIT)
        .until(() -> worker.values("log").size() + worker.blocked("log-blocked") > before);
  }

  private void awaitAll() {
    await()
        .atMost(ConnectWorker.LIMIT)
        .untilAsserted(
            () ->
                assertThat(
                        new HashSet<>(worker.values("log")).size() + worker.blocked("log-blocked"))
                    .isGreaterThanOrEqualTo(written));
  }

  private Map<String, Long> distinctByKey() {
    List<String> out = worker.values("log");
    return new HashSet<>(out)
        .stream()
            .collect(Collectors.groupingBy(line -> line.substring(0, 2), Collectors.counting()));
  }

  @Test
  void shouldBeginAnewWithEachTaskAndLoseNothing() throws Exception {
    worker.run(source("log", file, "task"));
    append();
    awaitAll();
    assertThat(distinctByKey().values()).hasSize(KEYS).containsOnly((long) LIMIT);

    append();
    awaitSome(LINES);
    worker.restartTask("log");
    append();
    awaitAll();
    // Two lives of the task: twice the limit. Were an admitted line lost, it would be less.
    assertThat(distinctByKey().values()).containsOnly(2L * LIMIT);

    append();
    worker.close();
    worker = worker();
    worker.run(source("log", file, "task"));
    append();
    awaitAll();
    assertThat(distinctByKey().values()).containsOnly(3L * LIMIT);
  }

  @Test
  void shouldOutliveATaskAsLongAsAnotherOfItsNameRuns() throws Exception {
    Path idle = Files.createFile(directory.resolve("idle"));
    worker.run(source("idle", idle, "worker"));
    worker.run(source("log", file, "worker"));
    append();
    awaitAll();
    append();
    awaitSome(LINES);
    worker.restartTask("log");
    append();
    awaitAll();
    assertThat(distinctByKey().values()).hasSize(KEYS).containsOnly((long) LIMIT);

    worker.close();
    worker = worker();
    worker.run(source("log", file, "worker"));
    append();
    awaitAll();
    assertThat(distinctByKey().values()).containsOnly(2L * LIMIT);
  }
}
