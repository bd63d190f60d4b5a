package io.headgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * Half an hour of requests and an application that limits them, for tests of what becomes of
 * windows while something happens to the application.
 */
abstract class KeptWindows {

  static final RateLimit LIMIT = new RateLimit(20, Duration.ofHours(1), 60, Mode.STRICT);
  static final int PARTITIONS = 4;

  /** Half an hour: the windows of all keys are cut in two wherever something happens. */
  static final List<Request> REQUESTS = Traffic.generated(3, 6_000, 200, 1_800_000);

  static final BitSet EXPECTED = Traffic.admitted(REQUESTS, LIMIT);

  /** One for each class that extends this, where both run in one JVM. */
  static Cluster cluster;

  @SuppressWarnings("NullAway.Init")
  @TempDir
  private Path state;

  Delivery delivery = Delivery.AT_LEAST_ONCE;
  String application = "";
  String input = "";
  String blocked = "";
  String admitted = "";

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

  final Properties config(String guarantee, String directory) {
    return cluster.config(application, guarantee, state.resolve(directory).toString());
  }

  final Headgate.Builder limiter() {
    return Headgate.limit(LIMIT).blockedTo(blocked).delivery(delivery);
  }

  final App app(Properties config) {
    return new App(config, App.limited(input, limiter(), admitted));
  }

  final App app(Properties config, StateRestoreListener listener) {
    return new App(
        config,
        StreamThreadExceptionResponse.SHUTDOWN_CLIENT,
        App.limited(input, limiter(), admitted),
        streams -> streams.setGlobalStateRestoreListener(listener));
  }

  final void isAsIfNothingHadHappened() {
    assertThat(cluster.requests(admitted)).isEqualTo(EXPECTED);
    List<BlockedEvent> events = cluster.events(blocked, "headgate");
    assertThat(Cluster.byKey(events)).isEqualTo(Traffic.blocked(REQUESTS, EXPECTED));
  }

  /** A lane's events are in no transaction: what was judged twice may be told twice. */
  final void isExactButForEventsToldTwice() {
    if (delivery == Delivery.TRANSACTIONAL) {
      isAsIfNothingHadHappened();
    } else {
      assertThat(cluster.requests(admitted)).isEqualTo(EXPECTED);
      noBlockedRecordIsMissing();
    }
  }

  final void noBlockedRecordIsMissing() {
    Map<String, Long> told = Cluster.byKey(cluster.events(blocked, "headgate"));
    Traffic.blocked(REQUESTS, EXPECTED)
        .forEach(
            (key, count) ->
                assertThat(told.getOrDefault(key, 0L))
                    .as("blocked of %s", key)
                    .isGreaterThanOrEqualTo(count));
  }
}
