package io.headgate.streams;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.lane.BlockedEvent;
import io.headgate.rules.RuleSet;
import io.headgate.rules.RulesFile;
import io.headgate.testkit.ExactLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A log of real requests through five rules on a broker: what each rule admits and blocks is what
 * an evaluation says that knows nothing of rules and windows but their words.
 */
class AccessLogRulesIT {

  private static final String RULES =
      """
      rules:
        - name: monitoring
          when: { key: { is: "46.105.14.53" } }
          exempt: true
        - name: bots
          when: { field: { pointer: /agent, pattern: "(?i).*(bot|crawl|spider|slurp).*" } }
          limits: [ { limit: 3/1m, buckets: 6 }, { limit: 20/1h, buckets: 60 } ]
        - name: campus
          when:
            any:
              - key: { cidr: 130.237.0.0/16 }
              - key: { cidr: 66.249.0.0/16 }
              - key: { cidr: 50.0.0.0/8 }
          limits: [ { limit: 10/10m, buckets: 10, mode: standard } ]
        - name: downloads
          when: { field: { pointer: /path, pattern: "/(files|presentations|images)/.*" } }
          limits: [ { limit: 1500000/1h, buckets: 60 } ]
          cost: { field: /bytes, default: 0 }
        - name: everybody
          limits: [ { limit: 15/1h, buckets: 60 } ]
      """;

  private static final Pattern LINE =
      Pattern.compile(
          "(\\S+) \\S+ \\S+ \\[([^\\]]+)\\] \"(?:\\S+) (\\S*)[^\"]*\" \\d+ (\\d+|-) \"(?:[^\"]*)\""
              + " \"([^\"]*)\".*");
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ROOT);

  @SuppressWarnings("NullAway.Init")
  @TempDir
  private Path state;

  /** A request; its bytes are null where the log has none. */
  private record Hit(String client, long time, String path, @Nullable Long bytes, String agent) {
    static Optional<Hit> of(String line) {
      Matcher matcher = LINE.matcher(line);
      if (!matcher.matches()) {
        return Optional.empty();
      }
      String bytes = matcher.group(4);
      return Optional.of(
          new Hit(
              matcher.group(1),
              OffsetDateTime.parse(matcher.group(2), TIME).toInstant().toEpochMilli(),
              matcher.group(3),
              bytes.equals("-") ? null : Long.valueOf(bytes),
              matcher.group(5)));
    }
  }

  /** The words of the five rules once more, as plain code. */
  private static final class Oracle {
    private final Map<String, List<ExactLog>> logs =
        Map.of(
            "bots", List.of(exact("3/1m", 6, true), exact("20/1h", 60, true)),
            "campus", List.of(exact("10/10m", 10, false)),
            "downloads", List.of(exact("1500000/1h", 60, true)),
            "everybody", List.of(exact("15/1h", 60, true)));
    final Map<String, Long> admitted = new TreeMap<>();
    final Map<String, Long> blocked = new TreeMap<>();
    long bypassed;

    private static ExactLog exact(String limit, int buckets, boolean strict) {
      RateLimit of = RateLimit.parse(limit).withBuckets(buckets);
      return new ExactLog(of.limit(), of.windowMillis(), buckets, strict);
    }

    private static String rule(Hit hit) {
      String agent = hit.agent().toLowerCase(Locale.ROOT);
      if (hit.client().equals("46.105.14.53")) {
        return "monitoring";
      }
      if (List.of("bot", "crawl", "spider", "slurp").stream().anyMatch(agent::contains)) {
        return "bots";
      }
      if (hit.client().startsWith("130.237.")
          || hit.client().startsWith("66.249.")
          || hit.client().startsWith("50.")) {
        return "campus";
      }
      if (List.of("/files/", "/presentations/", "/images/").stream()
          .anyMatch(hit.path()::startsWith)) {
        return "downloads";
      }
      return "everybody";
    }

    void judge(Hit hit) {
      String rule = rule(hit);
      List<ExactLog> limits = logs.get(rule);
      if (limits == null) {
        bypassed++;
        return;
      }
      long cost = !rule.equals("downloads") ? 1 : hit.bytes() == null ? 0 : hit.bytes();
      boolean admits = true;
      for (ExactLog log : limits) {
        admits &= log.hasRoom(hit.client(), hit.time(), cost);
      }
      if (admits) {
        limits.forEach(log -> log.charge(hit.client(), cost));
      }
      (admits ? admitted : blocked).merge(rule, 1L, Long::sum);
    }
  }

  @Test
  void fiveRulesSayOfRealTrafficWhatTheExactLogsSay() throws IOException {
    List<Hit> hits = new ArrayList<>();
    for (String line : Files.readAllLines(Traffic.accessLog(), StandardCharsets.ISO_8859_1)) {
      Hit.of(line).ifPresent(hits::add);
    }
    assertThat(hits).hasSizeGreaterThan(9_900);
    Oracle oracle = new Oracle();
    hits.forEach(oracle::judge);
    assertThat(oracle.blocked.keySet())
        .as("every rule has something to block")
        .containsExactly("bots", "campus", "downloads", "everybody");

    RuleSet rules = RulesFile.parse("rules.yaml", RULES);
    assertThat(rules.rules().get(2).limits().get(0).mode()).isEqualTo(Mode.STANDARD);
    try (Cluster cluster = new Cluster()) {
      String input = cluster.topic("hits", 3);
      String blocked = cluster.topic("blocked", 2);
      String passed = cluster.topic("passed", 3);
      send(cluster, input, hits);
      Properties config = cluster.config("access-log", Cluster.EXACTLY_ONCE, state.toString());
      // Its clock is years behind the wall clock, and its lines out of order at times.
      config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
      Map<String, Long> admittedByRule;
      try (App app =
          new App(
              config,
              builder ->
                  Headgate.apply(
                          App.stream(builder, input),
                          Headgate.rules(rules)
                              .named("web")
                              .blockedTo(blocked)
                              .rowGrace(Duration.ofDays(30)),
                          Serdes.String(),
                          Serdes.String())
                      .to(passed, App.strings()))) {
        org.awaitility.Awaitility.await()
            .atMost(Cluster.LIMIT)
            .failFast(() -> assertThat(app.errors()).isEmpty())
            .until(
                () ->
                    sum(app, "records-total", "stream-headgate-metrics").values().stream()
                            .mapToLong(Long::longValue)
                            .sum()
                        == hits.size());
        admittedByRule = sum(app, "admitted-total", "stream-headgate-rule-metrics");
        assertThat(sum(app, "bypassed-total", "stream-headgate-rule-metrics").get("monitoring"))
            .isEqualTo(oracle.bypassed)
            .isPositive();
      }
      admittedByRule.remove("monitoring");
      assertThat(admittedByRule).isEqualTo(oracle.admitted);
      List<BlockedEvent> events = cluster.events(blocked, "web");
      Map<String, Long> blockedByRule = new TreeMap<>();
      events.forEach(event -> blockedByRule.merge(event.rule(), event.count(), Long::sum));
      assertThat(blockedByRule).isEqualTo(oracle.blocked);
      assertThat(cluster.read(passed).size() + Cluster.sum(events)).isEqualTo(hits.size());
      System.out.println(
          "admitted by rule "
              + admittedByRule
              + ", blocked "
              + blockedByRule
              + ", exempt "
              + oracle.bypassed);
    }
  }

  private static void send(Cluster cluster, String topic, List<Hit> hits) throws IOException {
    ObjectMapper json = new ObjectMapper();
    try (var producer =
        new KafkaProducer<>(
            Map.<String, Object>of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.kafka.bootstrapServers()),
            new StringSerializer(),
            new StringSerializer())) {
      for (Hit hit : hits) {
        Map<String, Object> fields =
            new TreeMap<>(Map.of("agent", hit.agent(), "path", hit.path()));
        if (hit.bytes() != null) {
          fields.put("bytes", hit.bytes());
        }
        var unused =
            producer.send(
                new ProducerRecord<>(
                    topic,
                    null,
                    hit.time(),
                    hit.client(),
                    new String(json.writeValueAsBytes(fields), UTF_8)));
      }
    }
  }

  /** A metric of all tasks, by rule. */
  private static Map<String, Long> sum(App app, String name, String group) {
    Map<String, Long> sums = new TreeMap<>();
    app.streams
        .metrics()
        .forEach(
            (metric, value) -> {
              if (metric.group().equals(group) && metric.name().equals(name)) {
                sums.merge(
                    metric.tags().getOrDefault("rule", ""),
                    ((Number) value.metricValue()).longValue(),
                    Long::sum);
              }
            });
    return sums;
  }
}
