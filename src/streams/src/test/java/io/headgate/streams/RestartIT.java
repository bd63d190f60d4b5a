package io.headgate.streams;

import static io.headgate.streams.Cluster.AT_LEAST_ONCE;
import static io.headgate.streams.Cluster.EXACTLY_ONCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.lane.BlockedEvent;
import io.headgate.lane.Delivery;
import io.headgate.streams.Traffic.Request;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Windows outlive whoever keeps them: a key half way through its window stays so when the
 * application is started again, when it crashes, and when other instances take its tasks.
 */
class RestartIT {

  private static final RateLimit LIMIT = new RateLimit(20, Duration.ofHours(1), 60, Mode.STRICT);
  private static final int PARTITIONS = 4;

  /** Half an hour: the windows of all keys are cut in two wherever something happens. */
  private static final List<Request> REQUESTS = Traffic.generated(3, 6_000, 200, 1_800_000);

  private static final BitSet EXPECTED = Traffic.admitted(REQUESTS, LIMIT);

  private static Cluster cluster;

  @SuppressWarnings("NullAway.Init")
  @TempDir
  private Path state;

  private Delivery delivery = Delivery.AT_LEAST_ONCE;
  private String application = "";
  private String input = "";
  private String blocked = "";
  private String admitted = "";

  @BeforeAll
  static void start() {
    cluster = new Cluster();
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @BeforeEach
  void createTopics() {
    application = Cluster.unique("restart");
    input = cluster.topic("requests", PARTITIONS);
    blocked = cluster.topic("blocked", 2);
    admitted = cluster.topic("admitted", 2);
  }

  private Properties config(String guarantee, String directory) {
    return cluster.config(application, guarantee, state.resolve(directory).toString());
  }

  private Headgate.Builder limiter() {
    return Headgate.limit(LIMIT).blockedTo(blocked).delivery(delivery);
  }

  private App app(Properties config) {
    return new App(config, App.limited(input, limiter(), admitted));
  }

  private void isAsIfNothingHadHappened() {
    assertThat(cluster.requests(admitted)).isEqualTo(EXPECTED);
    List<BlockedEvent> events = cluster.events(blocked, "headgate");
    assertThat(Cluster.byKey(events)).isEqualTo(Traffic.blocked(REQUESTS, EXPECTED));
  }

  @ParameterizedTest
  @CsvSource({
    AT_LEAST_ONCE + ", one, AT_LEAST_ONCE", AT_LEAST_ONCE + ", another, AT_LEAST_ONCE",
    EXACTLY_ONCE + ", one, AT_LEAST_ONCE", EXACTLY_ONCE + ", another, AT_LEAST_ONCE",
    AT_LEAST_ONCE + ", one, TRANSACTIONAL", EXACTLY_ONCE + ", another, TRANSACTIONAL"
  })
  void aRestartHalfWayThroughTheWindowsChangesNothing(
      String guarantee, String directory, Delivery by) {
    delivery = by;
    cluster.send(input, REQUESTS, 0, 3_000);
    try (App app = app(config(guarantee, "one"))) {
      cluster.awaitProcessed(app, input);
    }
    cluster.send(input, REQUESTS, 3_000, 6_000);
    try (App app = app(config(guarantee, directory))) {
      cluster.awaitProcessed(app, input);
    }
    isAsIfNothingHadHappened();
  }

  /** Who crashes does not say that he leaves: the group waits for him. */
  private static Properties soonMissed(Properties config) {
    config.put("session.timeout.ms", 2_500);
    return config;
  }

  /**
   * Throws at one request, the first time it comes: what was done since the last commit is lost.
   */
  private Consumer<StreamsBuilder> crashing(int at) {
    AtomicBoolean crashed = new AtomicBoolean();
    return builder ->
        App.stream(builder, input)
            .processValues(limiter().<String, String>build())
            .peek(
                (key, value) -> {
                  if (Integer.parseInt(value) >= at && !crashed.getAndSet(true)) {
                    throw new IllegalStateException("crash");
                  }
                })
            .to(admitted, App.strings());
  }

  @ParameterizedTest
  @CsvSource({
    "replaced thread, AT_LEAST_ONCE", "new instance, AT_LEAST_ONCE",
    "replaced thread, TRANSACTIONAL", "new instance, TRANSACTIONAL"
  })
  void aCrashChangesNothingUnderExactlyOnce(String by, Delivery delivered) {
    delivery = delivered;
    cluster.send(input, REQUESTS);
    boolean replace = by.equals("replaced thread");
    Properties config = soonMissed(config(EXACTLY_ONCE, "one"));
    // Longer than the requests take: there is something to lose.
    config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 3_000);
    config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    Consumer<StreamsBuilder> crashing = crashing(2_000);
    try (App app =
        new App(
            config,
            replace
                ? StreamThreadExceptionResponse.REPLACE_THREAD
                : StreamThreadExceptionResponse.SHUTDOWN_CLIENT,
            crashing)) {
      assertThat(app.awaitError()).hasStackTraceContaining("crash");
      if (replace) {
        app.errors().clear();
        cluster.awaitProcessed(app, input);
      } else {
        await().atMost(Cluster.LIMIT).until(() -> app.streams.state() == KafkaStreams.State.ERROR);
      }
    }
    if (!replace) {
      try (App app = new App(config, crashing)) {
        cluster.awaitProcessed(app, input);
      }
    }
    isExactButForEventsToldTwice();
  }

  @Test
  void aCrashLosesNoRecordUnderAtLeastOnce() {
    cluster.send(input, REQUESTS);
    Properties config = soonMissed(config(AT_LEAST_ONCE, "one"));
    try (App app = new App(config, StreamThreadExceptionResponse.REPLACE_THREAD, crashing(2_000))) {
      app.awaitError();
      app.errors().clear();
      cluster.awaitProcessed(app, input);
    }
    long told = Cluster.sum(cluster.events(blocked, "headgate"));
    assertThat(cluster.read(admitted).size() + told).isGreaterThanOrEqualTo(REQUESTS.size());
  }

  /** An instance comes, the first one goes, it comes back, and the other goes. */
  @ParameterizedTest
  @CsvSource({
    EXACTLY_ONCE + ", 0, AT_LEAST_ONCE",
    EXACTLY_ONCE + ", 1, AT_LEAST_ONCE",
    EXACTLY_ONCE + ", 1, TRANSACTIONAL",
    AT_LEAST_ONCE + ", 1, AT_LEAST_ONCE"
  })
  void instancesThatComeAndGoChangeNothing(String guarantee, int standbys, Delivery by) {
    delivery = by;
    Properties config = config(guarantee, "one");
    config.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, standbys);
    Properties other = config(guarantee, "two");
    other.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, standbys);
    App first = app(config);
    App second = null;
    try {
      first.awaitRunning();
      cluster.send(input, REQUESTS, 0, 1_500);
      cluster.awaitProcessed(first, input);

      second = app(other);
      cluster.send(input, REQUESTS, 1_500, 3_000);
      second.awaitRunning();
      cluster.awaitProcessed(second, input);
      hasTasks(second, standbys);

      first.close();
      cluster.send(input, REQUESTS, 3_000, 4_500);
      cluster.awaitProcessed(second, input);

      first = app(config);
      first.awaitRunning();
      cluster.send(input, REQUESTS, 4_500, 5_500);
      hasTasks(first, standbys);
      second.close();
      cluster.send(input, REQUESTS, 5_500, 6_000);
      cluster.awaitProcessed(first, input);
    } finally {
      first.close();
      if (second != null) {
        second.close();
      }
    }
    if (guarantee.equals(EXACTLY_ONCE)) {
      isExactButForEventsToldTwice();
    } else {
      noBlockedRecordIsMissing();
    }
  }

  /** A lane's events are in no transaction: what was judged twice may be told twice. */
  private void isExactButForEventsToldTwice() {
    if (delivery == Delivery.TRANSACTIONAL) {
      isAsIfNothingHadHappened();
    } else {
      assertThat(cluster.requests(admitted)).isEqualTo(EXPECTED);
      noBlockedRecordIsMissing();
    }
  }

  private void noBlockedRecordIsMissing() {
    Map<String, Long> told = Cluster.byKey(cluster.events(blocked, "headgate"));
    Traffic.blocked(REQUESTS, EXPECTED)
        .forEach(
            (key, count) ->
                assertThat(told.getOrDefault(key, 0L))
                    .as("blocked of %s", key)
                    .isGreaterThanOrEqualTo(count));
  }

  /** Waits until a share of the tasks, and of the standbys if there are any, is an instance's. */
  private static void hasTasks(App app, int standbys) {
    await()
        .atMost(Cluster.LIMIT)
        .until(
            () ->
                app.streams.metadataForLocalThreads().stream()
                        .anyMatch(thread -> !thread.activeTasks().isEmpty())
                    && (standbys == 0
                        || app.streams.metadataForLocalThreads().stream()
                            .anyMatch(thread -> !thread.standbyTasks().isEmpty())));
  }
}
