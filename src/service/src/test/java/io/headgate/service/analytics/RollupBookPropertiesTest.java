package io.headgate.service.analytics;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.lane.BlockedEvent;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/**
 * What the roll-up counts, against a list of all events: in whatever order they come, whenever it
 * writes, and whatever it is made to read again.
 */
class RollupBookPropertiesTest {

  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  /** Days of 24, 23 and 25 hours: clocks are put forward on the 29th, and back on the 25th. */
  private static final List<LocalDateTime> BEGINS =
      List.of(
          LocalDateTime.parse("2026-06-10T00:00"),
          LocalDateTime.parse("2026-03-29T00:00"),
          LocalDateTime.parse("2026-10-25T00:00"));

  /** The sums of a period, as a list of its events has them. */
  private record Sums(long records, long cost, long events, Map<String, Long> keys) {}

  @Property(tries = 300)
  void shouldCountEachEventInItsHourAndItsDay(
      @ForAll("streams") List<BlockedEvent> events, @ForAll Random random) {
    MapStore store = new MapStore();
    RollupBook book = book(store, events);
    for (int i = 0; i < events.size(); i++) {
      book.count(Events.bytes(events.get(i)), i, 1_000 + i);
      if (random.nextInt(7) == 0) {
        store.commit(book);
      }
    }
    store.commit(book);

    assertSums(store, events);
  }

  @Property(tries = 300)
  void shouldCountNothingTwiceWhateverIsReadAgain(
      @ForAll("streams") List<BlockedEvent> events,
      @ForAll Random random,
      @ForAll @IntRange(min = 1, max = 6) int crashes) {
    MapStore store = new MapStore();
    RollupBook book = book(store, events);
    int committed = 0;
    int at = 0;
    for (int crash = 0; crash <= crashes; crash++) {
      int until = crash == crashes ? events.size() : at + random.nextInt(events.size() - at + 1);
      while (at < until) {
        book.count(Events.bytes(events.get(at)), at, 1_000 + at);
        at++;
        if (random.nextInt(5) == 0) {
          store.commit(book);
          committed = at;
        } else if (random.nextInt(5) == 0) {
          // Some cells are written without a commit: the cache was full, or the process died then.
          new ArrayList<>(store.changed)
              .subList(0, random.nextInt(store.changed.size() + 1))
              .forEach(book::flush);
        }
      }
      if (crash < crashes) {
        // What was not written is gone; what was not committed is read again.
        store.changed.clear();
        book = book(store, events);
        at = committed;
      }
    }
    store.commit(book);

    assertSums(store, events);
  }

  private static RollupBook book(MapStore store, List<BlockedEvent> events) {
    long newest = events.stream().mapToLong(BlockedEvent::firstTime).max().orElse(0);
    RollupSettings settings = new RollupSettings("blocked", BERLIN, 24 * 7, 30, 50);
    InstantSource clock = InstantSource.fixed(Instant.ofEpochMilli(newest));
    return new RollupBook(settings, clock, store);
  }

  private static void assertSums(MapStore store, List<BlockedEvent> events) {
    Map<PeriodKey, Sums> expected = new HashMap<>();
    for (BlockedEvent event : events) {
      Instant time = Instant.ofEpochMilli(event.firstTime());
      LocalDateTime utc = LocalDateTime.ofInstant(time, ZoneOffset.UTC).withMinute(0).withSecond(0);
      Instant hour = utc.withNano(0).toInstant(ZoneOffset.UTC);
      Instant day = time.atZone(BERLIN).toLocalDate().atStartOfDay(BERLIN).toInstant();
      add(expected, PeriodKind.HOUR, hour, "", event);
      add(expected, PeriodKind.DAY, day, BERLIN.getId(), event);
    }
    Map<PeriodKey, Sums> found = new HashMap<>();
    store
        .cells()
        .forEach(
            (key, cell) -> {
              Map<String, Long> keys = new TreeMap<>();
              cell.top
                  .counters()
                  .forEach(
                      counter -> {
                        assertThat(counter.atLeast()).isEqualTo(counter.atMost());
                        keys.put(counter.key().text(), counter.atMost());
                      });
              Tally sums = cell.tally;
              found.put(key, new Sums(sums.records, sums.cost, sums.events, keys));
              assertThat(cell.distinct.estimate()).isBetween(keys.size() - 1L, keys.size() + 1L);
            });
    assertThat(found).isEqualTo(expected);
  }

  private static void add(
      Map<PeriodKey, Sums> sums, PeriodKind kind, Instant start, String zone, BlockedEvent event) {
    PeriodKey key =
        new PeriodKey(
            kind, start.toEpochMilli(), event.shadow(), zone, event.limiter(), event.rule());
    Map<String, Long> keys = new TreeMap<>();
    if (event.key() != null) {
      keys.put(event.key(), event.count());
    }
    sums.merge(
        key,
        new Sums(event.count(), event.cost(), 1, keys),
        (a, b) -> {
          Map<String, Long> both = new TreeMap<>(a.keys);
          b.keys.forEach((name, count) -> both.merge(name, count, Long::sum));
          return new Sums(a.records + b.records, a.cost + b.cost, a.events + b.events, both);
        });
  }

  @Provide
  Arbitrary<List<BlockedEvent>> streams() {
    return Arbitraries.of(BEGINS).flatMap(begin -> events(begin).list().ofMinSize(1).ofMaxSize(80));
  }

  /** Events of three days around a begin of one, some at the very edges of hours and days. */
  private static Arbitrary<BlockedEvent> events(LocalDateTime begin) {
    long day = begin.atZone(BERLIN).toInstant().toEpochMilli();
    Arbitrary<Long> anyTime = Arbitraries.longs().between(day - 86_400_000, day + 2 * 86_400_000);
    Arbitrary<Long> edges =
        Arbitraries.integers().between(-24, 48).map(hour -> day + hour * 3_600_000L);
    Arbitrary<Long> times =
        Arbitraries.oneOf(
            anyTime, Combinators.combine(edges, Arbitraries.of(-1L, 0L, 1L)).as(Long::sum));
    return Combinators.combine(
            Arbitraries.of("per-user", "per-address", "trial"),
            Arbitraries.integers().between(0, 20).map(number -> "user-" + number),
            Arbitraries.longs().between(1, 40),
            times,
            Arbitraries.integers().between(0, 9))
        .as(
            (rule, key, count, time, kind) ->
                switch (kind) {
                  case 0 -> Events.shadow(rule, key, count, time);
                  case 1 -> Events.keyless(rule, count, time);
                  case 2 -> Events.overflow(rule, count, time);
                  default -> Events.plain(rule, key, count, time);
                });
  }

  @Property(tries = 20)
  void shouldTakeADayToBeAsLongAsItIs(@ForAll @IntRange(min = 0, max = 2) int which) {
    long from = BEGINS.get(which).atZone(BERLIN).toInstant().toEpochMilli();
    Set<Long> hours = new HashSet<>();
    MapStore store = new MapStore();
    InstantSource clock = InstantSource.fixed(Instant.ofEpochMilli(from + 30 * 3_600_000L));
    RollupBook book =
        new RollupBook(new RollupSettings("blocked", BERLIN, 48, 30, 50), clock, store);
    for (int minute = 0; minute < 30 * 60; minute += 10) {
      BlockedEvent event = Events.plain("per-user", "a", 1, from + minute * 60_000L);
      book.count(Events.bytes(event), minute, minute);
    }
    store.commit(book);

    store
        .cells()
        .forEach(
            (key, cell) -> {
              if (key.kind() == PeriodKind.DAY && key.start() == from) {
                assertThat(cell.tally.records).isEqualTo(6L * List.of(24, 23, 25).get(which));
              } else if (key.kind() == PeriodKind.HOUR) {
                hours.add(key.start());
                assertThat(cell.tally.records).isEqualTo(6);
              }
            });
    assertThat(hours).hasSize(30);
  }
}
