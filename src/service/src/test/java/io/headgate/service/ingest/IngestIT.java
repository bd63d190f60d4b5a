package io.headgate.service.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.headgate.KeyHasher;
import io.headgate.RateLimit;
import io.headgate.lane.BlockedEvent;
import io.headgate.lane.BlockedEventSerde.EventDeserializer;
import io.headgate.lane.EventKey;
import io.headgate.service.config.KafkaSettings;
import io.headgate.testkit.EmbeddedKafka;
import io.headgate.testkit.TopicReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lines of each kind of input, limited, on a broker. */
class IngestIT {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final AtomicInteger NAMES = new AtomicInteger();

  private static EmbeddedKafka kafka;

  @TempDir private Path directory;

  private final String topic = "lines-" + NAMES.incrementAndGet();
  private final String blocked = topic + "-blocked";

  @BeforeAll
  static void start() {
    kafka = EmbeddedKafka.start();
  }

  @AfterAll
  static void stop() {
    kafka.close();
  }

  private IngestSettings settings(String key, boolean blockKeyless) {
    // Above the producer's batch.size, so that no batch has to be split: see troubleshooting.md.
    kafka.createTopic(topic, 2, Map.of("max.message.bytes", "20000"));
    kafka.createTopic(blocked, 2, Map.of());
    return new IngestSettings(
        "edge",
        topic,
        blocked,
        EventKey.PLAIN,
        // No test takes as long as the window: what passes is known.
        RateLimit.parse("3/1d"),
        LineKey.parse(key),
        blockKeyless,
        1_000,
        KeyHasher.seeded(1));
  }

  private static Producer<byte[], byte[]> producer() {
    KafkaSettings settings =
        new KafkaSettings(Map.of("bootstrap.servers", kafka.bootstrapServers(), "linger.ms", "5"));
    return new KafkaProducer<>(
        settings.producer(), new ByteArraySerializer(), new ByteArraySerializer());
  }

  private static String text(byte @Nullable [] bytes) {
    return bytes == null ? "-" : new String(bytes, StandardCharsets.UTF_8);
  }

  /** What is on the topic, as key and value. */
  private List<String> records() {
    List<String> records = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record :
        TopicReader.readAll(kafka.bootstrapServers(), topic, LIMIT)) {
      records.add(text(record.key()) + ": " + text(record.value()));
    }
    return records;
  }

  private List<BlockedEvent> events() {
    List<BlockedEvent> events = new ArrayList<>();
    try (EventDeserializer deserializer = new EventDeserializer()) {
      for (ConsumerRecord<byte[], byte[]> record :
          TopicReader.readAll(kafka.bootstrapServers(), blocked, LIMIT)) {
        BlockedEvent event = deserializer.deserialize(blocked, record.value());
        assertThat(event).isNotNull();
        events.add(event);
      }
    }
    return events;
  }

  private static void assertConserved(IngestSummary sums) {
    assertThat(sums.lines()).isEqualTo(sums.admitted() + sums.blocked() + sums.bypassed());
    assertThat(sums.admitted() + sums.bypassed())
        .isEqualTo(sums.written() + sums.refused() + sums.failed());
  }

  @Test
  void shouldLimitAStreamToItsEnd() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      text.append("user=").append(i % 5).append(" line ").append(i).append('\n');
    }
    text.append("nobody\n\n").append("x".repeat(200)).append('\n');
    text.append("user=last no end");
    IngestSettings settings = settings("regex:user=(\\w+)", false);
    LineSource source =
        LineSource.stream(
            "stdin",
            new ByteArrayInputStream(text.toString().getBytes(StandardCharsets.UTF_8)),
            100);
    Ingest.Result result = new Ingest(settings, source, IngestIT::producer).run();

    assertThat(result.failure()).isNull();
    IngestSummary sums = result.summary();
    assertConserved(sums);
    assertThat(sums.lines()).isEqualTo(52);
    assertThat(sums.admitted()).isEqualTo(16);
    assertThat(sums.bypassed()).isEqualTo(1);
    assertThat(sums.blocked()).isEqualTo(35);
    assertThat(sums.tooLong()).isEqualTo(1);
    assertThat(sums.empty()).isEqualTo(1);
    assertThat(sums.written()).isEqualTo(17);
    assertThat(sums.eventRecords()).isEqualTo(35);
    assertThat(sums.keys()).isEqualTo(6);
    assertThat(records())
        .hasSize(17)
        .contains("0: user=0 line 0", "-: nobody", "last: user=last no end")
        .doesNotContain("0: user=0 line 15");
    List<BlockedEvent> events = events();
    assertThat(events.stream().mapToLong(BlockedEvent::count).sum()).isEqualTo(35);
    assertThat(events)
        .allSatisfy(
            event -> {
              assertThat(event.limiter()).isEqualTo("edge");
              assertThat(event.topic()).isEqualTo("stdin");
              assertThat(event.limit()).isEqualTo(3);
              assertThat(event.key()).isIn("0", "1", "2", "3", "4");
            });
  }

  @Test
  void shouldBlockLinesWithoutAKeyIfItIsTold() {
    IngestSettings settings = settings("field:/user", true);
    String text = "{\"user\":\"a\"}\nno JSON\n{}\n";
    Ingest.Result result =
        new Ingest(
                settings,
                LineSource.stream(
                    "stdin", new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), 100),
                IngestIT::producer)
            .run();

    assertThat(result.failure()).isNull();
    assertThat(result.summary().blocked()).isEqualTo(2);
    assertThat(records()).containsExactly("a: {\"user\":\"a\"}");
    assertThat(events()).hasSize(2).allSatisfy(event -> assertThat(event.key()).isNull());
  }

  @Test
  void shouldCountLinesThatKafkaDoesNotTake() {
    // They do not compress: a topic's bound is on what is sent. So many, and it is on the partition
    // of the two others.
    StringBuilder large = new StringBuilder();
    new Random(1).ints(30_001, 'a', 'z').forEach(large::appendCodePoint);
    IngestSettings settings = settings("line", false);
    String text = "before\n" + large + "\n" + "after\n";
    Ingest.Result result =
        new Ingest(
                settings,
                LineSource.stream(
                    "stdin",
                    new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)),
                    40_000),
                IngestIT::producer)
            .run();

    assertThat(result.failure()).isNull();
    assertThat(result.summary().refused()).isEqualTo(1);
    assertThat(result.summary().written()).isEqualTo(2);
    assertConserved(result.summary());
    assertThat(result.summary().text()).contains("1 refused by Kafka");
  }

  @Test
  void shouldFollowAFileAndSendWhatItReadWhenItIsStopped() throws IOException {
    Path file = directory.resolve("app.log");
    Files.writeString(file, "a one\na two\n");
    IngestSettings settings = settings("regex:^(\\S+)", false);
    Ingest ingest = new Ingest(settings, LineSource.follow(file, true, 100), IngestIT::producer);
    CompletableFuture<Ingest.Result> run = CompletableFuture.supplyAsync(ingest::run);
    await().atMost(LIMIT).until(() -> records().size() == 2);
    Files.move(file, directory.resolve("app.log.1"));
    Files.writeString(file, "a three\na four\nb five\n", StandardOpenOption.CREATE_NEW);
    await().atMost(LIMIT).until(() -> records().size() == 4);
    ingest.stop();

    assertThat(run).succeedsWithin(LIMIT);
    IngestSummary sums = run.join().summary();
    assertConserved(sums);
    assertThat(run.join().failure()).isNull();
    assertThat(sums.lines()).isEqualTo(5);
    assertThat(sums.blocked()).isEqualTo(1);
    assertThat(sums.rotations()).isEqualTo(1);
    assertThat(records())
        .containsExactlyInAnyOrder("a: a one", "a: a two", "a: a three", "b: b five");
    assertThat(events()).extracting(BlockedEvent::lastOffset).containsExactly(3L);
  }

  @Test
  void shouldTakeLinesOfManyConnectionsFasterThanItCanSendThem() throws IOException {
    int senders = 8;
    int linesOfEach = 1_500;
    IngestSettings settings = settings("peer", false);
    CompletableFuture<Integer> port = new CompletableFuture<>();
    Ingest ingest =
        new Ingest(
            settings,
            LineSource.listen("127.0.0.1", 0, 100, senders, port::complete),
            IngestIT::producer);
    CompletableFuture<Ingest.Result> run = CompletableFuture.supplyAsync(ingest::run);
    assertThat(port).succeedsWithin(LIMIT);
    InetAddress host = InetAddress.getLoopbackAddress();
    List<Socket> sockets = new ArrayList<>();
    for (int i = 0; i < senders; i++) {
      sockets.add(new Socket(host, port.join()));
    }
    byte[] line = "a line of some length to fill the queue\n".getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < linesOfEach; i++) {
      for (Socket socket : sockets) {
        OutputStream out = socket.getOutputStream();
        // Lines are cut anywhere.
        out.write(line, 0, i % line.length);
        out.write(line, i % line.length, line.length - i % line.length);
      }
    }
    // One too many is closed at once.
    try (Socket refused = new Socket(host, port.join())) {
      assertThat(refused.getInputStream().read()).isEqualTo(-1);
    }
    for (Socket socket : sockets) {
      socket.getOutputStream().write("no end".getBytes(StandardCharsets.UTF_8));
      socket.shutdownOutput();
      // It closes when it has read all.
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
      socket.close();
    }
    ingest.stop();

    assertThat(run).succeedsWithin(LIMIT);
    IngestSummary sums = run.join().summary();
    assertThat(run.join().failure()).isNull();
    assertConserved(sums);
    long lines = (long) senders * (linesOfEach + 1);
    assertThat(sums.lines()).isEqualTo(lines);
    assertThat(sums.connections()).isEqualTo(senders);
    assertThat(sums.refusedConnections()).isEqualTo(1);
    assertThat(sums.admitted()).isEqualTo(3);
    assertThat(records()).hasSize(3);
    // However many: each with its key.
    assertThat(events())
        .hasSize(Math.toIntExact(lines - 3))
        .allSatisfy(event -> assertThat(event.key()).isEqualTo("127.0.0.1"));
  }

  @Test
  void shouldSayWhyItCannotGoOn() {
    IngestSettings settings = settings("line", false);
    Ingest.Result result =
        new Ingest(
                settings, LineSource.stream("stdin", new BrokenStream(), 100), IngestIT::producer)
            .run();

    assertThat(result.failure()).isEqualTo("stdin cannot be read further: the disk is gone");
    assertThat(result.summary().lines()).isZero();
  }

  /** Cannot be read. */
  private static final class BrokenStream extends InputStream {
    @Override
    public int read() throws IOException {
      throw new IOException("the disk is gone");
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      return read();
    }
  }
}
