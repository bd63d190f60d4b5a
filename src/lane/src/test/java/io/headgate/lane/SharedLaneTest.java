package io.headgate.lane;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.headgate.memory.Handle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

/** Lanes with the thread that serves them. */
@Timeout(120)
class SharedLaneTest {

  private static final long BUDGET = 50_000;

  /** Made by every test anew, so that tests do not meet in a lane. */
  private final List<MockProducer<byte[], byte[]>> made = new ArrayList<>();

  private final List<SharedLane> acquired = new ArrayList<>();

  /** Equal lists, so that owners are told apart by identity alone. */
  private final List<String> owner = new ArrayList<>();

  private final List<String> otherOwner = new ArrayList<>();

  @AfterEach
  void giveBackWhatIsLeft() {
    for (SharedLane lane : acquired) {
      lane.release();
    }
  }

  // ------------------------------------------------------------------ one lane an owner

  @Test
  void shouldMakeOneThreadAndProducerForAnOwner() {
    SharedLane one = acquire(owner, "one-thread");
    SharedLane two = acquire(owner, "never-made");

    assertThat(two).isSameAs(one);
    assertThat(made).hasSize(1);
    assertThat(threads("one-thread")).hasSize(1).allMatch(Thread::isDaemon);
    assertThat(threads("never-made")).isEmpty();
  }

  @Test
  void shouldTellOwnersApartByIdentity() {
    SharedLane one = acquire(owner, "owner-one");
    SharedLane two = acquire(otherOwner, "owner-two");

    assertThat(owner).isEqualTo(otherOwner);
    assertThat(two).isNotSameAs(one);
    assertThat(made).hasSize(2);
    assertThat(threads("owner-one")).hasSize(1);
    assertThat(threads("owner-two")).hasSize(1);
  }

  @Test
  void shouldEndWithItsLastUser() {
    SharedLane one = acquire(owner, "last-user");
    SharedLane two = acquire(owner, "last-user");
    release(one);
    assertThat(made.get(0).closed()).isFalse();
    assertThat(threads("last-user")).hasSize(1);

    release(two);

    await().until(() -> threads("last-user").isEmpty());
    assertThat(made.get(0).closed()).isTrue();
  }

  @Test
  void shouldBeMadeAnewAfterItsEnd() {
    SharedLane one = acquire(owner, "made-anew");
    release(one);

    SharedLane two = acquire(owner, "made-anew");

    assertThat(two).isNotSameAs(one);
    assertThat(made).hasSize(2);
    assertThat(made.get(1).closed()).isFalse();
    AnalyticsLane lane = two.open(settings(Delivery.AT_LEAST_ONCE));
    report(lane, "a", 0);
    lane.awaitAcked(LaneRig.inTime());
    assertThat(made.get(1).history()).hasSize(1);
  }

  @Test
  void shouldRefuseTwoBudgetsForOneOwner() {
    acquire(owner, "two-budgets");

    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> SharedLane.acquire(owner, "two-budgets", BUDGET + 1, SharedLaneTest::unwanted))
        .withMessageContaining("lane.max.events.per.second")
        .withMessageContaining("50000")
        .withMessageContaining("50001");
    SharedLane.acquire(otherOwner, "two-budgets", BUDGET + 1, () -> LaneRig.producer(true))
        .release();
  }

  @Test
  void shouldBeUntouchedByARefusal() {
    SharedLane one = acquire(owner, "refused");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SharedLane.acquire(owner, "refused", 1, SharedLaneTest::unwanted));

    release(one);

    await("the refused one is no user").until(() -> made.get(0).closed());
  }

  @Test
  void shouldMakeNothingIfTheProducerCannotBeMade() {
    assertThatIllegalStateException()
        .isThrownBy(
            () -> SharedLane.acquire(owner, "no-producer", BUDGET, SharedLaneTest::unwanted));

    assertThat(threads("no-producer")).isEmpty();
    assertThat(acquire(owner, "no-producer")).isNotNull();
  }

  @Test
  void shouldNeverCloseAProducerThatIsInUse() throws Exception {
    Set<MockProducer<byte[], byte[]>> producers = ConcurrentHashMap.newKeySet();
    ExecutorService users = Executors.newFixedThreadPool(4);
    try {
      Callable<Boolean> use =
          () -> {
            for (int i = 0; i < 100; i++) {
              SharedLane shared =
                  SharedLane.acquire(
                      owner,
                      "in-use",
                      BUDGET,
                      () -> {
                        MockProducer<byte[], byte[]> producer = LaneRig.producer(true);
                        producers.add(producer);
                        return producer;
                      });
              AnalyticsLane lane = shared.open(settings(Delivery.AT_LEAST_ONCE));
              report(lane, "a", 0);
              // A producer that is closed would throw.
              lane.awaitAcked(LaneRig.inTime());
              lane.close();
              shared.release();
            }
            return true;
          };
      for (Future<Boolean> user : users.invokeAll(List.of(use, use, use, use))) {
        assertThat(user.get()).isTrue();
      }
    } finally {
      users.shutdownNow();
    }

    await().until(() -> threads("in-use").isEmpty());
    assertThat(producers).allMatch(MockProducer::closed);
    assertThat(producers.stream().mapToInt(producer -> producer.history().size()).sum())
        .isEqualTo(400);
  }

  // ------------------------------------------------------------------ with its thread

  @Test
  void shouldPutEventsOnTheTopicWithoutBeingAsked() {
    AnalyticsLane lane = acquire(owner, "unasked").open(settings(Delivery.BEST_EFFORT));
    report(lane, "a", 0);

    await().until(() -> lane.stats().eventsAcked() == 1);

    assertThat(made.get(0).history()).hasSize(1);
    lane.close();
  }

  @Test
  void shouldServeEveryTaskOfItsOwner() {
    SharedLane shared = acquire(owner, "every-task");
    List<AnalyticsLane> lanes = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      lanes.add(shared.open(settings(Delivery.AT_LEAST_ONCE)));
    }
    for (int i = 0; i < 10; i++) {
      report(lanes.get(i), "a", i);
    }
    for (AnalyticsLane lane : lanes) {
      lane.awaitAcked(LaneRig.inTime());
    }

    assertThat(made.get(0).history()).hasSize(10);
    assertThat(lanes).extracting(AnalyticsLane::attempt).doesNotHaveDuplicates();
    lanes.forEach(AnalyticsLane::close);
  }

  @Test
  void shouldTellTheTopKeysOfAllTasksOfALimiter() {
    SharedLane shared = acquire(owner, "top-keys");
    LaneSettings settings = settings(Delivery.AT_LEAST_ONCE);
    LaneSettings other =
        new LaneSettings(
            "blocked",
            "another",
            LaneRig.RULES,
            8,
            8,
            128,
            EventKey.PLAIN,
            Delivery.AT_LEAST_ONCE,
            Emit.EVERY,
            LaneFailurePolicy.STOP,
            0);
    List<AnalyticsLane> lanes =
        List.of(shared.open(settings), shared.open(settings), shared.open(other));
    for (AnalyticsLane lane : lanes) {
      report(lane, "a", 0);
      lane.awaitAcked(LaneRig.inTime());
    }
    lanes.forEach(AnalyticsLane::close);
    AnalyticsLane later = shared.open(settings);

    assertThat(lanes.get(0).topKeys().top(9)).hasSize(1);
    assertThat(lanes.get(0).topKeys().top(9).get(0).estimate()).isEqualTo(2);
    assertThat(lanes.get(1).topKeys()).isSameAs(lanes.get(0).topKeys());
    assertThat(later.topKeys()).as("outlives its tasks").isSameAs(lanes.get(0).topKeys());
    assertThat(lanes.get(2).topKeys()).isNotSameAs(lanes.get(0).topKeys());
    assertThat(lanes.get(2).topKeys().top(9)).as("told to tell none").isEmpty();
    later.close();
  }

  @Test
  void shouldSendWhatBestEffortLeftBehindBeforeItEnds() {
    SharedLane shared =
        SharedLane.acquire(owner, "left-behind", 1, () -> made(LaneRig.producer(true)));
    AnalyticsLane lane =
        shared.open(LaneRig.settings(64, 64, EventKey.PLAIN, Delivery.BEST_EFFORT));
    for (int i = 0; i < 50; i++) {
      report(lane, "key-" + i, i);
    }
    lane.close();
    shared.release();

    await().until(() -> made.get(0).closed());
    assertThat(made.get(0).history()).hasSize(50);
    assertThat(lane.stats().recordsLost()).isZero();
  }

  @Test
  void shouldNotWaitForAProducerThatHangs() throws InterruptedException {
    CountDownLatch hanging = new CountDownLatch(1);
    CountDownLatch unblock = new CountDownLatch(1);
    SharedLane shared =
        acquireWith(
            "hanging",
            new SendingProducer() {
              @Override
              void sent(ProducerRecord<byte[], byte[]> record, Callback callback) {
                hanging.countDown();
                awaitUninterruptibly(unblock);
              }
            });
    AnalyticsLane lane = shared.open(settings(Delivery.AT_LEAST_ONCE));
    report(lane, "a", 0);
    hanging.await();
    // The lane's thread is inside send. Reporting, closing and a deadline do not depend on it.
    for (int i = 1; i < 1_000; i++) {
      report(lane, "key-" + i % 20, i);
    }
    LaneException late = LaneRig.failureOfCommit(lane, System.nanoTime() - 1);
    lane.close();
    shared.release();

    assertThat(late.isRetriable()).isTrue();
    assertThat(threads("hanging")).as("goes on in the background").hasSize(1);
    SharedLane anew = acquire(owner, "not-hanging");
    assertThat(anew).isNotSameAs(shared);
    unblock.countDown();
    await().until(() -> threads("hanging").isEmpty());
  }

  @Test
  void shouldEndSoonThoughEachSendBlocks() {
    // With a max.block.ms of half a second.
    CountDownLatch broker = new CountDownLatch(1);
    SharedLane shared =
        acquireWith(
            "unreachable",
            new SendingProducer() {
              @Override
              void sent(ProducerRecord<byte[], byte[]> record, Callback callback) {
                awaitUninterruptibly(broker, Duration.ofMillis(500));
                callback.onCompletion(null, new TimeoutException("no metadata"));
              }
            });
    try {
      AnalyticsLane lane =
          shared.open(LaneRig.settings(512, 512, EventKey.PLAIN, Delivery.BEST_EFFORT));
      for (int i = 0; i < 300; i++) {
        report(lane, "key-" + i, i);
      }
      await().until(() -> lane.stats().eventsLost() > 0);
      lane.close();
      shared.release();

      await().until(() -> threads("unreachable").isEmpty());
      assertThat(lane.stats().recordsLost()).isEqualTo(300);
    } finally {
      broker.countDown();
    }
  }

  // ------------------------------------------------------------------ an Error in its thread

  @Test
  void shouldFailEveryLaneWhenItsThreadEndsOnAnError() {
    InternalError error = new InternalError("broken");
    SharedLane shared = acquireWith("error", new ThrowingProducer(error));
    AnalyticsLane one = shared.open(settings(Delivery.AT_LEAST_ONCE));
    AnalyticsLane idle = shared.open(settings(Delivery.AT_LEAST_ONCE));
    report(one, "a", 0);

    assertThat(LaneRig.failureOfCommit(one, LaneRig.inTime())).hasCause(error);
    await().until(() -> threads("error").isEmpty());
    assertThat(LaneRig.failureOfCommit(idle, LaneRig.inTime())).hasCause(error);
    AnalyticsLane late = shared.open(settings(Delivery.AT_LEAST_ONCE));
    assertThat(LaneRig.failureOfCommit(late, LaneRig.inTime())).hasCause(error);
    assertThat(made.get(0).closed()).isTrue();
    shared.release();
  }

  @Test
  void shouldBeMadeAnewWhileOneThatEndedIsStillBusyWithItsEnd() {
    CountDownLatch unblock = new CountDownLatch(1);
    ThrowingProducer hanging =
        new ThrowingProducer(new InternalError("broken")) {
          @Override
          public void close(Duration timeout) {
            awaitUninterruptibly(unblock);
            super.close(timeout);
          }
        };
    SharedLane ended = acquireWith("ended", hanging);
    AnalyticsLane lane = ended.open(settings(Delivery.AT_LEAST_ONCE));
    report(lane, "a", 0);
    assertThat(LaneRig.failureOfCommit(lane, LaneRig.inTime())).hasMessageContaining("broken");
    await().until(ended::hasEnded);
    AnalyticsLane late = ended.open(settings(Delivery.AT_LEAST_ONCE));
    assertThat(LaneRig.failureOfCommit(late, LaneRig.inTime())).hasMessageContaining("broken");

    SharedLane anew = acquire(owner, "anew");
    assertThat(anew).isNotSameAs(ended);
    assertThat(threads("ended")).hasSize(1);
    AnalyticsLane next = anew.open(settings(Delivery.AT_LEAST_ONCE));
    report(next, "a", 0);
    next.awaitAcked(LaneRig.inTime());
    unblock.countDown();
    ended.release();

    assertThat(made.get(1).closed()).as("the old one's end is not the new one's").isFalse();
    assertThat(acquire(owner, "anew")).isSameAs(anew);
  }

  @Test
  void shouldCountWhatBestEffortLosesWhenItsThreadEndsOnAnError() {
    SharedLane shared = acquireWith("lost", new ThrowingProducer(new InternalError("broken")));
    AnalyticsLane lane = shared.open(settings(Delivery.BEST_EFFORT));
    for (int i = 0; i < 1_000; i++) {
      report(lane, "key-" + i % 20, i);
    }
    lane.close();
    shared.release();

    await().until(() -> threads("lost").isEmpty());
    assertThat(lane.stats().recordsLost()).isEqualTo(1_000);
  }

  // ------------------------------------------------------------------ many threads

  /** Sums what is sent, and acks it from another thread. */
  private static final class SummingProducer extends SendingProducer {
    final ExecutorService network = Executors.newSingleThreadExecutor();
    final Map<String, AtomicLong> byAttempt = new ConcurrentHashMap<>();
    final Map<String, AtomicLong> byAttemptAndKey = new ConcurrentHashMap<>();
    final Map<String, AtomicLong> costByAttempt = new ConcurrentHashMap<>();
    final Set<String> identities = ConcurrentHashMap.newKeySet();
    final AtomicLong twice = new AtomicLong();
    final AtomicLong events = new AtomicLong();

    @Override
    void sent(ProducerRecord<byte[], byte[]> record, Callback callback) {
      BlockedEvent event = BlockedEventJson.read(record.value());
      network.execute(
          () -> {
            events.incrementAndGet();
            add(byAttempt, event.attempt(), event.count());
            add(costByAttempt, event.attempt(), event.cost());
            add(byAttemptAndKey, event.attempt() + "/" + event.key(), event.count());
            if (!identities.add(event.attempt() + "/" + event.firstOffset())) {
              twice.incrementAndGet();
            }
            callback.onCompletion(ACKED, null);
          });
    }

    private static void add(Map<String, AtomicLong> sums, String name, long count) {
      sums.computeIfAbsent(name, any -> new AtomicLong()).addAndGet(count);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 64})
  void shouldAccountForEveryRecordOfFourThreads(int slots) throws Exception {
    int threads = 4;
    int keys = 100;
    long records = 200_000;
    SummingProducer producer = new SummingProducer();
    SharedLane shared = acquireWith("four", producer);
    ExecutorService judges = Executors.newFixedThreadPool(threads);
    try {
      List<Future<AnalyticsLane>> lanes = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        Callable<AnalyticsLane> judge = () -> judge(shared, slots, keys, records);
        lanes.add(judges.submit(judge));
      }
      for (Future<AnalyticsLane> future : lanes) {
        AnalyticsLane lane = future.get();
        LaneStats stats = lane.stats();
        assertThat(sum(producer.byAttempt, lane.attempt())).isEqualTo(records);
        assertThat(sum(producer.costByAttempt, lane.attempt())).isEqualTo(2 * records);
        long overflowed = sum(producer.byAttemptAndKey, lane.attempt() + "/null");
        assertThat(overflowed).isEqualTo(stats.recordsOverflowed());
        for (int key = 0; key < keys; key++) {
          assertThat(sum(producer.byAttemptAndKey, lane.attempt() + "/key-" + key))
              .isLessThanOrEqualTo(records / keys);
        }
        assertThat(stats.records()).isEqualTo(records);
        assertThat(stats.eventsAcked()).isEqualTo(stats.eventsOffered());
        assertThat(stats.handlesRefused()).isZero();
      }
      assertThat(producer.twice).as("no record is the first of two events").hasValue(0);
      assertThat(producer.events).hasValue(producer.identities.size());
    } finally {
      judges.shutdownNow();
      shared.release();
      producer.network.shutdownNow();
    }
  }

  private static AnalyticsLane judge(SharedLane shared, int slots, int keys, long records) {
    AnalyticsLane lane =
        shared.open(LaneRig.settings(2, slots, EventKey.PLAIN, Delivery.AT_LEAST_ONCE));
    BlockedFacts facts = new BlockedFacts();
    byte[][] names = new byte[keys][];
    long[] open = new long[keys];
    for (int key = 0; key < keys; key++) {
      names[key] = ("key-" + key).getBytes(UTF_8);
    }
    facts.topic = "in";
    facts.keyKind = SlotLayout.KEY_TEXT;
    facts.cost = 2;
    for (int i = 0; i < records; i++) {
      int key = i % keys;
      facts.key = names[key];
      facts.keyLength = names[key].length;
      facts.open = open[key];
      facts.offset = i;
      open[key] = lane.report(facts);
      if (i % 7_001 == 0) {
        lane.awaitAcked(LaneRig.inTime());
      }
    }
    lane.awaitAcked(LaneRig.inTime());
    lane.close();
    return lane;
  }

  @ParameterizedTest
  @EnumSource(value = Delivery.class, mode = Mode.EXCLUDE, names = "TRANSACTIONAL")
  void shouldOpenAndCloseLanesWhileOthersWork(Delivery delivery) throws Exception {
    SummingProducer producer = new SummingProducer();
    SharedLane shared = acquireWith("come-and-go", producer);
    ExecutorService judges = Executors.newFixedThreadPool(2);
    try {
      Callable<Long> comeAndGo =
          () -> {
            long wanted = 0;
            for (int life = 0; life < 200; life++) {
              AnalyticsLane lane = shared.open(LaneRig.settings(2, 3, EventKey.PLAIN, delivery));
              for (int i = 0; i < 10; i++) {
                report(lane, "key-" + i, i);
              }
              lane.awaitAcked(LaneRig.inTime());
              lane.close();
              wanted += 10 - lane.stats().recordsLost();
            }
            return wanted;
          };
      Future<Long> one = judges.submit(comeAndGo);
      Future<Long> two = judges.submit(comeAndGo);
      long wanted = one.get() + two.get();
      shared.release();
      producer.network.shutdown();
      assertThat(producer.network.awaitTermination(60, TimeUnit.SECONDS)).isTrue();

      assertThat(producer.byAttempt.values().stream().mapToLong(AtomicLong::get).sum())
          .isEqualTo(wanted);
      if (delivery == Delivery.AT_LEAST_ONCE) {
        assertThat(wanted).isEqualTo(2 * 200 * 10);
      }
    } finally {
      judges.shutdownNow();
      producer.network.shutdownNow();
    }
  }

  @Test
  void shouldTellTheWaitingThreadOfAFailureOnTheProducersThread() throws Exception {
    MockProducer<byte[], byte[]> producer = LaneRig.producer(false);
    SharedLane shared = acquireWith("failure", producer);
    AnalyticsLane lane = shared.open(settings(Delivery.AT_LEAST_ONCE));
    report(lane, "a", 0);
    Future<Boolean> failed =
        CompletableFuture.supplyAsync(
            () -> {
              await().until(() -> lane.isFlushing());
              await().until(() -> producer.errorNext(new TimeoutException("no broker")));
              return true;
            });

    LaneException failure = LaneRig.failureOfCommit(lane, LaneRig.inTime());

    assertThat(failure).hasMessageContaining("no broker");
    assertThat(failed.get()).isTrue();
    lane.close();
    shared.release();
  }

  // ------------------------------------------------------------------ helpers

  /** A producer that hands what is sent to the test. */
  private abstract static class SendingProducer extends MockProducer<byte[], byte[]> {
    static final RecordMetadata ACKED =
        new RecordMetadata(new TopicPartition(LaneRig.TOPIC, 0), 0, 0, 0, 0, 0);

    SendingProducer() {
      super(false, null, new ByteArraySerializer(), new ByteArraySerializer());
    }

    abstract void sent(ProducerRecord<byte[], byte[]> record, Callback callback);

    // One that hangs must not hold the lock.
    @SuppressWarnings("UnsynchronizedOverridesSynchronized")
    @Override
    public Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record, Callback callback) {
      sent(record, callback);
      return CompletableFuture.completedFuture(ACKED);
    }
  }

  private static class ThrowingProducer extends SendingProducer {
    private final Error error;

    ThrowingProducer(Error error) {
      this.error = error;
    }

    @Override
    void sent(ProducerRecord<byte[], byte[]> record, Callback callback) {
      throw error;
    }
  }

  private SharedLane acquire(Object whose, String name) {
    SharedLane lane = SharedLane.acquire(whose, name, BUDGET, () -> made(LaneRig.producer(true)));
    acquired.add(lane);
    return lane;
  }

  /** The owner's lane, made with a producer of the test's; released by the test. */
  private SharedLane acquireWith(String name, MockProducer<byte[], byte[]> producer) {
    return SharedLane.acquire(owner, name, BUDGET, () -> made(producer));
  }

  private void release(SharedLane lane) {
    assertThat(acquired.remove(lane)).isTrue();
    lane.release();
  }

  private MockProducer<byte[], byte[]> made(MockProducer<byte[], byte[]> producer) {
    made.add(producer);
    return producer;
  }

  private static MockProducer<byte[], byte[]> unwanted() {
    throw new IllegalStateException("a producer that is not wanted");
  }

  private static LaneSettings settings(Delivery delivery) {
    return LaneRig.settings(4, 8, EventKey.PLAIN, delivery);
  }

  private static void report(AnalyticsLane lane, String key, long offset) {
    BlockedFacts facts = new BlockedFacts();
    facts.key = key.getBytes(UTF_8);
    facts.keyLength = facts.key.length;
    facts.topic = "in";
    facts.offset = offset;
    facts.open = Handle.NONE;
    lane.report(facts);
  }

  private static long sum(Map<String, AtomicLong> sums, String name) {
    @Nullable AtomicLong sum = sums.get(name);
    return sum == null ? 0 : sum.get();
  }

  private static List<Thread> threads(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(name))
        .toList();
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    awaitUninterruptibly(latch, Duration.ofDays(1));
  }

  private static void awaitUninterruptibly(CountDownLatch latch, Duration patience) {
    try {
      boolean unused = latch.await(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
