package io.headgate.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.headgate.RateLimit;
import io.headgate.examples.Main;
import io.headgate.testkit.Checkout;
import io.headgate.testkit.EmbeddedKafka;
import io.headgate.testkit.ExactLog;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The demo's way of a record against the oracle, on a real broker, key by key. */
class DemoIT {

  private static final String KEY = "^(\\S+)";
  private static final String TIME = "\\[([^\\]]+)\\]";
  private static final String TIME_FORMAT = "dd/MMM/yyyy:HH:mm:ss Z";
  private static final RateLimit LIMIT = RateLimit.parse("20/1h").withBuckets(60);

  private static final PrintStream COMPLAINTS =
      new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);

  private static EmbeddedKafka kafka;

  @TempDir private Path directory;

  @BeforeAll
  static void startKafka() {
    kafka = EmbeddedKafka.start();
  }

  @AfterAll
  static void stopKafka() {
    kafka.close();
  }

  static Stream<Arguments> runs() {
    if (Checkout.accessLog().isEmpty()) {
      System.err.println(
          "NO REAL TRAFFIC: ../shared/data/access.log is not there, so only made-up logs are run");
    }
    List<Arguments> runs = new ArrayList<>();
    for (RateLimit.Mode mode : RateLimit.Mode.values()) {
      for (String guarantee : new String[] {"at_least_once", "exactly_once_v2"}) {
        for (int partitions : new int[] {1, 3, 8}) {
          runs.add(Arguments.of(mode, guarantee, partitions));
        }
      }
    }
    return runs.stream();
  }

  @ParameterizedTest
  @MethodSource("runs")
  void shouldJudgeEveryRecordAsTheOracleDoes(RateLimit.Mode mode, String guarantee, int partitions)
      throws Exception {
    Path log = Checkout.accessLog().orElseGet(() -> madeUpLog(partitions));
    DemoOptions options =
        new DemoOptions(LIMIT.withMode(mode), partitions, guarantee, 0, "0123456789abcdef", null);
    DemoTopics topics = DemoTopics.named("demo-it-" + mode + "-" + guarantee + "-" + partitions);
    DemoRun run =
        new DemoRun(kafka.bootstrapServers(), topics, options, directory.toString(), page -> {});

    long records;
    try (LineSource source = TextSource.open(log.toString(), parser(), COMPLAINTS)) {
      records = run.run(source, () -> false);
    }
    DemoTally tally = DemoTally.read(kafka.bootstrapServers(), topics, Duration.ofMinutes(1));

    Map<String, Long> admitted = new HashMap<>();
    Map<String, Long> blocked = new HashMap<>();
    ExactLog oracle = new ExactLog(20, LIMIT.windowMillis(), 60, mode == RateLimit.Mode.STRICT);
    long lines = 0;
    try (LineSource source = TextSource.open(log.toString(), parser(), COMPLAINTS)) {
      for (Line line = source.next(); line != null; line = source.next()) {
        lines++;
        if (line.key() != null) {
          Map<String, Long> verdict =
              oracle.admits(line.key(), line.time(), 1) ? admitted : blocked;
          verdict.merge(line.key(), 1L, Long::sum);
        }
      }
    }
    assertThat(records).isEqualTo(lines).isGreaterThan(1_000);
    DemoRun.Progress last = run.progress();
    assertThat(last.fed()).isEqualTo(records);
    assertThat(last.admitted() + last.blocked()).as("shown last").isEqualTo(records);
    assertThat(tally.admittedByKey()).isEqualTo(admitted);
    assertThat(tally.blockedByKey()).isEqualTo(blocked).isNotEmpty();
    assertThat(new DemoReport(options, records, tally, 1).isConserved()).isTrue();
  }

  private static LineParser parser() {
    return new LineParser(
        LineParser.withGroup("--key", KEY),
        LineParser.withGroup("--time", TIME),
        LineParser.formatter(TIME_FORMAT, 2015),
        System::currentTimeMillis);
  }

  /** Lines of the shape of an access log: a few busy keys, times that step back now and then. */
  private Path madeUpLog(long seed) {
    DateTimeFormatter format =
        DateTimeFormatter.ofPattern(TIME_FORMAT, Locale.ENGLISH).withZone(ZoneOffset.UTC);
    Random random = new Random(seed);
    Instant time = Instant.parse("2015-05-17T10:05:00Z");
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      time = time.plusSeconds(random.nextInt(20));
      Instant at = time.minusSeconds(random.nextInt(10) == 0 ? random.nextInt(3_000) : 0);
      int host = (int) (200 * Math.pow(random.nextDouble(), 3));
      lines.add("10.0.0." + host + " - - [" + format.format(at) + "] \"GET / HTTP/1.1\" 200 1");
    }
    try {
      return Files.write(directory.resolve("made-up.log"), lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void shouldBypassLinesWithoutKeyOrTimeAndShowTheFirstThree() throws Exception {
    Path log = directory.resolve("odd.log");
    Files.write(
        log,
        List.of(
            "ann [17/May/2015:10:05:03 +0000] one",
            "ann no time",
            "[17/May/2015:10:05:03 +0000] no key, for it begins with a bracket",
            "ann [17/Mai/2015:10:05:03 +0000] not English",
            "ann [] nothing",
            "ann [17/May/2015:10:05:04 +0000] two"));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        Main.run(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            "demo",
            "--input",
            log.toString(),
            "--key",
            "^(\\w+)",
            "--time",
            TIME,
            "--time-format",
            TIME_FORMAT,
            "--limit",
            "1/1h",
            "--bootstrap-server",
            kafka.bootstrapServers(),
            "--json");

    String errors = err.toString(StandardCharsets.UTF_8);
    assertThat(exitCode).as(errors).isZero();
    assertThat(errors)
        .contains("line 2 bypassed: no time found")
        .contains("line 3 bypassed: no key found")
        .contains("line 4 bypassed: time \"17/Mai/2015:10:05:03 +0000\" does not parse")
        .doesNotContain("line 5");
    assertThat(out.toString(StandardCharsets.UTF_8).strip()).hasLineCount(1);
    Map<String, Object> figures = figures(out);
    assertThat(figures)
        .containsEntry("records", 6L)
        .containsEntry("admitted", 1L)
        .containsEntry("blocked", 1L)
        .containsEntry("bypassed", 4L)
        .containsEntry("eventCountSum", 1L)
        .containsEntry("keys", 1L)
        .containsEntry("blockedKeys", 1L);
    // What was made on somebody's Kafka is gone.
    assertThat(kafka.admin().listTopics().names().get())
        .noneMatch(topic -> topic.startsWith("headgate-demo"));
  }

  @Test
  void shouldMakeItsOwnTrafficOnAKafkaOfItsOwn() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        Main.run(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            "demo",
            "--for",
            "3s",
            "--limit",
            "20/60s",
            "--json");

    assertThat(exitCode).as(err.toString(StandardCharsets.UTF_8)).isZero();
    Map<String, Object> figures = figures(out);
    assertThat(number(figures, "blocked")).isPositive();
    assertThat(number(figures, "records"))
        .isEqualTo(
            number(figures, "admitted")
                + number(figures, "bypassed")
                + number(figures, "eventCountSum"));
    assertThat(figures.keySet())
        .containsExactlyInAnyOrder(
            "records",
            "admitted",
            "blocked",
            "bypassed",
            "events",
            "eventCountSum",
            "keys",
            "blockedKeys",
            "seconds",
            "topBlocked");
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("most blocked keys", "blocked records per minute", "203.0.113.66");
  }

  private static long number(Map<String, Object> figures, String name) {
    return (Long) figures.getOrDefault(name, -1L);
  }

  /** The fields of the object on the last line; whole numbers as longs. */
  private static Map<String, Object> figures(ByteArrayOutputStream out) throws IOException {
    List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
    Map<String, Object> figures = new HashMap<>();
    try (JsonParser json = new JsonFactory().createParser(lines.get(lines.size() - 1))) {
      assertThat(json.nextToken()).isEqualTo(JsonToken.START_OBJECT);
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        JsonToken token = json.nextToken();
        figures.put(name, token == JsonToken.VALUE_NUMBER_INT ? json.getLongValue() : token);
        json.skipChildren();
      }
    }
    return figures;
  }
}
