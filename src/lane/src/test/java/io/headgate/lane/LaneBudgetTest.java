package io.headgate.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How many events go out in a second, and what does not wait for that. */
class LaneBudgetTest {

  private static LaneRig budgeted(long maxEventsPerSecond, int slots) {
    return new LaneRig(
        LaneRig.settings(slots, slots, EventKey.PLAIN, Delivery.AT_LEAST_ONCE),
        maxEventsPerSecond,
        LaneRig.producer(true));
  }

  private static void shareWithFortyEventsEach(LaneRig one, LaneRig two) {
    one.agent.add(two.lane);
    for (int i = 0; i < 40; i++) {
      one.report("one");
      two.report("two");
    }
  }

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
    shareWithFortyEventsEach(one, two);
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
    shareWithFortyEventsEach(one, two);

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
}
