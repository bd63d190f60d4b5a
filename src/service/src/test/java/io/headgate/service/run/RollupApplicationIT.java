package io.headgate.service.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.headgate.service.analytics.By;
import io.headgate.service.analytics.Events;
import io.headgate.service.analytics.ReportDay;
import io.headgate.service.analytics.ReportQuery;
import io.headgate.service.analytics.ReportReader;
import io.headgate.service.analytics.Rollup;
import io.headgate.service.config.AnalyticsConfig;
import io.headgate.service.config.ServiceConfig;
import io.headgate.service.config.ServiceFile;
import io.headgate.service.config.UserError;
import io.headgate.testkit.EmbeddedKafka;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The roll-up beside the limiter, and what it fails on. */
class RollupApplicationIT {

  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final String APPLICATION = "edge";
  private static final String BLOCKED = "blocked";

  @AutoClose private static final EmbeddedKafka kafka = EmbeddedKafka.start();

  @SuppressWarnings("NullAway.Init")
  @TempDir
  private Path directory;

  private ServiceConfig config() throws IOException {
    Path file =
        Files.write(
            directory.resolve("edge.yaml"),
            List.of(
                "application: " + APPLICATION,
                "kafka:",
                "  bootstrap.servers: " + kafka.bootstrapServers(),
                "  state.dir: " + directory.resolve("state"),
                "  replication.factor: 1",
                // A thread that ends on an error does not say so.
                "  session.timeout.ms: 6000",
                "  heartbeat.interval.ms: 500",
                "  metadata.max.age.ms: 1000",
                "sources: [ in ]",
                "output: out",
                "blocked: " + BLOCKED,
                "rules: { rules: [ { name: all, limits: [ 1/1h ] } ] }"));
    return ServiceFile.read(file, name -> null);
  }

  private static void createTopic() {
    kafka.createTopic(BLOCKED, 1, Map.of("retention.ms", "-1"));
  }

  private static void send(LocalDate day, int events) {
    long noon = day.atTime(LocalTime.NOON).toInstant(ZoneOffset.UTC).toEpochMilli();
    try (var producer =
        new KafkaProducer<>(
            Map.<String, Object>of("bootstrap.servers", kafka.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < events; i++) {
        byte[] event = Events.bytes(Events.plain("all", "user-" + i, 1, noon));
        var unused = producer.send(new ProducerRecord<>(BLOCKED, event));
      }
    }
  }

  private static long blocked(ServiceConfig config, LocalDate day) {
    ReportReader reports = new ReportReader(config.kafka(), Rollup.topic(APPLICATION));
    ReportDay of = ReportDay.parse(day.toString());
    return reports.read(new ReportQuery(of, null, null, By.RULE, 1)).blocked().records();
  }

  private static void awaitBlocked(ServiceConfig config, LocalDate day, int records) {
    await("blocked on " + day)
        .atMost(LIMIT)
        .ignoreException(UserError.class)
        .untilAsserted(() -> assertThat(blocked(config, day)).isEqualTo(records));
  }

  /** Kafka Streams numbers its threads: one that took another's place has the next number. */
  private static boolean hasThread(int number) throws ExecutionException, InterruptedException {
    String group = Rollup.applicationId(APPLICATION);
    return kafka.admin().describeConsumerGroups(List.of(group)).all().get().values().stream()
        .flatMap(of -> of.members().stream())
        .anyMatch(member -> member.clientId().contains("StreamThread-" + number));
  }

  @Test
  void shouldGoOnByItselfWhenWhatItFailedOnIsMended() throws Exception {
    LocalDate first = LocalDate.now(ZoneOffset.UTC).minusDays(3);
    LocalDate second = first.plusDays(1);
    createTopic();
    ServiceConfig config = config();
    AnalyticsConfig analytics = Objects.requireNonNull(config.analytics());
    try (var rollup = new RollupApplication(config, analytics, Duration.ofMillis(200))) {
      rollup.start();
      send(first, 3);
      awaitBlocked(config, first, 3);

      kafka.admin().deleteTopics(List.of(BLOCKED)).all().get();
      await("it has failed, and tries again").atMost(LIMIT).until(() -> hasThread(2));
      createTopic();
      send(second, 5);
      awaitBlocked(config, second, 5);
      assertThat(blocked(config, first)).isEqualTo(3);
    }
  }
}
