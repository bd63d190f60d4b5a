package io.headgate.streams;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.lane.BlockedEvent;
import io.headgate.lane.Delivery;
import io.headgate.lane.LaneFailurePolicy;
import io.headgate.streams.StoreFixture.Change;
import io.headgate.testkit.ExactLog;
import io.headgate.window.WindowTable;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.errors.TaskMigratedException;
import org.apache.kafka.streams.state.internals.CachedStateStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens before a commit, and that nothing does where it must not. */
class PreCommitTest {

  private static final long NOW = TaskFixture.NOW;

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable resource : open) {
      resource.close();
    }
  }

  /** One unit in 10 s, in ten buckets. */
  private static Headgate.Builder limiter() {
    return Headgate.limit(new RateLimit(1, Duration.ofSeconds(10), 10, Mode.STRICT)).maxKeys(1000);
  }

  private TaskFixture task(Headgate.Builder builder, boolean acks) {
    TaskFixture task = new TaskFixture(builder, acks);
    open.add(task);
    return task;
  }

  private StoreFixture store(Headgate.Builder builder) {
    StoreFixture store = new StoreFixture(builder, true);
    open.add(store);
    return store;
  }

  /** Acts on another thread as soon as the calling one waits. */
  private Thread whenWaiting(Runnable action) {
    Thread waiter = Thread.currentThread();
    Thread acker =
        new Thread(
            () -> {
              await().until(() -> waiter.getState() == Thread.State.TIMED_WAITING);
              action.run();
            });
    acker.start();
    return acker;
  }

  private static Set<Bytes> keys(List<Change> changes) {
    Set<Bytes> keys = new HashSet<>();
    changes.forEach(change -> keys.add(change.key()));
    return keys;
  }

  @Test
  void rowsAreWrittenOnlyAfterTheEventsAreAcknowledged() throws Exception {
    TaskFixture task = task(limiter(), false).start();
    List<Boolean> acknowledged = new ArrayList<>();
    boolean[] acked = {false};
    task.log.onChange = () -> acknowledged.add(acked[0]);
    task.process("k");
    task.process("k");
    Thread acker =
        whenWaiting(
            () -> {
              await().until(() -> task.producer.history().size() == 1);
              acked[0] = true;
              task.producer.completeNext();
            });

    task.commit();

    acker.interrupt();
    acker.join();
    assertThat(acknowledged).as("the reserved row and the key's").containsExactly(true, true);
  }

  @Test
  void aCommitWithoutEventsWaitsForNothing() {
    TaskFixture task = task(limiter(), false).start();
    task.process("k");
    task.commit();
    assertThat(task.log.takeRows()).hasSize(1);
    assertThat(task.producer.history()).isEmpty();
  }

  @Test
  void bestEffortWaitsForNothing() {
    TaskFixture task = task(limiter().delivery(Delivery.BEST_EFFORT), false).start();
    task.process("k");
    task.process("k");
    task.commit();
    assertThat(task.log.takeRows()).hasSize(1);
  }

  @Test
  void withoutAChangelogTheLaneIsWaitedForAllTheSame() {
    StoreFixture store = new StoreFixture(limiter(), false);
    open.add(store);
    LimiterCounters counters = new LimiterCounters();
    Judge judge = store.judge(counters);
    KeyReader reader = StoreFixture.keyReader();
    reader.read("k");
    judge.judge(reader, null, NOW, NOW, 1);
    store.store.beforeCommit();
    assertThat(store.changes).isEmpty();
  }

  static Stream<Arguments> failures() {
    return Stream.of(
        arguments(new TimeoutException("no answer"), true, "no answer"),
        arguments(new NotLeaderOrFollowerException("moved"), true, "moved"),
        arguments(new TopicAuthorizationException("no"), false, "let this application write"),
        arguments(new InvalidTopicException("no"), false, "legal topic name"),
        arguments(new UnknownTopicOrPartitionException("no"), false, "create it"),
        arguments(new RecordTooLargeException("no"), false, "max.message.bytes"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void anEventThatFailsFailsTheCommitAndNothingIsWritten(
      RuntimeException error, boolean retriable, String part) throws Exception {
    TaskFixture task = task(limiter(), false).start();
    task.process("k");
    task.process("k");
    Thread acker =
        whenWaiting(
            () -> {
              await().until(() -> task.producer.history().size() == 1);
              task.producer.errorNext(error);
            });

    assertThatExceptionOfType(StreamsException.class)
        .isThrownBy(task::commit)
        .withMessageContaining("limiter headgate")
        .withMessageContaining("topic blocked")
        .withMessageContaining(part)
        .satisfies(
            thrown -> {
              assertThat(thrown instanceof TaskMigratedException).isEqualTo(retriable);
              assertThat(thrown.getMessage()).hasLineCount(1);
            });

    acker.join();
    assertThat(task.log.changes).isEmpty();
  }

  @Test
  void anEventThatIsGivenUpLetsTheCommitPass() throws Exception {
    TaskFixture task = task(limiter().onLaneFailure(LaneFailurePolicy.BEST_EFFORT), false).start();
    task.process("k");
    task.process("k");
    Thread acker =
        whenWaiting(
            () -> {
              await().until(() -> task.producer.history().size() == 1);
              task.producer.errorNext(new TopicAuthorizationException("no"));
            });

    task.commit();

    acker.join();
    assertThat(task.log.takeRows()).hasSize(1);
  }

  @Test
  void anAckThatDoesNotComeInTimeFailsTheCommitAndNothingIsWritten() {
    TaskFixture task = task(limiter(), false).patience(20).start();
    task.process("k");
    task.process("k");
    assertThatExceptionOfType(TaskMigratedException.class)
        .isThrownBy(task::commit)
        .withMessageContaining("not on topic blocked in time");
    assertThat(task.log.changes).isEmpty();
  }

  /** A commit that went on would commit offsets whose events nobody has. */
  @Test
  void afterAFailureEveryCommitIsRefusedAndNothingIsWritten() {
    TaskFixture task = task(limiter(), false).patience(20).start();
    task.process("k");
    task.process("k");
    assertThatThrownBy(task::commit).isInstanceOf(TaskMigratedException.class);
    // Too late: the records of these events are going to be judged again.
    await().until(() -> task.producer.history().size() == 1);
    task.producer.completeNext();
    for (int i = 0; i < 3; i++) {
      assertThatExceptionOfType(TaskMigratedException.class)
          .isThrownBy(task::commit)
          .withMessageContaining("a commit of this thread has failed");
    }
    assertThat(task.log.changes).isEmpty();
  }

  @Test
  void aFailureIsOneOfAllTasksOfTheThread() {
    TaskFixture failing = task(limiter(), false).patience(20).start();
    TaskFixture other = task(limiter(), true).patience(20).start();
    failing.process("k");
    failing.process("k");
    other.process("k");
    other.process("k");

    assertThatThrownBy(failing::commit).isInstanceOf(TaskMigratedException.class);

    assertThatThrownBy(other::commit).isInstanceOf(TaskMigratedException.class);
    assertThat(failing.log.changes).isEmpty();
    assertThat(other.log.changes).isEmpty();
  }

  /** The client answers some errors, and a mock any event, before it returns. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anAnswerMayComeBeforeSendReturns(boolean good) {
    List<String> order = new CopyOnWriteArrayList<>();
    TaskFixture task = task(limiter(), false);
    task.producer =
        new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer()) {
          @Override
          public synchronized Future<RecordMetadata> send(
              ProducerRecord<byte[], byte[]> record, Callback callback) {
            order.add("answered");
            callback.onCompletion(null, good ? null : new TimeoutException("no metadata"));
            return new CompletableFuture<>();
          }
        };
    task.start();
    task.log.onChange = () -> order.add("row");
    task.process("k");
    task.process("k");
    if (good) {
      task.commit();
      assertThat(order).containsExactly("answered", "row", "row");
    } else {
      assertThatExceptionOfType(TaskMigratedException.class)
          .isThrownBy(task::commit)
          .withMessageContaining("no metadata");
      assertThat(order).doesNotContain("row");
    }
  }

  /** An error is no exception, and ends the thread: what it closes then must not be written. */
  @Test
  void anErrorInACommitFailsItForGoodToo() {
    TaskFixture task = task(limiter(), true).start();
    task.log.onChange =
        () -> {
          throw new StackOverflowError();
        };
    task.process("k");
    assertThatThrownBy(task::commit).isInstanceOf(StackOverflowError.class);
    task.log.onChange = () -> {};
    assertThatThrownBy(task::commit).isInstanceOf(TaskMigratedException.class);
    assertThat(task.log.changes).isEmpty();
  }

  @Test
  void aTaskThatHasLeftIsNotPoisonedByTheOthers() {
    TaskFixture failing = task(limiter(), false).patience(20).start();
    TaskFixture gone = task(limiter(), true).patience(20).start();
    gone.process("k");
    gone.commit();
    gone.stop();
    failing.process("k");
    failing.process("k");
    assertThatThrownBy(failing::commit).isInstanceOf(TaskMigratedException.class);
    gone.start();
    gone.process("l");
    gone.commit();
    assertThat(gone.log.takeRows()).hasSize(2);
  }

  @Test
  void aTaskThatIsMadeAnewCommitsAgain() {
    TaskFixture task = task(limiter(), false).patience(20).start();
    task.process("k");
    task.process("k");
    assertThatThrownBy(task::commit).isInstanceOf(TaskMigratedException.class);
    task.stop();
    task.log.store.close();
    assertThat(task.log.store.isOpen()).isFalse();

    task.log.init();
    task.start();

    assertThat(task.log.store.isOpen()).isTrue();
    assertThat(task.process("k")).as("nothing of before was written").isTrue();
    task.commit();
    assertThat(task.log.takeRows()).hasSize(1);
  }

  @Test
  void aChangelogThatThrowsFailsTheCommitForGood() {
    TaskFixture task = task(limiter(), true).start();
    task.log.onChange =
        () -> {
          throw new IllegalStateException("no changelog");
        };
    task.process("k");
    assertThatThrownBy(task::commit).hasMessage("no changelog");
    task.log.onChange = () -> {};
    assertThatThrownBy(task::commit).isInstanceOf(TaskMigratedException.class);
    assertThat(task.log.changes).isEmpty();
  }

  /** As when it is flushed after its processor was closed. */
  @Test
  void aStoreWithoutItsTaskFailsForGoodToo() {
    StoreFixture store = store(limiter());
    KeyReader reader = StoreFixture.keyReader();
    reader.read("k");
    store.judge(new LimiterCounters()).judge(reader, null, NOW, NOW, 1);
    store.onChange =
        () -> {
          throw new IllegalStateException("no changelog");
        };
    assertThatThrownBy(store.store::beforeCommit).hasMessage("no changelog");
    store.onChange = () -> {};
    assertThatThrownBy(store.store::beforeCommit).isInstanceOf(TaskMigratedException.class);
    assertThat(store.changes).isEmpty();
  }

  @Test
  void onlyRowsThatChangedAreWrittenAndEachOnce() {
    TaskFixture task = task(limiter(), true).start();
    for (int i = 0; i < 30; i++) {
      task.process("key-" + i % 3);
    }
    task.commit();
    List<Change> first = task.log.takeChanges();
    assertThat(first).hasSize(4);
    assertThat(first.get(0).isReserved()).as("before any row").isTrue();

    task.commit();
    assertThat(task.log.takeChanges()).isEmpty();

    task.process("key-1");
    task.commit();
    List<Change> second = task.log.takeChanges();
    assertThat(second).hasSize(1);
    assertThat(keys(first)).containsAll(keys(second));
  }

  @Test
  void aCommitWithoutRowsWritesNoReservedRow() {
    TaskFixture task = task(limiter(), true).start();
    task.process(null, "value", NOW);
    task.commit();
    assertThat(task.log.changes).isEmpty();
  }

  @Test
  void manyDirtyRowsAreAllWritten() {
    TaskFixture task = task(limiter(), true).start();
    for (int i = 0; i < 500; i++) {
      task.process("key-" + i);
    }
    task.commit();
    List<Change> rows = task.log.takeRows();
    assertThat(rows).hasSize(500);
    assertThat(keys(rows)).hasSize(500);
  }

  @Test
  void aRowThatIsReclaimedLeavesATombstone() {
    TaskFixture task = task(limiter(), true).start();
    task.process("gone", "value", NOW - 60_000);
    task.commit();
    List<Change> written = task.log.takeRows();
    task.process("stays", "value", NOW);
    task.commit();
    List<Change> changes = task.log.takeRows();
    assertThat(changes).hasSize(2);
    assertThat(changes.get(0)).isEqualTo(new Change(written.get(0).key(), null));
    assertThat(changes.get(1).isTombstone()).isFalse();
  }

  @Test
  void aRowThatIsReclaimedBeforeItWasEverWrittenLeavesNothing() {
    TaskFixture task = task(limiter(), true).start();
    task.process("gone", "value", NOW - 60_000);
    task.process("stays", "value", NOW);
    task.commit();
    assertThat(task.log.takeRows()).hasSize(1).noneMatch(Change::isTombstone);
  }

  @Test
  void aKeyThatComesBackInTheSameCommitIsWrittenAfterItsTombstone() {
    TaskFixture task = task(limiter().maxKeys(1), true).start();
    task.process("k", "value", NOW - 90_000);
    task.commit();
    Change before = task.log.takeRows().get(0);

    assertThat(task.process("other", "value", NOW - 60_000)).isTrue();
    assertThat(task.process("k", "value", NOW - 30_000)).isTrue();
    task.commit();

    List<Change> changes = task.log.takeRows();
    assertThat(changes).hasSize(2);
    assertThat(changes.get(0)).isEqualTo(new Change(before.key(), null));
    assertThat(changes.get(1).key()).isEqualTo(before.key());
    assertThat(changes.get(1).isTombstone()).isFalse();
    assertThat(task.process("k", "value", NOW - 25_000)).as("its new row holds").isFalse();
  }

  @Test
  void manyTombstonesAreAllWritten() {
    TaskFixture task = task(limiter(), true).start();
    for (int i = 0; i < 300; i++) {
      task.process("key-" + i, "value", NOW - 60_000);
    }
    task.commit();
    Set<Bytes> written = keys(task.log.takeRows());
    task.process("stays", "value", NOW);
    task.commit();
    List<Change> gone = task.log.takeRows().stream().filter(Change::isTombstone).toList();
    assertThat(keys(gone)).isEqualTo(written);
    assertThat(gone).hasSize(300);
  }

  /** A task that stops at any moment and reads its changelog goes on as if it never had. */
  @Test
  void aTaskThatReadsItsChangelogGoesOnWhereItStopped() {
    for (int seed = 0; seed < 60; seed++) {
      Random random = new Random(seed);
      int buckets = 1 + random.nextInt(8);
      RateLimit limit =
          new RateLimit(
              1 + random.nextInt(400),
              Duration.ofMillis(buckets * (100L + random.nextInt(500))),
              buckets,
              random.nextBoolean() ? Mode.STRICT : Mode.STANDARD);
      Headgate.Builder builder =
          Headgate.limit(limit).maxKeys(6).noKeyPolicy(NoKeyPolicy.SHARED_ROW);
      ExactLog exact =
          new ExactLog(limit.limit(), limit.windowMillis(), buckets, limit.mode() == Mode.STRICT);
      List<Change> changelog = new ArrayList<>();
      LimiterCounters counters = new LimiterCounters();
      StoreFixture store = new StoreFixture(builder, true);
      Judge judge = store.judge(counters);
      KeyReader reader = StoreFixture.keyReader();
      long clock = NOW;
      for (int i = 0; i < 800; i++) {
        clock += random.nextLong(limit.windowMillis() / 10);
        long time = clock - random.nextLong(limit.windowMillis());
        long cost = 1 + random.nextLong(limit.limit());
        String key = "key-" + random.nextInt(5);
        int outcome;
        if (random.nextInt(5) == 0) {
          key = "";
          outcome = judge.judgeKeyless(null, time, clock, cost);
        } else {
          reader.read(key);
          outcome = judge.judge(reader, null, time, clock, cost);
        }
        assertThat(outcome)
            .as("seed %s, record %s", seed, i)
            .isEqualTo(exact.admits(key, time, cost) ? Judge.ADMITTED : Judge.BLOCKED);
        if (random.nextInt(8) == 0) {
          store.store.beforeCommit();
          changelog.addAll(store.takeChanges());
          if (random.nextInt(4) == 0) {
            store.close();
            store = new StoreFixture(builder, true);
            judge = store.judge(counters);
            store.restore(random.nextBoolean() ? changelog : compacted(changelog));
          }
        }
      }
      assertThat(changelog.stream().filter(Change::isReserved)).hasSize(1);
      assertThat(counters.get(LimiterCounters.OVERFLOW)).isZero();
      store.close();
    }
  }

  /** The last record of each key, as a cleaner leaves them; tombstones may be left or not. */
  private static List<Change> compacted(List<Change> changelog) {
    Set<Bytes> seen = new HashSet<>();
    List<Change> left = new ArrayList<>();
    for (int i = changelog.size() - 1; i >= 0; i--) {
      Change change = changelog.get(i);
      if (seen.add(change.key()) && !change.isTombstone()) {
        left.add(0, change);
      }
    }
    return left;
  }

  @Test
  void rowsThatWereReadAreNotWrittenAgainButLeaveTombstones() {
    TaskFixture task = task(limiter(), true).start();
    task.process("k", "value", NOW - 60_000);
    task.commit();
    List<Change> changelog = task.log.takeChanges();

    TaskFixture next = task(limiter(), true);
    next.log.restore(changelog);
    next.start();
    next.commit();
    assertThat(next.log.takeChanges()).isEmpty();
    next.process("other", "value", NOW);
    next.commit();
    List<Change> changes = next.log.takeChanges();
    assertThat(changes).hasSize(2).noneMatch(Change::isReserved);
    assertThat(changes.get(0).isTombstone()).isTrue();
    assertThat(changelog).extracting(Change::key).contains(changes.get(0).key());
  }

  /** A standby reads what the active task writes, over and over. */
  @Test
  void aRowThatIsReadAgainReplacesTheOneOfBefore() {
    TaskFixture task = task(limiter(), true).start();
    StoreFixture standby = store(limiter());
    for (int i = 0; i < 50; i++) {
      task.context.now = NOW + 20_000L * i;
      task.process("k-" + i % 3);
      task.commit();
      standby.restore(task.log.takeChanges());
      assertThat(standby.store.windows(0).table().size())
          .isEqualTo(task.log.store.windows(0).table().size());
    }
    long head = standby.store.windows(0).clock.bucket(task.context.now);
    List<Long> heads = new ArrayList<>();
    for (int row = 1; row < standby.store.windows(0).table().slab().rows(); row++) {
      if (standby.store.windows(0).table().slab().isLive(row)) {
        heads.add(standby.store.windows(0).table().slab().head(row));
      }
    }
    assertThat(heads).contains(head);
  }

  /** A ring so small and a budget so low that events stay open. */
  private TaskFixture bestEffortWithOpenEvents() {
    TaskFixture task =
        task(limiter().ring(1, 64).maxEventsPerSecond(1).delivery(Delivery.BEST_EFFORT), true)
            .start();
    for (int i = 0; i < 20; i++) {
      task.process("key-" + i);
      task.process("key-" + i);
    }
    return task;
  }

  @Test
  void eventsOfAnEarlierLifeAreNotTakenForOpen() {
    TaskFixture task = bestEffortWithOpenEvents();
    assertThat(openEvents(task)).isPositive();
    task.commit();
    task.stop();
    long before = task.events().stream().mapToLong(BlockedEvent::count).sum();
    assertThat(openEvents(task)).as("handles of the pool that is gone").isPositive();

    task.start();

    assertThat(openEvents(task)).isZero();
    assertThat(before).isLessThanOrEqualTo(20);
  }

  @Test
  void whatBestEffortGivesUpAtTheEndIsLogged() {
    TaskFixture task = bestEffortWithOpenEvents();
    PrintStream err = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    System.setErr(new PrintStream(log, true, UTF_8));
    try {
      task.stop();
    } finally {
      System.setErr(err);
    }

    assertThat(log.toString(UTF_8))
        .containsPattern(
            "limiter headgate: \\d+ events of \\d+ blocked records did not get to topic");
  }

  private static long openEvents(TaskFixture task) {
    WindowTable table = task.log.store.windows(0).table();
    long open = 0;
    for (int row = 0; row < table.slab().rows(); row++) {
      open += table.slab().openEvent(row) == 0 ? 0 : 1;
    }
    return open;
  }

  @Test
  void oneLimiterAtTwoPlacesOfATopologyIsRefused() {
    TaskFixture task = task(limiter(), true).start();
    RateLimitProcessor<Object, Object, Object> second =
        new RateLimitProcessor<>(task.log.settings, Exit.unchanged(task.log.settings));
    assertThatThrownBy(() -> second.init(task.context))
        .hasMessageContaining("limiter \"headgate\" stands at two places")
        .hasMessageContaining("names of their own");
  }

  @Test
  void fewerKeysThanTheChangelogHasAreRefused() {
    TaskFixture task = task(limiter(), true).start();
    for (int i = 0; i < 10; i++) {
      task.process("key-" + i);
    }
    task.commit();
    StoreFixture small = store(limiter().maxKeys(9));
    assertThatExceptionOfType(StreamsException.class)
        .isThrownBy(() -> small.restore(task.log.takeChanges()))
        .withMessageContaining("max.keys = 9")
        .satisfies(thrown -> assertThat(thrown.getMessage()).hasLineCount(1));
  }

  @Test
  void aKeyOfAnotherLengthIsRefused() {
    for (int length : new int[] {0, 1, 8, 15, 17}) {
      StoreFixture store = store(limiter());
      Bytes key = Bytes.wrap(new byte[length]);
      assertThatExceptionOfType(StreamsException.class)
          .isThrownBy(() -> store.restore(List.of(new Change(key, Bytes.wrap(new byte[24])))))
          .withMessageContaining("store headgate-windows")
          .withMessageContaining("a key of " + length + " bytes")
          .withMessageContaining("new name");
    }
  }

  @Test
  void aChangelogOfAnotherSeedOrApplicationIsRefused() {
    TaskFixture task = task(limiter(), true).start();
    task.process("k");
    task.commit();
    List<Change> changelog = task.log.takeChanges();
    StoreFixture seeded = store(limiter().hashSeed("secret"));
    StoreFixture renamed =
        new StoreFixture(
            new LimiterSettings(limiter().blockedTo("blocked")), true, "other application");
    open.add(renamed);
    for (StoreFixture other : List.of(seeded, renamed)) {
      assertThatExceptionOfType(StreamsException.class)
          .isThrownBy(() -> other.restore(changelog))
          .withMessageContaining("hash.seed");
    }
  }

  @Test
  void aReservedRowThatWasDeletedIsNoError() {
    StoreFixture store = store(limiter());
    store.restore(Arrays.asList(new Change(Bytes.wrap(StoreFixture.PLAIN.reservedKey()), null)));
    assertThat(store.store.windows(0).table().size()).isZero();
  }

  /** What Kafka Streams looks for in a store, and calls. */
  @Test
  void theStoreIsOneThatKafkaStreamsFlushesBeforeACommit() {
    StoreFixture store = store(limiter());
    assertThat(store.store).isInstanceOf(CachedStateStore.class);
    CachedStateStore<?, ?> hook = (CachedStateStore<?, ?>) store.store;
    assertThat(hook.setFlushListener(null, true)).isFalse();
    hook.flushCache();
    hook.clearCache();
    assertThat(store.store.persistent()).isFalse();
    assertThat(store.store.name()).isEqualTo("headgate-windows");
    assertThat(store.store.isOpen()).isTrue();
    assertThat(store.store.getPosition().isEmpty()).isTrue();
    store.store.close();
    store.store.close();
    assertThat(store.store.isOpen()).isFalse();
  }

  @Test
  void aTaskThatBecomesAStandbyKeepsItsRows() {
    TaskFixture task = task(limiter(), true).start();
    task.process("k");
    task.commit();
    task.stop();
    ((CachedStateStore<?, ?>) task.log.store).clearCache();
    assertThat(task.log.store.windows(0).table().size()).isEqualTo(1);
    task.start();
    assertThat(task.process("k")).isFalse();
  }

  /** The stores stay the same ones all the time; only who writes the rows changes. */
  @Test
  void aTaskThatGoesToAStandbyAndComesBackKnowsWhatWasDoneThere() {
    TaskFixture here = task(limiter(), true).start();
    TaskFixture there = task(limiter(), true);
    List<Change> changelog = new ArrayList<>();
    TaskFixture active = here;
    TaskFixture standby = there;
    for (int round = 0; round < 6; round++) {
      active.context.now = NOW + round * 25_000L;
      assertThat(active.process("both")).as("round %s, its window is over", round).isTrue();
      assertThat(active.process("only-" + round)).as("round %s", round).isTrue();
      active.commit();
      List<Change> changes = active.log.takeChanges();
      changelog.addAll(changes);
      standby.log.restore(changes);

      active.stop();
      ((CachedStateStore<?, ?>) active.log.store).clearCache();
      ((CachedStateStore<?, ?>) standby.log.store).clearCache();
      standby.context.now = active.context.now + 5_000;
      standby.start();
      assertThat(standby.process("both")).as("round %s, half way through", round).isFalse();
      assertThat(standby.process("only-" + round)).as("round %s", round).isFalse();
      standby.commit();
      changes = standby.log.takeChanges();
      changelog.addAll(changes);
      active.log.restore(changes);
      assertThat(active.log.store.windows(0).table().size())
          .isEqualTo(standby.log.store.windows(0).table().size());
      TaskFixture was = active;
      active = standby;
      standby = was;
    }
    assertThat(changelog).filteredOn(Change::isReserved).hasSize(1);
    assertThat(changelog).anyMatch(Change::isTombstone);
    StoreFixture anew = store(limiter());
    anew.restore(compacted(changelog));
    assertThat(anew.store.windows(0).table().size())
        .isEqualTo(active.log.store.windows(0).table().size());
  }
}
