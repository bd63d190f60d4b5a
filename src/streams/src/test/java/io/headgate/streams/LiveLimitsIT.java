package io.headgate.streams;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.headgate.RateLimit;
import io.headgate.lane.BlockedEvent;
import io.headgate.rules.Rule;
import io.headgate.rules.RuleSet;
import io.headgate.streams.Traffic.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Limits that are changed under load, by a topic and by a file, on a broker. */
class LiveLimitsIT {

  private static final int PARTITIONS = 4;
  private static final int KEYS = 8;
  private static final long TIME = 1_700_000_000_000L;
  private static final Duration SOON = Duration.ofSeconds(30);

  @AutoClose private static final Cluster cluster = new Cluster();

  @SuppressWarnings("NullAway.Init")
  @TempDir
  private Path directory;

  private String input = "";
  private String blocked = "";
  private String admitted = "";

  @BeforeEach
  void createTopics() {
    input = cluster.topic("requests", PARTITIONS);
    blocked = cluster.topic("blocked", 2);
    admitted = cluster.topic("admitted", 2);
  }

  private static RuleSet rules(long units) {
    return RuleSet.builder()
        .rule(Rule.named("all").limits(RateLimit.perHour(units)).build())
        .build();
  }

  private Properties config(String application, String guarantee) {
    return cluster.config(application, guarantee, directory.resolve("state").toString());
  }

  private Consumer<StreamsBuilder> topology(LiveRules live, @Nullable String limits) {
    return builder -> {
      if (limits != null) {
        LimitsTopic.follow(builder, limits, live);
      }
      Headgate.apply(
              App.stream(builder, input),
              Headgate.rules(live).blockedTo(blocked),
              Serdes.String(),
              Serdes.String())
          .to(admitted, App.strings());
    };
  }

  /** All of one moment: what a key is admitted in all is what its window holds. */
  private static List<Request> requests(int each) {
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < each; i++) {
      for (int key = 0; key < KEYS; key++) {
        requests.add(new Request("key-" + key, TIME));
      }
    }
    return requests;
  }

  private Map<String, Integer> admittedByKey() {
    Map<String, Integer> counts = new HashMap<>();
    for (var record : cluster.read(admitted)) {
      counts.merge(new String(record.key(), UTF_8), 1, Integer::sum);
    }
    return counts;
  }

  private static void limit(String topic, String entry, @Nullable String value) {
    cluster.write(topic, entry.getBytes(UTF_8), value == null ? null : value.getBytes(UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {Cluster.AT_LEAST_ONCE, Cluster.EXACTLY_ONCE})
  void limitsOfATopicHoldAtOnceAndKeepTheCounts(String guarantee) {
    String limits = Cluster.unique("limits");
    cluster.kafka.createTopic(limits, 1, Map.of("cleanup.policy", "compact"));
    // There before the application is: whole before its first record.
    limit(limits, "all/key/key-1", "{\"limits\":[\"7/1h\"]}");
    limit(limits, "all/key/key-2", "this is refused");
    LiveRules live = LiveRules.of(rules(10));
    String application = Cluster.unique("live");
    try (App app = new App(config(application, guarantee), topology(live, limits))) {
      cluster.send(input, requests(20));
      cluster.awaitProcessed(app, input);
      assertThat(admittedByKey())
          .hasSize(KEYS)
          .containsEntry("key-0", 10)
          .containsEntry("key-1", 7)
          .containsEntry("key-2", 10);

      // While records flow: some are judged before, some after, and none twice.
      AtomicBoolean done = new AtomicBoolean();
      AtomicInteger sent = new AtomicInteger();
      Thread load =
          new Thread(
              () -> {
                while (!done.get()) {
                  cluster.send(input, requests(5));
                  sent.addAndGet(5 * KEYS);
                }
              });
      load.start();
      try {
        limit(limits, "all/key/key-3", "{\"limits\":[\"1000000/1h\"]}");
        limit(limits, "all", "{\"limits\":[\"15/1h\"]}");
        await().atMost(SOON).until(() -> live.version() == 4);
        assertThat(live.refused()).isEqualTo(1);
        int before = sent.get();
        await().atMost(Cluster.LIMIT).until(() -> sent.get() > before + 10 * KEYS);
      } finally {
        done.set(true);
        await().atMost(Cluster.LIMIT).until(() -> !load.isAlive());
      }
      cluster.awaitProcessed(app, input);
      Map<String, Integer> after = admittedByKey();
      assertThat(after).containsEntry("key-0", 15).containsEntry("key-1", 7);
      assertThat(after.get("key-3")).as("it has room").isGreaterThan(15);
      limit(limits, "all/key/key-1", null);
      await().atMost(SOON).until(() -> live.version() == 5);
      cluster.send(input, requests(20));
      cluster.awaitProcessed(app, input);
    }
    assertThat(admittedByKey()).containsEntry("key-0", 15).containsEntry("key-1", 15);
    List<BlockedEvent> events = cluster.events(blocked, "headgate");
    int all = cluster.read(input).size();
    assertThat(cluster.read(admitted).size() + Cluster.sum(events)).isEqualTo(all);

    // Another life of the application: the topic says what it said, the windows hold what they
    // held.
    LiveRules again = LiveRules.of(rules(10));
    try (App app = new App(config(application, guarantee), topology(again, limits))) {
      cluster.send(input, requests(3));
      cluster.awaitProcessed(app, input);
    }
    assertThat(again.overrides().size()).isEqualTo(2);
    assertThat(admittedByKey()).containsEntry("key-0", 15).containsEntry("key-1", 15);
  }

  @Test
  void aRulesFileIsTakenOverWhenItChangesAndRefusedWhenItIsWrong() throws IOException {
    Path file = directory.resolve("rules.yaml");
    Files.writeString(file, "rules: [{name: all, limits: [10/1h]}]");
    LiveRules live = LiveRules.of(rules(10));
    String application = Cluster.unique("file");
    RulesFileWatch watch = RulesFileWatch.start(file, Duration.ofMillis(100), live);
    try (watch;
        App app = new App(config(application, Cluster.AT_LEAST_ONCE), topology(live, null))) {
      cluster.send(input, requests(20));
      cluster.awaitProcessed(app, input);
      assertThat(admittedByKey()).containsEntry("key-0", 10);

      Files.writeString(file, "rules: [{name: all, limits: [wrong]}]");
      await().atMost(SOON).until(() -> live.refused() == 1);
      Files.writeString(file, "rules: [{name: all, limits: [12/1m]}]");
      await().atMost(SOON).until(() -> live.refused() == 2);
      Files.writeString(file, "rules: [{name: all, limits: [12/1h]}]");
      await().atMost(SOON).until(() -> live.rules().equals(rules(12)));
      cluster.send(input, requests(20));
      cluster.awaitProcessed(app, input);
    }
    assertThat(admittedByKey()).hasSize(KEYS).containsEntry("key-0", 12);
  }
}
