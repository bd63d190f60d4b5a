package io.headgate.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.headgate.lane.BlockedEvent;
import io.headgate.service.analytics.Rollup;
import io.headgate.service.http.Health;
import io.headgate.service.run.Service;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The service on a broker, by files as a user writes them. */
class ServiceIT {

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @RegisterExtension static final SharedRig SHARED = new SharedRig();

  private final ServiceRig rig = SHARED.get();

  @SuppressWarnings("NullAway.Init")
  @TempDir
  private Path directory;

  private final String application = ServiceRig.unique("edge");

  private Path file(String... more) {
    return ServiceRig.write(
        directory.resolve("headgate.yaml"),
        rig.lines(application, directory.resolve("state"), more));
  }

  /** All that must pass of a record, in a form that can be compared. */
  private record Bytes(int partition, String key, String value, String headers, long time) {

    static Bytes of(ProducerRecord<byte[], byte[]> record) {
      return new Bytes(
          record.partition(),
          text(record.key()),
          text(record.value()),
          text(record.headers()),
          record.timestamp());
    }

    static Bytes of(ConsumerRecord<byte[], byte[]> record) {
      return new Bytes(
          record.partition(),
          text(record.key()),
          text(record.value()),
          text(record.headers()),
          record.timestamp());
    }

    private static String text(byte @Nullable [] bytes) {
      return Arrays.toString(bytes);
    }

    private static String text(Iterable<Header> headers) {
      StringBuilder text = new StringBuilder();
      headers.forEach(each -> text.append(each.key()).append(text(each.value())));
      return text.toString();
    }
  }

  private static final Comparator<Bytes> ORDER =
      Comparator.comparingInt(Bytes::partition).thenComparing(Bytes::toString);

  private static byte @Nullable [] key(int i) {
    return i % 10 == 0 ? null : new byte[] {(byte) 0xff, 0, (byte) (i % 7)};
  }

  /** Of three partitions, some without key or value, with all kinds of headers. */
  private static List<ProducerRecord<byte[], byte[]>> records(String topic, int count) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] value = i % 11 == 0 ? null : new byte[] {(byte) i, (byte) 0x80, 0};
      List<Header> headers = new ArrayList<>();
      for (int h = 0; h < i % 4; h++) {
        headers.add(new RecordHeader("h" + h % 2, h == 1 ? null : new byte[] {(byte) h, 0}));
      }
      records.add(
          new ProducerRecord<>(
              topic, i % 3, ServiceRig.TIME + i * 37L % 1_000, key(i), value, headers));
    }
    return records;
  }

  private static List<Bytes> sorted(List<Bytes> bytes) {
    return bytes.stream().sorted(ORDER).toList();
  }

  @Test
  void shouldLetRecordsPassUntouched() {
    String in = rig.topic("in", 3);
    String out = rig.topic("out", 5);
    String blocked = rig.topic("blocked", 1);
    Path file =
        file(
            "sources: [ " + in + " ]",
            "output: " + out,
            "blocked: " + blocked,
            "rules: { rules: [ { name: all, limits: [ 1000/1h ] } ] }");
    List<ProducerRecord<byte[], byte[]>> records = records(in, 300);
    try (Service service = ServiceRig.start(file)) {
      rig.send(records);
      rig.awaitCommitted(application, in);
      assertThat(service.failure()).isEmpty();
    }
    assertThat(sorted(rig.read(out).stream().map(Bytes::of).toList()))
        .isEqualTo(sorted(records.stream().map(Bytes::of).toList()));
    assertThat(rig.read(blocked)).isEmpty();
  }

  @Test
  void shouldKeepTopicAndPartitionWhereTheLimitKeyIsAnotherThanTheRecords() {
    String one = rig.topic("one", 3);
    String two = rig.topic("two", 3);
    rig.topic(one + ".ok", 3, Map.of());
    rig.topic(two + ".ok", 4, Map.of());
    String blocked = rig.topic("blocked", 1);
    Path file =
        file(
            "sources: { pattern: \"(" + one + "|" + two + ")\" }",
            "output: { suffix: .ok }",
            "blocked: " + blocked,
            "rules:",
            "  key: { field: /user }",
            "  rules:",
            "    - { name: first, when: { topic: " + one + " }, limits: [ 1/1h ] }",
            "    - { name: all, limits: [ 3/1h ] }");
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      byte[] value = ("{\"user\":\"u" + i % 2 + "\",\"n\":" + i + "}").getBytes(UTF_8);
      byte[] key = i % 5 == 0 ? null : new byte[] {(byte) i};
      records.add(
          new ProducerRecord<>(
              i % 2 == 0 ? one : two,
              i % 3,
              ServiceRig.TIME,
              key,
              value,
              List.of(new RecordHeader("h", new byte[] {1}))));
    }
    // The same user in both topics: the rules tell the topics apart.
    for (int i = 0; i < 10; i++) {
      records.add(
          new ProducerRecord<>(
              one, 1, ServiceRig.TIME, null, "{\"user\":\"u1\"}".getBytes(UTF_8), List.of()));
    }
    try (Service service = ServiceRig.start(file)) {
      rig.send(records);
      rig.awaitCommitted(application, one);
      rig.awaitCommitted(application, two);
      await()
          .atMost(ServiceRig.LIMIT)
          .failFast(() -> assertThat(service.failure()).isEmpty())
          .until(
              () ->
                  rig.read(one + ".ok").size() + rig.read(two + ".ok").size() + rig.blocked(blocked)
                      == records.size());
    }
    List<Bytes> sent = sorted(records.stream().map(Bytes::of).toList());
    assertThat(rig.read(one + ".ok").stream().map(Bytes::of).toList())
        .as("one of each user")
        .hasSize(2)
        .allSatisfy(each -> assertThat(sent).contains(each));
    assertThat(rig.read(two + ".ok").stream().map(Bytes::of).toList())
        .as("three of the one user")
        .hasSize(3)
        .allSatisfy(each -> assertThat(sent).contains(each));
  }

  @Test
  void shouldCountWhatIsBlockedAndRouteAndTagAsRulesSay() {
    String in = rig.topic("in", 2);
    String out = rig.topic("out", 2);
    String blocked = rig.topic("blocked", 1);
    String bots = rig.topic("bots", 1);
    Path file =
        file(
            "sources: " + in,
            "output: " + out,
            "blocked: { topic: " + blocked + ", delivery: at-least-once, key: plain }",
            "rules:",
            "  rules:",
            "    - name: bots",
            "      when: { field: { pointer: /agent, is: bot } }",
            "      limits: [ 2/1h ]",
            "      over-limit: { route: " + bots + " }",
            "    - { name: others, limits: [ 3/1h ] }");
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      records.add(
          new ProducerRecord<>(
              in, 0, ServiceRig.TIME, "b".getBytes(UTF_8), "{\"agent\":\"bot\"}".getBytes(UTF_8)));
      records.add(
          new ProducerRecord<>(
              in, 1, ServiceRig.TIME, "o".getBytes(UTF_8), "no JSON".getBytes(UTF_8)));
    }
    try (Service service = ServiceRig.start(file)) {
      rig.send(records);
      rig.awaitCommitted(application, in);
      assertThat(service.failure()).isEmpty();
    }
    assertThat(rig.byKey(out)).isEqualTo(Map.of("b", 2, "o", 3));
    assertThat(rig.byKey(bots)).isEqualTo(Map.of("b", 8));
    assertThat(rig.blocked(blocked)).isEqualTo(15);
    assertThat(rig.events(blocked))
        .allSatisfy(event -> assertThat(event.limiter()).isEqualTo(application))
        .extracting(BlockedEvent::key)
        .containsOnly("b", "o");
  }

  @Test
  void shouldFollowLimitsThatAreSetFromTheCommandLine() {
    String in = rig.topic("in", 2);
    String out = rig.topic("out", 2);
    String blocked = rig.topic("blocked", 1);
    String limits = rig.limitsTopic();
    Path file =
        file(
            "sources: [ " + in + " ]",
            "output: " + out,
            "blocked: " + blocked,
            "limits: " + limits,
            "rules: { rules: [ { name: all, limits: [ 5/1h ] } ] }");
    String config = file.toString();
    assertThat(Ran.run("limits", "list", "-c", config))
        .isEqualTo(new Ran(0, "", "nothing is set on topic " + limits + "\n"));
    assertThat(Ran.run("limits", "set", "-c", config, "--rule", "all", "--key", "key-1", "7/1h"))
        .isEqualTo(new Ran(0, "all/key/key-1: 7/1h (before: nothing)\n", ""));
    try (Service service = ServiceRig.start(file)) {
      rig.send(in, 2, 4, 20);
      rig.awaitCommitted(application, in);
      assertThat(rig.byKey(out)).isEqualTo(Map.of("key-0", 5, "key-1", 7, "key-2", 5, "key-3", 5));

      assertThat(Ran.run("limits", "set", "-c", config, "--rule", "all", "--key", "key-1", "9/1h"))
          .isEqualTo(new Ran(0, "all/key/key-1: 9/1h (before: 7/1h)\n", ""));
      assertThat(Ran.run("limits", "set", "-c", config, "--rule", "all", "6/1h").exitCode())
          .isZero();
      await().atMost(ServiceRig.LIMIT).until(() -> service.rules().version() == 4);
      rig.send(in, 2, 4, 20);
      rig.awaitCommitted(application, in);
      assertThat(rig.byKey(out)).isEqualTo(Map.of("key-0", 6, "key-1", 9, "key-2", 6, "key-3", 6));

      assertThat(Ran.run("limits", "remove", "-c", config, "--rule", "all"))
          .isEqualTo(new Ran(0, "all: removed (before: 6/1h)\n", ""));
      await().atMost(ServiceRig.LIMIT).until(() -> service.rules().version() == 5);
    }
    Ran again = Ran.run("limits", "remove", "-c", config, "--rule", "all");
    assertThat(again.exitCode()).isEqualTo(2);
    assertThat(again.err())
        .isEqualTo(
            "headgate limits remove: nothing is set for all on topic "
                + limits
                + ", which has 1 entries (headgate limits list)\n");
    assertThat(
            Ran.run(
                "limits",
                "list",
                "--json",
                "--bootstrap-server",
                rig.kafka.bootstrapServers(),
                "--topic",
                limits))
        .isEqualTo(
            new Ran(
                0,
                "{\"topic\":\""
                    + limits
                    + "\",\"entries\":[{\"entry\":\"all/key/key-1\",\"value\":\"{\\\"limits\\\":"
                    + "[\\\"9/1h\\\"]}\",\"limits\":[\"9/1h\"],\"refused\":null}]}\n",
                ""));
  }

  @Test
  void shouldSayThatThereIsNoTopicOfLimits() {
    String servers = rig.kafka.bootstrapServers();
    for (String[] command :
        new String[][] {{"list"}, {"set", "--rule", "a", "1/1s"}, {"remove", "--rule", "a"}}) {
      List<String> args = new ArrayList<>(List.of("limits"));
      args.addAll(List.of(command));
      args.addAll(List.of("--bootstrap-server", servers, "--topic", "no-such"));
      Ran ran = Ran.run(args.toArray(String[]::new));
      assertThat(ran.exitCode()).isEqualTo(2);
      assertThat(ran.err())
          .isEqualTo(
              "headgate limits "
                  + command[0]
                  + ": no topic no-such at "
                  + servers
                  + ": make it with kafka-topics.sh --bootstrap-server "
                  + servers
                  + " --create --topic no-such --partitions 1 --config cleanup.policy=compact\n");
    }
  }

  private Path instance(String name, String... more) {
    return ServiceRig.write(
        directory.resolve(name + ".yaml"), rig.lines(application, directory.resolve(name), more));
  }

  private static int tasks(Service service) {
    return service.streams().metadataForLocalThreads().stream()
        .mapToInt(thread -> thread.activeTasks().size())
        .sum();
  }

  @Test
  void shouldShareTheWorkAndTakeItOverFromAnInstanceThatEnds() {
    String in = rig.topic("in", 4);
    String out = rig.topic("out", 4);
    String blocked = rig.topic("blocked", 1);
    String[] more = {
      "sources: [ " + in + " ]",
      "output: " + out,
      "blocked: " + blocked,
      "rules: { rules: [ { name: all, limits: [ 6/1h ] } ] }"
    };
    try (Service first = ServiceRig.start(instance("first", more))) {
      rig.send(in, 4, 12, 5);
      try (Service second = ServiceRig.start(instance("second", more))) {
        await("each has some of the partitions")
            .atMost(ServiceRig.LIMIT)
            .until(
                () -> tasks(first) > 0 && tasks(second) > 0 && tasks(first) + tasks(second) == 4);
        ServiceRig.awaitReady(first);
        ServiceRig.awaitReady(second);
        rig.send(in, 4, 12, 5);
        rig.awaitCommitted(application, in);
      }
      await("the other has all").atMost(ServiceRig.LIMIT).until(() -> tasks(first) == 4);
      rig.send(in, 4, 12, 5);
      rig.awaitCommitted(application, in);
      assertThat(first.failure()).isEmpty();
    }
    assertThat(rig.byKey(out)).hasSize(12).allSatisfy((key, n) -> assertThat(n).isEqualTo(6));
    assertThat(rig.blocked(blocked)).isEqualTo(12 * 15 - 12 * 6);
  }

  @Test
  void shouldLeaveTheGroupsOfLimiterAndRollupWhenItEnds() throws Exception {
    String in = rig.topic("in", 1);
    List<String> lines =
        rig.lines(
            application,
            directory.resolve("state"),
            "sources: [ " + in + " ]",
            "output: " + rig.topic("out", 1),
            "blocked: " + rig.topic("blocked", 1),
            "rules: { rules: [ { name: all, limits: [ 1/1h ] } ] }");
    lines.remove("analytics: off");
    String rollup = Rollup.applicationId(application);
    Path file = ServiceRig.write(directory.resolve("rolled-up.yaml"), lines);
    try (Service service = ServiceRig.start(file)) {
      await("both groups have a member")
          .atMost(ServiceRig.LIMIT)
          .until(() -> members(application) > 0 && members(rollup) > 0);
      assertThat(service.failure()).isEmpty();
    }
    assertThat(members(application)).isZero();
    assertThat(members(rollup)).isZero();
  }

  private int members(String group) throws Exception {
    var groups = rig.kafka.admin().describeConsumerGroups(List.of(group)).all().get();
    return groups.values().stream().mapToInt(each -> each.members().size()).sum();
  }

  @Test
  void shouldSayHowItIs() {
    String in = rig.topic("in", 1);
    Path file =
        file(
            "sources: [ " + in + " ]",
            "output: " + rig.topic("out", 1),
            "blocked: " + rig.topic("blocked", 1),
            "rules: { rules: [ { name: all, limits: [ 1/1h ] } ] }");
    Service service = Service.prepare(ServiceRig.read(file));
    try (service) {
      assertThat(service.health())
          .isEqualTo(new Health(true, false, List.of("Kafka Streams is CREATED")));
      service.start();
      ServiceRig.awaitReady(service);
      assertThat(service.health()).isEqualTo(new Health(true, true, List.of()));
    }
    assertThat(service.health())
        .isEqualTo(new Health(true, false, List.of("stopping", "Kafka Streams is NOT_RUNNING")));
    assertThat(service.failure()).isEmpty();
  }

  @Test
  void shouldEndWithTheReasonWhenARecordCannotBeJudged() throws InterruptedException {
    String in = rig.topic("in", 1);
    Path file =
        file(
            "sources: [ " + in + " ]",
            "output: " + rig.topic("out", 1),
            "blocked: " + rig.topic("blocked", 1),
            "rules: { rules: [ { name: all, limits: [ 9/1h ], cost: { field: /n } } ] }");
    try (Service service = ServiceRig.start(file)) {
      rig.send(
          List.of(new ProducerRecord<>(in, "k".getBytes(UTF_8), "{\"n\":-1}".getBytes(UTF_8))));
      Optional<String> reason = service.await();
      assertThat(reason).contains("cost -1 in field /n: expected 0 or more");
      Health health = service.health();
      assertThat(health.alive()).isFalse();
      assertThat(health.ready()).isFalse();
      assertThat(health.reasons())
          .first()
          .isEqualTo("failed: cost -1 in field /n: expected 0 or more");
    }
  }

  @Test
  void shouldTakeOverARulesFileThatChanges() throws Exception {
    String in = rig.topic("in", 1);
    String out = rig.topic("out", 1);
    Path rules = directory.resolve("rules.yaml");
    Files.writeString(rules, "rules: [ { name: all, limits: [ 2/1h ] } ]");
    Path file =
        file(
            "sources: [ " + in + " ]",
            "output: " + out,
            "blocked: " + rig.topic("blocked", 1),
            "rules: rules.yaml");
    try (Service service = ServiceRig.start(file)) {
      rig.send(in, 1, 1, 5);
      rig.awaitCommitted(application, in);
      Files.writeString(rules, "rules: [ { name: all, limits: [ 4/1h ] } ]");
      await().atMost(ServiceRig.LIMIT).until(() -> service.rules().version() == 2);
      rig.send(in, 1, 1, 5);
      rig.awaitCommitted(application, in);
    }
    assertThat(rig.byKey(out)).isEqualTo(Map.of("key-0", 4));
  }

  /** A service that listens, with one rule. */
  private List<String> listening(String over, String... more) {
    List<String> lines =
        rig.lines(
            application,
            directory.resolve("state"),
            "sources: [ " + rig.topic("in", 1) + " ]",
            "output: " + rig.topic("out", 1),
            "blocked: " + rig.topic("blocked", 1),
            "rules: { rules: [ { name: all, limits: [ 1/1h ], over-limit: " + over + " } ] }",
            "http: { listen: \"127.0.0.1:0\" }");
    lines.remove("http: off");
    lines.addAll(List.of(more));
    return lines;
  }

  @Test
  void shouldKnowItselfByTheNameThatTheFileGives() {
    List<String> lines = listening("drop");
    lines.add(lines.indexOf("kafka:") + 1, "  application.server: gate.example.com:80");
    Path file = ServiceRig.write(directory.resolve("named.yaml"), lines);
    try (Service service = ServiceRig.start(file)) {
      String address = service.address().orElseThrow();
      await("the only instance has the key")
          .atMost(ServiceRig.LIMIT)
          .untilAsserted(
              () ->
                  assertThat(get(address + "api/keys?key=k"))
                      .contains("\"here\":true", "\"owner\":\"gate.example.com:80\""));
    }
  }

  /** Kafka Streams has different tags for them, of which Prometheus takes one. */
  @Test
  void shouldShowTheStoreOfHeldRecordsBesideThatOfLimits() {
    List<String> lines =
        listening(
            "{ hold: { max-records-per-key: 9, max-time: 1m } }", "limits: " + rig.limitsTopic());
    Path file = ServiceRig.write(directory.resolve("metrics.yaml"), lines);
    try (Service service = ServiceRig.start(file)) {
      String address = service.address().orElseThrow();
      await("metrics of tasks")
          .atMost(ServiceRig.LIMIT)
          .untilAsserted(
              () ->
                  assertThat(get(address + "metrics"))
                      .containsPattern("kafka_stream_state_\\w+\\{.*rocksdb_state_id=")
                      .doesNotContain("in_memory_state_id"));
    }
  }

  private static String get(String address) throws Exception {
    return HTTP.send(HttpRequest.newBuilder(URI.create(address)).build(), BodyHandlers.ofString())
        .body();
  }

  @Test
  void shouldEndAtOnceWhenItIsNeverStarted() {
    Path file =
        file(
            "sources: [ " + rig.topic("in", 1) + " ]",
            "output: " + rig.topic("out", 1),
            "blocked: " + rig.topic("blocked", 1),
            "rules: { rules: [ { name: all, limits: [ 1/1h ] } ] }");
    Service service = Service.prepare(ServiceRig.read(file));
    service.close();
    service.close();
    assertThat(service.failure()).isEmpty();
    assertThat(Objects.toString(service.streams().state())).isEqualTo("NOT_RUNNING");
  }
}
