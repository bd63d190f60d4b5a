package io.headgate.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.LeaderNotAvailableException;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnsupportedCompressionTypeException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.MethodSource;

/** The dedicated producer's duty cycle, one call at a time. */
class LaneAgentTest {

  /** A producer that does on send what the test says. */
  private static final class ScriptedProducer extends MockProducer<byte[], byte[]> {
    int sends;

    /** Answers the callback before send returns; null for success. */
    @Nullable RuntimeException inline;

    /** Thrown by send. */
    @Nullable Throwable thrown;

    ScriptedProducer() {
      super(false, null, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public synchronized Future<RecordMetadata> send(
        ProducerRecord<byte[], byte[]> record, Callback callback) {
      sends++;
      if (thrown instanceof Error error) {
        throw error;
      }
      if (thrown instanceof RuntimeException error) {
        throw error;
      }
      RecordMetadata metadata =
          new RecordMetadata(new TopicPartition(record.topic(), 0), 0, 0, 0, 0, 0);
      callback.onCompletion(metadata, inline);
      return CompletableFuture.completedFuture(metadata);
    }
  }

  private static LaneRig rig(MockProducer<byte[], byte[]> producer, Delivery delivery) {
    return new LaneRig(
        LaneRig.settings(4, 4, EventKey.PLAIN, delivery), LaneRig.UNLIMITED, producer);
  }

  private static LaneRig budgeted(long maxEventsPerSecond, int slots) {
    return new LaneRig(
        LaneRig.settings(slots, slots, EventKey.PLAIN, Delivery.AT_LEAST_ONCE),
        maxEventsPerSecond,
        LaneRig.producer(true));
  }

  // ------------------------------------------------------------------ turns

  @Test
  void shouldSayHowMuchItDid() {
    LaneRig rig = LaneRig.acking(4, 4);
    assertThat(rig.agent.doWork()).isZero();
    rig.report("a");
    rig.report("b");
    assertThat(rig.agent.doWork()).isEqualTo(2);
    assertThat(rig.agent.doWork()).isZero();
  }

  @Test
  void shouldGiveEveryLaneItsTurn() {
    LaneRig busy = LaneRig.acking(1_024, 1_024);
    LaneRig calm = LaneRig.acking(4, 4);
    busy.agent.add(calm.lane);
    for (int i = 0; i < 1_000; i++) {
      busy.report("busy");
    }
    calm.report("calm");

    busy.agent.doWork();

    assertThat(calm.stats().eventsAcked()).isEqualTo(1);
    assertThat(busy.stats().eventsAcked()).isLessThan(1_000);
    busy.work();
    assertThat(busy.stats().eventsAcked()).isEqualTo(1_000);
  }

  @Test
  void shouldNameItsThreadAsItWasTold() {
    assertThat(LaneRig.acking(2, 2).agent.roleName()).isEqualTo("lane");
  }

  // ------------------------------------------------------------------ budget

  @Test
  void shouldSendNoMoreThanItsBudgetInASecond() {
    LaneRig rig = budgeted(5, 64);
    rig.nanos = 0;
    for (int i = 0; i < 40; i++) {
      rig.report("key-" + i);
    }
    List<Long> sentAt = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      for (int sent = rig.agent.doWork(); sent > 0; sent--) {
        sentAt.add(rig.nanos);
      }
      rig.nanos += TimeUnit.MILLISECONDS.toNanos(50);
    }

    // Five seconds and a budget of five.
    assertThat(sentAt).hasSize(25);
    for (int i = 0; i + 5 < sentAt.size(); i++) {
      assertThat(sentAt.get(i + 5) - sentAt.get(i))
          .isGreaterThan(TimeUnit.MILLISECONDS.toNanos(900));
    }
  }

  @Test
  void shouldSendABurstAfterARest() {
    LaneRig rig = budgeted(5, 64);
    rig.nanos = Long.MAX_VALUE - TimeUnit.DAYS.toNanos(400);
    for (int i = 0; i < 40; i++) {
      rig.report("key-" + i);
    }

    assertThat(rig.agent.doWork()).isEqualTo(5);
    assertThat(rig.agent.doWork()).isZero();
    rig.nanos += TimeUnit.DAYS.toNanos(365);
    assertThat(rig.agent.doWork()).isEqualTo(5);
    assertThat(rig.agent.doWork()).isZero();
  }

  @Test
  void shouldLetLanesShareOneBudget() {
    LaneRig one = budgeted(5, 64);
    LaneRig two = budgeted(5, 64);
    one.agent.add(two.lane);
    for (int i = 0; i < 40; i++) {
      one.report("one");
      two.report("two");
    }
    for (int i = 0; i < 10; i++) {
      one.agent.doWork();
    }

    assertThat(one.stats().eventsAcked() + two.stats().eventsAcked()).isEqualTo(5);
  }

  @Test
  void shouldNotHoldACommitBack() {
    LaneRig rig = budgeted(5, 64);
    for (int i = 0; i < 40; i++) {
      rig.report("key-" + i);
    }
    assertThat(rig.agent.doWork()).isEqualTo(5);

    rig.commit();

    assertThat(rig.stats().eventsAcked()).isEqualTo(40);
    // What the commit sent was charged all the same, and the budget holds again after it.
    rig.report("a");
    assertThat(rig.agent.doWork()).isZero();
    rig.nanos += TimeUnit.SECONDS.toNanos(2);
    assertThat(rig.agent.doWork()).isEqualTo(1);
  }

  @Test
  void shouldHoldOthersToTheBudgetWhileOneCommits() {
    LaneRig one = budgeted(5, 64);
    LaneRig two = budgeted(5, 64);
    one.agent.add(two.lane);
    for (int i = 0; i < 40; i++) {
      one.report("one");
      two.report("two");
    }

    one.commit();

    assertThat(one.stats().eventsAcked()).isEqualTo(40);
    assertThat(two.stats().eventsAcked()).isLessThanOrEqualTo(5);
  }

  @Test
  void shouldLetEventsGrowBeyondTheBudget() {
    LaneRig rig =
        new LaneRig(
            LaneRig.settings(2, 8, EventKey.PLAIN, Delivery.AT_LEAST_ONCE),
            1,
            LaneRig.producer(true));
    for (int i = 0; i < 1_000; i++) {
      rig.report("key-" + i % 3);
      rig.agent.doWork();
    }
    rig.commit();

    assertThat(rig.sentCount()).isEqualTo(1_000);
    assertThat(rig.sent()).hasSizeLessThan(10);
  }

  // ------------------------------------------------------------------ acks

  @Test
  void shouldTakeAnAckThatComesBeforeSendReturns() {
    ScriptedProducer producer = new ScriptedProducer();
    LaneRig rig = rig(producer, Delivery.AT_LEAST_ONCE);
    rig.report("a");
    rig.work();

    rig.lane.awaitAcked(System.nanoTime() - 1);

    assertThat(rig.stats().eventsAcked()).isEqualTo(1);
  }

  @Test
  void shouldTakeAFailureThatComesBeforeSendReturns() {
    ScriptedProducer producer = new ScriptedProducer();
    producer.inline = new RecordTooLargeException("1000 bytes");
    LaneRig rig = rig(producer, Delivery.AT_LEAST_ONCE);
    rig.report("a");
    rig.report("b");
    rig.work();

    LaneException failure = rig.failureOfCommit(LaneRig.inTime());

    assertThat(failure.isRetriable()).isFalse();
    assertThat(failure).hasCause(producer.inline);
    assertThat(producer.sends).as("nothing more is sent after a failure").isEqualTo(1);
    assertThat(rig.freeSlots()).isEqualTo(4);
  }

  /** A producer tells the callback of an event that fails; it throws when it fails itself. */
  @ParameterizedTest
  @EnumSource(value = Delivery.class, mode = Mode.EXCLUDE, names = "TRANSACTIONAL")
  void shouldEndWithAProducerThatThrows(Delivery delivery) {
    ScriptedProducer producer = new ScriptedProducer();
    KafkaException error = new KafkaException("in an error state");
    producer.thrown = error;
    LaneRig rig = rig(producer, delivery);
    rig.report("a");
    rig.report("b");
    end(rig, error);

    assertThat(rig.agent.hasEnded()).as("the next user gets another producer").isTrue();
    if (delivery == Delivery.BEST_EFFORT) {
      assertThat(rig.stats().recordsLost()).isEqualTo(2);
      assertThat(rig.stats().eventsLost()).isEqualTo(2);
    } else {
      assertThat(rig.failureOfCommit(LaneRig.inTime()).isRetriable()).isTrue();
      assertThat(rig.failureOfCommit(LaneRig.inTime())).hasMessageContaining("in an error state");
    }
  }

  /** What the thread's owner does when the duty cycle throws. */
  private static void end(LaneRig rig, Throwable error) {
    assertThatExceptionOfType(error.getClass()).isThrownBy(rig.agent::doWork);
    rig.agent.onError(error);
    rig.agent.onClose();
  }

  /** It adds an event to a batch before it looks at its state, and fails the batch later. */
  @Test
  void shouldCountAnEventOnceThoughTheProducerThrowsAndTellsTheCallbackToo() {
    List<Callback> callbacks = new ArrayList<>();
    MockProducer<byte[], byte[]> producer =
        new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer()) {
          @Override
          public synchronized Future<RecordMetadata> send(
              ProducerRecord<byte[], byte[]> record, Callback callback) {
            callbacks.add(callback);
            throw new KafkaException("error state", new ClusterAuthorizationException("no"));
          }
        };
    LaneRig rig = LaneRig.failingOpen(4, 8, producer);
    rig.report("a");
    assertThatExceptionOfType(KafkaException.class).isThrownBy(rig.agent::doWork);

    callbacks.forEach(callback -> callback.onCompletion(null, new KafkaException("aborted")));
    callbacks.forEach(callback -> callback.onCompletion(null, null));

    assertThat(rig.stats().eventsLost()).isEqualTo(1);
    assertThat(rig.stats().eventsAcked()).isZero();
    rig.lane.awaitAcked(System.nanoTime() - 1);
  }

  @Test
  void shouldFailOnlyTheLaneWhoseEventFailed() {
    LaneRig one = LaneRig.byHand(4, 4, Delivery.AT_LEAST_ONCE);
    LaneRig two = LaneRig.byHand(4, 4, Delivery.AT_LEAST_ONCE);
    one.agent.add(two.lane);
    one.report("one");
    two.report("two");
    one.agent.doWork();
    assertThat(one.producer.errorNext(new TimeoutException("no broker"))).isTrue();
    assertThat(one.producer.completeNext()).isTrue();

    two.lane.awaitAcked(System.nanoTime() - 1);

    assertThat(one.failureOfCommit(LaneRig.inTime()).isRetriable()).isTrue();
  }

  // ------------------------------------------------------------------ what failures mean

  static Stream<Arguments> mendable() {
    return Stream.of(
        Arguments.of(new TopicAuthorizationException("not allowed"), "write"),
        Arguments.of(new ClusterAuthorizationException("not allowed"), "write"),
        Arguments.of(new SaslAuthenticationException("wrong password"), "write"),
        Arguments.of(new SslAuthenticationException("no certificate"), "write"),
        Arguments.of(new InvalidTopicException("topic/"), "legal topic name"),
        Arguments.of(new RecordTooLargeException("too large"), "max.message.bytes"),
        Arguments.of(new RecordBatchTooLargeException("too large"), "max.message.bytes"),
        Arguments.of(new InvalidTimestampException("in the future"), "clock"),
        Arguments.of(new InvalidRecordException("no key on a compacted topic"), "cleanup.policy"),
        Arguments.of(new SerializationException("no bytes"), "producer settings"),
        Arguments.of(new UnsupportedVersionException("old broker"), "producer settings"),
        Arguments.of(new UnsupportedCompressionTypeException("zstd"), "producer settings"),
        Arguments.of(
            new KafkaException("error state", new ClusterAuthorizationException("not allowed")),
            "write"),
        Arguments.of(new UnknownTopicOrPartitionException("not there"), "create it"),
        Arguments.of(
            new TimeoutException(
                "Topic blocked not present in metadata after 100 ms.",
                new UnknownTopicOrPartitionException("not there")),
            "create it"));
  }

  @ParameterizedTest
  @MethodSource("mendable")
  void shouldNameTheMendOfWhatNoRetryCanMend(RuntimeException error, String mend) {
    LaneRig rig = LaneRig.byHand(4, 4, Delivery.AT_LEAST_ONCE);
    rig.report("a");
    rig.work();
    assertThat(rig.producer.errorNext(error)).isTrue();

    LaneException failure = rig.failureOfCommit(LaneRig.inTime());

    assertThat(failure.isRetriable()).isFalse();
    assertThat(failure)
        .hasCause(error)
        .hasMessageContaining("cannot be written to topic blocked")
        .hasMessageContaining(Objects.requireNonNull(error.getMessage()))
        .hasMessageContaining(mend);
  }

  static Stream<RuntimeException> passing() {
    return Stream.of(
        new TimeoutException("3 record(s) expired"),
        new NetworkException("disconnected"),
        new NotEnoughReplicasException("one of two"),
        new UnknownTopicIdException("made anew meanwhile"),
        new TimeoutException(
            "Topic blocked not present in metadata after 100 ms.",
            new LeaderNotAvailableException("not led yet")),
        new TimeoutException("Topic blocked not present in metadata after 100 ms."),
        new OutOfOrderSequenceException("a gap"),
        new InvalidProducerEpochException("old"),
        new ProducerFencedException("fenced"),
        new KafkaException("producer closed while send in progress"),
        new KafkaException("error state", new TimeoutException("slow")),
        new IllegalStateException("closed"));
  }

  @ParameterizedTest
  @MethodSource("passing")
  void shouldLetWhatMayPassBeTriedAgain(RuntimeException error) {
    LaneRig rig = LaneRig.byHand(4, 4, Delivery.AT_LEAST_ONCE);
    rig.report("a");
    rig.work();
    assertThat(rig.producer.errorNext(error)).isTrue();

    LaneException failure = rig.failureOfCommit(LaneRig.inTime());

    assertThat(failure.isRetriable()).isTrue();
    assertThat(failure)
        .hasCause(error)
        .hasMessageContaining("not written to topic blocked")
        .hasMessageContaining(Objects.requireNonNull(error.getMessage()))
        .hasMessageContaining("tried again");
  }

  @Test
  void shouldNotPromiseThatBestEffortTriesAgain() {
    assertThat(
            LaneAgent.failure(
                LaneRig.settings(4, 4, EventKey.PLAIN, Delivery.BEST_EFFORT),
                new TimeoutException("no broker")))
        .hasMessageContaining("not written to topic blocked: no broker; it is lost")
        .hasMessageNotContaining("again");
  }

  @Test
  void shouldSayWhatFailedEvenIfTheErrorDoesNot() {
    assertThat(
            LaneAgent.failure(
                LaneRig.settings(4, 4, EventKey.PLAIN, Delivery.AT_LEAST_ONCE),
                new IllegalStateException()))
        .hasMessageContaining("IllegalStateException");
  }

  /** Each event of a topic that is missing takes max.block.ms to fail. */
  @Test
  void shouldLetATopicRestThatTakesLongToFailWhereEventsAreGivenUp() {
    LaneRig[] rig = new LaneRig[1];
    boolean[] missing = {true};
    int[] sends = {0};
    MockProducer<byte[], byte[]> slow =
        new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
          @Override
          public synchronized Future<RecordMetadata> send(
              ProducerRecord<byte[], byte[]> record, Callback callback) {
            sends[0]++;
            if (!missing[0]) {
              return super.send(record, callback);
            }
            rig[0].nanos += TimeUnit.SECONDS.toNanos(2);
            UnknownTopicOrPartitionException cause = new UnknownTopicOrPartitionException("none");
            callback.onCompletion(null, new TimeoutException("not present in metadata", cause));
            return CompletableFuture.failedFuture(cause);
          }
        };
    rig[0] = LaneRig.failingOpen(64, 128, slow);
    for (int i = 0; i < 50; i++) {
      rig[0].report("key-" + i);
    }
    rig[0].commit();
    assertThat(sends[0]).isEqualTo(1);
    assertThat(rig[0].stats().eventsLost()).isEqualTo(50);

    rig[0].nanos += TimeUnit.SECONDS.toNanos(19);
    rig[0].report("a");
    rig[0].commit();
    assertThat(sends[0]).isEqualTo(1);

    // Somebody has made it.
    missing[0] = false;
    rig[0].nanos += TimeUnit.SECONDS.toNanos(1);
    rig[0].report("a");
    rig[0].report("a");
    rig[0].commit();
    assertThat(rig[0].stats().eventsAcked()).isEqualTo(2);
    assertThat(rig[0].stats().eventsLost()).isEqualTo(51);
  }

  /** It says nothing of the next one, however long it took to find out. */
  @Test
  void shouldNotLetATopicRestForOneEventThatIsTooLarge() {
    LaneRig[] rig = new LaneRig[1];
    MockProducer<byte[], byte[]> producer =
        new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
          @Override
          public synchronized Future<RecordMetadata> send(
              ProducerRecord<byte[], byte[]> record, Callback callback) {
            rig[0].nanos += TimeUnit.SECONDS.toNanos(2);
            if (record.key().length < 10) {
              return super.send(record, callback);
            }
            RecordTooLargeException error = new RecordTooLargeException("too large");
            callback.onCompletion(null, error);
            return CompletableFuture.failedFuture(error);
          }
        };
    rig[0] = LaneRig.failingOpen(64, 128, producer);
    for (String key : List.of("a", "much-too-large", "b", "much-too-large", "c")) {
      rig[0].report(key);
    }
    rig[0].commit();

    assertThat(rig[0].sent()).extracting(BlockedEvent::key).containsExactly("a", "b", "c");
    assertThat(rig[0].stats().eventsLost()).isEqualTo(2);
  }

  @Test
  void shouldNotReportEveryEventThatIsLost() {
    LaneRig rig = LaneRig.byHand(4, 4, Delivery.BEST_EFFORT);
    int news = 0;
    for (int i = 0; i < 1_000; i++) {
      rig.report("a");
      rig.agent.doWork();
      news += rig.lane.isFailureNews() ? 1 : 0;
      assertThat(rig.producer.errorNext(new TimeoutException("no broker"))).isTrue();
    }

    assertThat(rig.stats().eventsLost()).isEqualTo(1_000);
    assertThat(news).isBetween(1, 20);
  }

  // ------------------------------------------------------------------ errors that end the thread

  @Test
  void shouldFailEveryLaneWhenItEnds() {
    LaneRig one = LaneRig.acking(4, 4);
    LaneRig idle = LaneRig.acking(4, 4);
    one.agent.add(idle.lane);
    one.report("a");
    InternalError error = new InternalError("broken");

    one.agent.onError(error);

    for (LaneRig rig : List.of(one, idle)) {
      LaneException failure = rig.failureOfCommit(LaneRig.inTime());
      assertThat(failure.isRetriable()).isTrue();
      assertThat(failure).hasCause(error).hasMessageContaining("InternalError: broken");
    }
  }

  @Test
  void shouldFailALaneThatComesAfterItsEndAtOnce() {
    LaneRig rig = LaneRig.acking(4, 4);
    LaneRig late = LaneRig.acking(4, 4);
    rig.agent.onError(new InternalError("broken"));

    rig.agent.add(late.lane);

    assertThat(late.failureOfCommit(LaneRig.inTime())).hasMessageContaining("InternalError");
  }

  @Test
  void shouldNotTryAgainWhatNoNewThreadCanMend() {
    LaneRig rig = LaneRig.acking(4, 4);

    rig.agent.onError(new NoClassDefFoundError("net/jpountz/lz4/LZ4Factory"));

    assertThat(rig.failureOfCommit(LaneRig.inTime()).isRetriable()).isFalse();
    assertThat(rig.failureOfCommit(LaneRig.inTime())).hasMessageContaining("LZ4Factory");
  }

  /** Its end says what to mend: the task goes on without its events, and no commit waits. */
  @Test
  void shouldNotMakeACommitWaitForAThreadThatIsGoneForGood() {
    ScriptedProducer producer = new ScriptedProducer();
    LaneRig rig = LaneRig.failingOpen(4, 8, producer);
    for (int i = 0; i < 20; i++) {
      rig.report("key-" + i);
    }
    producer.thrown = new NoClassDefFoundError("net/jpountz/lz4/LZ4Factory");
    end(rig, Objects.requireNonNull(producer.thrown));

    for (int round = 1; round <= 5; round++) {
      rig.lane.awaitAcked(LaneRig.inTime());

      assertThat(rig.stats().recordsLost()).isEqualTo(20L * round).isEqualTo(rig.stats().records());
      assertThat(rig.lane.hasOpen()).isFalse();
      for (int i = 0; i < 20; i++) {
        rig.report("key-" + i);
      }
    }
    assertThat(rig.stats().handlesRefused()).isZero();
    assertThat(rig.stats().eventsAcked()).isZero();
  }

  @Test
  void shouldNotMakeACommitWaitThatBeganBeforeTheThreadWasGone() {
    ScriptedProducer producer = new ScriptedProducer();
    LaneRig rig = LaneRig.failingOpen(2, 4, producer);
    for (int i = 0; i < 20; i++) {
      rig.report("key-" + i);
    }
    producer.thrown = new NoClassDefFoundError("net/jpountz/lz4/LZ4Factory");
    rig.onWakeUp = () -> end(rig, Objects.requireNonNull(producer.thrown));

    rig.lane.awaitAcked(LaneRig.inTime());

    assertThat(rig.stats().recordsLost()).isEqualTo(20);
  }

  @Test
  void shouldNotMakeACommitWaitForALaneThatComesAfterTheEnd() {
    LaneRig rig = LaneRig.acking(4, 4);
    LaneRig late = LaneRig.failingOpen(4, 8, LaneRig.producer(true));
    rig.agent.onError(new NoClassDefFoundError("net/jpountz/lz4/LZ4Factory"));
    rig.agent.add(late.lane);
    late.report("a");

    late.lane.awaitAcked(LaneRig.inTime());

    assertThat(late.stats().recordsLost()).isEqualTo(1);
  }

  @Test
  void shouldTryAgainWithANewThreadWhateverThePolicy() {
    LaneRig rig = LaneRig.failingOpen(4, 8, LaneRig.producer(true));
    rig.report("a");

    rig.agent.onError(new InternalError("broken"));

    assertThat(rig.failureOfCommit(LaneRig.inTime()).isRetriable()).isTrue();
    assertThat(rig.stats().recordsLost()).isZero();
  }

  @Test
  void shouldSayHowToMendWhatEndedAProducer() {
    LaneRig rig = LaneRig.acking(4, 4);

    rig.agent.onError(
        new KafkaException("error state", new ClusterAuthorizationException("not allowed")));

    assertThat(rig.failureOfCommit(LaneRig.inTime()).isRetriable()).isFalse();
    assertThat(rig.failureOfCommit(LaneRig.inTime())).hasMessageContaining("write");
  }

  @Test
  void shouldCountWhatBestEffortLosesByTheEndOfTheThread() {
    ScriptedProducer producer = new ScriptedProducer();
    LaneRig rig = rig(producer, Delivery.BEST_EFFORT);
    for (int i = 0; i < 10; i++) {
      rig.report("key-" + i);
    }
    InternalError error = new InternalError("broken");
    producer.thrown = error;
    assertThatExceptionOfType(InternalError.class).isThrownBy(rig.agent::doWork);
    rig.agent.onError(error);
    rig.agent.onClose();
    // The task goes on, and closes some time later.
    for (int i = 0; i < 10; i++) {
      rig.report("key-" + i);
    }
    rig.lane.close();

    assertThat(producer.closed()).isTrue();
    assertThat(rig.stats().recordsLost()).isEqualTo(20).isEqualTo(rig.stats().records());
    assertThat(rig.stats().eventsAcked()).isZero();
  }

  @Test
  void shouldCountWhatBestEffortLosesAfterTheEndOfTheThreadWithEachCommit() {
    ScriptedProducer producer = new ScriptedProducer();
    LaneRig rig = rig(producer, Delivery.BEST_EFFORT);
    rig.report("a");
    producer.thrown = new KafkaException("error state", new SaslAuthenticationException("expired"));
    end(rig, Objects.requireNonNull(producer.thrown));

    for (int commit = 0; commit < 3; commit++) {
      // More than the ring and the slots hold, of two source partitions.
      for (int i = 0; i < 20; i++) {
        rig.report("key-" + i, 0, LaneRig.SOURCE, i & 1, 1);
      }
      rig.lane.awaitAcked(LaneRig.inTime());

      assertThat(rig.stats().recordsLost()).isEqualTo(rig.stats().records());
      assertThat(rig.stats().waiting()).isZero();
      assertThat(rig.lane.hasOpen()).isFalse();
    }
    assertThat(rig.stats().handlesRefused()).isZero();
    rig.lane.close();
    assertThat(rig.stats().recordsLost()).isEqualTo(61);
  }

  // ------------------------------------------------------------------ the end

  @Test
  void shouldCountWhatBestEffortLosesByAnErrorInTheEnd() {
    ScriptedProducer producer = new ScriptedProducer();
    LaneRig one = rig(producer, Delivery.BEST_EFFORT);
    LaneRig two = rig(producer, Delivery.BEST_EFFORT);
    one.agent.add(two.lane);
    for (int i = 0; i < 10; i++) {
      one.report("key-" + i);
      two.report("key-" + i);
    }
    one.lane.close();
    two.lane.close();
    producer.thrown = new InternalError("broken");

    one.agent.onClose();

    assertThat(producer.closed()).isTrue();
    assertThat(producer.sends).isEqualTo(1);
    assertThat(one.stats().recordsLost()).isEqualTo(10);
    assertThat(two.stats().recordsLost()).isEqualTo(10);
  }

  @Test
  void shouldSendWhatBestEffortLeftBehindWhenItCloses() {
    LaneRig rig =
        new LaneRig(
            LaneRig.settings(512, 512, EventKey.PLAIN, Delivery.BEST_EFFORT),
            1,
            LaneRig.producer(true));
    for (int i = 0; i < 500; i++) {
      rig.report("key-" + i);
    }
    rig.lane.close();

    rig.agent.onClose();

    assertThat(rig.sentCount()).isEqualTo(500);
    assertThat(rig.producer.closed()).isTrue();
  }

  @Test
  void shouldNotSendWhatAnExactLaneLeftBehindWhenItCloses() {
    LaneRig rig = LaneRig.acking(4, 4);
    rig.report("a");

    rig.agent.onClose();

    assertThat(rig.sent()).isEmpty();
    assertThat(rig.producer.closed()).isTrue();
  }

  @Test
  void shouldNotTryForEverToSendWhatIsLeftBehind() {
    // Each send takes a second, as if there were no broker and no metadata.
    LaneRig[] rig = new LaneRig[1];
    MockProducer<byte[], byte[]> slow =
        new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
          @Override
          public synchronized Future<RecordMetadata> send(
              ProducerRecord<byte[], byte[]> record, Callback callback) {
            rig[0].nanos += TimeUnit.SECONDS.toNanos(1);
            return super.send(record, callback);
          }
        };
    rig[0] =
        new LaneRig(
            LaneRig.settings(64, 64, EventKey.PLAIN, Delivery.BEST_EFFORT),
            LaneRig.UNLIMITED,
            slow);
    for (int i = 0; i < 50; i++) {
      rig[0].report("key-" + i);
    }
    rig[0].lane.close();

    rig[0].agent.onClose();

    assertThat(rig[0].sent()).hasSizeBetween(1, 5);
    assertThat(rig[0].sentCount() + rig[0].stats().recordsLost()).isEqualTo(50);
    assertThat(slow.closed()).isTrue();
  }

  /** A turn has up to 256 events, and each may take max.block.ms. */
  @Test
  void shouldGiveUpTheRestOfATurnWhenItIsToEnd() {
    LaneRig[] rig = new LaneRig[1];
    int[] sends = {0};
    MockProducer<byte[], byte[]> unreachable =
        new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
          @Override
          public synchronized Future<RecordMetadata> send(
              ProducerRecord<byte[], byte[]> record, Callback callback) {
            if (sends[0]++ == 0) {
              rig[0].lane.close();
              rig[0].agent.endSoon();
            }
            rig[0].nanos += TimeUnit.SECONDS.toNanos(1);
            TimeoutException error = new TimeoutException("no metadata");
            callback.onCompletion(null, error);
            return CompletableFuture.failedFuture(error);
          }
        };
    rig[0] =
        new LaneRig(
            LaneRig.settings(64, 64, EventKey.PLAIN, Delivery.BEST_EFFORT),
            LaneRig.UNLIMITED,
            unreachable);
    for (int i = 0; i < 50; i++) {
      rig[0].report("key-" + i);
    }

    assertThat(rig[0].agent.doWork()).isEqualTo(50);

    assertThat(sends[0]).as("in 2 s, of 1 s each").isEqualTo(2);
    assertThat(rig[0].stats().recordsLost()).isEqualTo(50);
    rig[0].agent.onClose();
    assertThat(rig[0].stats().recordsLost()).isEqualTo(50);
  }

  @Test
  void shouldSendNoMoreOfATurnOnceAnExactLaneIsClosed() {
    LaneRig[] rig = new LaneRig[1];
    MockProducer<byte[], byte[]> closing =
        new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
          @Override
          public synchronized Future<RecordMetadata> send(
              ProducerRecord<byte[], byte[]> record, Callback callback) {
            rig[0].lane.close();
            return super.send(record, callback);
          }
        };
    rig[0] = rig(closing, Delivery.AT_LEAST_ONCE);
    rig[0].report("a");
    rig[0].report("b");

    rig[0].agent.doWork();

    assertThat(rig[0].sent()).hasSize(1);
    assertThat(rig[0].freeSlots()).isEqualTo(4);
  }

  @Test
  void shouldCloseTheProducerWithinABound() {
    List<Duration> patience = new ArrayList<>();
    MockProducer<byte[], byte[]> producer =
        new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
          @Override
          public void close(Duration timeout) {
            patience.add(timeout);
            super.close(timeout);
          }
        };
    rig(producer, Delivery.AT_LEAST_ONCE).agent.onClose();

    assertThat(patience).hasSize(1).allMatch(bound -> bound.compareTo(Duration.ofSeconds(5)) <= 0);
  }
}
