package io.headgate.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.headgate.lane.BlockedEvent.KeyForm;
import io.headgate.memory.Handle;
import org.junit.jupiter.api.Test;

/** What is counted without keys once the slots run out. */
class LaneOverflowTest {

  @Test
  void shouldCountWithoutKeysWhenSlotsRunOut() {
    LaneRig rig = LaneRig.acking(2, 3);
    rig.report("a");
    rig.report("b");
    long open = rig.report("c");
    rig.facts.flags = SlotLayout.LATE | SlotLayout.FIRST;
    assertThat(rig.report("d", 1, LaneRig.SOURCE, 0, 4)).isEqualTo(Handle.NONE);
    rig.facts.flags = 0;
    assertThat(rig.report("e", 0, LaneRig.SOURCE, 0, 5)).isEqualTo(Handle.NONE);
    assertThat(rig.report("d", 0, LaneRig.SOURCE, 0, 6)).isEqualTo(Handle.NONE);
    // What has an event still grows it.
    assertThat(rig.report("c")).isEqualTo(open);
    assertThat(rig.lane.hasOpen()).isTrue();
    assertThat(rig.stats().recordsOverflowed()).isEqualTo(3);
    rig.work();

    assertThat(rig.lane.hasOpen()).isFalse();
    assertThat(rig.sent()).hasSize(4);
    assertThat(rig.sent().get(2).count()).isEqualTo(2);
    BlockedEvent overflow = rig.sent().get(3);
    assertThat(overflow)
        .isEqualTo(
            new BlockedEvent(
                "orders",
                "per-hour",
                null,
                KeyForm.NONE,
                null,
                3,
                15,
                10,
                1_000,
                LaneRig.SOURCE,
                0,
                3,
                5,
                30,
                50,
                overflow.ordinal(),
                rig.lane.attempt(),
                true,
                false,
                false,
                false,
                true,
                false,
                false));
    assertThat(rig.records().get(3).key()).isNull();
  }

  @Test
  void shouldCountOverflowsOfEachSourcePartitionForThemselves() {
    LaneRig rig = LaneRig.acking(2, 2);
    rig.report("a", 0, "in", 0, 1);
    rig.report("b", 0, "in", 1, 1);
    for (int i = 0; i < 3; i++) {
      rig.report("c", 0, "in", 0, 1);
      rig.report("d", 0, "in", 1, 2);
      rig.report("e", 0, "in", 1, 2);
    }
    rig.work();

    assertThat(rig.sent())
        .filteredOn(BlockedEvent::overflow)
        .extracting(
            BlockedEvent::topic, BlockedEvent::partition, BlockedEvent::count, BlockedEvent::cost)
        .containsExactly(tuple("in", 0, 3L, 3L), tuple("in", 1, 6L, 12L));
    assertThat(rig.sentCount()).isEqualTo(11);
  }

  @Test
  void shouldCountOverflowsOfShadowRecordsForThemselves() {
    LaneRig rig = LaneRig.acking(2, 2);
    rig.report("a");
    rig.report("b");
    for (int i = 0; i < 3; i++) {
      rig.facts.flags = SlotLayout.SHADOW | SlotLayout.FIRST;
      rig.report("c", 1, LaneRig.SOURCE, 0, 2);
      rig.report("d", 1, LaneRig.SOURCE, 0, 2);
      rig.facts.flags = SlotLayout.LATE;
      rig.report("e", 0, LaneRig.SOURCE, 0, 1);
    }
    rig.work();

    assertThat(rig.sent())
        .filteredOn(BlockedEvent::overflow)
        .extracting(
            BlockedEvent::shadow,
            BlockedEvent::rule,
            BlockedEvent::count,
            BlockedEvent::cost,
            BlockedEvent::firstOffset,
            BlockedEvent::late,
            BlockedEvent::firstOver)
        .containsExactly(
            tuple(false, "per-second", 3L, 3L, 4L, true, false),
            tuple(true, "per-hour", 6L, 12L, 2L, false, false));
    assertThat(rig.stats().records()).isEqualTo(5);
    assertThat(rig.stats().shadowRecords()).isEqualTo(6);
    assertThat(rig.stats().recordsOverflowed()).isEqualTo(3);
    assertThat(rig.stats().shadowRecordsOverflowed()).isEqualTo(6);
  }

  /** Both rules of a record, one of them a shadow rule, find no slot. */
  @Test
  void shouldTellTalliesOfOneRecordApart() {
    LaneRig rig = LaneRig.acking(1, 1);
    rig.report("a");
    rig.report("b");
    rig.facts.flags = SlotLayout.SHADOW;
    rig.offset--;
    rig.report("b", 1, LaneRig.SOURCE, 0, 1);
    rig.work();

    assertThat(rig.sent())
        .filteredOn(BlockedEvent::overflow)
        .extracting(BlockedEvent::firstOffset, BlockedEvent::ordinal, BlockedEvent::shadow)
        .containsExactly(tuple(1L, 0, false), tuple(1L, 1, true));
  }

  @Test
  void shouldSendWhatItHasASlotForAndKeepTheRest() {
    LaneRig rig = LaneRig.acking(2, 2);
    rig.report("a", 0, "in", 0, 1);
    rig.report("b", 0, "in", 1, 1);
    for (int partition = 0; partition < 4; partition++) {
      rig.report("c", 0, "in", partition, 1);
    }
    rig.agent.doWork();
    // Two slots came back, for two of the four tallies.
    assertThat(rig.lane.pump()).isFalse();
    rig.report("d", 0, "in", 0, 1);
    rig.report("d", 0, "in", 3, 1);
    rig.work();

    assertThat(rig.sent())
        .filteredOn(BlockedEvent::overflow)
        .extracting(BlockedEvent::partition, BlockedEvent::count)
        .containsExactly(tuple(0, 1L), tuple(1, 1L), tuple(0, 1L), tuple(2, 1L), tuple(3, 2L));
    assertThat(rig.lane.hasOpen()).isFalse();
  }

  @Test
  void shouldKeepATallyWhileTheRingIsFull() {
    // Slots for six; the ring takes two at a time.
    LaneRig rig = LaneRig.acking(2, 6);
    for (int i = 0; i < 6; i++) {
      rig.report("key-" + i);
    }
    rig.report("late-1");
    rig.agent.doWork();
    // The ring has room for two open ones; two slots are free; the tally must wait.
    assertThat(rig.lane.pump()).isFalse();
    assertThat(rig.lane.hasOpen()).isTrue();
    rig.report("late-2");
    rig.work();

    assertThat(rig.sent())
        .extracting(BlockedEvent::key)
        .containsExactly("key-0", "key-1", "key-2", "key-3", "key-4", "key-5", null);
    assertThat(rig.sent().get(6).count()).isEqualTo(2);
    assertThat(rig.freeSlots()).isEqualTo(6);
  }

  @Test
  void shouldHoldTheCostOfATallyAtTheLargestNumber() {
    LaneRig rig = LaneRig.acking(2, 1);
    rig.report("a");
    rig.report("b", 0, LaneRig.SOURCE, 0, Long.MAX_VALUE - 1);
    rig.report("c", 0, LaneRig.SOURCE, 0, 2);
    rig.report("d", 0, LaneRig.SOURCE, 0, Long.MAX_VALUE);
    rig.work();

    assertThat(rig.sent().get(1).cost()).isEqualTo(Long.MAX_VALUE);
    assertThat(rig.sent().get(1).count()).isEqualTo(3);
  }

  @Test
  void shouldStartATallyAnewAfterItWasSent() {
    LaneRig rig = LaneRig.acking(2, 1);
    rig.report("a");
    rig.facts.flags = SlotLayout.FUTURE;
    rig.report("b", 1, LaneRig.SOURCE, 0, 50);
    rig.facts.flags = 0;
    rig.work();
    rig.report("c");
    rig.report("d");
    rig.work();

    BlockedEvent again = rig.sent().get(3);
    assertThat(again.overflow()).isTrue();
    assertThat(again.future()).isFalse();
    assertThat(again.rule()).isEqualTo("per-second");
    assertThat(again.count()).isEqualTo(1);
    assertThat(again.cost()).isEqualTo(1);
    assertThat(again.firstOffset()).isEqualTo(3);
  }

  @Test
  void shouldNotLetAKeyOvertakeTheTallyThatCountsIt() {
    LaneRig rig = LaneRig.acking(2, 2);
    rig.report("a");
    rig.report("b");
    rig.report("c");
    // Slots are free again, but c's first record waits in the tally.
    rig.agent.doWork();
    rig.report("c");
    rig.work();
    rig.report("c");
    rig.work();

    assertThat(rig.sent())
        .extracting(BlockedEvent::firstOffset)
        .as("in the order of the records")
        .isSorted();
    assertThat(rig.sentCount()).isEqualTo(5);
  }

  @Test
  void shouldLendOutAsManySlotsAsItWasGiven() {
    LaneRig rig = LaneRig.acking(2, 7);
    for (int i = 0; i < 20; i++) {
      rig.report("key-" + i);
    }

    assertThat(rig.stats().slotsInUse()).isEqualTo(7);
    assertThat(rig.stats().waiting()).isEqualTo(2);
    assertThat(rig.stats().recordsOverflowed()).isEqualTo(13);
    assertThat(rig.stats().eventsOffered()).isEqualTo(2);
    rig.commit();
    assertThat(rig.stats().waiting()).isZero();
    assertThat(rig.stats().eventsOffered()).isEqualTo(8);
    assertThat(rig.stats().eventsAcked()).isEqualTo(8);
    assertThat(rig.freeSlots()).isEqualTo(7);
    assertThat(rig.stats().handlesRefused()).isZero();
  }

  @Test
  void shouldSayThatNothingIsOpenAsLongAsNothingIs() {
    LaneRig rig = LaneRig.acking(2, 2);
    assertThat(rig.lane.hasOpen()).isFalse();
    assertThat(rig.lane.pump()).isTrue();
    rig.report("a");
    rig.report("b");
    assertThat(rig.lane.hasOpen()).isFalse();
    assertThat(rig.lane.pump()).isTrue();
    rig.report("c");
    assertThat(rig.lane.hasOpen()).isTrue();
    assertThat(rig.lane.pump()).isFalse();
  }
}
