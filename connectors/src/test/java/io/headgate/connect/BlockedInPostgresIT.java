package io.headgate.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.headgate.lane.BlockedEvent;
import io.headgate.testkit.EmbeddedKafka;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From a limited sink to the answer of a database, and the same from the command line. */
@Timeout(240)
class BlockedInPostgresIT {

  private static final int LIMIT = 5;

  @TempDir private Path plugins;
  @TempDir private Path directory;

  @Test
  void shouldAnswerWhoWasBlockedYesterdayAsTheReportDoes() throws Exception {
    try (Postgres postgres = Postgres.start();
        EmbeddedKafka kafka = EmbeddedKafka.start()) {
      LocalDate yesterday = LocalDate.now(ZoneOffset.UTC).minusDays(1);
      kafka.createTopic("requests", 2, Map.of("retention.ms", "-1"));
      kafka.createTopic("requests-blocked", 2, Map.of());
      Set<String> over = produce(kafka, yesterday);
      String path = Repository.install(plugins) + "," + System.getProperty("other.plugins");
      try (ConnectWorker worker = ConnectWorker.start(kafka.bootstrapServers(), path, directory)) {
        worker.run(
            worker.connector(
                "file-sink-limited.json",
                "file",
                directory.resolve("requests").toString(),
                "transforms.limit.limits",
                LIMIT + "/1h"));
        worker.run(
            worker.connector(
                "jdbc-sink-blocked.json",
                "connection.url",
                postgres.url(),
                "connection.username",
                "postgres",
                "connection.password",
                "unused",
                // What others blocked, and an event of the day before, are in the table too.
                "name",
                "blocked"));
        long records = Repository.accessLog().size();
        await()
            .atMost(Duration.ofSeconds(90))
            .untilAsserted(
                () -> {
                  List<BlockedEvent> events = worker.events("requests-blocked");
                  Set<String> told = new HashSet<>();
                  events.forEach(event -> told.add(event.key()));
                  assertThat(told).isEqualTo(over);
                  assertThat(worker.failure("blocked")).isEmpty();
                  assertThat(count(postgres, "count(*)", "true")).isEqualTo(events.size());
                });
        assertThat(count(postgres, "sum(count)", "true"))
            .isLessThan(records)
            .isEqualTo(worker.blocked("requests-blocked"));
        String ofDay =
            "outcome = 'BLOCKED' AND \"firstTime\" >= date '"
                + yesterday
                + "' AND \"firstTime\" < date '"
                + yesterday.plusDays(1)
                + "'";
        JsonNode report = report(kafka, yesterday);
        long keys = count(postgres, "count(distinct key)", ofDay);
        assertThat(keys).isPositive().isLessThan(over.size() + 1L);
        assertThat(report.get("blocked").get("keys").asLong()).as("%s", report).isEqualTo(keys);
        assertThat(report.get("blocked").get("records").asLong())
            .isEqualTo(count(postgres, "sum(count)", ofDay));
      }
    }
  }

  private static long count(Postgres postgres, String what, String where) throws IOException {
    String found = postgres.query("SELECT " + what + " FROM blocked WHERE " + where);
    return found.isEmpty() ? 0 : Long.parseLong(found);
  }

  /** The log's requests, most of them within yesterday's hours; returns who is over the limit. */
  private static Set<String> produce(EmbeddedKafka kafka, LocalDate yesterday) {
    List<String> lines = Repository.accessLog();
    long from = yesterday.atTime(1, 0).toInstant(ZoneOffset.UTC).toEpochMilli();
    Map<String, Integer> counts = new HashMap<>();
    Set<String> over = new HashSet<>();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", kafka.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < lines.size(); i++) {
        String line = lines.get(i);
        String key = line.substring(0, line.indexOf(' '));
        // A minute in all, and so one window; the first tenth of it is the day before.
        long time = i < lines.size() / 10 ? from - 7_200_000 : from + i;
        String window = (i < lines.size() / 10) + key;
        if (counts.merge(window, 1, Integer::sum) > LIMIT) {
          over.add(key);
        }
        Future<RecordMetadata> unused =
            producer.send(
                new ProducerRecord<>(
                    "requests",
                    null,
                    time,
                    key.getBytes(StandardCharsets.UTF_8),
                    line.getBytes(StandardCharsets.UTF_8)));
      }
    }
    return over;
  }

  private static JsonNode report(EmbeddedKafka kafka, LocalDate day) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "io.headgate.service.Main",
                "report",
                "--exact",
                "--json",
                "--day",
                day.toString(),
                "--bootstrap-server",
                kafka.bootstrapServers(),
                "--topic",
                "requests-blocked")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .directory(new File("."))
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return new ObjectMapper().readTree(out);
  }
}
