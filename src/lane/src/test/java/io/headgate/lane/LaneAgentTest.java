package io.headgate.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

/** The dedicated producer's duty cycle, one call at a time. */
class LaneAgentTest {

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

  // ------------------------------------------------------------------ acks

  @Test
  void shouldTakeAnAckThatComesBeforeSendReturns() {
    ScriptedProducer producer = new ScriptedProducer();
    LaneRig rig = LaneRig.of(producer, Delivery.AT_LEAST_ONCE);
    rig.report("a");
    rig.work();

    rig.lane.awaitAcked(System.nanoTime() - 1);

    assertThat(rig.stats().eventsAcked()).isEqualTo(1);
  }

  @Test
  void shouldTakeAFailureThatComesBeforeSendReturns() {
    ScriptedProducer producer = new ScriptedProducer();
    producer.inline = new RecordTooLargeException("1000 bytes");
    LaneRig rig = LaneRig.of(producer, Delivery.AT_LEAST_ONCE);
    rig.report("a");
    rig.report("b");
    rig.work();

    LaneException failure = rig.failureOfCommit(LaneRig.inTime());

    assertThat(failure.isRetriable()).isFalse();
    assertThat(failure).hasCause(producer.inline);
    assertThat(producer.sends).as("nothing more is sent after a failure").isEqualTo(1);
    assertThat(rig.freeSlots()).isEqualTo(4);
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
}
