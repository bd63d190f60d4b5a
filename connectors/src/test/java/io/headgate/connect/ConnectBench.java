package io.headgate.connect;

import io.headgate.testkit.EmbeddedKafka;
import io.headgate.testkit.TemporaryDirectory;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
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
 *   connectors/target/bench.classpath) io.headgate.connect.ConnectBench 31
 * }</pre>
 */
final class ConnectBench {

  private static final int LINES = 1_000_000;

  /** Measured from here on: a connector's start is no part of it. */
  private static final int WARM = LINES / 5;

  private static final int CLIENTS = 10_000;
  private static final long POLL_NANOS = 2_000_000;

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
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
   * @param args how many rounds of both, and {@code log} for lines of real requests
   */
  public static void main(String[] args) throws Exception {
    int rounds = Integer.parseInt(args[0]);
    Path directory = Files.createTempDirectory("headgate-connect-bench");
    try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
      Path file = directory.resolve("log");
      Files.write(file, lines(args.length > 1 && args[1].equals("log")), StandardCharsets.UTF_8);
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

  private static List<String> lines(boolean real) {
    List<String> lines = new ArrayList<>(LINES);
    List<String> log = real ? Repository.accessLog() : List.of();
    for (int i = 0; i < LINES; i++) {
      lines.add(
          real
              ? log.get(i % log.size())
              : "client-" + i * 7919L % CLIENTS + " - - \"GET /images/" + i + "\" 200 5120");
    }
    return lines;
  }

  /** What was seen of one run: records a second, and nanoseconds of the task's thread a record. */
  private record Seen(double rate, double cpu) {}

  private void run(int rounds) throws Exception {
    List<Double> rates = new ArrayList<>();
    List<Double> cpus = new ArrayList<>();
    see(false);
    see(true);
    for (int i = 0; i < rounds; i++) {
      // The order turns, so that neither always has what the other left behind.
      boolean limitedFirst = i % 2 == 1;
      Seen first = see(limitedFirst);
      Seen second = see(!limitedFirst);
      Seen limited = limitedFirst ? first : second;
      Seen none = limitedFirst ? second : first;
      rates.add(limited.rate / none.rate);
      cpus.add(limited.cpu / none.cpu);
      System.out.printf(
          "round %d: no-op %,.0f/s and %,.0f ns, limiter %,.0f/s and %,.0f ns,"
              + " throughput %.3f, cpu %.3f%n",
          i + 1,
          none.rate,
          none.cpu,
          limited.rate,
          limited.cpu,
          limited.rate / none.rate,
          limited.cpu / none.cpu);
    }
    print("throughput, limiter / no-op", rates);
    print("time of the task's thread a record, limiter / no-op", cpus);
  }

  private static void print(String what, List<Double> ratios) {
    Collections.sort(ratios);
    int rounds = ratios.size();
    System.out.printf(
        "%s: median of %d rounds %.3f, half of them %.3f to %.3f, all %.3f to %.3f%n",
        what,
        rounds,
        ratios.get(rounds / 2),
        ratios.get(rounds / 4),
        ratios.get(rounds * 3 / 4),
        ratios.get(0),
        ratios.get(rounds - 1));
  }

  private Seen see(boolean limited) throws Exception {
    String name = "run-" + runs++;
    kafka.createTopic(name, 1, Map.of());
    Map<String, String> config =
        worker.connector(
            "file-source-limited.json", "name", name, "file", file.toString(), "topic", name);
    if (limited) {
      // Nothing is over it: a record that is dropped costs less than one that is sent.
      config.put("transforms.limit.limits", "60000/1h");
      config.remove("transforms.limit.blocked.topic");
    } else {
      config.keySet().removeIf(option -> option.startsWith("transforms.limit."));
      config.put("transforms.limit.type", NoOp.class.getName());
    }
    worker.put(config);
    long begin = awaitOffset(name, WARM);
    long warm = offset(name);
    long cpu = taskCpu(name);
    long end = awaitOffset(name, LINES);
    cpu = taskCpu(name) - cpu;
    worker.delete(name);
    kafka.admin().deleteTopics(List.of(name)).all().get();
    return new Seen((LINES - warm) * 1e9 / (end - begin), (double) cpu / (LINES - warm));
  }

  private long taskCpu(String connector) {
    for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
      if (thread != null && thread.getThreadName().equals("task-thread-" + connector + "-0")) {
        return threads.getThreadCpuTime(thread.getThreadId());
      }
    }
    throw new IllegalStateException("connector " + connector + " has no thread of its task");
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
