package io.headgate.lane;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import io.headgate.lane.BlockedEvent.KeyForm;
import io.headgate.memory.Handle;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

/** What the judging thread sees of its side of the lane. */
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

  // ------------------------------------------------------------------ first and summary

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

  // ------------------------------------------------------------------ slots run out

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

  // ------------------------------------------------------------------ commit

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

    assertThat(failureOfCommit(rig, System.nanoTime() - 1))
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
    LaneException stuck = failureOfCommit(rig, System.nanoTime() - 1);
    rig.work();
    LaneException unacked = failureOfCommit(rig, System.nanoTime() - 1);

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
    assertThat(failureOfCommit(rig, System.nanoTime() - 1).isRetriable()).isTrue();
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

    LaneException failure = failureOfCommit(rig, LaneRig.inTime());

    assertThat(failure).hasCause(first);
    assertThat(failure.isRetriable()).isTrue();
    assertThat(failureOfCommit(rig, LaneRig.inTime())).as("and goes on to").isSameAs(failure);
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

      assertThat(failureOfCommit(rig, LaneRig.inTime())).hasMessageContaining("no broker");
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
    assertThat(failureOfCommit(rig, System.nanoTime() - 1))
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

    LaneException failure = failureOfCommit(rig, LaneRig.inTime());

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

  // ------------------------------------------------------------------ top keys

  @Test
  void shouldTellItsTopKeysAsTheirEventsAreEncoded() {
    LaneRig rig = LaneRig.acking(2, 16);
    rig.report("a");
    rig.report("b");
    for (int i = 0; i < 5; i++) {
      rig.report("c");
    }
    assertThat(rig.lane.topKeys().top(9)).as("the judging thread counts none").isEmpty();

    rig.work();

    assertThat(rig.lane.topKeys().top(9))
        .extracting(TopKey::key, TopKey::rule, TopKey::estimate)
        .containsExactly(
            tuple("c", "per-second", 5L),
            tuple("a", "per-second", 1L),
            tuple("b", "per-second", 1L));
  }

  @Test
  void shouldKeepKeysOfShadowRecordsOutOfItsTopKeys() {
    LaneRig rig = LaneRig.acking(8, 16);
    rig.report("a");
    rig.facts.flags = SlotLayout.SHADOW;
    rig.report("b");
    rig.work();

    assertThat(rig.lane.topKeys().top(9)).extracting(TopKey::key).containsExactly("a");
    assertThat(rig.lane.topKeys().topShadow(9)).extracting(TopKey::key).containsExactly("b");
  }

  @Test
  void shouldCountNoKeyOfAnOverflow() {
    LaneRig rig = LaneRig.acking(2, 2);
    for (int i = 0; i < 9; i++) {
      rig.report("key-" + i);
    }
    rig.work();

    assertThat(rig.sentCount()).isEqualTo(9);
    assertThat(rig.lane.topKeys().top(9)).extracting(TopKey::key).containsExactly("key-0", "key-1");
  }

  @ParameterizedTest
  @EnumSource(EventKey.class)
  void shouldTellNoMoreOfItsTopKeysThanEventsDo(EventKey eventKey) {
    LaneRig rig =
        new LaneRig(
            LaneRig.settings(8, 8, eventKey, Delivery.AT_LEAST_ONCE),
            LaneRig.UNLIMITED,
            LaneRig.producer(true));
    rig.report("secret");
    rig.facts.flags = SlotLayout.SHADOW;
    rig.report("secret");
    rig.work();

    String hash = BlockedEvent.hex("secret".hashCode(), "secret".length());
    for (List<TopKey> top : List.of(rig.lane.topKeys().top(9), rig.lane.topKeys().topShadow(9))) {
      switch (eventKey) {
        case PLAIN ->
            assertThat(top)
                .containsExactly(new TopKey("per-second", "secret", KeyForm.TEXT, hash, 1, 1));
        case HASHED ->
            assertThat(top)
                .containsExactly(new TopKey("per-second", hash, KeyForm.HASHED, hash, 1, 1));
        case NONE -> assertThat(top).isEmpty();
      }
    }
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

  private static LaneException failureOfCommit(LaneRig rig, long deadlineNanos) {
    return Objects.requireNonNull(
        catchThrowableOfType(LaneException.class, () -> rig.lane.awaitAcked(deadlineNanos)));
  }
}
