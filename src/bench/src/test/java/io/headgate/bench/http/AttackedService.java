package io.headgate.bench.http;

import io.headgate.bench.http.HttpBench.Stretch;
import io.headgate.service.config.ServiceFile;
import io.headgate.service.http.Snapshot;
import io.headgate.service.run.Service;
import io.headgate.testkit.ChildJvm;
import io.headgate.testkit.ProcessCluster;
import io.headgate.testkit.Topics;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * A service that judges records which come at a pace; or which lie there, more than it can take:
 * fed well ahead, between two measurements. Belongs to one thread.
 */
final class AttackedService implements AutoCloseable {

  private static final int PARTITIONS = 1;
  private static final int KEYS = 10_000;
  private static final int VALUE_BYTES = 100;
  private static final int FEED = 500_000;
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int WARM_UPS = 5;
  private static final long STEP_MILLIS = 5;

  /** What it may take in a second, as long as that is not known. */
  private static final double UNKNOWN_RATE = 400_000;

  private static final String TOKEN = "a-token-of-a-bench-that-ends-soon";
  private static final String INPUT = "access-log";

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final Path directory;
  private final PrintStream err;
  private final ProcessCluster cluster;
  private final Service service;
  private final Producer<byte[], byte[]> producer;
  private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
  private final int pace;
  private long fed;

  private double most;

  /** Starts it; {@code pace} records a second will come, or 0 for more than it can take. */
  AttackedService(Path directory, PrintStream err, int pace)
      throws IOException, InterruptedException {
    this.directory = directory;
    this.err = err;
    this.pace = pace;
    cluster =
        ProcessCluster.start(
            1,
            directory,
            Map.of("log.retention.ms", "-1", "log.cleaner.enable", "false"),
            List.of("-Xmx1g", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"));
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", cluster.bootstrapServers()))) {
      Topics.create(
          admin,
          List.of(
              new NewTopic(INPUT, PARTITIONS, (short) 1),
              new NewTopic("limits", 1, (short) 1).configs(Map.of("cleanup.policy", "compact"))));
    }
    producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                cluster.bootstrapServers(),
                "compression.type",
                "lz4",
                "batch.size",
                1 << 18),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    service = Service.prepare(ServiceFile.read(write(), name -> null));
    service.start();
    await("the service is ready", () -> service.health().ready());
  }

  /** Waits until something is so, unless the service fails or it takes too long. */
  private void await(String what, BooleanSupplier condition) throws InterruptedException {
    long begin = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (service.failure().isPresent() || System.nanoTime() - begin > LIMIT.toNanos()) {
        throw new IllegalStateException("waited in vain until " + what + ", see " + directory);
      }
      Thread.sleep(STEP_MILLIS);
    }
  }

  private Path write() throws IOException {
    Files.writeString(directory.resolve("token"), TOKEN + "\n");
    return Files.writeString(
        directory.resolve("headgate.yaml"),
        """
        application: attacked
        kafka:
          bootstrap.servers: %s
          state.dir: %s
          num.stream.threads: 1
          producer.compression.type: lz4
        sources: [ %s ]
        output: admitted
        blocked: blocked
        rules: { rules: [ { name: default, limits: [ 100/1s ] } ] }
        limits: limits
        create-topics: { partitions: %d, replication: 1 }
        http: { listen: "127.0.0.1:0", token-file: token, write: true }
        """
            .formatted(cluster.bootstrapServers(), directory.resolve("state"), INPUT, PARTITIONS));
  }

  /** Runs it until its code is compiled, and finds out how much it takes. */
  void warmUp(int seconds) throws InterruptedException {
    err.println("warming up");
    for (int i = 0; i < WARM_UPS; i++) {
      quiet(seconds);
    }
  }

  /** Measures it with nobody at the door. */
  Stretch quiet(int seconds) throws InterruptedException {
    feedFor(seconds);
    return measure(seconds);
  }

  /** Measures it under an attack. */
  Stretch under(Attack attack, int seconds) throws IOException, InterruptedException {
    feedFor(seconds);
    int port = URI.create(service.address().orElseThrow()).getPort();
    Path log = directory.resolve("attack.log");
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    try (ChildJvm clients =
        ChildJvm.startBy(
            // Its own work must not be taken for the server's, but it must get to work.
            List.of("nice", "-n", "10"),
            "attack",
            List.of("-Xmx128m", "-XX:+UseSerialGC"),
            Attack.class,
            List.of(attack.name(), String.valueOf(port), TOKEN),
            log,
            lines::add)) {
      if (!Attack.BEGUN.equals(line(lines))) {
        throw new IllegalStateException("no attack, see " + log);
      }
      Stretch stretch = measure(seconds);
      clients.stop(LIMIT);
      String counts = line(lines);
      if (counts == null) {
        throw new IllegalStateException("it broke off, see " + log);
      }
      String[] opened = counts.split(" ", -1);
      err.printf(
          Locale.ROOT, "%s: %s connections opened, %s broke%n", attack, opened[0], opened[1]);
      return stretch;
    }
  }

  private static @Nullable String line(BlockingQueue<String> lines) throws InterruptedException {
    return lines.poll(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  private Stretch measure(int seconds) throws InterruptedException {
    long records = judged();
    long streamCpu = streamCpu();
    long httpCpu = httpCpu();
    long fedBefore = fed;
    long begin = System.nanoTime();
    List<Long> behind = new ArrayList<>();
    for (long now = begin;
        now - begin < TimeUnit.SECONDS.toNanos(seconds);
        now = System.nanoTime()) {
      if (pace > 0) {
        send(Math.round((now - begin) * (pace / 1e9)) - (fed - fedBefore));
        behind.add(fed - judged());
      }
      Thread.sleep(STEP_MILLIS);
    }
    long nanos = System.nanoTime() - begin;
    records = judged() - records;
    if (pace == 0 && fed - judged() < FEED / 10) {
      throw new IllegalStateException("it ran dry: only " + (fed - judged()) + " records are left");
    }
    double rate = records * 1e9 / nanos;
    most = Math.max(most, rate);
    return new Stretch(
        rate,
        (double) (streamCpu() - streamCpu) / records,
        (double) (httpCpu() - httpCpu) / nanos,
        pace == 0 ? 0 : millis(behind));
  }

  /** How long ago the oldest record that waits came, at 99 of 100 looks or fewer, milliseconds. */
  private double millis(List<Long> behind) {
    Collections.sort(behind);
    return behind.get(behind.size() * 99 / 100) * 1e3 / pace;
  }

  private long judged() {
    Snapshot.Counts totals = service.figures().totals();
    return totals.admitted() + totals.blocked() + totals.shadowBlocked() + totals.bypassed();
  }

  private long streamCpu() {
    return cpu(name -> name.contains("StreamThread"));
  }

  private long httpCpu() {
    return cpu(name -> name.contains("vert.x") || name.contains("headgate-http"));
  }

  private long cpu(Predicate<String> names) {
    long nanos = 0;
    for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
      if (thread != null && names.test(thread.getThreadName())) {
        nanos += threads.getThreadCpuTime(thread.getThreadId());
      }
    }
    return nanos;
  }

  /** Sees to it that there is more than it can take in that time, and a moment; or nothing. */
  private void feedFor(int seconds) throws InterruptedException {
    if (pace > 0) {
      producer.flush();
      check();
      await("all records are judged", () -> fed == judged());
      return;
    }
    double ahead = (seconds + 3) * Math.max(most, UNKNOWN_RATE) * 1.5 + FEED;
    while (fed - judged() < ahead) {
      send(FEED);
      producer.flush();
      check();
    }
  }

  private void send(long records) {
    byte[] value = new byte[VALUE_BYTES];
    for (long i = 0; i < records; i++) {
      long number = fed + i;
      byte[] key =
          ("key-" + ((number * 0x9E3779B97F4A7C15L) >>> 20) % KEYS)
              .getBytes(StandardCharsets.UTF_8);
      var unused =
          producer.send(
              // 1,000,000 records a second of event time: 100 a key, some of them too many.
              new ProducerRecord<>(INPUT, null, 1_700_000_000_000L + number / 1_000, key, value),
              (metadata, error) -> {
                if (error != null) {
                  failure.compareAndSet(null, error);
                }
              });
    }
    fed += records;
  }

  private void check() {
    if (failure.get() != null) {
      throw new IllegalStateException("the records were not taken", failure.get());
    }
  }

  @Override
  public void close() {
    producer.close();
    service.close();
    cluster.close();
  }
}
