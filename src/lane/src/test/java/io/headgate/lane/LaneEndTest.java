package io.headgate.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** The end of the lane's thread: by an error, and when nobody uses it any more. */
class LaneEndTest {

  // ------------------------------------------------------------------ errors that end it

  /** A producer tells the callback of an event that fails; it throws when it fails itself. */
  @ParameterizedTest
  @EnumSource(value = Delivery.class, mode = Mode.EXCLUDE, names = "TRANSACTIONAL")
  void shouldEndWithAProducerThatThrows(Delivery delivery) {
    ScriptedProducer producer = new ScriptedProducer();
    KafkaException error = new KafkaException("in an error state");
    producer.thrown = error;
    LaneRig rig = LaneRig.of(producer, delivery);
    rig.report("a");
    rig.report("b");
    rig.end(error);

    assertThat(rig.agent.hasEnded()).as("the next user gets another producer").isTrue();
    if (delivery == Delivery.BEST_EFFORT) {
      assertThat(rig.stats().recordsLost()).isEqualTo(2);
      assertThat(rig.stats().eventsLost()).isEqualTo(2);
    } else {
      assertThat(rig.failureOfCommit(LaneRig.inTime()).isRetriable()).isTrue();
      assertThat(rig.failureOfCommit(LaneRig.inTime())).hasMessageContaining("in an error state");
    }
  }

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
    rig.end(Objects.requireNonNull(producer.thrown));

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
    rig.onWakeUp = () -> rig.end(Objects.requireNonNull(producer.thrown));

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
    LaneRig rig = LaneRig.of(producer, Delivery.BEST_EFFORT);
    for (int i = 0; i < 10; i++) {
      rig.report("key-" + i);
    }
    InternalError error = new InternalError("broken");
    producer.thrown = error;
    rig.end(error);
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
    LaneRig rig = LaneRig.of(producer, Delivery.BEST_EFFORT);
    rig.report("a");
    producer.thrown = new KafkaException("error state", new SaslAuthenticationException("expired"));
    rig.end(Objects.requireNonNull(producer.thrown));

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
    LaneRig one = LaneRig.of(producer, Delivery.BEST_EFFORT);
    LaneRig two = LaneRig.of(producer, Delivery.BEST_EFFORT);
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
    rig[0] = LaneRig.of(closing, Delivery.AT_LEAST_ONCE);
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
    LaneRig.of(producer, Delivery.AT_LEAST_ONCE).agent.onClose();

    assertThat(patience).hasSize(1).allMatch(bound -> bound.compareTo(Duration.ofSeconds(5)) <= 0);
  }
}
