package io.headgate.service.analytics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.headgate.lane.BlockedEvent;
import io.headgate.service.analytics.Report.Figures;
import io.headgate.service.analytics.Report.HourRow;
import io.headgate.service.analytics.Report.KeyCount;
import io.headgate.service.analytics.Report.KeyRow;
import io.headgate.service.analytics.Report.RuleRow;
import io.headgate.service.config.KafkaSettings;
import io.headgate.service.config.UserError;
import io.headgate.testkit.EmbeddedKafka;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The roll-up on a broker: what it reports is what the blocked topic holds. */
class RollupIT {

  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final int PARTITIONS = 3;
  private static final AtomicInteger NAMES = new AtomicInteger();

  /** On the day after clocks were put back in Berlin. */
  private static final Instant NOW = Instant.parse("2026-10-26T12:00:00Z");

  private static EmbeddedKafka kafka;

  @TempDir private static Path state;

  private final String application = "edge-" + NAMES.incrementAndGet();
  private final String blocked = application + "-blocked";

  @BeforeAll
  static void start() {
    kafka = EmbeddedKafka.start();
  }

  @AfterAll
  static void stop() {
    kafka.close();
  }

  private static KafkaSettings client(String... more) {
    Map<String, String> settings = new HashMap<>();
    settings.put("bootstrap.servers", kafka.bootstrapServers());
    for (int i = 0; i < more.length; i += 2) {
      settings.put(more[i], more[i + 1]);
    }
    return new KafkaSettings(settings);
  }

  private Running rollup(String guarantee, InstantSource clock) {
    return rollup(guarantee, clock, BERLIN);
  }

  private Running rollup(String guarantee, InstantSource clock, ZoneId zone) {
    RollupSettings settings = new RollupSettings(blocked, zone, 48, 30, 50);
    KafkaSettings config =
        client(
            StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
            guarantee,
            StreamsConfig.STATE_DIR_CONFIG,
            state.resolve(application).toString(),
            StreamsConfig.REPLICATION_FACTOR_CONFIG,
            "1",
            // A thread that ends in the middle does not say so: who takes over waits for this.
            "session.timeout.ms",
            "6000",
            "heartbeat.interval.ms",
            "500");
    Properties all = Rollup.config(application, config);
    // A test need not wait for what a report may be late.
    all.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 200);
    KafkaStreams streams = new KafkaStreams(Rollup.topology(settings, clock), all);
    streams.setUncaughtExceptionHandler(error -> StreamThreadExceptionResponse.REPLACE_THREAD);
    return new Running(streams);
  }

  /** A roll-up that says when it leaves: who takes over need not wait. */
  private record Running(KafkaStreams streams) implements AutoCloseable {
    @Override
    public void close() {
      assertThat(
              streams.close(
                  CloseOptions.timeout(LIMIT)
                      .withGroupMembershipOperation(GroupMembershipOperation.LEAVE_GROUP)))
          .isTrue();
    }
  }

  /** A topic of events that were sent at a fixed time, whatever the day of the test is. */
  private void createTopic(int partitions) {
    kafka.createTopic(
        blocked,
        partitions,
        Map.of(
            "retention.ms",
            "-1",
            "message.timestamp.after.max.ms",
            String.valueOf(Long.MAX_VALUE)));
  }

  /** Events of three days, of many keys: the keys' partitions are decided by the keys. */
  private void send(int from, int to) {
    try (var producer =
        new KafkaProducer<>(
            client("linger.ms", "5").producer(),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = from; i < to; i++) {
        Random random = new Random(i);
        long time = NOW.toEpochMilli() - (long) (random.nextDouble() * 60 * 3_600_000);
        String key = "user-" + (int) (400 * Math.pow(random.nextDouble(), 3));
        BlockedEvent event =
            switch (i % 20) {
              case 0 -> Events.shadow("trial", key, 1 + i % 7, time);
              case 1 -> Events.overflow("per-user", 1 + i % 5, time);
              case 2 -> Events.keyless("per-address", 1, time);
              case 3, 4, 5 -> Events.plain("per-address", key, 1 + i % 3, time);
              default -> Events.plain("per-user", key, 1 + i % 9, time);
            };
        byte[] kafkaKey = event.key() == null ? null : event.key().getBytes(StandardCharsets.UTF_8);
        var unused =
            producer.send(
                new ProducerRecord<>(
                    blocked, null, NOW.toEpochMilli(), kafkaKey, Events.bytes(event)));
      }
      producer.flush();
    }
  }

  private Report report(ReportQuery query) {
    return new ReportReader(client(), Rollup.topic(application), InstantSource.fixed(NOW))
        .read(query);
  }

  private Report exact(ReportQuery query) {
    return new ExactReports(client(), blocked, BERLIN, (read, all) -> {}, InstantSource.fixed(NOW))
        .read(query);
  }

  private void awaitCounted() {
    await()
        .atMost(LIMIT)
        .dontCatchUncaughtExceptions()
        .ignoreException(UserError.class)
        .until(() -> report(query("today", By.RULE, null)).behind() == 0);
  }

  private static ReportQuery query(String day, By by, @Nullable ZoneId zone) {
    return new ReportQuery(ReportDay.parse(day), null, zone, by, 10);
  }

  /**
   * All that is exact in a report is what the events themselves say, and all else in its bounds.
   */
  private void assertEqual(ReportQuery query) {
    Report report = report(query);
    // With all keys, to look up those of the report.
    Report exact =
        exact(new ReportQuery(query.day(), query.hour(), query.zone(), query.by(), 10_000));

    assertThat(report.from()).isEqualTo(exact.from());
    assertThat(report.to()).isEqualTo(exact.to());
    assertEqual(report.blocked(), exact.blocked());
    assertEqual(report.shadow(), exact.shadow());
    assertThat(report.rules()).hasSameSizeAs(exact.rules());
    for (int i = 0; i < report.rules().size(); i++) {
      RuleRow row = report.rules().get(i);
      RuleRow other = exact.rules().get(i);
      assertThat(row.rule()).isEqualTo(other.rule());
      assertThat(row.shadow()).isEqualTo(other.shadow());
      assertEqual(row.figures(), other.figures());
    }
    assertThat(report.hours()).hasSameSizeAs(exact.hours());
    for (int i = 0; i < report.hours().size(); i++) {
      HourRow row = report.hours().get(i);
      HourRow other = exact.hours().get(i);
      assertThat(row.start()).isEqualTo(other.start());
      assertEqual(row.blocked(), other.blocked());
      assertEqual(row.shadow(), other.shadow());
    }
    Map<String, Long> keys = new HashMap<>();
    exact.keys().forEach(row -> keys.put(row.key(), row.atMost()));
    assertThat(report.keys()).hasSize(Math.min(query.top(), keys.size()));
    for (KeyRow row : report.keys()) {
      assertThat(keys.get(row.key())).isBetween(row.atLeast(), row.atMost());
    }
    assertThat(report.keys().get(0).key()).isEqualTo(exact.keys().get(0).key());
  }

  private static void assertEqual(Figures one, Figures exact) {
    KeyCount keys = one.keys();
    assertThat((double) keys.count())
        .isBetween(
            exact.keys().count() * (1 - 2 * keys.error95()),
            exact.keys().count() * (1 + 2 * keys.error95()));
    assertThat(
            new Figures(
                one.records(),
                one.cost(),
                one.events(),
                exact.keys(),
                one.overflow(),
                one.keyless(),
                one.hashed(),
                one.cut(),
                one.spanning()))
        .isEqualTo(exact);
  }

  @Test
  void shouldReportWhatTheEventsSay() {
    createTopic(PARTITIONS);
    send(0, 3_000);
    try (Running rollup = rollup(StreamsConfig.AT_LEAST_ONCE, InstantSource.fixed(NOW))) {
      rollup.streams.start();
      awaitCounted();
      send(3_000, 6_000);
      awaitCounted();
    }

    assertEqual(query("today", By.RULE, null));
    assertEqual(query("yesterday", By.RULE, null));
    assertEqual(query("yesterday", By.HOUR, null));
    assertEqual(query("yesterday", By.KEY, ZoneId.of("UTC")));
    assertEqual(query("2026-10-24", By.RULE, BERLIN));
    assertEqual(new ReportQuery(ReportDay.parse("yesterday"), 2, null, By.HOUR, 5));
    Report yesterday = report(query("yesterday", By.HOUR, null));
    assertThat(yesterday.hours()).hasSize(25);
    assertThat(yesterday.zone()).isEqualTo(BERLIN);
    assertThat(yesterday.notes()).anyMatch(note -> note.contains("without their keys"));
    // More keys than counters.
    Report byRule = report(query("yesterday", By.RULE, null));
    assertThat(byRule.blocked().keys().isExact()).isFalse();
    assertThat(ReportText.of(byRule)).contains("± 2.4 % (95 %)");
    assertThat(ReportText.of(report(query("2026-10-20", By.RULE, null))))
        .contains("Blocked on 2026-10-20, Europe/Berlin")
        .contains("Nothing was blocked.");

    assertThat(exact(query("1970-01-01", By.RULE, null)).isEmpty()).isTrue();
    assertThat(exact(query("0000-01-01", By.RULE, null)).isEmpty()).isTrue();

    assertRefused(query("2026-09-01", By.RULE, null), "keeps days for 30 days");
    assertRefused(query("2026-10-23", By.HOUR, null), "keeps hours for 48 hours");
    assertRefused(query("yesterday", By.RULE, ZoneId.of("Asia/Kolkata")), "not those of UTC");
  }

  private void assertRefused(ReportQuery query, String why) {
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> report(query))
        .withMessageContaining(why)
        .withMessageContaining("--exact");
  }

  @ParameterizedTest
  @ValueSource(strings = {StreamsConfig.AT_LEAST_ONCE, StreamsConfig.EXACTLY_ONCE_V2})
  void shouldCountEachEventOnceThroughCrashesAndRestarts(String guarantee) {
    createTopic(PARTITIONS);
    AtomicLong calls = new AtomicLong();
    AtomicLong fatal = new AtomicLong();
    // A clock that fails in the middle: the stream thread ends there, and another takes over.
    InstantSource failing =
        () -> {
          if (calls.incrementAndGet() == fatal.get()) {
            throw new IllegalStateException("the thread is to end here");
          }
          return NOW;
        };
    send(0, 2_000);
    try (Running rollup = rollup(guarantee, failing)) {
      rollup.streams.start();
      awaitCounted();
      fatal.set(calls.get() + 1_000);
      send(2_000, 4_000);
      await()
          .atMost(LIMIT)
          .dontCatchUncaughtExceptions()
          .until(() -> calls.get() > fatal.get() + 500);
    }
    send(4_000, 5_000);
    try (Running rollup = rollup(guarantee, failing)) {
      rollup.streams.start();
      awaitCounted();
    }

    assertThat(calls.get()).isGreaterThan(5_000);
    assertEqual(query("today", By.RULE, null));
    assertEqual(query("yesterday", By.HOUR, null));
    assertEqual(query("2026-10-24", By.RULE, BERLIN));
  }

  @Test
  void shouldReportAllOfADayWhateverTheZoneWasThen() {
    ZoneId utc = ZoneId.of("UTC");
    createTopic(PARTITIONS);
    int sent = 0;
    for (ZoneId zone : List.of(utc, BERLIN, utc)) {
      Instant now = NOW.plusMillis(sent);
      // Neighbours are of about the same time: some of all.
      for (int of = 0; of < 12_000; of += 1_000) {
        send(of + sent, of + sent + 100);
      }
      sent += 100;
      try (Running rollup = rollup(StreamsConfig.EXACTLY_ONCE_V2, InstantSource.fixed(now), zone)) {
        rollup.streams.start();
        awaitCounted();
      }
      assertThat(report(query("today", By.RULE, null)).zone()).isEqualTo(zone);
      for (ZoneId asked : List.of(utc, BERLIN)) {
        assertEqual(query("today", By.RULE, asked));
        assertEqual(query("yesterday", By.RULE, asked));
        assertEqual(query("yesterday", By.HOUR, asked));
      }
    }
    assertRefused(query("2026-10-24", By.RULE, null), "days of zone Europe/Berlin may have");
  }

  @Test
  void shouldDeleteWhatIsKeptNoLonger() {
    createTopic(1);
    send(0, 500);
    AtomicLong now = new AtomicLong(NOW.toEpochMilli());
    try (Running rollup =
        rollup(StreamsConfig.EXACTLY_ONCE_V2, () -> Instant.ofEpochMilli(now.get()))) {
      rollup.streams.start();
      awaitCounted();
    }
    assertThat(exactDays()).isPositive();
    // Forty days later it is started again, and deletes with the first event.
    send(500, 501);
    now.addAndGet(Duration.ofDays(40).toMillis());
    try (Running rollup =
        rollup(StreamsConfig.EXACTLY_ONCE_V2, () -> Instant.ofEpochMilli(now.get()))) {
      rollup.streams.start();
      await().atMost(LIMIT).until(() -> exactDays() == 0);
    }
  }

  /** Records that the roll-up's topic still has of any of the three days. */
  private long exactDays() {
    List<Long> records = new ArrayList<>();
    for (String day : List.of("today", "yesterday", "2026-10-24")) {
      records.add(report(query(day, By.RULE, BERLIN)).blocked().records());
    }
    return records.stream().mapToLong(Long::longValue).sum();
  }

  @Test
  void shouldSayWhichTopicIsMissing() {
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(() -> report(query("today", By.RULE, null)))
        .withMessageContaining("topic " + Rollup.topic(application) + ": there is none");
  }

  @Test
  void shouldSayThatATopicIsNoRollUps() {
    createTopic(1);
    send(0, 5);
    assertThatExceptionOfType(UserError.class)
        .isThrownBy(
            () ->
                new ReportReader(client(), blocked, InstantSource.fixed(NOW))
                    .read(query("today", By.RULE, null)))
        .withMessageContaining("topic " + blocked + " is no roll-up's");
  }
}
