package io.headgate.streams;

import static io.headgate.streams.Cluster.AT_LEAST_ONCE;
import static io.headgate.streams.Cluster.EXACTLY_ONCE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.lane.BlockedEvent;
import io.headgate.streams.StoreFixture.Change;
import io.headgate.streams.Traffic.Request;
import io.headgate.testkit.ExactLog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The topic that windows live on: what is written to it and when, and who may read it again. */
class ChangelogIT {

  private static final RateLimit LIMIT = new RateLimit(20, Duration.ofHours(1), 60, Mode.STRICT);

  @AutoClose private static final Cluster cluster = new Cluster();

  @SuppressWarnings("NullAway.Init")
  @TempDir
  private Path state;

  private String application = "";
  private String input = "";
  private String blocked = "";
  private String admitted = "";

  @BeforeEach
  void createTopics() {
    application = Cluster.unique("changelog");
    input = cluster.topic("requests", 1);
    blocked = cluster.topic("blocked", 1);
    admitted = cluster.topic("admitted", 1);
  }

  private Properties config(String guarantee) {
    return cluster.config(application, guarantee, state.toString());
  }

  private App app(String guarantee, RateLimit limit) {
    return app(config(guarantee), Headgate.limit(limit));
  }

  private App app(Properties config, Headgate.Builder limiter) {
    return new App(config, App.limited(input, limiter.blockedTo(blocked), admitted));
  }

  private String changelog() {
    return application + "-headgate-windows-changelog";
  }

  private List<Change> changes() {
    return cluster.read(changelog()).stream().map(ChangelogIT::change).toList();
  }

  private static Change change(ConsumerRecord<byte[], byte[]> record) {
    return new Change(Bytes.wrap(record.key()), Bytes.wrap(record.value()));
  }

  /** Everything that was sent is judged by one run of the application. */
  private void run(String guarantee, RateLimit limit) {
    try (App app = app(guarantee, limit)) {
      cluster.awaitProcessed(app, input);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {AT_LEAST_ONCE, EXACTLY_ONCE})
  void aCommitWritesEachChangedKeyOnceHoweverManyRecordsItHad(String guarantee) {
    int records = 50_000;
    List<Request> requests = Traffic.generated(6, records, 10, 3_600_000);
    cluster.send(input, requests);
    Properties config = config(guarantee);
    config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1_000);
    try (App app = app(config, Headgate.limit(LIMIT))) {
      cluster.awaitProcessed(app, input);
    }
    List<Change> changes = changes();
    assertThat(changes.stream().map(Change::key).distinct()).hasSize(11);
    assertThat(changes).filteredOn(Change::isReserved).hasSize(1);
    assertThat(changes.get(0).isReserved()).isTrue();
    // Were it one a record, or one an admitted record, it would be more.
    assertThat(changes.size()).isLessThan(records / 50);
    assertThat(changes).noneMatch(Change::isTombstone);
  }

  /** Under exactly-once the rows that are committed are those of the offsets that are. */
  @ParameterizedTest
  @ValueSource(strings = {AT_LEAST_ONCE, EXACTLY_ONCE})
  void whatIsOnTheTopicIsWhatTheTaskKnew(String guarantee) {
    List<Request> requests = Traffic.generated(7, 3_000, 100, 1_800_000);
    cluster.send(input, requests);
    run(guarantee, LIMIT);

    ExactLog exact = new ExactLog(20, 3_600_000, 60, true);
    requests.forEach(request -> exact.admits(request.key(), request.time(), 1));
    LimiterSettings settings =
        new LimiterSettings(Headgate.limit(LIMIT).blockedTo(blocked).maxKeys(1000));
    try (StoreFixture store = new StoreFixture(settings, true, application)) {
      store.restore(changes());
      Judge judge = store.judge(new LimiterCounters());
      KeyReader reader = StoreFixture.keyReader();
      // What each key has left, and what it gets back as time goes on.
      for (long ahead = 0; ahead <= 4_000_000; ahead += 50_000) {
        for (int key = 0; key < 100; key++) {
          long time = Traffic.START + 1_800_000 + ahead;
          reader.read("key-" + key);
          assertThat(judge.judge(reader, null, time, time, 1))
              .as("key-%s, %s ms later", key, ahead)
              .isEqualTo(exact.admits("key-" + key, time, 1) ? Judge.ADMITTED : Judge.BLOCKED);
        }
      }
    }
  }

  @Test
  void theTopicIsCompactedAndTakesAnyTimestamp() throws Exception {
    cluster.send(input, Traffic.generated(8, 10, 2, 1_000));
    run(AT_LEAST_ONCE, LIMIT);
    ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, changelog());
    Map<String, String> values = new HashMap<>();
    for (Config config :
        cluster.kafka.admin().describeConfigs(List.of(topic)).all().get().values()) {
      config.entries().forEach(entry -> values.put(entry.name(), entry.value()));
    }
    assertThat(values)
        .containsEntry("cleanup.policy", "compact")
        .containsEntry("message.timestamp.type", "CreateTime")
        .containsEntry("message.timestamp.after.max.ms", String.valueOf(Long.MAX_VALUE));
  }

  @ParameterizedTest
  @ValueSource(strings = {AT_LEAST_ONCE, EXACTLY_ONCE})
  void keysThatAreOverLeaveTombstones(String guarantee) {
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      requests.add(new Request("old-" + i, Traffic.START));
    }
    cluster.send(input, requests);
    run(guarantee, LIMIT);
    assertThat(changes()).hasSize(51);

    requests.add(new Request("new", Traffic.START + 8 * 3_600_000L));
    cluster.send(input, requests, 50, 51);
    run(guarantee, LIMIT);

    List<Change> changes = changes();
    List<Change> tombstones = changes.stream().filter(Change::isTombstone).toList();
    assertThat(tombstones).hasSize(50);
    assertThat(changes.subList(1, 51))
        .extracting(Change::key)
        .containsExactlyInAnyOrderElementsOf(tombstones.stream().map(Change::key).toList());
    assertThat(changes.get(changes.size() - 1).isTombstone()).as("the new key's row").isFalse();
  }

  /** The changelog's records have the times of the task's own. */
  @ParameterizedTest
  @ValueSource(strings = {AT_LEAST_ONCE, EXACTLY_ONCE})
  void aTimestampFromTheFutureDoesNotStopTheApplication(String guarantee) {
    long future = System.currentTimeMillis() + Duration.ofDays(3650).toMillis();
    RateLimit one = new RateLimit(1, Duration.ofHours(1), 60, Mode.STRICT);
    List<Request> requests =
        List.of(
            new Request("poisoned", future),
            new Request("poisoned", future),
            new Request("poisoned", future + 1));
    cluster.send(input, requests);
    run(guarantee, one);

    assertThat(cluster.requests(admitted).cardinality()).isEqualTo(1);
    List<BlockedEvent> events = cluster.events(blocked, "headgate");
    assertThat(Cluster.sum(events)).isEqualTo(2);
    assertThat(events).allMatch(BlockedEvent::future);
    assertThat(cluster.read(changelog()))
        .hasSizeGreaterThanOrEqualTo(2)
        .allSatisfy(record -> assertThat(record.timestamp()).isGreaterThanOrEqualTo(future));
  }

  /** Windows of some keys, and records for them that nobody has judged yet. */
  private void writeSomeWindows(String guarantee) {
    cluster.send(input, Traffic.generated(10, 500, 20, 600_000));
    run(guarantee, LIMIT);
    cluster.send(input, Traffic.generated(11, 500, 20, 600_000));
  }

  /** It ends on one line that says what to do, and has judged nothing until then. */
  private void isRefused(Properties config, Headgate.Builder limiter, String... parts) {
    Map<TopicPartition, Long> committed = cluster.committed(application, input);
    int forwarded = cluster.read(admitted).size();
    int events = cluster.read(blocked).size();
    List<Change> before = changes();
    endsOnALine(app(config, limiter), parts);
    assertThat(cluster.committed(application, input)).isEqualTo(committed);
    assertThat(cluster.read(admitted)).hasSize(forwarded);
    assertThat(cluster.read(blocked)).hasSize(events);
    assertThat(changes()).isEqualTo(before);
  }

  private static void endsOnALine(App app, String... parts) {
    try (app) {
      Throwable error = app.awaitError();
      assertThat(error).isInstanceOf(StreamsException.class);
      Throwable cause = error;
      while (cause.getCause() != null
          && !String.valueOf(cause.getMessage()).startsWith("store headgate-windows: ")) {
        cause = cause.getCause();
      }
      assertThat(cause).isInstanceOf(StreamsException.class);
      assertThat(cause.getMessage())
          .startsWith("store headgate-windows: ")
          .hasLineCount(1)
          .contains(parts);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {AT_LEAST_ONCE, EXACTLY_ONCE})
  void anotherSeedStopsTheApplicationWithTheMend(String guarantee) {
    writeSomeWindows(guarantee);
    isRefused(config(guarantee), Headgate.limit(LIMIT).hashSeed("another"), "set hash.seed back");
  }

  @Test
  void otherBucketsStopTheApplicationWithTheMend() {
    writeSomeWindows(EXACTLY_ONCE);
    isRefused(
        config(EXACTLY_ONCE),
        Headgate.limit(LIMIT.withBuckets(30)),
        "buckets of 60000 ms",
        "buckets of 120000 ms");
  }

  @Test
  void anotherModeStopsTheApplicationWithTheMend() {
    writeSomeWindows(AT_LEAST_ONCE);
    isRefused(
        config(AT_LEAST_ONCE),
        Headgate.limit(LIMIT.withMode(Mode.STANDARD)),
        "61 counters",
        "60 counters",
        "mode");
  }

  @Test
  void fewerKeysThanThereAreStopTheApplicationWithTheMend() {
    writeSomeWindows(AT_LEAST_ONCE);
    isRefused(config(AT_LEAST_ONCE), Headgate.limit(LIMIT).maxKeys(3), "max.keys = 3");
  }

  /** Of a build to come: a row of it stands among those that this build can read. */
  @ParameterizedTest
  @ValueSource(strings = {AT_LEAST_ONCE, EXACTLY_ONCE})
  void aRowOfANewerFormatStopsTheApplicationWithTheMend(String guarantee) {
    writeSomeWindows(guarantee);
    byte[] newer = bytes("02" + "00".repeat(63));
    cluster.write(changelog(), StoreFixture.PLAIN.key(1, 2), newer);
    isRefused(
        config(guarantee),
        Headgate.limit(LIMIT),
        "rows of format 2",
        "this build reads format 1",
        "use the headgate-streams that wrote it, or a newer one");
  }

  @Test
  void aReservedRowOfANewerFormatStopsTheApplicationWithTheMend() {
    writeSomeWindows(AT_LEAST_ONCE);
    cluster.write(changelog(), StoreFixture.PLAIN.reservedKey(), bytes("02" + "00".repeat(31)));
    isRefused(config(AT_LEAST_ONCE), Headgate.limit(LIMIT), "format 2", "a newer one");
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }

  /**
   * A changelog as the first builds wrote it, byte by byte: whatever build reads it goes on from
   * there. A key's fingerprint is that of its bytes, under the seed and the limiter's name.
   */
  @Test
  void rowsOfTheFirstFormatAreReadForEver() {
    cluster.kafka.createTopic(changelog(), 1, Map.of("cleanup.policy", "compact"));
    // Format, bytes of a counter, counters; version of the limit; a minute; minute of the first
    // record.
    String row = "01%s%04x" + "00000000" + "000000000000ea60" + "00000000016c2450";
    cluster.write(
        changelog(),
        "headgate".getBytes(US_ASCII),
        bytes("01000000" + "0000003d" + "000000000000ea60" + "035319590d54ad46"));
    // 15 units in the head, none in the bucket before, 3 in the one before that.
    cluster.write(
        changelog(),
        bytes("0f67bdad1123f53697c3e69ecd229807"),
        bytes(String.format(row, "01", 3) + "0f0003"));
    // All 20, five minutes before.
    cluster.write(
        changelog(),
        bytes("4094da5cdc991ec10820abd2289f9c5b"),
        bytes(String.format(row, "01", 6) + "000000000014"));
    // Of a time when the limit was higher: 300, in counters of two bytes.
    cluster.write(
        changelog(),
        bytes("b5b8c1bfc46c480b1642ec2d4d7799f2"),
        bytes(String.format(row, "02", 1) + "012c"));
    // As many, in counters of four bytes, and of eight.
    cluster.write(
        changelog(),
        bytes("2e20dce0d6ea701ed51895508ac5af81"),
        bytes(String.format(row, "04", 1) + "0000012c"));
    cluster.write(
        changelog(),
        bytes("89b22a183ddc90041cf8662676c28cab"),
        bytes(String.format(row, "08", 1) + "000000000000012c"));
    // It was there and is over.
    cluster.write(
        changelog(),
        bytes("36807df84d67ba046f29cf0782403b13"),
        bytes(String.format(row, "01", 1) + "14"));
    cluster.write(changelog(), bytes("36807df84d67ba046f29cf0782403b13"), null);

    List<Request> requests = new ArrayList<>();
    StringBuilder verdicts = new StringBuilder();
    BiConsumer<List<String>, Integer> now =
        (expected, minutes) -> {
          for (String each : expected) {
            requests.add(
                new Request(
                    each.substring(0, each.length() - 1), Traffic.START + minutes * 60_000L));
            verdicts.append(each.charAt(each.length() - 1));
          }
        };
    now.accept(
        List.of("alice+", "alice+", "alice-", "bob-", "carol-", "dave-", "frank-", "erin+"), 0);
    // Of a window of 61 buckets, bob's leave first.
    now.accept(List.of("alice-", "bob-", "carol-"), 55);
    now.accept(List.of("bob+"), 56);
    now.accept(List.of("alice-"), 58);
    // Three of alice's have left.
    now.accept(List.of("alice+", "alice+", "alice+", "alice-", "carol-", "dave-", "frank-"), 59);
    now.accept(List.of("carol+", "dave+", "frank+"), 61);
    cluster.send(input, requests);
    try (App app = app(config(EXACTLY_ONCE), Headgate.limit(LIMIT).hashSeed("golden"))) {
      cluster.awaitProcessed(app, input);
    }
    StringBuilder seen = new StringBuilder();
    BitSet passed = cluster.requests(admitted);
    for (int i = 0; i < requests.size(); i++) {
      seen.append(passed.get(i) ? '+' : '-');
    }
    assertThat(seen.toString()).isEqualTo(verdicts.toString());
    assertThat(changes()).filteredOn(Change::isReserved).as("it was read, not written").hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(longs = {5, 300})
  void anotherLimitKeepsTheCounts(long limit) {
    RateLimit ten = new RateLimit(10, Duration.ofHours(1), 60, Mode.STRICT);
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      requests.add(new Request("k", Traffic.START));
    }
    cluster.send(input, requests, 0, 100);
    run(EXACTLY_ONCE, ten);
    cluster.send(input, requests, 100, 600);
    run(EXACTLY_ONCE, new RateLimit(limit, ten.window(), ten.buckets(), ten.mode()));
    assertThat(cluster.requests(admitted).cardinality()).isEqualTo((int) Math.max(10, limit));
  }
}
