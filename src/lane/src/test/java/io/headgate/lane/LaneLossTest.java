package io.headgate.lane;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** What is lost is counted: of best effort, of failures that are let be, and at the end. */
class LaneLossTest {

  // ------------------------------------------------------------------ best effort

  @Test
  void shouldNotWaitForAcksOfBestEffort() {
    LaneRig rig = LaneRig.byHand(2, 4, Delivery.BEST_EFFORT);
    for (int i = 0; i < 6; i++) {
      rig.report("key-" + i);
    }

    rig.lane.awaitAcked(System.nanoTime() - 1);

    assertThat(rig.wakeUps).isZero();
    assertThat(rig.lane.hasOpen()).as("may span a commit").isTrue();
    rig.agent.doWork();
    rig.lane.awaitAcked(System.nanoTime() - 1);
    assertThat(rig.stats().eventsOffered()).as("a commit looks for room").isEqualTo(4);
  }

  @Test
  void shouldCountWhatFailsOfBestEffort() {
    LaneRig rig = LaneRig.byHand(2, 4, Delivery.BEST_EFFORT);
    for (int i = 0; i < 6; i++) {
      rig.report("a");
    }
    rig.work();
    assertThat(rig.sent()).extracting(BlockedEvent::count).containsExactly(1L, 1L, 4L);
    assertThat(rig.producer.completeNext()).isTrue();
    assertThat(rig.producer.errorNext(new TimeoutException("no broker"))).isTrue();
    assertThat(rig.producer.errorNext(new TopicAuthorizationException("blocked"))).isTrue();

    rig.lane.awaitAcked(System.nanoTime() - 1);

    assertThat(rig.stats().eventsAcked()).isEqualTo(1);
    assertThat(rig.stats().eventsLost()).isEqualTo(2);
    assertThat(rig.stats().recordsLost()).isEqualTo(5);
    rig.report("b");
    rig.work();
    assertThat(rig.sent()).as("it goes on").hasSize(4);
  }

  @Test
  void shouldCountWhatHasNoRoomWhenBestEffortCloses() {
    LaneRig rig = LaneRig.byHand(2, 4, Delivery.BEST_EFFORT);
    for (int i = 0; i < 4; i++) {
      rig.report("key-" + i);
    }
    rig.report("key-3");
    rig.report("more", 0, "in", 0, 1);
    rig.report("more", 0, "in", 1, 1);
    rig.report("more", 0, "in", 1, 1);

    rig.lane.close();

    // Two open events of 1 and 2 records; two tallies of 1 and 2.
    assertThat(rig.stats().eventsLost()).isEqualTo(4);
    assertThat(rig.stats().recordsLost()).isEqualTo(6);
    assertThat(rig.agent.doWork()).as("what is in the ring is still sent").isEqualTo(2);
    assertThat(rig.sentCount() + rig.stats().recordsLost()).isEqualTo(rig.stats().records());
  }

  @Test
  void shouldCountShadowRecordsThatAreLostForThemselves() {
    LaneRig rig = LaneRig.byHand(2, 4, Delivery.BEST_EFFORT);
    rig.report("a");
    rig.facts.flags = SlotLayout.SHADOW;
    rig.report("b");
    rig.agent.doWork();
    assertThat(rig.producer.errorNext(new TimeoutException("no broker"))).isTrue();
    assertThat(rig.producer.errorNext(new TimeoutException("no broker"))).isTrue();
    assertThat(rig.stats().recordsLost()).isEqualTo(1);
    assertThat(rig.stats().shadowRecordsLost()).isEqualTo(1);
    for (int i = 0; i < 10; i++) {
      rig.facts.flags = i % 2 == 0 ? 0 : SlotLayout.SHADOW;
      rig.report("key-" + i);
      rig.report("key-" + i);
    }

    rig.lane.close();
    rig.agent.onClose();

    assertThat(rig.stats().records()).isEqualTo(11);
    assertThat(rig.stats().shadowRecords()).isEqualTo(11);
    for (boolean shadow : new boolean[] {false, true}) {
      long sent =
          rig.sent().stream()
              .skip(2)
              .filter(event -> event.shadow() == shadow)
              .mapToLong(BlockedEvent::count)
              .sum();
      assertThat(sent)
          .isEqualTo(11 - (shadow ? rig.stats().shadowRecordsLost() : rig.stats().recordsLost()));
    }
  }

  @Test
  void shouldSendWhatThereIsRoomForWhenBestEffortCloses() {
    LaneRig rig = LaneRig.byHand(2, 4, Delivery.BEST_EFFORT);
    for (int i = 0; i < 4; i++) {
      rig.report("key-" + i);
    }
    rig.agent.doWork();

    rig.lane.close();
    assertThat(rig.agent.doWork()).isEqualTo(2);

    assertThat(rig.sent()).extracting(BlockedEvent::key).endsWith("key-2", "key-3");
    assertThat(rig.stats().eventsLost()).isZero();
  }

  // ------------------------------------------------------------------ failures that are let be

  @Test
  void shouldCountWhatNoRetryCanMendAsLostAndWaitForTheRest() throws Exception {
    LaneRig rig = LaneRig.failingOpen(4, 8, LaneRig.producer(false));
    for (int i = 0; i < 4; i++) {
      rig.report("key-" + i);
    }
    rig.work();
    assertThat(rig.producer.errorNext(new TopicAuthorizationException("blocked"))).isTrue();
    assertThat(rig.producer.completeNext()).isTrue();
    assertThat(rig.producer.errorNext(new TopicAuthorizationException("blocked"))).isTrue();
    assertThat(rig.failureOfCommit(System.nanoTime() - 1))
        .as("the last one may still get through")
        .hasMessageContaining("1 without an ack");
    assertThat(rig.producer.completeNext()).isTrue();

    rig.lane.awaitAcked(System.nanoTime() - 1);

    assertThat(rig.stats().eventsAcked()).isEqualTo(2);
    assertThat(rig.stats().eventsLost()).isEqualTo(2);
    assertThat(rig.stats().recordsLost()).isEqualTo(2);
    rig.report("a");
    rig.work();
    assertThat(rig.sent()).as("it goes on").hasSize(5);
  }

  @Test
  void shouldCountTheRecordsOfAnEventThatGrewAsLost() {
    LaneRig rig = LaneRig.failingOpen(2, 8, LaneRig.producer(false));
    for (int i = 0; i < 10; i++) {
      rig.report("a");
    }
    rig.onWakeUp =
        () -> {
          rig.work();
          while (rig.producer.errorNext(new TopicAuthorizationException("blocked"))) {
            rig.work();
          }
        };

    rig.lane.awaitAcked(System.nanoTime() - 1);

    assertThat(rig.stats().eventsLost()).isEqualTo(3);
    assertThat(rig.stats().recordsLost()).isEqualTo(10);
  }

  @Test
  void shouldTryAgainWhatMayPassWhateverThePolicy() {
    LaneRig rig = LaneRig.failingOpen(4, 8, LaneRig.producer(false));
    rig.report("a");
    rig.work();
    assertThat(rig.producer.errorNext(new TimeoutException("no broker"))).isTrue();

    LaneException failure = rig.failureOfCommit(LaneRig.inTime());

    assertThat(failure.isRetriable()).isTrue();
    assertThat(rig.stats().eventsLost()).isZero();
  }

  // ------------------------------------------------------------------ the end

  @Test
  void shouldDiscardWhatIsNotSentWhenAnExactLaneCloses() {
    LaneRig rig = LaneRig.byHand(2, 4, Delivery.AT_LEAST_ONCE);
    for (int i = 0; i < 6; i++) {
      rig.report("key-" + i);
    }

    rig.lane.close();

    assertThat(rig.agent.doWork()).isZero();
    assertThat(rig.sent()).isEmpty();
    assertThat(rig.stats().eventsLost()).as("its records are judged again").isZero();
    assertThat(rig.wakeUps).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(value = Delivery.class, mode = Mode.EXCLUDE, names = "TRANSACTIONAL")
  void shouldBeForgottenOnceItIsClosed(Delivery delivery) {
    LaneRig rig = LaneRig.byHand(2, 4, delivery);
    rig.report("a");
    rig.lane.close();
    rig.work();
    rig.agent.doWork();

    assertThat(rig.lane.isDone()).isTrue();
    // The agent does not look at it any more: what is put in its ring now stays there.
    rig.report("b");
    assertThat(rig.agent.doWork()).isZero();
  }

  @Test
  void shouldTakeAcksThatComeAfterTheEnd() {
    LaneRig rig = LaneRig.byHand(2, 4, Delivery.AT_LEAST_ONCE);
    rig.report("a");
    rig.report("b");
    rig.work();
    rig.lane.close();
    assertThat(rig.producer.completeNext()).isTrue();
    assertThat(rig.producer.errorNext(new TimeoutException("no broker"))).isTrue();

    assertThat(rig.stats().eventsAcked()).isEqualTo(1);
  }
}
