package io.headgate.streams;

import static io.headgate.streams.Cluster.AT_LEAST_ONCE;
import static io.headgate.streams.Cluster.EXACTLY_ONCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.lane.BlockedEvent;
import io.headgate.lane.Delivery;
import io.headgate.lane.LaneFailurePolicy;
import io.headgate.streams.Traffic.Request;
import io.headgate.testkit.EmbeddedKafka;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.errors.TaskMigratedException;
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
    cluster =
        new Cluster(
            EmbeddedKafka.builder()
                .property(
                    "authorizer.class.name",
                    "org.apache.kafka.metadata.authorizer.StandardAuthorizer")
                .property("allow.everyone.if.no.acl.found", "true")
                .start());
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

  // ------------------------------------------------------------------ what no retry mends

  /** All of one key: all but the first five are blocked. */
  private static List<Request> ofOneKey() {
    return Collections.nCopies(1_000, new Request("k", Traffic.START));
  }

  private static void saysTheMend(Throwable error, String blocked, String mend) {
    assertThat(error).isInstanceOf(StreamsException.class);
    assertThat(error).isNotInstanceOf(TaskMigratedException.class);
    assertThat(error.getMessage())
        .contains("limiter headgate", "topic " + blocked, mend)
        .hasLineCount(1);
  }

  /** An application that limits {@link #ofOneKey} stops, and no offset is without its event. */
  private static void stopsWithTheMend(
      Properties config, String input, String blocked, String admitted, String mend) {
    try (App app =
        new App(config, App.limited(input, Headgate.limit(LIMIT).blockedTo(blocked), admitted))) {
      saysTheMend(app.awaitError(), blocked, mend);
    }
    noOffsetWithoutItsEvent(config.getProperty(StreamsConfig.APPLICATION_ID_CONFIG), input);
  }

  /** A commit may go by before the first record is blocked. */
  private static void noOffsetWithoutItsEvent(String application, String input) {
    assertThat(cluster.committed(application, input).values())
        .allMatch(offset -> offset <= LIMIT.limit());
  }

  @ParameterizedTest
  @ValueSource(strings = {AT_LEAST_ONCE, EXACTLY_ONCE})
  void anErrorThatNoRetryMendsStopsTheApplicationWithTheMend(String guarantee) {
    List<Request> requests = ofOneKey();
    String input = cluster.topic("requests", 2);
    String admitted = cluster.topic("admitted", 1);
    String application = Cluster.unique("refused");
    String blocked = Cluster.unique("blocked");
    // No event is that small.
    cluster.kafka.createTopic(blocked, 1, Map.of("max.message.bytes", "64"));
    cluster.send(input, requests);
    stopsWithTheMend(
        cluster.config(application, guarantee, state.toString()),
        input,
        blocked,
        admitted,
        "max.message.bytes");
    assertThat(cluster.read(blocked)).isEmpty();
  }

  // ------------------------------------------------------------------ the topic is not there

  /** Seconds, where a real application has minutes. */
  private static Properties impatient(Properties config) {
    config.put("headgate.lane.producer.max.block.ms", 1_500);
    config.put("headgate.lane.producer.request.timeout.ms", 1_500);
    config.put("headgate.lane.producer.delivery.timeout.ms", 4_000);
    return config;
  }

  private static long metric(App app, String name) {
    return app.streams.metrics().values().stream()
        .filter(metric -> metric.metricName().group().equals("stream-headgate-metrics"))
        .filter(metric -> metric.metricName().name().equals(name))
        .mapToLong(metric -> ((Number) metric.metricValue()).longValue())
        .sum();
  }

  @ParameterizedTest
  @ValueSource(strings = {AT_LEAST_ONCE, EXACTLY_ONCE})
  void aTopicThatIsMissingStopsTheApplicationWithTheMend(String guarantee) {
    List<Request> requests = ofOneKey();
    String input = cluster.topic("requests", 2);
    String admitted = cluster.topic("admitted", 1);
    String application = Cluster.unique("missing");
    String blocked = Cluster.unique("not-there");
    cluster.send(input, requests);
    stopsWithTheMend(
        impatient(cluster.config(application, guarantee, state.toString())),
        input,
        blocked,
        admitted,
        "create it");
  }

  @Test
  void aTopicThatIsDeletedWhileItRunsStopsTheApplicationWithTheMend() throws Exception {
    List<Request> requests = Traffic.generated(4, 2_000, 10, 1_800_000);
    String input = cluster.topic("requests", 1);
    String admitted = cluster.topic("admitted", 1);
    String blocked = cluster.topic("blocked", 1);
    String application = Cluster.unique("deleted");
    cluster.send(input, requests, 0, 1_000);
    try (App app =
        new App(
            impatient(cluster.config(application, AT_LEAST_ONCE, state.toString())),
            App.limited(input, Headgate.limit(LIMIT).blockedTo(blocked), admitted))) {
      cluster.awaitProcessed(app, input);
      cluster.kafka.admin().deleteTopics(List.of(blocked)).all().get();
      cluster.send(input, requests, 1_000, 2_000);
      saysTheMend(app.awaitError(), blocked, "create it");
    }
    assertThat(cluster.committed(application, input).values())
        .as("offsets without events")
        .containsExactly(1_000L);
  }

  @ParameterizedTest
  @ValueSource(strings = {AT_LEAST_ONCE, EXACTLY_ONCE})
  void aTopicThatIsMissingIsLetBeWhereThatIsAskedFor(String guarantee) {
    List<Request> requests = Traffic.generated(4, 3_000, 100, 1_800_000);
    String input = cluster.topic("requests", 2);
    String admitted = cluster.topic("admitted", 1);
    String blocked = Cluster.unique("not-there");
    cluster.send(input, requests);
    BitSet expected = Traffic.admitted(requests, LIMIT);
    try (App app =
        new App(
            impatient(cluster.config(Cluster.unique("missing"), guarantee, state.toString())),
            App.limited(
                input,
                Headgate.limit(LIMIT)
                    .blockedTo(blocked)
                    .onLaneFailure(LaneFailurePolicy.BEST_EFFORT),
                admitted))) {
      cluster.awaitProcessed(app, input);
      assertThat(metric(app, "records-lost-total"))
          .isEqualTo((long) requests.size() - expected.cardinality());
      assertThat(metric(app, "events-lost-total")).isEqualTo(metric(app, "events-offered-total"));
      assertThat(metric(app, "events-acked-total")).isZero();
    }
    assertThat(cluster.requests(admitted)).isEqualTo(expected);
  }

  /** What is refused is counted, what is not is waited for. */
  @ParameterizedTest
  @ValueSource(strings = {AT_LEAST_ONCE, EXACTLY_ONCE})
  void eventsThatAreRefusedAreLostAndTheOthersAreNot(String guarantee) {
    String wide = "wide-".repeat(30);
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      requests.add(new Request(i % 3 == 0 ? wide : "narrow-" + i % 7, Traffic.START + i));
    }
    String input = cluster.topic("requests", 2);
    String admitted = cluster.topic("admitted", 1);
    String blocked = Cluster.unique("blocked");
    cluster.kafka.createTopic(blocked, 1, Map.of("max.message.bytes", "620"));
    cluster.send(input, requests);
    Properties config = cluster.config(Cluster.unique("refused"), guarantee, state.toString());
    config.put("headgate.lane.producer.compression.type", "none");
    // Below the topic's bound, so that no batch has to be split: see troubleshooting.md.
    config.put("headgate.lane.producer.batch.size", "600");
    BitSet expected = Traffic.admitted(requests, LIMIT);
    Map<String, Long> told = Traffic.blocked(requests, expected);
    try (App app =
        new App(
            config,
            App.limited(
                input,
                Headgate.limit(LIMIT)
                    .blockedTo(blocked)
                    .onLaneFailure(LaneFailurePolicy.BEST_EFFORT),
                admitted))) {
      cluster.awaitProcessed(app, input);
      assertThat(metric(app, "records-lost-total")).isEqualTo(told.remove(wide));
    }
    assertThat(cluster.requests(admitted)).isEqualTo(expected);
    assertThat(Cluster.byKey(cluster.events(blocked, "headgate"))).isEqualTo(told);
  }

  // ------------------------------------------------------------------ no right to write

  @Test
  void anApplicationThatMayNotWriteStopsWithTheMend() throws Exception {
    List<Request> requests = ofOneKey();
    String input = cluster.topic("requests", 2);
    String admitted = cluster.topic("admitted", 1);
    String blocked = cluster.topic("blocked", 1);
    String application = Cluster.unique("unauthorised");
    cluster.send(input, requests);
    cluster
        .kafka
        .admin()
        .createAcls(
            List.of(
                acl(blocked, AclOperation.WRITE, AclPermissionType.DENY),
                acl(blocked, AclOperation.DESCRIBE, AclPermissionType.ALLOW)))
        .all()
        .get();
    stopsWithTheMend(
        cluster.config(application, AT_LEAST_ONCE, state.toString()),
        input,
        blocked,
        admitted,
        "let this application write to it");
  }

  private static AclBinding acl(String topic, AclOperation operation, AclPermissionType type) {
    return new AclBinding(
        new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL),
        new AccessControlEntry("User:*", "*", operation, type));
  }

  // ------------------------------------------------------------------ with the task's output

  private static Consumer<StreamsBuilder> transactional(
      String input, String blocked, String admitted, Consumer<String> seen) {
    Headgate.Builder limiter =
        Headgate.limit(LIMIT).blockedTo(blocked).delivery(Delivery.TRANSACTIONAL);
    return builder ->
        App.stream(builder, input)
            .peek((key, value) -> seen.accept(value))
            .processValues(limiter.<String, String>build())
            .to(admitted, App.strings());
  }

  private Properties waitingShortly(String application, String guarantee) {
    Properties config = cluster.config(application, guarantee, state.toString());
    config.put("producer.max.block.ms", 1_500);
    config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    return config;
  }

  @Test
  void transactionalEventsAreTriedAgainForAsLongAsTheirTopicIsMissing() {
    String input = cluster.topic("requests", 1);
    String admitted = cluster.topic("admitted", 1);
    String blocked = Cluster.unique("late");
    cluster.send(input, ofOneKey());
    AtomicInteger tries = new AtomicInteger();
    try (App app =
        new App(
            waitingShortly(Cluster.unique("transactional"), AT_LEAST_ONCE),
            transactional(
                input, blocked, admitted, value -> tries.addAndGet(value.equals("5") ? 1 : 0)))) {
      await()
          .atMost(Cluster.LIMIT)
          .failFast(() -> assertThat(app.errors()).isEmpty())
          .until(() -> tries.get() > 1);
      cluster.kafka.createTopic(blocked, 1, Map.of());
      cluster.awaitProcessed(app, input);
    }
    assertThat(Cluster.byKey(cluster.events(blocked, "headgate")).get("k"))
        .isGreaterThanOrEqualTo(995);
  }

  /** Kafka Streams commits what it can of a task that failed, and its transaction is broken. */
  @Test
  void transactionalEventsWithoutATopicEndTheThreadUnderExactlyOnce() {
    String input = cluster.topic("requests", 1);
    String admitted = cluster.topic("admitted", 1);
    String application = Cluster.unique("transactional");
    String blocked = Cluster.unique("not-there");
    cluster.send(input, ofOneKey());
    try (App app =
        new App(
            waitingShortly(application, EXACTLY_ONCE),
            transactional(input, blocked, admitted, value -> {}))) {
      assertThat(app.awaitError())
          .isInstanceOf(StreamsException.class)
          .hasRootCauseInstanceOf(UnknownTopicOrPartitionException.class)
          .hasStackTraceContaining("Topic " + blocked + " not present in metadata");
    }
    noOffsetWithoutItsEvent(application, input);
  }
}
