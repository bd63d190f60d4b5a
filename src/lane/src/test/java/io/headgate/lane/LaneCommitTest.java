package io.headgate.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** A commit waits until all that was reported before it is acknowledged. */
class LaneCommitTest {

  @ParameterizedTest
  @EnumSource(value = Delivery.class, mode = Mode.EXCLUDE, names = "TRANSACTIONAL")
  void shouldNotWaitIfThereIsNothingToWaitFor(Delivery delivery) {
    LaneRig rig = LaneRig.byHand(2, 2, delivery);
    rig.lane.awaitAcked(System.nanoTime() - 1);
    rig.report("a");
    rig.work();
    assertThat(rig.producer.completeNext()).isTrue();

    rig.lane.awaitAcked(System.nanoTime() - 1);

    assertThat(rig.wakeUps).isZero();
  }

  @Test
  void shouldSendEverythingThatIsOpenBeforeACommit() {
    LaneRig rig = LaneRig.acking(2, 4);
    for (int i = 0; i < 10; i++) {
      rig.report("key-" + i % 7);
    }
    rig.commit();

    assertThat(rig.lane.hasOpen()).isFalse();
    assertThat(rig.sentCount()).isEqualTo(10);
    assertThat(rig.wakeUps).isEqualTo(1);
    assertThat(rig.stats().eventsAcked()).isEqualTo(rig.stats().eventsOffered());
  }

  @Test
  void shouldWakeTheLanesThreadForWhatFindsRoomWhileACommitWaits() {
    LaneRig rig = LaneRig.acking(2, 8);
    for (int i = 0; i < 6; i++) {
      rig.report("key-" + i);
    }
    // A thread that does nothing unless it is woken, and then takes what is there.
    rig.onWakeUp = () -> assertThat(rig.agent.doWork()).isEqualTo(2);

    rig.lane.awaitAcked(LaneRig.inTime());

    assertThat(rig.sentCount()).isEqualTo(6);
    assertThat(rig.wakeUps).isEqualTo(3);
  }

  @Test
  void shouldNotTakeACommitForDoneWhileAnEventHasNoPlace() {
    LaneRig rig = LaneRig.acking(2, 4);
    for (int i = 0; i < 4; i++) {
      rig.report("key-" + i);
    }
    // What was offered is acked; what was open is not yet offered.
    rig.onWakeUp = () -> assertThat(rig.agent.doWork()).isEqualTo(2);

    assertThat(rig.failureOfCommit(System.nanoTime() - 1))
        .hasMessageContaining("2 without an ack")
        .hasMessageContaining("0 without a place");
  }

  @Test
  void shouldNotLetAnEventSpanACommit() {
    LaneRig rig = LaneRig.acking(2, 4);
    for (int i = 0; i < 5; i++) {
      rig.report("a");
    }
    rig.commit();
    for (int i = 0; i < 5; i++) {
      rig.report("a");
    }
    rig.commit();

    assertThat(rig.sent()).noneMatch(event -> event.firstOffset() < 5 && event.lastOffset() >= 5);
    assertThat(rig.sentCount()).isEqualTo(10);
  }

  @Test
  void shouldWaitForAcksThatComeLate() throws Exception {
    LaneRig rig = LaneRig.byHand(2, 4, Delivery.AT_LEAST_ONCE);
    for (int i = 0; i < 6; i++) {
      rig.report("key-" + i);
    }
    ExecutorService network = Executors.newSingleThreadExecutor();
    try {
      CountDownLatch sent = new CountDownLatch(1);
      Future<Long> acked =
          network.submit(
              () -> {
                sent.await();
                assertThat(rig.lane.isFlushing()).isTrue();
                long before = rig.stats().eventsAcked();
                while (rig.producer.completeNext()) {
                  Thread.onSpinWait();
                }
                return before;
              });
      rig.onWakeUp =
          () -> {
            rig.work();
            sent.countDown();
          };

      rig.lane.awaitAcked(LaneRig.inTime());

      assertThat(acked.get()).as("acked when the wait began").isZero();
      assertThat(rig.stats().eventsAcked()).isEqualTo(5).isEqualTo(rig.stats().eventsOffered());
      assertThat(rig.lane.isFlushing()).isFalse();
    } finally {
      network.shutdownNow();
    }
  }

  @Test
  void shouldGiveUpAtTheDeadlineIfAcksDoNotCome() {
    LaneRig rig = LaneRig.byHand(2, 8, Delivery.AT_LEAST_ONCE);
    for (int i = 0; i < 5; i++) {
      rig.report("key-" + i);
    }
    // The lane's thread does nothing at all, then it sends and no ack comes.
    LaneException stuck = rig.failureOfCommit(System.nanoTime() - 1);
    rig.work();
    LaneException unacked = rig.failureOfCommit(System.nanoTime() - 1);

    assertThat(stuck.isRetriable()).isTrue();
    assertThat(stuck)
        .hasMessageContaining("topic blocked")
        .hasMessageContaining("2 without an ack")
        .hasMessageContaining("3 without a place")
        .hasMessageNotContaining("\n");
    assertThat(unacked.isRetriable()).isTrue();
    assertThat(unacked)
        .hasMessageContaining("5 without an ack")
        .hasMessageContaining("0 without a place")
        .hasMessageContaining("delivery.timeout.ms");
    assertThat(rig.lane.isFlushing()).isFalse();
  }

  @Test
  void shouldGoThroughAfterADeadlineIfAcksComeAfterAll() {
    LaneRig rig = LaneRig.byHand(2, 4, Delivery.AT_LEAST_ONCE);
    rig.report("a");
    rig.work();
    assertThat(rig.failureOfCommit(System.nanoTime() - 1).isRetriable()).isTrue();
    assertThat(rig.producer.completeNext()).isTrue();

    rig.lane.awaitAcked(System.nanoTime() - 1);

    assertThat(rig.stats().eventsAcked()).isEqualTo(1);
  }

  @Test
  void shouldThrowTheFirstFailure() {
    LaneRig rig = LaneRig.byHand(4, 4, Delivery.AT_LEAST_ONCE);
    rig.report("a");
    rig.report("b");
    rig.report("c");
    rig.work();
    assertThat(rig.producer.completeNext()).isTrue();
    TimeoutException first = new TimeoutException("first");
    assertThat(rig.producer.errorNext(first)).isTrue();
    assertThat(rig.producer.errorNext(new TopicAuthorizationException("second"))).isTrue();

    LaneException failure = rig.failureOfCommit(LaneRig.inTime());

    assertThat(failure).hasCause(first);
    assertThat(failure.isRetriable()).isTrue();
    assertThat(rig.failureOfCommit(LaneRig.inTime())).as("and goes on to").isSameAs(failure);
  }

  @Test
  void shouldThrowAFailureThatComesWhileItWaits() throws Exception {
    LaneRig rig = LaneRig.byHand(2, 4, Delivery.AT_LEAST_ONCE);
    for (int i = 0; i < 4; i++) {
      rig.report("key-" + i);
    }
    ExecutorService network = Executors.newSingleThreadExecutor();
    try {
      CountDownLatch sent = new CountDownLatch(1);
      Future<Boolean> failed =
          network.submit(
              () -> {
                sent.await();
                return rig.producer.completeNext()
                    && rig.producer.errorNext(new TimeoutException("no broker"));
              });
      rig.onWakeUp =
          () -> {
            rig.work();
            sent.countDown();
          };

      assertThat(rig.failureOfCommit(LaneRig.inTime())).hasMessageContaining("no broker");
      assertThat(failed.get()).isTrue();
    } finally {
      network.shutdownNow();
    }
  }

  @Test
  void shouldGoOnCountingAfterAFailure() {
    LaneRig rig = LaneRig.byHand(2, 4, Delivery.AT_LEAST_ONCE);
    rig.report("a");
    rig.work();
    assertThat(rig.producer.errorNext(new TimeoutException("no broker"))).isTrue();
    for (int i = 0; i < 100; i++) {
      rig.report("key-" + i % 9);
    }
    rig.work();

    assertThat(rig.stats().records()).isEqualTo(101);
    assertThat(rig.sent()).as("nothing more is sent").hasSize(1);
    assertThat(rig.freeSlots()).as("but slots come back").isEqualTo(4);
  }
}
