package io.headgate.streams;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.lane.TopKey;
import io.headgate.streams.Traffic.Request;
import io.headgate.testkit.ExactLog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.errors.UnknownStateStoreException;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Looking into a limiter, and resetting keys, through Kafka Streams as an application does. */
class LimiterViewIT {

  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int PARTITIONS = 4;
  private static final int KEYS = 200;

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
    application = Cluster.unique("view");
    input = cluster.topic("requests", PARTITIONS);
    blocked = cluster.topic("blocked", 1);
    admitted = cluster.topic("admitted", 1);
  }

  private App app(RateLimit limit, String guarantee, String directory, int standbys) {
    Properties config = cluster.config(application, guarantee, state.resolve(directory).toString());
    config.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, standbys);
    return new App(
        config,
        App.limited(input, Headgate.limit(limit).named("logins").blockedTo(blocked), admitted));
  }

  private static KeyUsage one(List<KeyUsage> usage) {
    assertThat(usage).hasSize(1);
    return usage.get(0);
  }

  /** Two instances of two threads, and two threads that look into both while records flow. */
  @Test
  void whatIsSeenFromOutsideIsSoundUnderLoadAndExactWhenItIsQuiet() throws InterruptedException {
    RateLimit limit = new RateLimit(20, Duration.ofHours(1), 60, Mode.STRICT);
    List<Request> requests = Traffic.generated(21, 20_000, KEYS, 7_200_000);
    try (App first = app(limit, Cluster.EXACTLY_ONCE, "one", 1);
        App second = app(limit, Cluster.EXACTLY_ONCE, "two", 1)) {
      first.awaitRunning();
      second.awaitRunning();
      List<LimiterView> views =
          List.of(
              LimiterView.of(first.streams, "logins"), LimiterView.of(second.streams, "logins"));
      ConcurrentLinkedQueue<Throwable> errors = new ConcurrentLinkedQueue<>();
      AtomicInteger looks = new AtomicInteger();
      AtomicBoolean done = new AtomicBoolean();
      List<Thread> readers =
          IntStream.range(0, 2)
              .mapToObj(i -> new Thread(() -> look(views, i, done, looks, errors)))
              .toList();
      readers.forEach(Thread::start);
      try {
        cluster.send(input, requests);
        cluster.awaitProcessed(first, input);
        await().atMost(SOON).until(() -> looks.get() > 1_000 || !errors.isEmpty());
      } finally {
        done.set(true);
        for (Thread reader : readers) {
          reader.join();
        }
      }
      assertThat(errors).isEmpty();
      // Tasks may move once more, and standbys are a moment late.
      await()
          .atMost(SOON)
          .ignoreExceptionsInstanceOf(InvalidStateStoreException.class)
          .untilAsserted(() -> assertQuiet(views, requests, limit));
      assertThatExceptionOfType(UnknownStateStoreException.class)
          .isThrownBy(() -> LimiterView.of(first.streams, "logouts").peek("k"));
    }
  }

  private static void look(
      List<LimiterView> views,
      int seed,
      AtomicBoolean done,
      AtomicInteger looks,
      ConcurrentLinkedQueue<Throwable> errors) {
    Random random = new Random(seed);
    while (!done.get()) {
      LimiterView view = views.get(random.nextInt(2));
      try {
        KeyUsage usage = one(view.peek("key-" + random.nextInt(KEYS)));
        assertThat(usage.used()).isBetween(0L, usage.limit());
        assertThat(usage.remaining()).isEqualTo(usage.limit() - usage.used());
        assertThat(usage.limit()).isEqualTo(20);
        looks.incrementAndGet();
      } catch (InvalidStateStoreException e) {
        // Tasks have moved: ask again.
        Thread.onSpinWait();
      } catch (RuntimeException | AssertionError e) {
        errors.add(e);
        return;
      }
    }
  }

  private static void assertQuiet(
      List<LimiterView> views, List<Request> requests, RateLimit limit) {
    ExactLog exact =
        new ExactLog(
            limit.limit(), limit.windowMillis(), limit.buckets(), limit.mode() == Mode.STRICT);
    Map<Integer, Long> newest = new HashMap<>();
    for (Request request : requests) {
      exact.admits(request.key(), request.time(), 1);
      newest.merge(partition(request.key()), request.time(), Math::max);
    }
    int known = 0;
    for (int i = 0; i < KEYS; i++) {
      String key = "key-" + i;
      long asOf = newest.getOrDefault(partition(key), 0L);
      List<KeyUsage> usages =
          views.stream().map(view -> one(view.peek(key))).filter(KeyUsage::known).toList();
      assertThat(usages).as("known in one place, or never sent: %s", key).hasSizeLessThan(2);
      for (KeyUsage usage : usages) {
        known++;
        assertThat(usage.asOfMillis()).isEqualTo(asOf);
        assertThat(usage.used()).as(key).isEqualTo(exact.used(key, asOf));
      }
      // Whoever does not have its task has its standby.
      for (LimiterView view : views) {
        assertThat(one(view.withStandbys().peekAt(key, asOf)).used())
            .isEqualTo(exact.used(key, asOf));
      }
    }
    assertThat(known)
        .isEqualTo((int) requests.stream().map(Request::key).distinct().count())
        .isGreaterThan(KEYS / 2);
  }

  private static int partition(String key) {
    return Math.floorMod(key.hashCode(), PARTITIONS);
  }

  @ParameterizedTest
  @ValueSource(strings = {Cluster.AT_LEAST_ONCE, Cluster.EXACTLY_ONCE})
  void aResetHoldsOnceAndOverARestart(String guarantee) {
    RateLimit limit = RateLimit.perHour(10);
    try (App app = app(limit, guarantee, "one", 0)) {
      LimiterView view = LimiterView.of(app.streams, "logins");
      soon(() -> assertUsed(view, 0, 0));
      sendAndProcess(app);
      assertAdmitted(10, 10);
      soon(
          () ->
              assertThat(view.topBlocked(5))
                  .extracting(TopKey::key, TopKey::lowerBound)
                  .containsExactlyInAnyOrder(tuple("reset", 10L), tuple("kept", 10L)));

      // No record comes: a punctuation does it.
      soon(() -> assertReset(view));
      soon(() -> assertUsed(view, 0, 10));
      sendAndProcess(app);
      assertAdmitted(20, 10);
      soon(() -> assertReset(view));
    }
    // Another life, from the changelog alone: what was reset last has not been used since.
    try (App app = app(limit, guarantee, "two", 0)) {
      LimiterView view = LimiterView.of(app.streams, "logins");
      soon(() -> assertUsed(view, 0, 10));
      sendAndProcess(app);
      assertAdmitted(30, 10);
      soon(
          () ->
              assertThat(view.reset("unknown").toCompletableFuture())
                  .succeedsWithin(SOON)
                  .isEqualTo(0));
      assertThatExceptionOfType(InvalidStateStoreException.class)
          .as("a task that is nowhere")
          .isThrownBy(() -> view.withPartition(PARTITIONS).peek("kept"));
    }
  }

  /** Two threads say that they run before each task is on its own one: it moves once more. */
  private static void soon(ThrowingRunnable assertion) {
    await()
        .atMost(SOON)
        .ignoreExceptionsInstanceOf(InvalidStateStoreException.class)
        .untilAsserted(assertion);
  }

  private static void assertUsed(LimiterView view, long reset, long kept) {
    assertThat(used(view, "reset")).isEqualTo(reset);
    assertThat(used(view, "kept")).isEqualTo(kept);
  }

  /** Of the key's own task: others would say that it has used nothing. */
  private static long used(LimiterView view, String key) {
    return one(view.withPartition(partition(key)).peek(key)).used();
  }

  private void sendAndProcess(App app) {
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      requests.add(new Request("reset", Traffic.START));
      requests.add(new Request("kept", Traffic.START));
    }
    cluster.send(input, requests);
    cluster.awaitProcessed(app, input);
  }

  private static void assertReset(LimiterView view) {
    assertThat(view.reset("reset").toCompletableFuture()).succeedsWithin(SOON).isEqualTo(1);
  }

  private void assertAdmitted(int reset, int kept) {
    Map<String, Integer> counts = new HashMap<>();
    for (var record : cluster.read(admitted)) {
      counts.merge(new String(record.key(), UTF_8), 1, Integer::sum);
    }
    assertThat(counts).isEqualTo(Map.of("reset", reset, "kept", kept));
  }
}
