package io.headgate.lane;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import io.headgate.lane.BlockedEvent.KeyForm;
import io.headgate.memory.Handle;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the judging thread sees of its side of the lane: events that wait, and events that grow. */
class AnalyticsLaneTest {

  // ------------------------------------------------------------------ while there is room

  @Test
  void shouldMakeAnEventOfEachRecordWhileThereIsRoom() {
    LaneRig rig = LaneRig.acking(8, 8);
    List<String> keys = List.of("a", "b", "a", "a", "c");
    for (String key : keys) {
      assertThat(rig.report(key)).isEqualTo(Handle.NONE);
    }
    rig.work();

    assertThat(rig.sent()).extracting(BlockedEvent::key).isEqualTo(keys);
    assertThat(rig.sent())
        .extracting(BlockedEvent::firstOffset)
        .containsExactly(0L, 1L, 2L, 3L, 4L);
    assertThat(rig.sent())
        .allSatisfy(
            event -> {
              assertThat(event.count()).isEqualTo(1);
              assertThat(event.lastOffset()).isEqualTo(event.firstOffset());
              assertThat(event.firstTime()).isEqualTo(event.firstOffset() * 10);
              assertThat(event.lastTime()).isEqualTo(event.firstTime());
              assertThat(event.overflow()).isFalse();
            });
    assertThat(rig.stats().recordsGrown()).isZero();
    assertThat(rig.stats().recordsOverflowed()).isZero();
  }

  @Test
  void shouldCarryEverythingThatIsKnownOfARecord() {
    LaneRig rig = LaneRig.acking(8, 8);
    rig.offset = 41;
    rig.facts.flags = SlotLayout.LATE | SlotLayout.FIRST;
    rig.windowMillis = 3_600_000;
    rig.report("customer", 1, "payments-in", 3, 7);
    rig.work();

    assertThat(rig.sent())
        .containsExactly(
            new BlockedEvent(
                "orders",
                "per-hour",
                "customer",
                KeyForm.TEXT,
                BlockedEvent.hex("customer".hashCode(), "customer".length()),
                1,
                7,
                10,
                3_600_000,
                "payments-in",
                3,
                41,
                41,
                410,
                410,
                0,
                rig.lane.attempt(),
                false,
                false,
                false,
                false,
                true,
                false,
                true));
    ProducerRecord<byte[], byte[]> record = rig.records().get(0);
    assertThat(record.topic()).isEqualTo(LaneRig.TOPIC);
    assertThat(record.key()).isEqualTo("customer".getBytes(UTF_8));
    assertThat(record.timestamp()).as("the producer's clock, at which it is sent").isNull();
    assertThat(record.partition()).isNull();
  }

  @ParameterizedTest
  @EnumSource(EventKey.class)
  void shouldShowAsMuchOfAKeyAsAskedFor(EventKey eventKey) {
    LaneRig rig =
        new LaneRig(
            LaneRig.settings(8, 8, eventKey, Delivery.AT_LEAST_ONCE),
            LaneRig.UNLIMITED,
            LaneRig.producer(true));
    rig.report("customer");
    rig.work();

    BlockedEvent event = rig.sent().get(0);
    byte[] kafkaKey = rig.records().get(0).key();
    switch (eventKey) {
      case PLAIN -> {
        assertThat(event.key()).isEqualTo("customer");
        assertThat(kafkaKey).isEqualTo("customer".getBytes(UTF_8));
      }
      case HASHED -> {
        assertThat(event.key()).isNull();
        assertThat(kafkaKey).asHexString().isEqualToIgnoringCase(event.fingerprint());
      }
      case NONE -> {
        assertThat(event.key()).isNull();
        assertThat(event.fingerprint()).isNull();
        assertThat(kafkaKey).isNull();
      }
    }
  }

  @Test
  void shouldMarkEventsWithTheLifeOfTheirTask() {
    LaneRig rig = LaneRig.acking(8, 8);
    rig.report("a");
    rig.report("b");
    rig.work();

    assertThat(rig.lane.attempt()).matches("[0-9a-f]{16}");
    assertThat(rig.sent()).extracting(BlockedEvent::attempt).containsOnly(rig.lane.attempt());
    assertThat(LaneRig.acking(2, 2).lane.attempt()).isNotEqualTo(rig.lane.attempt());
  }

  @Test
  void shouldTellEventsOfOneRecordApart() {
    LaneRig rig = LaneRig.acking(8, 8);
    for (int rule = 0; rule < 2; rule++) {
      rig.offset = 41;
      rig.report("a", rule, LaneRig.SOURCE, 0, 1);
    }
    rig.report("a");
    rig.work();

    assertThat(rig.sent())
        .extracting(BlockedEvent::firstOffset, BlockedEvent::ordinal)
        .containsExactly(tuple(41L, 0), tuple(41L, 1), tuple(42L, 0));
  }

  @Test
  void shouldTellEventsOfRecordsThatComeFromNoOffsetApart() {
    LaneRig rig = LaneRig.acking(16, 16);
    for (int i = 0; i < 10; i++) {
      rig.offset = i % 3 == 0 ? 41 + i : -1;
      rig.report("key-" + i);
    }
    rig.work();

    Set<String> identities = new HashSet<>();
    assertThat(rig.sent())
        .hasSize(10)
        .allMatch(event -> identities.add(event.firstOffset() + "/" + event.ordinal()));
  }

  // ------------------------------------------------------------------ a full ring

  @Test
  void shouldLetAKeysEventGrowWhileTheRingIsFull() {
    LaneRig rig = LaneRig.acking(2, 8);
    rig.report("first");
    rig.report("second");
    assertThat(rig.lane.hasOpen()).isFalse();
    long a = rig.report("a", 0, LaneRig.SOURCE, 0, 5);
    long b = rig.report("b", 0, LaneRig.SOURCE, 0, 1);
    assertThat(rig.lane.hasOpen()).isTrue();
    assertThat(rig.report("a", 0, LaneRig.SOURCE, 0, 0)).isEqualTo(a).isNotEqualTo(Handle.NONE);
    assertThat(rig.report("b", 0, LaneRig.SOURCE, 0, 1)).isEqualTo(b).isNotEqualTo(a);
    assertThat(rig.report("a", 0, LaneRig.SOURCE, 0, 6)).isEqualTo(a);
    rig.work();

    assertThat(rig.lane.hasOpen()).isFalse();
    assertThat(rig.sent())
        .extracting(
            BlockedEvent::key,
            BlockedEvent::count,
            BlockedEvent::cost,
            BlockedEvent::firstOffset,
            BlockedEvent::lastOffset,
            BlockedEvent::firstTime,
            BlockedEvent::lastTime)
        .containsExactly(
            tuple("first", 1L, 1L, 0L, 0L, 0L, 0L),
            tuple("second", 1L, 1L, 1L, 1L, 10L, 10L),
            tuple("a", 3L, 11L, 2L, 6L, 20L, 60L),
            tuple("b", 2L, 2L, 3L, 5L, 30L, 50L));
    assertThat(rig.stats().recordsGrown()).isEqualTo(3);
    assertThat(rig.stats().records()).isEqualTo(7);
  }

  @Test
  void shouldNotLetAYoungerEventOvertakeAnOpenOne() {
    LaneRig rig = LaneRig.acking(2, 8);
    for (String key : List.of("a", "b", "c", "d")) {
      rig.report(key);
    }
    // Room in the ring, but c and d were first.
    assertThat(rig.agent.doWork()).isEqualTo(2);
    rig.report("e");
    rig.work();

    assertThat(rig.sent()).extracting(BlockedEvent::key).containsExactly("a", "b", "c", "d", "e");
  }

  @Test
  void shouldNotLetAnEventGrowOnceItIsOffered() {
    LaneRig rig = LaneRig.acking(2, 8);
    rig.report("first");
    rig.report("second");
    rig.report("a");
    rig.agent.doWork();
    assertThat(rig.lane.pump()).isTrue();
    // In the ring: its slot is the lane's thread's, though the key still has the handle.
    rig.report("a");
    rig.agent.doWork();
    // Sent and given back, but not yet taken home.
    rig.report("a");
    rig.work();

    assertThat(rig.sent())
        .filteredOn(event -> "a".equals(event.key()))
        .extracting(BlockedEvent::count)
        .containsExactly(1L, 1L, 1L);
  }

  @Test
  void shouldNeverShareAnEventBetweenSourcePartitions() {
    LaneRig rig = LaneRig.acking(2, 16);
    rig.report("first");
    rig.report("second");
    for (int i = 0; i < 2; i++) {
      rig.report("a", 0, "in", 0, 1);
      rig.report("a", 0, "in", 1, 1);
      rig.report("a", 0, "more-in", 0, 1);
      rig.report("a", 0, "more-in", 0, 1);
    }
    rig.work();

    assertThat(rig.sent())
        .filteredOn(event -> "a".equals(event.key()))
        .extracting(BlockedEvent::topic, BlockedEvent::partition, BlockedEvent::count)
        .containsExactly(
            tuple("in", 0, 1L),
            tuple("in", 1, 1L),
            tuple("more-in", 0, 2L),
            tuple("in", 0, 1L),
            tuple("in", 1, 1L),
            tuple("more-in", 0, 2L));
  }

  @Test
  void shouldNeverShareAnEventBetweenRules() {
    LaneRig rig = LaneRig.acking(2, 16);
    rig.report("first");
    rig.report("second");
    for (int rule : new int[] {0, 0, 1, 1, 1, 0}) {
      rig.report("a", rule, LaneRig.SOURCE, 0, 1);
    }
    rig.work();

    assertThat(rig.sent())
        .filteredOn(event -> "a".equals(event.key()))
        .extracting(BlockedEvent::rule, BlockedEvent::count)
        .containsExactly(tuple("per-second", 2L), tuple("per-hour", 3L), tuple("per-second", 1L));
  }

  @Test
  void shouldNeverShareAnEventBetweenBlockedAndShadowRecords() {
    LaneRig rig = LaneRig.acking(2, 16);
    rig.report("first");
    rig.report("second");
    for (int flags : new int[] {0, 0, SlotLayout.SHADOW, SlotLayout.SHADOW, SlotLayout.SHADOW, 0}) {
      rig.facts.flags = flags;
      rig.report("a");
    }
    rig.work();

    assertThat(rig.sent())
        .filteredOn(event -> "a".equals(event.key()))
        .extracting(BlockedEvent::shadow, BlockedEvent::count)
        .containsExactly(tuple(false, 2L), tuple(true, 3L), tuple(false, 1L));
    assertThat(rig.stats().records()).isEqualTo(5);
    assertThat(rig.stats().shadowRecords()).isEqualTo(3);
    assertThat(rig.stats().recordsGrown()).isEqualTo(1);
    assertThat(rig.stats().shadowRecordsGrown()).isEqualTo(2);
  }

  /** A rule of several limits: an event says which of them refused its records. */
  @Test
  void shouldNeverShareAnEventBetweenWindows() {
    LaneRig rig = LaneRig.acking(2, 16);
    rig.report("first");
    rig.report("second");
    for (long window : new long[] {1_000, 1_000, 3_600_000, 3_600_000, 3_600_000, 1_000}) {
      rig.windowMillis = window;
      rig.report("a");
    }
    rig.work();

    assertThat(rig.sent())
        .filteredOn(event -> "a".equals(event.key()))
        .extracting(BlockedEvent::windowMillis, BlockedEvent::count)
        .containsExactly(tuple(1_000L, 2L), tuple(3_600_000L, 3L), tuple(1_000L, 1L));
  }

  @Test
  void shouldNotSumUpTheBlocksOfTwoWindowsTogether() {
    LaneRig rig = LaneRig.summarising(8, 16);
    rig.report("a");
    rig.report("a");
    rig.windowMillis = 3_600_000;
    rig.report("a");
    rig.report("a");
    rig.commit();

    assertThat(rig.sent())
        .extracting(BlockedEvent::windowMillis, BlockedEvent::count)
        .containsExactly(tuple(1_000L, 1L), tuple(1_000L, 1L), tuple(3_600_000L, 2L));
  }

  @Test
  void shouldMarkAnEventWhoseFirstRecordIsItsKeysFirst() {
    LaneRig rig = LaneRig.summarising(8, 16);
    for (int flags : new int[] {SlotLayout.FIRST, 0, 0, SlotLayout.FIRST, 0}) {
      rig.facts.flags = flags;
      rig.report("a");
    }
    rig.commit();
    rig.facts.flags = SlotLayout.FIRST;
    rig.nextWindow();
    rig.report("a");
    rig.commit();

    // The second first of its window found a summary that was still open.
    assertThat(rig.sent())
        .extracting(BlockedEvent::firstOver, BlockedEvent::count)
        .containsExactly(tuple(true, 1L), tuple(false, 4L), tuple(true, 1L));
  }

  @Test
  void shouldNotGrowAnotherKeysEventByAStaleHandle() {
    LaneRig rig = LaneRig.acking(2, 3);
    rig.report("first");
    rig.report("second");
    long stale = rig.report("a");
    rig.work();
    // All three slots are lent out again, one of them to an event of b that is open.
    rig.report("b1");
    rig.report("b2");
    long fresh = rig.report("b3");
    rig.facts.open = stale;
    rig.reportStale("a", 0, LaneRig.SOURCE, 0, 1);
    long sameSlot = Handle.of(Handle.generation(fresh) - 2, Handle.index(fresh));
    rig.facts.open = sameSlot;
    rig.reportStale("a", 0, LaneRig.SOURCE, 0, 1);
    rig.facts.open = Handle.of(Handle.generation(fresh) + 2, Handle.index(fresh));
    rig.reportStale("a", 0, LaneRig.SOURCE, 0, 1);
    rig.facts.open = Handle.of(1, Handle.MAX_INDEX);
    rig.reportStale("a", 0, LaneRig.SOURCE, 0, 1);
    rig.work();

    assertThat(rig.sent())
        .filteredOn(event -> String.valueOf(event.key()).startsWith("b"))
        .extracting(BlockedEvent::count)
        .containsExactly(1L, 1L, 1L);
    assertThat(rig.sentCount()).isEqualTo(rig.stats().records()).isEqualTo(10);
    assertThat(rig.stats().handlesRefused()).isZero();
  }

  @Test
  void shouldGiveAKeyAnEventOfItsOwnAgainWhenThereIsRoomAgain() {
    LaneRig rig = LaneRig.acking(2, 8);
    for (int i = 0; i < 5; i++) {
      rig.report("a");
    }
    rig.work();
    rig.report("a");
    rig.report("a");
    rig.work();

    assertThat(rig.sent()).extracting(BlockedEvent::count).containsExactly(1L, 1L, 3L, 1L, 1L);
  }

  @Test
  void shouldLookForRoomByItselfNowAndThen() {
    LaneRig rig = LaneRig.acking(2, 8);
    for (int i = 0; i < 3; i++) {
      rig.report("a");
    }
    for (int i = 0; i < 100; i++) {
      rig.report("a");
      rig.agent.doWork();
    }
    rig.work();

    // Nobody has called pump while the ring was empty most of the time.
    assertThat(rig.sentCount()).isEqualTo(103);
    assertThat(rig.sent()).hasSizeGreaterThan(50);
  }

  // ------------------------------------------------------------------ sizes

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 8, 300})
  void shouldWorkWithAnyNumberOfSlots(int slots) {
    LaneRig rig = LaneRig.acking(1, slots);
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 2 * slots + 3; i++) {
        rig.report("key-" + i);
      }
      rig.commit();
    }

    assertThat(rig.sentCount()).isEqualTo(rig.stats().records());
    assertThat(rig.stats().handlesRefused()).isZero();
    assertThat(rig.freeSlots()).isEqualTo(slots);
  }

  @Test
  void shouldCountTheBytesOfItsSlots() {
    LaneRig rig = LaneRig.acking(2, 2_000);
    assertThat(rig.stats().slotBytes()).isZero();
    for (int i = 0; i < 2_000; i++) {
      rig.report("key-" + i);
    }

    assertThat(rig.stats().slotBytes()).isBetween(2_000L * 128, 2_000L * 128 + 64 * 1024);
  }

  @Test
  void shouldRefuseSettingsOutOfRange() {
    assertRefused("ring 0", 0, 1, 128);
    assertRefused("ring 16777217", (1 << 24) + 1, 1, 128);
    assertRefused("slots 0", 1, 0, 128);
    assertRefused("slots 8388609", 1, (1 << 23) + 1, 128);
    assertRefused("slot bytes 120", 1, 1, 120);
    assertRefused("slot bytes 132", 1, 1, 132);
    assertRefused("slot bytes 65544", 1, 1, 65_544);
    assertRefused("top keys -1", 1, 1, 128, -1);
    assertRefused("top keys 65537", 1, 1, 128, 65_537);
  }

  private static void assertRefused(String named, int ring, int slots, int slotBytes) {
    assertRefused(named, ring, slots, slotBytes, LaneSettings.DEFAULT_TOP_KEYS);
  }

  private static void assertRefused(String named, int ring, int slots, int slotBytes, int topKeys) {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(
            () ->
                new LaneSettings(
                    "blocked",
                    "orders",
                    LaneRig.RULES,
                    ring,
                    slots,
                    slotBytes,
                    EventKey.PLAIN,
                    Delivery.AT_LEAST_ONCE,
                    Emit.EVERY,
                    LaneFailurePolicy.STOP,
                    topKeys))
        .withMessageContaining(named)
        .withMessageContaining("expected");
  }
}
