package io.headgate.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.errors.NetworkException;
import org.junit.jupiter.api.Test;

/** The time from a report to the ack is taken of one event at a time, and of no event for ever. */
class LatencyProbeTest {

  private final List<Long> told = new ArrayList<>();

  private LaneRig timed(LaneRig rig) {
    rig.nanos = 1_000;
    rig.lane.onLatency(told::add);
    return rig;
  }

  @Test
  void itIsTakenFromTheReportToTheAck() {
    LaneRig rig = timed(LaneRig.byHand(8, 16, Delivery.AT_LEAST_ONCE));
    rig.report("a");
    rig.nanos += 5;
    rig.report("b");
    rig.nanos += 7;
    rig.work();
    assertThat(told).isEmpty();
    rig.nanos += 30;
    assertThat(rig.producer.completeNext()).isTrue();
    assertThat(told).containsExactly(42L);
    rig.nanos += 1;
    assertThat(rig.producer.completeNext()).isTrue();
    assertThat(told).as("while one was under way, others cost no clock").hasSize(1);

    rig.report("c");
    rig.nanos += 9;
    rig.work();
    assertThat(rig.producer.completeNext()).isTrue();
    assertThat(told).containsExactly(42L, 9L);
  }

  @Test
  void ofASummaryItIsTakenFromItsFirstRecord() {
    LaneRig rig = timed(LaneRig.summarising(8, 16));
    rig.report("a");
    rig.work();
    assertThat(told).containsExactly(0L);
    rig.report("a");
    rig.nanos += 3;
    rig.report("a");
    rig.nanos += 4;
    rig.work();
    assertThat(told).containsExactly(0L, 7L);
  }

  @Test
  void whatFailsIsNotTakenAndDoesNotHoldUpTheNext() {
    LaneRig rig = timed(LaneRig.byHand(8, 16, Delivery.BEST_EFFORT));
    rig.report("a");
    rig.work();
    assertThat(rig.producer.errorNext(new NetworkException("gone"))).isTrue();
    assertThat(told).isEmpty();
    rig.report("b");
    rig.nanos += 6;
    rig.work();
    assertThat(rig.producer.completeNext()).isTrue();
    assertThat(told).containsExactly(6L);
  }

  @Test
  void whatIsGivenUpWithTheLaneIsNotTaken() {
    LaneRig rig = timed(LaneRig.byHand(8, 16, Delivery.BEST_EFFORT));
    rig.report("a");
    assertThat(rig.lane.probe().isOf(0)).isFalse();
    rig.lane.abandon();
    assertThat(rig.lane.stats().eventsLost()).isOne();
    assertThat(rig.lane.probe().isOf(0)).as("nothing is under way").isTrue();
    assertThat(told).isEmpty();
  }
}
