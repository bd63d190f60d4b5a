package io.headgate.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * However the two sides of a lane take turns, the events stand for the records: no more, no less.
 */
class LaneConservationPropertiesTest {

  enum Kind {
    /** A record is blocked. */
    REPORT,
    /** A record is blocked while its key's row remembers some event that is long gone. */
    REPORT_WITH_AN_OLD_HANDLE,
    PUMP,
    /** The next window of every key begins. */
    WINDOW,
    /** A key's row is reclaimed. */
    RECLAIM,
    /** The lane's thread has its turn. */
    WORK,
    /** Time passes, and with it the budget is renewed. */
    TIME,
    ACK,
    FAIL,
    COMMIT
  }

  record Action(
      Kind kind, int key, int rule, int partition, long cost, boolean shadow, long windowMillis) {}

  /** A record that was blocked, by its offset; offsets are unique over all partitions. */
  record Blocked(
      String key,
      int rule,
      int partition,
      long cost,
      boolean shadow,
      long windowMillis,
      boolean firstOver) {

    boolean isOf(BlockedEvent event) {
      return key.equals(event.key())
          && LaneRig.RULES.get(rule).equals(event.rule())
          && partition == event.partition()
          && shadow == event.shadow()
          && windowMillis == event.windowMillis();
    }
  }

  /** A lane beside a list of all that was reported to it. */
  private static final class Model {
    final LaneRig rig;
    final int slots;
    final Emit emit;
    final List<Blocked> reported = new ArrayList<>();
    final List<Long> commits = new ArrayList<>();

    /** Keys of which a block came in this window. */
    final Set<String> over = new HashSet<>();

    /** Handles that were given out since the last commit, and before it: those are stale by now. */
    final List<Long> fresh = new ArrayList<>();

    final List<Long> stale = new ArrayList<>();

    /** How the events that were sent first ended, in the order they were sent. */
    final List<Boolean> acks = new ArrayList<>();

    Model(int ring, int slots, int budget, Delivery delivery, Emit emit, boolean acks) {
      this.rig =
          new LaneRig(
              LaneRig.settings(ring, slots, delivery, emit), budget, LaneRig.producer(acks));
      this.slots = slots;
      this.emit = emit;
    }

    void run(List<Action> actions) {
      for (Action action : actions) {
        switch (action.kind) {
          case REPORT -> report(action, false);
          case REPORT_WITH_AN_OLD_HANDLE -> report(action, true);
          case PUMP -> assertThat(rig.lane.pump()).isEqualTo(!rig.lane.hasOpen());
          case WINDOW -> {
            rig.nextWindow();
            over.clear();
          }
          case RECLAIM -> rig.reclaim("key-" + action.key);
          case WORK -> rig.agent.doWork();
          case TIME -> rig.nanos += 150_000_000L * (1 + action.key);
          case ACK -> ack();
          case FAIL -> fail();
          case COMMIT -> commit();
        }
        assertThat(rig.stats().records()).isEqualTo(reported(false));
        assertThat(rig.stats().shadowRecords()).isEqualTo(reported(true));
        assertThat(rig.stats().slotsInUse()).isLessThanOrEqualTo(slots);
      }
    }

    long reported(boolean shadow) {
      return reported.stream().filter(record -> record.shadow == shadow).count();
    }

    void report(Action action, boolean old) {
      String key = "key-" + action.key;
      if (old) {
        if (emit == Emit.FIRST_AND_SUMMARY) {
          // A row forgets a handle only when it is reclaimed.
          rig.reclaim(key);
        }
        rig.remember(key, stale.isEmpty() ? 1 : stale.get((int) (action.cost % stale.size())));
      }
      boolean firstOver = over.add(key);
      rig.windowMillis = action.windowMillis;
      rig.facts.flags =
          (action.shadow ? SlotLayout.SHADOW : 0) | (firstOver ? SlotLayout.FIRST : 0);
      fresh.add(rig.report(key, action.rule, "in", action.partition, action.cost));
      reported.add(
          new Blocked(
              key,
              action.rule,
              action.partition,
              action.cost,
              action.shadow,
              action.windowMillis,
              firstOver));
    }

    void commit() {
      rig.commit();
      commits.add(rig.offset);
      stale.addAll(fresh);
      fresh.clear();
    }

    boolean ack() {
      boolean any = rig.producer.completeNext();
      if (any) {
        acks.add(true);
      }
      return any;
    }

    void fail() {
      if (rig.producer.errorNext(new TimeoutException("no broker"))) {
        acks.add(false);
      }
    }

    /** Records of one outcome of the events that were acked. */
    long written(boolean shadow) {
      List<BlockedEvent> events = rig.sent();
      assertThat(events).hasSameSizeAs(acks);
      return IntStream.range(0, events.size())
          .filter(i -> acks.get(i) && events.get(i).shadow() == shadow)
          .mapToLong(i -> events.get(i).count())
          .sum();
    }

    /** The records of an event are a run of its key's that are of one kind. */
    void assertStandsForARun(BlockedEvent event) {
      long count = 0;
      long cost = 0;
      for (long at = event.firstOffset(); at <= event.lastOffset(); at++) {
        Blocked record = reported.get((int) at);
        if (record.isOf(event)) {
          count++;
          cost += record.cost;
        }
      }
      assertThat(event.count()).isEqualTo(count);
      assertThat(event.cost()).isEqualTo(cost);
      assertThat(event.firstTime()).isEqualTo(event.firstOffset() * 10);
      assertThat(event.lastTime()).isEqualTo(event.lastOffset() * 10);
      for (long end : List.of(event.firstOffset(), event.lastOffset())) {
        assertThat(reported.get((int) end)).matches(record -> record.isOf(event), "is of " + event);
      }
      assertThat(event.firstOver()).isEqualTo(reported.get((int) event.firstOffset()).firstOver);
    }

    void assertCountsTheLikesOfItsEnds(BlockedEvent overflow) {
      assertThat(overflow.key()).isNull();
      assertThat(overflow.firstOver()).as("of no key").isFalse();
      for (long end : List.of(overflow.firstOffset(), overflow.lastOffset())) {
        Blocked record = reported.get((int) end);
        assertThat(record.partition).isEqualTo(overflow.partition());
        assertThat(record.shadow).isEqualTo(overflow.shadow());
      }
      Blocked first = reported.get((int) overflow.firstOffset());
      assertThat(overflow.rule()).isEqualTo(LaneRig.RULES.get(first.rule));
      assertThat(overflow.windowMillis()).isEqualTo(first.windowMillis);
    }

    void assertEventsAreTrue(List<BlockedEvent> events) {
      Map<Object, Long> lastOf = new HashMap<>();
      Set<String> identities = new HashSet<>();
      for (BlockedEvent event : events) {
        if (event.overflow()) {
          assertCountsTheLikesOfItsEnds(event);
        } else {
          assertStandsForARun(event);
        }
        // The two tallies of a partition wait side by side: each is in order with what has keys.
        for (boolean shadow : new boolean[] {false, true}) {
          if (event.overflow() && (emit != Emit.EVERY || event.shadow() != shadow)) {
            continue;
          }
          Object ordered =
              (emit == Emit.EVERY ? event.partition() : event.key()) + " shadow " + shadow;
          Long before = lastOf.put(ordered, event.firstOffset());
          assertThat(before == null || before < event.firstOffset())
              .as("events of %s go out in the order of their first records", ordered)
              .isTrue();
        }
        assertThat(identities.add(event.partition() + "/" + event.firstOffset() + event.ordinal()))
            .isTrue();
      }
    }

    /** Every record is in exactly one event of its outcome, key by key as far as slots lasted. */
    void assertSumsAreExact(List<BlockedEvent> events) {
      assertSumsAreExact(events, false, rig.stats().recordsOverflowed());
      assertSumsAreExact(events, true, rig.stats().shadowRecordsOverflowed());
    }

    private void assertSumsAreExact(
        List<BlockedEvent> events, boolean shadow, long expectedOverflowed) {
      Map<String, Long> countOfKey = new HashMap<>();
      Map<Integer, Long> countOfPartition = new HashMap<>();
      Map<Integer, Long> costOfPartition = new HashMap<>();
      long overflowed = 0;
      for (BlockedEvent event : events) {
        if (event.shadow() != shadow) {
          continue;
        }
        if (event.overflow()) {
          overflowed += event.count();
        } else {
          countOfKey.merge(Objects.requireNonNull(event.key()), event.count(), Long::sum);
        }
        countOfPartition.merge(event.partition(), event.count(), Long::sum);
        costOfPartition.merge(event.partition(), event.cost(), Long::sum);
      }
      assertThat(overflowed).isEqualTo(expectedOverflowed);
      assertThat(countOfKey.values().stream().mapToLong(Long::longValue).sum() + overflowed)
          .isEqualTo(reported(shadow));
      countOfKey.forEach(
          (key, count) ->
              assertThat(count)
                  .isLessThanOrEqualTo(
                      reported.stream()
                          .filter(record -> record.shadow == shadow && record.key.equals(key))
                          .count()));
      for (int partition = 0; partition < 3; partition++) {
        int wanted = partition;
        List<Blocked> records =
            reported.stream()
                .filter(record -> record.shadow == shadow && record.partition == wanted)
                .toList();
        assertThat(countOfPartition.getOrDefault(partition, 0L)).isEqualTo(records.size());
        assertThat(costOfPartition.getOrDefault(partition, 0L))
            .isEqualTo(records.stream().mapToLong(Blocked::cost).sum());
      }
    }

    void assertNoEventSpansACommit(List<BlockedEvent> events) {
      for (BlockedEvent event : events) {
        assertThat(commits)
            .noneMatch(next -> event.firstOffset() < next && event.lastOffset() >= next);
      }
    }

    void assertSlotsAreBack() {
      assertThat(rig.lane.hasOpen()).isFalse();
      assertThat(rig.stats().waiting()).isZero();
      assertThat(rig.stats().handlesRefused()).isZero();
      assertThat(rig.freeSlots()).isEqualTo(slots);
    }
  }

  @Property
  void shouldStandForEveryRecordOnceWhateverTheInterleaving(
      @ForAll("exact") List<Action> actions,
      @ForAll @IntRange(min = 1, max = 8) int ring,
      @ForAll @IntRange(min = 1, max = 12) int slots,
      @ForAll @IntRange(min = 1, max = 6) int budget,
      @ForAll Emit emit) {
    Model model = new Model(ring, slots, budget, Delivery.AT_LEAST_ONCE, emit, true);
    model.run(actions);
    model.commit();

    List<BlockedEvent> events = model.rig.sent();
    model.assertSumsAreExact(events);
    model.assertEventsAreTrue(events);
    model.assertNoEventSpansACommit(events);
    assertThat(model.rig.stats().eventsAcked()).isEqualTo(events.size());
    assertThat(model.rig.stats().eventsOffered()).isEqualTo(events.size());
    assertThat(model.rig.stats().eventsLost()).isZero();
    model.assertSlotsAreBack();
  }

  @Property
  void shouldAccountForEveryRecordOfBestEffortAsWrittenOrLost(
      @ForAll("bestEffort") List<Action> actions,
      @ForAll @IntRange(min = 1, max = 8) int ring,
      @ForAll @IntRange(min = 1, max = 12) int slots,
      @ForAll @IntRange(min = 1, max = 6) int budget,
      @ForAll Emit emit,
      @ForAll boolean agentGoesOn) {
    Model model = new Model(ring, slots, budget, Delivery.BEST_EFFORT, emit, false);
    model.run(actions);
    LaneRig rig = model.rig;
    rig.lane.close();
    if (agentGoesOn) {
      while (!rig.lane.isDone()) {
        rig.nanos += 1_000_000_000L;
        rig.agent.doWork();
      }
    } else {
      rig.agent.onClose();
    }
    while (model.ack()) {
      assertThat(rig.stats().eventsAcked()).isPositive();
    }

    model.assertEventsAreTrue(rig.sent());
    assertThat(model.written(false) + rig.stats().recordsLost()).isEqualTo(model.reported(false));
    assertThat(model.written(true) + rig.stats().shadowRecordsLost())
        .isEqualTo(model.reported(true));
    assertThat(rig.stats().eventsAcked()).isEqualTo(model.acks.stream().filter(ack -> ack).count());
    assertThat(rig.stats().handlesRefused()).isZero();
  }

  @Provide
  Arbitrary<List<Action>> exact() {
    return actions(
        Arbitraries.frequencyOf(
            Tuple.of(60, Arbitraries.just(Kind.REPORT)),
            Tuple.of(
                20,
                Arbitraries.of(
                    Kind.REPORT_WITH_AN_OLD_HANDLE,
                    Kind.PUMP,
                    Kind.WINDOW,
                    Kind.RECLAIM,
                    Kind.WORK,
                    Kind.WORK,
                    Kind.TIME)),
            Tuple.of(3, Arbitraries.just(Kind.COMMIT))));
  }

  @Provide
  Arbitrary<List<Action>> bestEffort() {
    return actions(
        Arbitraries.frequencyOf(
            Tuple.of(60, Arbitraries.just(Kind.REPORT)),
            Tuple.of(20, Arbitraries.of(Kind.PUMP, Kind.WINDOW, Kind.WORK, Kind.WORK, Kind.TIME)),
            Tuple.of(10, Arbitraries.of(Kind.ACK, Kind.FAIL))));
  }

  private static Arbitrary<List<Action>> actions(Arbitrary<Kind> kinds) {
    return Combinators.combine(
            kinds,
            Arbitraries.integers().between(0, 5),
            Arbitraries.integers().between(0, 1),
            Arbitraries.integers().between(0, 2),
            Arbitraries.longs().between(0, 100),
            Arbitraries.frequencyOf(
                Tuple.of(2, Arbitraries.just(false)), Tuple.of(1, Arbitraries.just(true))),
            Arbitraries.frequencyOf(
                Tuple.of(4, Arbitraries.just(1_000L)), Tuple.of(1, Arbitraries.just(3_600_000L))))
        .as(Action::new)
        .list()
        .ofMaxSize(200);
  }
}
