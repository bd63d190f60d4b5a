package io.headgate.streams;

import static io.headgate.streams.Cluster.AT_LEAST_ONCE;
import static io.headgate.streams.Cluster.EXACTLY_ONCE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.headgate.lane.Delivery;
import java.util.BitSet;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.errors.TaskCorruptedException;
import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Windows outlive the application: a key half way through its window stays so when it is started
 * again, and when it crashes.
 */
class RestartIT extends KeptWindows {

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
    Restores restores = new Restores();
    try (App app = app(config(guarantee, directory), restores)) {
      cluster.awaitProcessed(app, input);
    }
    isAsIfNothingHadHappened();
    assertThat(restores.starts).hasSize(PARTITIONS).allMatch(start -> start.from() == 0);
    assertThat(restores.rows.get()).isPositive();
    restores.wereAllTheStateUpdaters();
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

  /**
   * Kafka Streams closes such a task dirty, and takes the same store up again. What the task had
   * put out since its last commit, Kafka Streams 4.3 commits without its offsets, and so puts out
   * again: of that, only the verdicts are the limiter's.
   */
  @ParameterizedTest
  @ValueSource(strings = {AT_LEAST_ONCE, EXACTLY_ONCE})
  void aTaskThatIsFoundCorruptedGoesOnFromItsChangelog(String guarantee) {
    Properties config = config(guarantee, "one");
    config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1_500);
    config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    Restores restores = new Restores();
    AtomicBoolean thrown = new AtomicBoolean();
    try (App app =
        new App(
            config,
            StreamThreadExceptionResponse.SHUTDOWN_CLIENT,
            builder ->
                App.stream(builder, input)
                    .processValues(limiter().<String, String>build())
                    .processValues(() -> new Corrupting(4_500, thrown))
                    .to(admitted, App.strings()),
            streams -> streams.setGlobalStateRestoreListener(restores))) {
      cluster.send(input, REQUESTS, 0, 3_000);
      cluster.awaitProcessed(app, input);
      restores.starts.clear();
      cluster.send(input, REQUESTS, 3_000, 6_000);
      cluster.awaitProcessed(app, input);
      assertThat(thrown).isTrue();
      assertThat(app.errors()).as("no thread ends").isEmpty();
      assertThat(restores.starts).as("it was read again, all of it").isNotEmpty();
      assertThat(restores.starts.get(0).from()).isZero();
    }
    BitSet out = new BitSet();
    for (var record : cluster.read(admitted)) {
      out.set(Integer.parseInt(new String(record.value(), UTF_8)));
    }
    if (guarantee.equals(EXACTLY_ONCE)) {
      assertThat(out).isEqualTo(EXPECTED);
      noBlockedRecordIsMissing();
    } else {
      long told = Cluster.sum(cluster.events(blocked, "headgate"));
      assertThat(cluster.read(admitted).size() + told).isGreaterThanOrEqualTo(REQUESTS.size());
    }
  }

  /** Says once of its task what Kafka Streams says of one that it cannot go on with. */
  private static final class Corrupting
      extends ContextualFixedKeyProcessor<String, String, String> {
    private final int at;
    private final AtomicBoolean thrown;

    Corrupting(int at, AtomicBoolean thrown) {
      this.at = at;
      this.thrown = thrown;
    }

    @Override
    public void process(FixedKeyRecord<String, String> record) {
      if (Integer.parseInt(record.value()) >= at && !thrown.getAndSet(true)) {
        throw new TaskCorruptedException(Set.of(context().taskId()));
      }
      context().forward(record);
    }
  }
}
