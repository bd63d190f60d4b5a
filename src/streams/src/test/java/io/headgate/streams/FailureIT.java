package io.headgate.streams;

import static io.headgate.streams.Cluster.AT_LEAST_ONCE;
import static io.headgate.streams.Cluster.EXACTLY_ONCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.lane.BlockedEvent;
import io.headgate.streams.Traffic.Request;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a lane that fails does to commits: none goes by without its events. */
class FailureIT {

  private static final RateLimit LIMIT = new RateLimit(5, Duration.ofHours(1), 60, Mode.STRICT);

  private static Cluster cluster;

  @SuppressWarnings("NullAway.Init")
  @TempDir
  private Path state;

  @BeforeAll
  static void start() {
    cluster = new Cluster();
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  /** A producer whose first events fail, as they do while a broker is gone. */
  private static final class Stumbling extends KafkaProducer<byte[], byte[]> {
    private final AtomicInteger failures;

    Stumbling(Map<String, Object> config, AtomicInteger failures) {
      super(config, new ByteArraySerializer(), new ByteArraySerializer());
      this.failures = failures;
    }

    @Override
    public Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record, Callback callback) {
      if (failures.getAndDecrement() > 0) {
        TimeoutException error = new TimeoutException("stumbled");
        callback.onCompletion(null, error);
        return CompletableFuture.failedFuture(error);
      }
      return super.send(record, callback);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {AT_LEAST_ONCE, EXACTLY_ONCE})
  void aLaneThatFailsHasItsRecordsJudgedAgain(String guarantee) {
    List<Request> requests = Traffic.generated(4, 3_000, 100, 1_800_000);
    String input = cluster.topic("requests", 4);
    String blocked = cluster.topic("blocked", 1);
    String admitted = cluster.topic("admitted", 1);
    String application = Cluster.unique("stumbling");
    cluster.send(input, requests);
    AtomicInteger failures = new AtomicInteger(3);
    Headgate.Builder limiter =
        Headgate.limit(LIMIT)
            .blockedTo(blocked)
            .laneProducer(config -> new Stumbling(config, failures));
    try (App app =
        new App(
            cluster.config(application, guarantee, state.toString()),
            App.limited(input, limiter, admitted))) {
      cluster.awaitProcessed(app, input);
      assertThat(app.errors()).as("no thread ends").isEmpty();
    }
    assertThat(failures.get()).as("it has failed").isLessThanOrEqualTo(0);
    BitSet expected = Traffic.admitted(requests, LIMIT);
    Map<String, Long> told = Cluster.byKey(cluster.events(blocked, "headgate"));
    if (guarantee.equals(EXACTLY_ONCE)) {
      assertThat(cluster.requests(admitted)).isEqualTo(expected);
    }
    Traffic.blocked(requests, expected)
        .forEach(
            (key, count) ->
                assertThat(told.getOrDefault(key, 0L))
                    .as("blocked of %s", key)
                    .isGreaterThanOrEqualTo(count));
  }

  /** Kafka Streams closes the other tasks of the thread cleanly, and so would commit them. */
  @Test
  void aLaneThatIsStuckWhenTheApplicationEndsCommitsNoTask() {
    List<Request> requests =
        List.of(
            new Request("a", Traffic.START),
            new Request("b", Traffic.START),
            new Request("c", Traffic.START),
            new Request("d", Traffic.START),
            new Request("a", Traffic.START),
            new Request("b", Traffic.START),
            new Request("c", Traffic.START),
            new Request("d", Traffic.START));
    RateLimit one = new RateLimit(1, Duration.ofHours(1), 60, Mode.STRICT);
    String input = cluster.topic("requests", 4);
    String blocked = cluster.topic("blocked", 1);
    String admitted = cluster.topic("admitted", 1);
    String application = Cluster.unique("stuck");
    cluster.send(input, requests);
    Properties config = cluster.config(application, AT_LEAST_ONCE, state.toString());
    config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 600_000);
    // Half of it is the patience of a commit.
    config.put("max.poll.interval.ms", 6_000);
    MockProducer<byte[], byte[]> stuck =
        new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
    Headgate.Builder limiter = Headgate.limit(one).blockedTo(blocked);
    try (App app =
        new App(config, App.limited(input, limiter.laneProducer(settings -> stuck), admitted))) {
      await().atMost(Cluster.LIMIT).until(() -> stuck.history().size() >= 4);
      assertThat(app.errors()).isEmpty();
    }
    assertThat(cluster.committed(application, input)).as("offsets without events").isEmpty();

    try (App app =
        new App(
            cluster.config(application, AT_LEAST_ONCE, state.toString()),
            App.limited(input, Headgate.limit(one).blockedTo(blocked), admitted))) {
      cluster.awaitProcessed(app, input);
    }
    List<BlockedEvent> events = cluster.events(blocked, "headgate");
    assertThat(Cluster.byKey(events).keySet()).containsExactly("a", "b", "c", "d");
    assertThat(Cluster.byKey(events)).isEqualTo(Map.of("a", 1L, "b", 1L, "c", 1L, "d", 1L));
  }

  /** Kafka Streams does not close the processors of a task that fails while others start. */
  @ParameterizedTest
  @EnumSource(names = {"REPLACE_THREAD", "SHUTDOWN_CLIENT"})
  void aTaskThatFailsToStartLeavesNoLaneBehind(StreamThreadExceptionResponse response) {
    String input = cluster.topic("requests", 1);
    String admitted = cluster.topic("admitted", 1);
    String application = Cluster.unique("unstarted");
    cluster.send(input, List.of(new Request("a", Traffic.START)));
    Properties config = cluster.config(application, AT_LEAST_ONCE, state.toString());
    config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    // The thread that ends does not say that it leaves.
    config.put("session.timeout.ms", 2_500);
    List<MockProducer<byte[], byte[]>> lanes = new CopyOnWriteArrayList<>();
    Headgate.Builder limiter =
        Headgate.limit(LIMIT)
            .blockedTo("blocked")
            .laneProducer(
                settings -> {
                  var lane =
                      new MockProducer<>(
                          true, null, new ByteArraySerializer(), new ByteArraySerializer());
                  lanes.add(lane);
                  return lane;
                });
    AtomicInteger failures = new AtomicInteger(1);
    try (App app =
        new App(
            config,
            response,
            builder ->
                App.stream(builder, input)
                    .processValues(limiter.<String, String>build())
                    .processValues(() -> new Unwilling(failures))
                    .to(admitted, App.strings()))) {
      assertThat(app.awaitError()).hasStackTraceContaining("not yet");
      await().atMost(Cluster.LIMIT).until(() -> lanes.get(0).closed());
      if (response == StreamThreadExceptionResponse.REPLACE_THREAD) {
        app.errors().clear();
        cluster.awaitProcessed(app, input);
        assertThat(lanes).hasSize(2);
        assertThat(lanes.get(1).closed()).isFalse();
      }
    }
    assertThat(lanes).allMatch(MockProducer::closed);
  }

  /** Passes everything on, once it has started. */
  private static final class Unwilling extends ContextualFixedKeyProcessor<String, String, String> {
    private final AtomicInteger failures;

    Unwilling(AtomicInteger failures) {
      this.failures = failures;
    }

    @Override
    public void init(FixedKeyProcessorContext<String, String> context) {
      super.init(context);
      if (failures.getAndDecrement() > 0) {
        throw new IllegalStateException("not yet");
      }
    }

    @Override
    public void process(FixedKeyRecord<String, String> record) {
      context().forward(record);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {AT_LEAST_ONCE, EXACTLY_ONCE})
  void anErrorThatNoRetryMendsStopsTheApplicationWithTheMend(String guarantee) {
    List<Request> requests = Traffic.generated(4, 1_000, 10, 1_800_000);
    String input = cluster.topic("requests", 2);
    String admitted = cluster.topic("admitted", 1);
    String application = Cluster.unique("refused");
    String blocked = Cluster.unique("blocked");
    // No event is that small.
    cluster.kafka.createTopic(blocked, 1, Map.of("max.message.bytes", "64"));
    cluster.send(input, requests);
    try (App app =
        new App(
            cluster.config(application, guarantee, state.toString()),
            App.limited(input, Headgate.limit(LIMIT).blockedTo(blocked), admitted))) {
      Throwable error = app.awaitError();
      assertThat(error).isInstanceOf(StreamsException.class);
      assertThat(error.getMessage())
          .contains("limiter headgate", "topic " + blocked, "max.message.bytes")
          .hasLineCount(1);
    }
    assertThat(cluster.committed(application, input)).isEmpty();
    assertThat(cluster.read(blocked)).isEmpty();
  }
}
