package io.headgate.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.headgate.memory.Handle;
import java.util.List;
import org.junit.jupiter.api.Test;

/** First blocks at once, and the rest of their window summed up. */
class LaneSummaryTest {

  @Test
  void shouldSendAFirstAtOnceAndSumUpTheRest() {
    LaneRig rig = LaneRig.summarising(8, 16);
    assertThat(rig.report("a")).isEqualTo(Handle.NONE);
    assertThat(rig.stats().eventsOffered()).isEqualTo(1);
    long summary = rig.report("a");
    assertThat(summary).isNotEqualTo(Handle.NONE);
    assertThat(rig.report("a")).isEqualTo(summary);
    assertThat(rig.report("b")).as("another key's first goes at once").isEqualTo(Handle.NONE);
    assertThat(rig.stats().eventsOffered()).isEqualTo(2);
    assertThat(rig.lane.hasOpen()).isTrue();
    rig.work();

    assertThat(rig.lane.hasOpen()).isFalse();
    assertThat(rig.sent())
        .extracting(BlockedEvent::key, BlockedEvent::count, BlockedEvent::firstOffset)
        .containsExactly(tuple("a", 1L, 0L), tuple("b", 1L, 3L), tuple("a", 2L, 1L));
    assertThat(rig.stats().recordsGrown()).isEqualTo(1);
  }

  @Test
  void shouldKeepASummaryOpenHoweverManyRecordsCome() {
    LaneRig rig = LaneRig.summarising(8, 16);
    for (int i = 0; i < 1_000; i++) {
      rig.report("a");
      rig.agent.doWork();
    }
    rig.commit();

    assertThat(rig.sent()).extracting(BlockedEvent::count).containsExactly(1L, 999L);
  }

  @Test
  void shouldTellAFirstInEachWindow() {
    LaneRig rig = LaneRig.summarising(8, 16);
    for (int window = 0; window < 3; window++) {
      for (int i = 0; i < 5; i++) {
        rig.report("a");
      }
      rig.work();
      rig.nextWindow();
    }

    assertThat(rig.sent()).extracting(BlockedEvent::count).containsExactly(1L, 4L, 1L, 4L, 1L, 4L);
  }

  @Test
  void shouldCountTheNextWindowsFirstInASummaryThatIsStillOpen() {
    LaneRig rig = LaneRig.summarising(8, 16);
    rig.report("a");
    long open = rig.report("a");
    rig.nextWindow();

    assertThat(rig.report("a")).isEqualTo(open);
    rig.commit();
    assertThat(rig.sent()).extracting(BlockedEvent::count).containsExactly(1L, 2L);
  }

  /** It would overtake what waits of the same key. */
  @Test
  void shouldNotSendAFirstBeforeTheSummaryOfAnotherSource() {
    LaneRig rig = LaneRig.summarising(8, 16);
    rig.report("a", 0, "in", 0, 1);
    rig.report("a", 0, "in", 0, 1);
    rig.nextWindow();
    rig.report("a", 0, "in", 1, 1);
    rig.work();

    assertThat(rig.sent()).extracting(BlockedEvent::firstOffset).containsExactly(0L, 1L, 2L);
  }

  /** Each limit has rows of its own: one does not know of the other's open event. */
  @Test
  void shouldSendTheFirstOfAnotherLimitAtOnce() {
    LaneRig rig = LaneRig.summarising(8, 16);
    rig.report("a");
    rig.report("a");
    rig.nextWindow();
    rig.facts.open = Handle.NONE;
    rig.windowMillis = 3_600_000;
    rig.reportStale("a", 0, LaneRig.SOURCE, 0, 1);
    rig.work();

    assertThat(rig.sent()).extracting(BlockedEvent::firstOffset).containsExactly(0L, 2L, 1L);
  }

  @Test
  void shouldNotLetAKeyThatLostItsRowOvertakeItself() {
    LaneRig rig = LaneRig.summarising(8, 16);
    rig.report("a");
    rig.report("a");
    rig.reclaim("a");
    assertThat(rig.lane.hasOpen()).isFalse();
    rig.report("a");
    rig.work();

    assertThat(rig.sent()).extracting(BlockedEvent::firstOffset).containsExactly(0L, 1L, 2L);
  }

  @Test
  void shouldLetSummariesBeWhenARowWithoutAnOpenEventIsLetGo() {
    LaneRig rig = LaneRig.summarising(8, 16);
    rig.report("a");
    rig.report("a");
    rig.report("b");
    rig.reclaim("b");

    assertThat(rig.lane.hasOpen()).isTrue();
  }

  @Test
  void shouldSendSummariesEarlyRatherThanRunOutOfSlots() {
    LaneRig rig = LaneRig.summarising(64, 8);
    for (int key = 0; key < 20; key++) {
      rig.report("key-" + key);
      rig.report("key-" + key);
      rig.agent.doWork();
    }

    assertThat(rig.stats().recordsOverflowed()).isZero();
    assertThat(rig.stats().eventsOffered()).isGreaterThan(30);
    rig.commit();
    assertThat(rig.sentCount()).isEqualTo(40);
    assertThat(rig.sent()).hasSize(40);
  }

  @Test
  void shouldSendWhatWaitsForRoomBeforeAnythingElseIsSummedUp() {
    LaneRig rig = LaneRig.summarising(2, 16);
    for (String key : List.of("a", "b", "c", "d")) {
      rig.report(key);
    }
    // c and d found no room; e must not overtake them when there is some.
    rig.agent.doWork();
    rig.report("e");
    rig.work();

    assertThat(rig.sent()).extracting(BlockedEvent::key).containsExactly("a", "b", "c", "d", "e");
  }

  @Test
  void shouldNotLetASummarySpanACommit() {
    LaneRig rig = LaneRig.summarising(8, 16);
    for (int i = 0; i < 5; i++) {
      rig.report("a");
    }
    rig.commit();
    rig.report("a");
    rig.commit();

    assertThat(rig.sent()).extracting(BlockedEvent::count).containsExactly(1L, 4L, 1L);
  }
}
