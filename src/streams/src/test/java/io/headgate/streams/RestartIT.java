package io.headgate.streams;

import static io.headgate.streams.Cluster.AT_LEAST_ONCE;
import static io.headgate.streams.Cluster.EXACTLY_ONCE;
import static java.nio.charset.StandardCharsets.UTF_8;
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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TaskMetadata;
import org.apache.kafka.streams.ThreadMetadata;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.errors.TaskCorruptedException;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

  private App app(Properties config, StateRestoreListener listener) {
    return new App(
        config,
        StreamThreadExceptionResponse.SHUTDOWN_CLIENT,
        App.limited(input, limiter(), admitted),
        streams -> streams.setGlobalStateRestoreListener(listener));
  }

  /** Settings of an instance of an application of a group protocol, and with standbys. */
  private Properties config(String guarantee, String directory, String protocol, int standbys) {
    Properties config = config(guarantee, directory);
    config.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, standbys);
    return protocol.equals("streams") ? cluster.streamsProtocol(config, standbys) : config;
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
    Restores restores = new Restores();
    try (App app = app(config(guarantee, directory), restores)) {
      cluster.awaitProcessed(app, input);
    }
    isAsIfNothingHadHappened();
    assertThat(restores.starts).hasSize(PARTITIONS).allMatch(start -> start.from() == 0);
    assertThat(restores.rows.get()).isPositive();
    restores.wereAllTheStateUpdaters();
  }

  /** What an instance has read of its changelogs, from where, and in which threads. */
  private static final class Restores implements StateRestoreListener {
    record Start(TopicPartition changelog, long from) {}

    final List<Start> starts = new CopyOnWriteArrayList<>();
    final AtomicLong rows = new AtomicLong();
    private final Set<String> threads = ConcurrentHashMap.newKeySet();

    @Override
    public void onRestoreStart(TopicPartition changelog, String store, long from, long to) {
      starts.add(new Start(changelog, from));
      threads.add(Thread.currentThread().getName());
    }

    @Override
    public void onBatchRestored(TopicPartition changelog, String store, long end, long count) {
      rows.addAndGet(count);
      threads.add(Thread.currentThread().getName());
    }

    @Override
    public void onRestoreEnd(TopicPartition changelog, String store, long total) {}

    static boolean isWarm(Start start) {
      return start.from() > 0;
    }

    /** The stream threads go on with other tasks meanwhile. */
    void wereAllTheStateUpdaters() {
      assertThat(threads).isNotEmpty().allMatch(name -> name.contains("-StateUpdater-"));
    }
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
    EXACTLY_ONCE + ", 0, AT_LEAST_ONCE, classic",
    EXACTLY_ONCE + ", 1, AT_LEAST_ONCE, classic",
    EXACTLY_ONCE + ", 1, TRANSACTIONAL, classic",
    AT_LEAST_ONCE + ", 1, AT_LEAST_ONCE, classic",
    EXACTLY_ONCE + ", 0, AT_LEAST_ONCE, streams",
    EXACTLY_ONCE + ", 1, AT_LEAST_ONCE, streams",
    AT_LEAST_ONCE + ", 1, AT_LEAST_ONCE, streams"
  })
  void instancesThatComeAndGoChangeNothing(
      String guarantee, int standbys, Delivery by, String protocol) {
    delivery = by;
    Properties config = config(guarantee, "one", protocol, standbys);
    Properties other = config(guarantee, "two", protocol, standbys);
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

  /**
   * The second instance has nothing but standbys until the first one goes; then it need not read
   * their changelogs from the beginning.
   */
  @ParameterizedTest
  @ValueSource(strings = {AT_LEAST_ONCE, EXACTLY_ONCE})
  void aStandbyThatIsWarmTakesOverInTheMiddleOfTheWindows(String guarantee) {
    Properties config = config(guarantee, "one", "classic", 1);
    Properties other = config(guarantee, "two", "classic", 1);
    for (Properties each : List.of(config, other)) {
      each.put(StreamsConfig.ACCEPTABLE_RECOVERY_LAG_CONFIG, 0L);
      // Or its other thread may be given the task: a store goes from one thread to the other anew.
      each.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    }
    Restores restores = new Restores();
    App first = app(config);
    App second = null;
    try {
      first.awaitRunning();
      cluster.send(input, REQUESTS, 0, 2_000);
      cluster.awaitProcessed(first, input);
      second = app(other, restores);
      awaitStandbys(second);
      assertThat(tasks(first, ThreadMetadata::activeTasks)).isEqualTo(PARTITIONS);
      cluster.send(input, REQUESTS, 2_000, 4_000);
      cluster.awaitProcessed(first, input);
      assertThat(restores.starts).as("so far it only stands by").isEmpty();
      awaitWarm(second);

      first.close();
      cluster.send(input, REQUESTS, 4_000, 6_000);
      cluster.awaitProcessed(second, input);
      assertThat(restores.starts)
          .as("where it goes on")
          .hasSizeGreaterThanOrEqualTo(PARTITIONS)
          .allMatch(Restores::isWarm);
      restores.wereAllTheStateUpdaters();
    } finally {
      first.close();
      if (second != null) {
        second.close();
      }
    }
    isAsIfNothingHadHappened();
  }

  /**
   * One instance's tasks go to another, it stands by for them, and gets them back: as the same
   * stores, or, where the broker ends the standby before it gives the task, as new ones.
   */
  @ParameterizedTest
  @CsvSource({
    AT_LEAST_ONCE + ", classic", EXACTLY_ONCE + ", classic",
    AT_LEAST_ONCE + ", streams", EXACTLY_ONCE + ", streams"
  })
  void aTaskThatWasAStandbyForAWhileKeepsItsWindows(String guarantee, String protocol) {
    Restores restores = new Restores();
    Properties config = config(guarantee, "one", protocol, 1);
    Properties other = config(guarantee, "two", protocol, 1);
    for (Properties each : List.of(config, other)) {
      // Or its other thread may be given the task: a store goes from one thread to the other anew.
      each.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    }
    try (App first = app(config, restores)) {
      first.awaitRunning();
      cluster.send(input, REQUESTS, 0, 2_000);
      cluster.awaitProcessed(first, input);
      long actives = tasks(first, ThreadMetadata::activeTasks);
      assertThat(actives).isEqualTo(PARTITIONS);
      long gone;
      try (App second = app(other)) {
        hasTasks(second, 1);
        hasTasks(first, 1);
        cluster.send(input, REQUESTS, 2_000, 4_000);
        cluster.awaitProcessed(second, input);
        gone = PARTITIONS - tasks(first, ThreadMetadata::activeTasks);
        assertThat(gone).isPositive();
        restores.starts.clear();
      }
      cluster.send(input, REQUESTS, 4_000, 6_000);
      cluster.awaitProcessed(first, input);
      assertThat(tasks(first, ThreadMetadata::activeTasks)).isEqualTo(PARTITIONS);
      assertThat(restores.starts)
          .as("tasks that came back")
          .hasSizeGreaterThanOrEqualTo((int) gone);
      if (protocol.equals("classic")) {
        assertThat(restores.starts).as("to a store that was kept").allMatch(Restores::isWarm);
      }
    }
    if (guarantee.equals(EXACTLY_ONCE)) {
      isExactButForEventsToldTwice();
    } else {
      noBlockedRecordIsMissing();
    }
  }

  private static void awaitStandbys(App app) {
    await()
        .atMost(Cluster.LIMIT)
        .until(() -> tasks(app, ThreadMetadata::standbyTasks) == PARTITIONS);
  }

  /**
   * Waits until an instance's standbys have read what is on their changelogs: all but the mark at
   * the end of a transaction, which is no record.
   */
  private static void awaitWarm(App app) {
    await()
        .atMost(Cluster.LIMIT)
        .ignoreExceptionsInstanceOf(StreamsException.class)
        .until(
            () ->
                app.streams.allLocalStorePartitionLags().values().stream()
                        .flatMap(partitions -> partitions.values().stream())
                        .filter(lag -> lag.currentOffsetPosition() > 0 && lag.offsetLag() <= 1)
                        .count()
                    == PARTITIONS);
  }

  private static long tasks(App app, Function<ThreadMetadata, Set<TaskMetadata>> kind) {
    return app.streams.metadataForLocalThreads().stream()
        .mapToLong(thread -> kind.apply(thread).size())
        .sum();
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
