package io.headgate.service.analytics;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.lane.BlockedEvent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What the roll-up does with single events, and how much it holds and writes. */
class RollupBookTest {

  private static final long HOUR = 3_600_000;
  private static final long DAY = 24 * HOUR;
  private static final long NOW = Instant.parse("2026-11-25T10:30:00Z").toEpochMilli();

  private final MapStore store = new MapStore();
  private long now = NOW;
  private final RollupBook book =
      new RollupBook(
          new RollupSettings("blocked", ZoneOffset.UTC, 48, 30, 5),
          (InstantSource) () -> Instant.ofEpochMilli(time()),
          store);

  private long offset;

  private long time() {
    return now;
  }

  private void count(BlockedEvent event) {
    book.count(Events.bytes(event), offset++, now);
  }

  private Map<PeriodKind, Long> records() {
    store.commit(book);
    return store.cells().entrySet().stream()
        .collect(
            Collectors.groupingBy(
                entry -> entry.getKey().kind(),
                Collectors.summingLong(entry -> entry.getValue().tally.records)));
  }

  private PeriodCell day() {
    store.commit(book);
    return store.cells().entrySet().stream()
        .filter(entry -> entry.getKey().kind() == PeriodKind.DAY)
        .map(Map.Entry::getValue)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void shouldKeepADayWhoseHoursAreKeptNoLonger() {
    count(Events.plain("r", "a", 2, NOW - 5 * DAY));

    assertThat(records()).isEqualTo(Map.of(PeriodKind.DAY, 2L));
  }

  @Test
  void shouldCountApartWhatIsOlderThanAllThatIsKept() {
    count(Events.plain("r", "a", 2, NOW - 40 * DAY));

    assertThat(records()).isEqualTo(Map.of(PeriodKind.TOO_OLD, 2L));
  }

  @Test
  void shouldCountApartWhatIsTooFarAhead() {
    count(Events.plain("r", "a", 2, NOW + 2 * DAY));

    assertThat(records()).isEqualTo(Map.of(PeriodKind.TOO_FAR_AHEAD, 2L));
  }

  @Test
  void shouldCountWhatIsNoEvent() {
    book.count("no event".getBytes(StandardCharsets.UTF_8), 0, now);
    book.count(null, 1, now);
    store.commit(book);

    assertThat(store.cells().keySet())
        .extracting(PeriodKey::kind)
        .containsOnly(PeriodKind.UNREADABLE);
    assertThat(store.cells().values()).extracting(cell -> cell.tally.events).containsExactly(2L);
  }

  @Test
  void shouldTellWhichRecordsHaveNoKeyThatCanBeCounted() {
    count(Events.overflow("r", 3, now));
    count(Events.keyless("r", 5, now));
    count(Events.hashed("r", "a", 7, now));
    count(Events.cut("r", "the beginning", "the beginning of one", now));
    count(Events.cut("r", "the beginning", "the beginning of another", now));

    PeriodCell day = day();
    assertThat(day.tally.overflow).isEqualTo(3);
    assertThat(day.tally.keyless).isEqualTo(5);
    assertThat(day.tally.hashed).isEqualTo(7);
    assertThat(day.tally.cut).isEqualTo(2);
    assertThat(day.tally.records).isEqualTo(17);
    assertThat(day.distinct.estimate()).isEqualTo(3);
    assertThat(day.top.counters()).hasSize(3);
  }

  @Test
  void shouldSayWhatMayBeOfALaterHour() {
    count(Events.summary("r", "a", 10, now, now + HOUR));
    count(Events.summary("r", "a", 10, now, now + 1));
    store.commit(book);

    store
        .cells()
        .forEach(
            (key, cell) ->
                assertThat(cell.tally.spanning).isEqualTo(key.kind() == PeriodKind.HOUR ? 9 : 0));
  }

  @Test
  void shouldCountAnotherTopicOfTheSameName() {
    count(Events.plain("r", "a", 1, now));
    count(Events.plain("r", "a", 1, now));

    now += 1_000;
    offset = 0;
    count(Events.plain("r", "a", 1, now));

    assertThat(day().tally.records).isEqualTo(3);
  }

  @Test
  void shouldWriteACellOnceForManyEvents() {
    for (int i = 0; i < 1_000; i++) {
      count(Events.plain("r", "user-" + i, 1, now));
    }
    store.commit(book);

    assertThat(store.writes).isEqualTo(2);
    assertThat(day().tally.records).isEqualTo(1_000);
  }

  @Test
  void shouldHoldAFixedNumberOfCellsAndLoseNone() {
    int days = 25;
    int rules = 30;
    for (int rule = 0; rule < rules; rule++) {
      for (int day = 0; day < days; day++) {
        count(Events.plain("rule-" + rule, "a", 1, NOW - day * DAY));
      }
    }

    // Before any commit: what makes room is written.
    assertThat(store.writes).isGreaterThan(rules * days - RollupBook.MAX_HELD);
    assertThat(records()).containsEntry(PeriodKind.DAY, (long) rules * days);
  }

  @Test
  void shouldTellAFixedNumberOfRulesApart() {
    for (int rule = 0; rule < RollupBook.MAX_RULES + 10; rule++) {
      count(Events.plain("rule-" + rule, "a", 1, now));
    }
    store.commit(book);

    Map<String, Long> days =
        store.cells().entrySet().stream()
            .filter(entry -> entry.getKey().kind() == PeriodKind.DAY)
            .collect(
                Collectors.toMap(
                    entry -> entry.getKey().rule(), entry -> entry.getValue().tally.records));
    assertThat(days).hasSize(RollupBook.MAX_RULES + 1).containsEntry(RollupBook.OTHERS, 10L);
  }

  @Test
  void shouldBoundWhatACellTakes() {
    String longest = "x".repeat(10_000);
    for (int i = 0; i < 50_000; i++) {
      count(Events.plain("r", i + longest.substring(i % 10), 1, now));
    }

    // Registers, five counters of 256 chars, fingerprints and sums.
    assertThat(day().toBytes().length).isLessThan(4_096 + 5 * 310 + 100);
  }

  @Test
  void shouldForgetWhatIsDeleted() {
    count(Events.plain("r", "a", 1, now));
    PeriodKey key =
        new PeriodKey(PeriodKind.HOUR, Periods.hour(now), false, "", Events.LIMITER, "r");
    book.expire(key);
    store.commit(book);

    assertThat(store.cells().keySet()).extracting(PeriodKey::kind).containsOnly(PeriodKind.DAY);
  }
}
