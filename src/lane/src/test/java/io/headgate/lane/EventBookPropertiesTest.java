package io.headgate.lane;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.memory.Handle;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;

/**
 * Wherever a book is closed, what its sink took and what was given up stand for what was reported:
 * for what was blocked, and for what passed.
 */
class EventBookPropertiesTest {

  enum Kind {
    REPORT,
    PUMP,
    /** The sink is done with its oldest event. */
    TAKE
  }

  record Action(Kind kind, int key, int partition, boolean shadow, boolean repeat) {}

  /** A sink with room for a few events at a time. */
  private static final class Model implements EventBook.Sink {
    final int room;
    final EventBook book;
    final BlockedFacts facts = new BlockedFacts();
    final Map<Integer, Long> rows = new HashMap<>();
    final Deque<Long> waiting = new ArrayDeque<>();
    final Deque<Long> done = new ArrayDeque<>();

    /** Records that were reported, that the sink took, and that were given up: by outcome. */
    final long[] reported = new long[2];

    final long[] taken = new long[2];
    final long[] lost = new long[2];

    Model(int room, int slots) {
      this.room = room;
      book =
          new EventBook(
              LaneRig.settings(1, slots, Delivery.AT_LEAST_ONCE, Emit.FIRST_AND_SUMMARY),
              slots,
              this);
    }

    @Override
    public void made(long handle) {}

    @Override
    public boolean offer(long handle) {
      if (waiting.size() == room) {
        return false;
      }
      waiting.add(handle);
      BlockedEvent event = book.event(handle);
      taken[event.shadow() ? 1 : 0] += event.count();
      assertThat(book.isShadow(handle)).isEqualTo(event.shadow());
      return true;
    }

    @Override
    public void giveBack(LongConsumer release) {
      while (!done.isEmpty()) {
        release.accept(done.remove());
      }
    }

    void act(Action action) {
      switch (action.kind) {
        case REPORT -> report(action);
        case PUMP -> assertThat(book.pump()).isEqualTo(!book.hasOpen());
        case TAKE -> {
          if (!waiting.isEmpty()) {
            done.add(waiting.remove());
          }
        }
      }
    }

    private void report(Action action) {
      facts.key = ("key-" + action.key).getBytes(UTF_8);
      facts.keyLength = facts.key.length;
      facts.topic = LaneRig.SOURCE;
      facts.partition = action.partition;
      facts.flags = action.shadow ? SlotLayout.SHADOW : 0;
      facts.repeat = action.repeat;
      facts.offset++;
      facts.open = rows.getOrDefault(action.key, Handle.NONE);
      rows.put(action.key, book.report(facts));
      reported[action.shadow ? 1 : 0]++;
    }

    void close() {
      book.abandon((count, shadow) -> lost[shadow ? 1 : 0] += count);
    }
  }

  @Property
  void shouldStandForWhatWasReportedAtEveryStep(
      @ForAll("actions") List<Action> actions,
      @ForAll @IntRange(min = 1, max = 4) int room,
      @ForAll @IntRange(min = 1, max = 6) int slots) {
    for (int steps = 0; steps <= actions.size(); steps++) {
      Model model = new Model(room, slots);
      actions.subList(0, steps).forEach(model::act);
      LaneStats stats = model.book.stats(0, 0, 0, 0, 0);
      model.close();

      assertThat(stats.records()).isEqualTo(model.reported[0]);
      assertThat(stats.shadowRecords()).isEqualTo(model.reported[1]);
      assertThat(model.taken[0] + model.lost[0]).isEqualTo(model.reported[0]);
      assertThat(model.taken[1] + model.lost[1]).isEqualTo(model.reported[1]);
      assertThat(model.book.hasOpen()).isFalse();
    }
  }

  @Provide
  Arbitrary<List<Action>> actions() {
    return Combinators.combine(
            Arbitraries.frequencyOf(
                Tuple.of(6, Arbitraries.just(Kind.REPORT)),
                Tuple.of(2, Arbitraries.of(Kind.PUMP, Kind.TAKE))),
            Arbitraries.integers().between(0, 4),
            Arbitraries.integers().between(0, 1),
            Arbitraries.of(true, false),
            Arbitraries.of(true, false))
        .as(Action::new)
        .list()
        .ofMaxSize(50);
  }
}
