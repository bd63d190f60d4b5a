package io.headgate.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.UnixOperatingSystemMXBean;
import io.headgate.service.run.Service;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * A service under a steady load, for a minute, or as long as {@code -Dsoak.seconds} says: once it
 * is warm, what it keeps in memory, its threads and its open files do not grow. It feeds 50,000
 * records a second, or as many as the machine takes; how many that were is in the output.
 */
class SoakIT {

  @RegisterExtension static final SharedRig SHARED = new SharedRig();

  private static final int SECONDS = Integer.getInteger("soak.seconds", 60);
  private static final int RATE = 50_000;
  private static final int KEYS = 5_000;
  private static final int PARTITIONS = 2;
  private static final int SAMPLES = 12;
  private static final long MIB = 1 << 20;

  /** What is held after a collection, at a moment. */
  private record Sample(long heap, int threads, long files) {
    static Sample take() {
      System.gc();
      System.gc();
      UnixOperatingSystemMXBean system =
          (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
      return new Sample(
          ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
          ManagementFactory.getThreadMXBean().getThreadCount(),
          system.getOpenFileDescriptorCount());
    }
  }

  private final ServiceRig rig = SHARED.get();

  @TempDir Path directory;

  @Test
  void shouldKeepNoMoreAfterAWhileThanSoonAfterItsStart() throws Exception {
    String application = ServiceRig.unique("soak");
    String input = rig.topic("soak-in", PARTITIONS);
    String output = rig.topic("soak-out", PARTITIONS);
    String blocked = rig.topic("soak-blocked", PARTITIONS);
    List<String> lines = new ArrayList<>(rig.lines(application, directory.resolve("state")));
    lines.remove("analytics: off");
    lines.remove("http: off");
    lines.addAll(
        List.of(
            "sources: [ " + input + " ]",
            "output: " + output,
            "blocked: " + blocked,
            "rules: { rules: [ { name: default, limits: [ 50/10s ] } ] }",
            "http: { listen: \"127.0.0.1:0\" }"));
    Path file = ServiceRig.write(directory.resolve("headgate.yaml"), lines);
    List<Sample> samples = new ArrayList<>();
    long sent;
    try (Service service = ServiceRig.start(file)) {
      String page = service.address().orElseThrow();
      sent = feed(input, samples, page);
      long all = sent;
      await("all are judged")
          .atMost(Duration.ofMinutes(3))
          .pollInterval(Duration.ofMillis(200))
          .until(() -> judged(service) == all);
    }
    System.out.printf(
        "soak: %,d records in %d s; heap after a collection, threads, files: %s%n",
        sent, SECONDS, samples);
    List<Sample> early = samples.subList(SAMPLES / 3, 2 * SAMPLES / 3);
    List<Sample> late = samples.subList(2 * SAMPLES / 3, SAMPLES);
    assertThat(least(late, Sample::heap))
        .as("heap that is kept")
        .isLessThan(least(early, Sample::heap) * 5 / 4 + 32 * MIB);
    assertThat(least(late, Sample::threads))
        .as("threads")
        .isLessThanOrEqualTo(most(early, Sample::threads));
    // A segment of a topic is a file of the broker, which runs in this process too.
    assertThat(least(late, Sample::files))
        .as("open files")
        .isLessThanOrEqualTo(most(early, Sample::files) + 16);
  }

  private static long least(
      List<Sample> samples, java.util.function.ToLongFunction<Sample> figure) {
    return samples.stream().mapToLong(figure).min().orElseThrow();
  }

  private static long most(List<Sample> samples, java.util.function.ToLongFunction<Sample> figure) {
    return samples.stream().mapToLong(figure).max().orElseThrow();
  }

  /** Feeds at the rate, takes samples meanwhile, and asks for metrics as a scraper does. */
  private long feed(String topic, List<Sample> samples, String page) throws Exception {
    AtomicReference<Exception> failure = new AtomicReference<>();
    HttpClient scraper = HttpClient.newHttpClient();
    HttpRequest scrape = HttpRequest.newBuilder(URI.create(page + "metrics")).build();
    long sent = 0;
    long skipped = 0;
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", rig.kafka.bootstrapServers(), "linger.ms", 5),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      byte[] value = new byte[100];
      long begin = System.nanoTime();
      long end = begin + Duration.ofSeconds(SECONDS).toNanos();
      long sampleEvery = Duration.ofSeconds(SECONDS).toNanos() / SAMPLES;
      for (long now = begin; now < end; now = System.nanoTime()) {
        long due = (now - begin) / 1_000 * RATE / 1_000_000;
        // What the machine could not take is not made up for: that would be a burst.
        skipped += Math.max(0, due - sent - skipped - RATE / 10);
        long burst = due - sent - skipped;
        for (long i = 0; i < burst; i++) {
          byte[] key = ("key-" + (sent * 31 % KEYS)).getBytes(UTF_8);
          var unused =
              producer.send(
                  new ProducerRecord<>(topic, key, value),
                  (metadata, error) -> {
                    if (error != null) {
                      failure.compareAndSet(null, error);
                    }
                  });
          sent++;
        }
        if (samples.size() < SAMPLES && now - begin >= sampleEvery * (samples.size() + 1) - 1) {
          assertThat(scraper.send(scrape, HttpResponse.BodyHandlers.ofString()).statusCode())
              .isEqualTo(200);
          samples.add(Sample.take());
        }
        LockSupport.parkNanos(1_000_000);
      }
      producer.flush();
    }
    while (samples.size() < SAMPLES) {
      samples.add(Sample.take());
    }
    assertThat(failure.get()).isNull();
    return sent;
  }

  private static long judged(Service service) {
    return service.streams().metrics().values().stream()
        .filter(
            metric ->
                metric.metricName().group().equals("stream-headgate-metrics")
                    && metric.metricName().name().equals("records-total"))
        .mapToLong(metric -> ((Number) metric.metricValue()).longValue())
        .sum();
  }
}
