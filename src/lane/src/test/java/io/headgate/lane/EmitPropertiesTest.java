package io.headgate.lane;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.memory.Handle;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;

/** Which events there are, in which order, against an oracle that keeps lists. */
class EmitPropertiesTest {

  enum Kind {
    /** A record is blocked. */
    REPORT,
    /** The next window of every key begins. */
    WINDOW,
    PUMP,
    COMMIT
  }

  record Action(
      Kind kind, int key, int rule, int partition, long cost, boolean shadow, long windowMillis) {}

  /** What an event is to say. */
  private static final class Told {
    final String key;
    final int rule;
    final int partition;
    final boolean shadow;
    final long windowMillis;
    final boolean firstOver;
    final long first;
    long last;
    long count;
    long cost;

    Told(String key, Action action, boolean firstOver, long first) {
      this.key = key;
      this.rule = action.rule;
      this.partition = action.partition;
      this.shadow = action.shadow;
      this.windowMillis = action.windowMillis;
      this.firstOver = firstOver;
      this.first = first;
    }

    Told(BlockedEvent event) {
      key = Objects.requireNonNull(event.key());
      rule = LaneRig.RULES.indexOf(event.rule());
      partition = event.partition();
      shadow = event.shadow();
      windowMillis = event.windowMillis();
      firstOver = event.firstOver();
      first = event.firstOffset();
      last = event.lastOffset();
      count = event.count();
      cost = event.cost();
    }

    boolean isOfOneKindWith(Action action) {
      return rule == action.rule
          && partition == action.partition
          && shadow == action.shadow
          && windowMillis == action.windowMillis;
    }

    void add(long offset, long more) {
      last = offset;
      count++;
      cost += more;
    }

    @Override
    public String toString() {
      return String.format(
          "%s/%d/%d%s by %d ms: %d of %d, %d to %d%s",
          key,
          rule,
          partition,
          shadow ? " shadow" : "",
          windowMillis,
          count,
          cost,
          first,
          last,
          firstOver ? ", the first" : "");
    }

    static String of(BlockedEvent event) {
      return new Told(event).toString();
    }
  }

  /** The contract with all the room in the world. */
  private static final class Oracle {
    final List<Told> sent = new ArrayList<>();
    final List<Told> open = new ArrayList<>();
    final Map<String, Told> youngest = new HashMap<>();

    void report(Action action, String key, long offset, boolean first, boolean firstOver) {
      Told last = youngest.get(key);
      boolean isOpen = open.contains(last);
      if (last != null && isOpen && last.isOfOneKindWith(action)) {
        last.add(offset, action.cost);
        return;
      }
      Told next = new Told(key, action, firstOver, offset);
      next.add(offset, action.cost);
      youngest.put(key, next);
      (first && !isOpen ? sent : open).add(next);
    }

    void flush() {
      sent.addAll(open);
      open.clear();
    }

    List<String> told() {
      return sent.stream().map(Told::toString).toList();
    }
  }

  /** A lane, the oracle beside it, and the rows of its keys. */
  private abstract static class Model {
    final Emit emit;
    final Oracle oracle = new Oracle();
    final BlockedFacts facts = new BlockedFacts();
    final Map<String, Long> rows = new HashMap<>();
    final Set<String> told = new HashSet<>();
    long records;
    long shadowRecords;
    long offset;

    Model(Emit emit) {
      this.emit = emit;
    }

    abstract Lane lane();

    abstract void commit();

    /** What was sent so far. */
    abstract List<BlockedEvent> sent();

    void run(List<Action> actions) {
      for (Action action : actions) {
        switch (action.kind) {
          case REPORT -> report(action);
          case WINDOW -> told.clear();
          case PUMP -> {
            lane().pump();
            oracle.flush();
          }
          case COMMIT -> {
            commit();
            oracle.flush();
          }
        }
        assertThat(lane().stats().records()).isEqualTo(records);
        assertThat(lane().stats().shadowRecords()).isEqualTo(shadowRecords);
        afterEach();
      }
      commit();
      oracle.flush();
      assertThat(lane().hasOpen()).isFalse();
      assertThat(lane().stats().recordsOverflowed()).isZero();
      assertThat(lane().stats().shadowRecordsOverflowed()).isZero();
      assertThat(sum(false)).isEqualTo(records);
      assertThat(sum(true)).isEqualTo(shadowRecords);
    }

    long sum(boolean shadow) {
      return sent().stream()
          .filter(event -> event.shadow() == shadow)
          .mapToLong(BlockedEvent::count)
          .sum();
    }

    void afterEach() {}

    void report(Action action) {
      String key = "key-" + action.key;
      boolean firstOver = told.add(key);
      boolean first = emit == Emit.EVERY || firstOver;
      if (action.shadow) {
        shadowRecords++;
      } else {
        records++;
      }
      facts.key = key.getBytes(UTF_8);
      facts.keyLength = facts.key.length;
      facts.keyKind = SlotLayout.KEY_TEXT;
      facts.rule = action.rule;
      facts.topic = LaneRig.SOURCE;
      facts.partition = action.partition;
      facts.offset = offset;
      facts.cost = action.cost;
      facts.windowMillis = action.windowMillis;
      facts.flags = (action.shadow ? SlotLayout.SHADOW : 0) | (firstOver ? SlotLayout.FIRST : 0);
      facts.repeat = !first;
      facts.open = rows.getOrDefault(key, Handle.NONE);
      rows.put(key, lane().report(facts));
      oracle.report(action, key, offset, first, firstOver);
      offset++;
    }

    void assertAsTheOracleSays() {
      assertThat(sent().stream().map(Told::of).toList()).isEqualTo(oracle.told());
    }
  }

  /** More than twice the events that so many actions can open. */
  private static final int SLOTS = 512;

  private static class WithTheOutput extends Model {
    final List<BlockedEvent> sent = new ArrayList<>();
    final TransactionalLane lane;

    WithTheOutput(Emit emit, int slots) {
      super(emit);
      lane =
          new TransactionalLane(
              LaneRig.settings(1, slots, Delivery.TRANSACTIONAL, emit),
              (topic, key, value) -> sent.add(BlockedEventJson.read(value)));
    }

    @Override
    Lane lane() {
      return lane;
    }

    @Override
    void commit() {
      lane.awaitAcked(System.nanoTime());
    }

    @Override
    List<BlockedEvent> sent() {
      return sent;
    }
  }

  private static final class WithAThread extends Model {
    final LaneRig rig;

    WithAThread(Emit emit) {
      super(emit);
      rig =
          new LaneRig(
              LaneRig.settings(256, 2 * 256, Delivery.AT_LEAST_ONCE, emit),
              LaneRig.UNLIMITED,
              LaneRig.producer(true));
    }

    @Override
    Lane lane() {
      return rig.lane;
    }

    @Override
    void commit() {
      rig.commit();
    }

    @Override
    List<BlockedEvent> sent() {
      return rig.sent();
    }
  }

  @Property
  void shouldSendWithTheTasksOutputWhatTheOracleSaysAndWhen(
      @ForAll("actions") List<Action> actions, @ForAll Emit emit) {
    Model model =
        new WithTheOutput(emit, SLOTS) {
          @Override
          void afterEach() {
            assertThat(sent).hasSize(oracle.sent.size());
          }
        };
    model.run(actions);

    model.assertAsTheOracleSays();
  }

  @Property
  void shouldSendFromTheLanesThreadWhatTheOracleSays(
      @ForAll("actions") List<Action> actions, @ForAll Emit emit) {
    Model model = new WithAThread(emit);
    model.run(actions);

    model.assertAsTheOracleSays();
  }

  /** With few slots summaries go out early: their sums and the order of a key's events stay. */
  @Property
  void shouldStandForEveryRecordOnceHoweverFewTheSlots(
      @ForAll("actions") List<Action> actions,
      @ForAll Emit emit,
      @ForAll @IntRange(min = 1, max = 8) int slots) {
    Model model = new WithTheOutput(emit, slots);
    model.run(actions);

    Map<String, Long> counts = new HashMap<>();
    Map<String, Long> last = new HashMap<>();
    for (BlockedEvent event : model.sent()) {
      String key = Objects.requireNonNull(event.key()) + (event.shadow() ? " shadow" : "");
      counts.merge(key, event.count(), Long::sum);
      Long before = last.put(Objects.requireNonNull(event.key()), event.firstOffset());
      assertThat(before == null || before < event.firstOffset()).isTrue();
    }
    Map<String, Long> expected = new HashMap<>();
    model.oracle.sent.forEach(
        told -> expected.merge(told.key + (told.shadow ? " shadow" : ""), told.count, Long::sum));
    assertThat(counts).isEqualTo(expected);
    assertThat(model.lane().stats().slotsInUse()).isZero();
    assertThat(model.lane().stats().handlesRefused()).isZero();
  }

  @Provide
  Arbitrary<List<Action>> actions() {
    return Combinators.combine(
            Arbitraries.frequencyOf(
                Tuple.of(60, Arbitraries.just(Kind.REPORT)),
                Tuple.of(10, Arbitraries.of(Kind.WINDOW, Kind.PUMP)),
                Tuple.of(3, Arbitraries.just(Kind.COMMIT))),
            Arbitraries.integers().between(0, 5),
            Arbitraries.integers().between(0, 1),
            Arbitraries.integers().between(0, 2),
            Arbitraries.longs().between(0, 100),
            Arbitraries.frequencyOf(
                Tuple.of(4, Arbitraries.just(false)), Tuple.of(1, Arbitraries.just(true))),
            Arbitraries.frequencyOf(
                Tuple.of(4, Arbitraries.just(1_000L)), Tuple.of(1, Arbitraries.just(3_600_000L))))
        .as(Action::new)
        .list()
        .ofMaxSize(200);
  }
}
