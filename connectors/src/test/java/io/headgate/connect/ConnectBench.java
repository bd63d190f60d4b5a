package io.headgate.connect;

import io.headgate.testkit.EmbeddedKafka;
import io.headgate.testkit.TemporaryDirectory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/**
 * What the transform costs: a file into a topic through a worker, with the limiter and with a
 * transform that does nothing, in turn. Only the ratio means anything. Needs the plugin's zip:
 *
 * <pre>{@code
 * mvn -B -q -pl connectors -am -DskipTests package dependency:build-classpath \
 *   -Dmdep.outputFile=target/bench.classpath
 * java -cp connectors/target/classes:connectors/target/test-classes:$(cat \
 *   connectors/target/bench.classpath) io.headgate.connect.ConnectBench 5
 * }</pre>
 */
final class ConnectBench {

  private static final int LINES = 1_000_000;

  /** Measured from here on: a connector's start is no part of it. */
  private static final int WARM = LINES / 5;

  private static final int CLIENTS = 10_000;
  private static final long POLL_NANOS = 2_000_000;

  private final EmbeddedKafka kafka;
  private final ConnectWorker worker;
  private final Path file;
  private int runs;

  private ConnectBench(EmbeddedKafka kafka, ConnectWorker worker, Path file) {
    this.kafka = kafka;
    this.worker = worker;
    this.file = file;
  }

  /**
   * Runs it.
   *
   * @param args how many rounds of both
   */
  public static void main(String[] args) throws Exception {
    int rounds = Integer.parseInt(args[0]);
    Path directory = Files.createTempDirectory("headgate-connect-bench");
    try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
      Path file = directory.resolve("log");
      List<String> lines = new ArrayList<>(LINES);
      for (int i = 0; i < LINES; i++) {
        lines.add("client-" + i * 7919L % CLIENTS + " - - \"GET /images/" + i + "\" 200 5120");
      }
      Files.write(file, lines, StandardCharsets.UTF_8);
      String plugins = Repository.install(directory.resolve("plugins")).toString();
      try (ConnectWorker worker =
          ConnectWorker.start(kafka.bootstrapServers(), plugins, directory)) {
        new ConnectBench(kafka, worker, file).run(rounds);
      }
    } finally {
      TemporaryDirectory.delete(directory);
    }
    System.exit(0);
  }

  private void run(int rounds) throws Exception {
    List<Double> ratios = new ArrayList<>();
    perSecond(false);
    perSecond(true);
    for (int i = 0; i < rounds; i++) {
      // The order turns, so that neither always has what the other left behind.
      boolean limitedFirst = i % 2 == 1;
      double first = perSecond(limitedFirst);
      double second = perSecond(!limitedFirst);
      double limited = limitedFirst ? first : second;
      double none = limitedFirst ? second : first;
      ratios.add(limited / none);
      System.out.printf(
          "round %d: no-op %,.0f/s, limiter %,.0f/s, ratio %.3f%n",
          i + 1, none, limited, limited / none);
    }
    Collections.sort(ratios);
    System.out.printf(
        "ratio of %d rounds: median %.3f, from %.3f to %.3f%n",
        rounds, ratios.get(rounds / 2), ratios.get(0), ratios.get(rounds - 1));
  }

  private double perSecond(boolean limited) throws Exception {
    String name = "run-" + runs++;
    kafka.createTopic(name, 1, Map.of());
    Map<String, String> config =
        worker.connector(
            "file-source-limited.json", "name", name, "file", file.toString(), "topic", name);
    if (limited) {
      config.put("transforms.limit.limits", "1000/1h");
      config.remove("transforms.limit.blocked.topic");
    } else {
      config.keySet().removeIf(option -> option.startsWith("transforms.limit."));
      config.put("transforms.limit.type", NoOp.class.getName());
    }
    worker.put(config);
    long begin = awaitOffset(name, WARM);
    long warm = offset(name);
    long end = awaitOffset(name, LINES);
    worker.delete(name);
    kafka.admin().deleteTopics(List.of(name)).all().get();
    return (LINES - warm) * 1e9 / (end - begin);
  }

  private long awaitOffset(String topic, long offset) throws Exception {
    while (offset(topic) < offset) {
      LockSupport.parkNanos(POLL_NANOS);
    }
    return System.nanoTime();
  }

  private long offset(String topic) throws Exception {
    TopicPartition partition = new TopicPartition(topic, 0);
    return kafka
        .admin()
        .listOffsets(Map.of(partition, OffsetSpec.latest()))
        .partitionResult(partition)
        .get()
        .offset();
  }
}
