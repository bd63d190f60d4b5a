package io.headgate.service.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.headgate.RateLimit;
import io.headgate.lane.Delivery;
import io.headgate.lane.Emit;
import io.headgate.lane.EventKey;
import io.headgate.rules.Rule;
import io.headgate.rules.RuleSet;
import io.headgate.service.analytics.Rollup;
import io.headgate.streams.NoKeyPolicy;
import io.headgate.streams.TimeSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceFileTest {

  private static final String RULES = "rules: { rules: [ { name: all, limits: [ 10/1s ] } ] }";
  private static final List<String> LEAST =
      List.of(
          "application: edge",
          "kafka: { bootstrap.servers: localhost:9092 }",
          "sources: [ in ]",
          "output: out",
          "blocked: blocked",
          RULES);
  private static final RuleSet ALL =
      RuleSet.builder().rule(Rule.named("all").limits(RateLimit.perSecond(10)).build()).build();

  @SuppressWarnings("NullAway.Init")
  @TempDir
  private Path directory;

  private ServiceConfig read(List<String> lines, Map<String, String> environment) {
    Path file = directory.resolve("h.yaml");
    try {
      Files.write(file, lines);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return ServiceFile.read(file, environment::get);
  }

  private ServiceConfig read(String... lines) {
    return read(with(lines), Map.of());
  }

  /** The least that there must be, each line of these in place of its own. */
  private static List<String> with(String... lines) {
    List<String> all = new ArrayList<>(LEAST);
    for (String line : lines) {
      String key = line.substring(0, line.indexOf(':') + 1);
      all.removeIf(each -> each.startsWith(key));
      all.add(line);
    }
    return all;
  }

  /** What is wrong, without the name of the file. */
  private List<String> problems(List<String> lines) {
    ConfigException e =
        catchThrowableOfType(ConfigException.class, () -> read(lines, Map.of("EMPTY", "")));
    assertThat(e).isNotNull();
    return lines(e).stream()
        .map(line -> line.replace(directory + "/", "").replaceFirst("^h.yaml:", ""))
        .toList();
  }

  private static List<String> lines(ConfigException e) {
    return String.valueOf(e.getMessage()).lines().toList();
  }

  private void assertProblem(String line, String problem) {
    assertThat(problems(with(line))).containsExactly(problem);
  }

  @Test
  void shouldReadTheLeastThatThereMustBe() {
    ServiceConfig config = read();
    assertThat(config.application()).isEqualTo("edge");
    assertThat(config.kafka().bootstrapServers()).isEqualTo("localhost:9092");
    assertThat(config.sources()).isEqualTo(new SourceTopics(List.of("in"), null));
    assertThat(config.output()).isEqualTo(new OutputTopics("out", "", ""));
    assertThat(config.blocked())
        .isEqualTo(new BlockedTopic("blocked", Delivery.AT_LEAST_ONCE, Emit.EVERY, EventKey.PLAIN));
    assertThat(config.rules()).isEqualTo(new RulesChoice(ALL, null));
    assertThat(config.limits()).isNull();
    assertThat(config.maxKeys()).isEqualTo(1_000_000);
    assertThat(config.time()).isEqualTo(TimeSource.EVENT);
    assertThat(config.noKey()).isEqualTo(NoKeyPolicy.ADMIT);
    assertThat(config.hashSeed()).isNull();
    assertThat(config.createTopics()).isNull();
    assertThat(config.analytics()).isEqualTo(new AnalyticsConfig(ZoneId.of("UTC"), 48, 400, 100));
    assertThat(config.http())
        .isEqualTo(new HttpConfig("127.0.0.1", 8080, null, false, false, Set.of()));
    assertThat(config.warnings()).isEmpty();
  }

  @Test
  void shouldReadEveryWord() throws IOException {
    Files.writeString(directory.resolve("r.yaml"), "rules: [ { name: all, limits: [ 10/1s ] } ]");
    Files.writeString(directory.resolve("token"), "0123456789abcdef\n");
    ServiceConfig config =
        read(
            "kafka: { bootstrap.servers: [ a:1, b:2 ], consumer.fetch.max.bytes: 1000 }",
            "sources: { pattern: \"logs-.*\" }",
            "output: { prefix: ok., suffix: .passed }",
            "blocked: { topic: b, delivery: transactional, emit: first-and-summary, key: hashed }",
            "rules: r.yaml",
            "limits: l",
            "max-keys: 5",
            "time: wall-clock",
            "no-key: shared-row",
            "hash-seed: s",
            "create-topics: { partitions: 6, replication: 3 }",
            "analytics: { zone: Europe/Berlin, keep-hours: 1, keep-days: 2, top: 3 }",
            "http: { listen: \"[::1]:99\", token-file: token, write: true,"
                + " names: [ limits.example.com ] }");
    assertThat(config.kafka().bootstrapServers()).isEqualTo("a:1,b:2");
    assertThat(config.kafka().consumer()).containsEntry("fetch.max.bytes", "1000");
    assertThat(config.sources().contains("logs-1")).isTrue();
    assertThat(config.sources().contains("my-logs-1")).isFalse();
    assertThat(config.output().of("x")).isEqualTo("ok.x.passed");
    assertThat(config.blocked())
        .isEqualTo(
            new BlockedTopic("b", Delivery.TRANSACTIONAL, Emit.FIRST_AND_SUMMARY, EventKey.HASHED));
    assertThat(config.rules()).isEqualTo(new RulesChoice(ALL, directory.resolve("r.yaml")));
    assertThat(config.limits()).isEqualTo("l");
    assertThat(config.maxKeys()).isEqualTo(5);
    assertThat(config.time()).isEqualTo(TimeSource.WALL_CLOCK);
    assertThat(config.noKey()).isEqualTo(NoKeyPolicy.SHARED_ROW);
    assertThat(config.hashSeed()).isEqualTo("s");
    assertThat(config.createTopics()).isEqualTo(new CreateTopics(6, (short) 3));
    assertThat(config.analytics())
        .isEqualTo(new AnalyticsConfig(ZoneId.of("Europe/Berlin"), 1, 2, 3));
    assertThat(config.http())
        .isEqualTo(
            new HttpConfig(
                "::1", 99, directory.resolve("token"), true, false, Set.of("limits.example.com")));
  }

  @Test
  void shouldSwitchPartsOff() {
    ServiceConfig config = read("analytics: off", "http: off");
    assertThat(config.analytics()).isNull();
    assertThat(config.http()).isNull();
  }

  @Test
  void shouldFillInTheEnvironment() {
    ServiceConfig config =
        read(
            with("kafka: { bootstrap.servers: \"${HOST}:1\" }", "max-keys: ${KEYS:-7}"),
            Map.of("HOST", "broker"));
    assertThat(config.kafka().bootstrapServers()).isEqualTo("broker:1");
    assertThat(config.maxKeys()).isEqualTo(7);
  }

  @Test
  void shouldSayAllThatIsMissing() {
    assertThat(problems(List.of("max-keys: 1")))
        .containsExactly(
            "1:1: found no application, expected application: 1 to 100 letters, digits, '.', '_' or"
                + " '-'",
            "1:1: found no kafka, expected kafka: {bootstrap.servers: host:9092}",
            "1:1: found no sources, expected sources: [ TOPIC, ... ]",
            "1:1: found no output, expected output: TOPIC",
            "1:1: found no blocked, expected blocked: TOPIC",
            "1:1: found no rules, expected rules: FILE, or the rules themselves");
  }

  @Test
  void shouldSayAllThatIsWrongAtOnceRulesIncluded() throws IOException {
    Files.writeString(directory.resolve("r.yaml"), "rules: [ { name: all, limits: [ 10/1x ] } ]");
    assertThat(
            problems(
                List.of(
                    "application: \"my app\"",
                    "kafka: { num.stream.threads: many }",
                    "sorces: [ in ]",
                    "output: \"a b\"",
                    "blocked: { topic: blocked, delivery: at-least-onze }",
                    "rules: r.yaml",
                    "max-keys: 0")))
        .containsExactly(
            "1:14: application: found \"my app\", expected 1 to 100 letters, digits, '.', '_' or '-'",
            "2:8: kafka: found no bootstrap.servers, expected bootstrap.servers: host:9092, some of the"
                + " brokers' addresses",
            "2:30: kafka.num.stream.threads: found \"many\", expected a value that Kafka takes; Not a"
                + " number of type INT",
            "3:1: found the key \"sorces\", expected one of application, kafka, sources, output,"
                + " blocked, rules, limits, max-keys, time, no-key, hash-seed, create-topics,"
                + " analytics, http; did you mean sources?",
            "4:9: output: found \"a b\", expected a topic: 1 to 249 letters, digits, '.', '_' or '-'",
            "5:38: blocked.delivery: found \"at-least-onze\", expected at-least-once or best-effort or"
                + " transactional; did you mean at-least-once?",
            "7:11: max-keys: found \"0\", expected a whole number, 1 to 1073741824",
            "r.yaml:1:33: rules[0].limits[0]: found \"10/1x\", expected UNITS/WINDOW, such as 10/1s or"
                + " 500/1h");
  }

  @Test
  void shouldNameWhatIsWrongWithSourcesAndOutputs() {
    assertProblem(
        "sources: []",
        "6:10: sources: found an empty list, expected a list of topics, or {pattern: REGEX}");
    assertProblem(
        "sources: [ a, a ]", "6:15: sources[1]: found \"a\" again, expected each topic once");
    assertProblem(
        "sources: { pattern: \"(\" }",
        "6:21: sources.pattern: found \"(\", expected a pattern of java.util.regex; Unclosed group");
    assertProblem(
        "sources: {}",
        "6:10: sources: found no pattern, expected a list of topics, or {pattern: REGEX}");
    assertProblem(
        "output: {}",
        "6:9: output: found neither suffix nor prefix, expected a topic, {suffix: TEXT} or {prefix: TEXT}");
    assertProblem(
        "blocked: {}",
        "6:10: blocked: found no topic, expected topic: a topic: 1 to 249 letters, digits, '.', '_' or '-'");
  }

  @Test
  void shouldRefuseTopicsThatWouldGoRoundOrBeTwoThings() {
    assertProblem(
        "output: in",
        "6:9: output: found the topic in, which is one of the sources (in), expected another one; or"
            + " records would go round for ever");
    assertProblem(
        "sources: { pattern: \"[io].*\" }",
        "3:9: output: found the topic out, which is one of the sources (pattern [io].*), expected"
            + " another one; or records would go round for ever");
    // Not there before the first start, and taken in after it.
    for (String made :
        List.of(
            "edge-edge-windows-changelog",
            "edge-edge-held-changelog",
            "edge-edge-by-limit-key-repartition",
            Rollup.topic("edge"))) {
      assertProblem(
          "sources: { pattern: \"" + made.substring(0, made.length() - 1) + ".\" }",
          "1:14: application: found the topic "
              + made
              + ", which is one of the sources (pattern "
              + made.substring(0, made.length() - 1)
              + ".), expected another one; or records would go round for ever");
    }
    assertProblem(
        "blocked: out",
        "4:9: output: found the topic out, which is that of blocked too, expected its own");
    assertProblem(
        "limits: blocked",
        "7:9: limits: found the topic blocked, which is that of blocked too, expected its own");
    assertProblem(
        "rules: { rules: [ { name: all, limits: [ 1/1s ], over-limit: { route: in } } ] }",
        "6:8: rules: found the topic in, which is one of the sources (in), expected another one; or"
            + " records would go round for ever");
  }

  @Test
  void shouldCheckKafkasSettings() {
    assertProblem(
        "kafka: { bootstrap.servers: a:1, application.id: x }",
        "6:50: kafka.application.id: found application.id, expected application: NAME at the top, which"
            + " is it");
    assertThat(
            read("kafka: { bootstrap.servers: a:1, comsumer.x: 1, fetch.max.byte: 1, producer.aks: 1 }")
                .warnings())
        .containsExactly(
            "kafka.comsumer.x: no setting that Kafka's clients know",
            "kafka.fetch.max.byte: no setting that Kafka's clients know; did you mean fetch.max.bytes?",
            "kafka.producer.aks: no setting that Kafka's clients know; did you mean producer.acks?");
    assertThat(
            read("kafka: { bootstrap.servers: a:1, topic.any: 1, headgate.lane.producer.acks: all,"
                    + " main.consumer.max.poll.records: 5, admin.retries: 1 }")
                .warnings())
        .isEmpty();
    assertProblem(
        "kafka: { bootstrap.servers: a:1, producer.acks: 2 }",
        "6:49: kafka.producer.acks: found \"2\", expected a value that Kafka takes; String must be one"
            + " of: all, -1, 0, 1");
  }

  @Test
  void shouldNotShowSecretsOfTheEnvironment() {
    List<String> lines =
        with(
            "kafka: { bootstrap.servers: a:1, retries: \"${PASSWORD}\" }", "max-keys: ${PASSWORD}");
    ConfigException e =
        catchThrowableOfType(
            ConfigException.class, () -> read(lines, Map.of("PASSWORD", "hunter2")));
    assertThat(lines(e))
        .hasSize(2)
        .allSatisfy(each -> assertThat(each).contains("${PASSWORD}").doesNotContain("hunter2"));
  }

  @Test
  void shouldGuardHttp() {
    assertProblem(
        "http: { listen: 0.0.0.0:80 }",
        "7:17: http.listen: found an interface that others reach (0.0.0.0), expected a token-file"
            + " beside it; or open: true, for whoever reaches it to read");
    assertProblem(
        "http: { write: true }",
        "7:7: http: found write: true without a token-file, expected token-file: FILE beside it");
    assertProblem(
        "http: { listen: 8080 }",
        "7:17: http.listen: found \"8080\", expected HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080");
    assertProblem(
        "http: { listen: \"a:70000\" }",
        "7:17: http.listen: found \"a:70000\", expected HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080");
    assertProblem(
        "http: { names: limits.example.com }",
        "7:16: http.names: found \"limits.example.com\", expected a list of host names, such as"
            + " [ limits.example.com ]; put brackets around it: [ ... ]");
    assertProblem(
        "http: { names: [ \"a.example:443\" ] }",
        "7:18: http.names[0]: found \"a.example:443\", expected a host name without a port, such as"
            + " limits.example.com");
    assertThat(read("http: { listen: \"0.0.0.0:80\", open: true }").http())
        .isEqualTo(new HttpConfig("0.0.0.0", 80, null, false, true, Set.of()));
  }

  @Test
  void shouldRefuseATokenThatIsNone() throws IOException {
    Files.writeString(directory.resolve("token"), "short\nand more\n");
    assertThat(problems(with("http: { token-file: token }", "analytics: { zone: Mars }")))
        .containsExactly(
            "7:21: http.token-file: found 5 characters in token, expected 16 to 1,000 visible characters"
                + " of ASCII, a token, in its first line",
            "8:20: analytics.zone: found \"Mars\", expected a time zone, such as UTC or Europe/Berlin");
    Files.writeString(directory.resolve("token"), "a passphrase with spaces");
    assertThat(problems(with("http: { token-file: token }")))
        .containsExactly(
            "7:21: http.token-file: found 24 characters in token, expected 16 to 1,000 visible"
                + " characters of ASCII, a token, in its first line");
  }

  @Test
  void shouldRefuseFilesThatHaveNoName() {
    assertProblem(
        "rules: \"a\\0b\"",
        "6:8: rules: found no name of a file (Nul character not allowed), expected a file of rules, or"
            + " the rules themselves: {rules: [ ... ]}");
    assertProblem(
        "http: { token-file: \"a\\0b\" }",
        "7:21: http.token-file: found no name of a file (Nul character not allowed), expected a file"
            + " with a token in its first line");
  }

  @Test
  void shouldReadTheExample() {
    Path example = Path.of("..", "..", "config", "service", "headgate.yaml");
    ServiceConfig config = ServiceFile.read(example, Map.of("KAFKA", "kafka:9092")::get);
    assertThat(config.kafka().bootstrapServers()).isEqualTo("kafka:9092");
    assertThat(config.rules().rules().size()).isEqualTo(6);
    assertThat(config.warnings()).isEmpty();
  }

  @Test
  void shouldTellFilesApart() throws IOException {
    Path rules = directory.resolve("r.yaml");
    Files.writeString(rules, "rules: []");
    assertThat(FileKind.of(rules)).isEqualTo(FileKind.RULES);
    Files.writeString(rules, "rules: r.yaml");
    assertThat(FileKind.of(rules)).isEqualTo(FileKind.SERVICE);
    Files.writeString(rules, "rules: []\nkafka: {}");
    assertThat(FileKind.of(rules)).isEqualTo(FileKind.SERVICE);
    Files.writeString(rules, "a: b");
    assertThat(catchThrowableOfType(ConfigException.class, () -> FileKind.of(rules)))
        .hasMessage(
            rules
                + ":1:1: found neither, expected a service file (application, kafka, sources, ...) or"
                + " one of rules");
  }

  @Test
  void shouldKeepSecretsOutOfItsText() {
    KafkaSettings settings = new KafkaSettings(Map.of("sasl.jaas.config", "hunter2"));
    assertThat(settings).hasToString("settings [sasl.jaas.config]");
  }
}
