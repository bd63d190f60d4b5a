package io.headgate.service.analytics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.headgate.service.analytics.ReportReader.Answer;
import io.headgate.service.analytics.ReportReader.Place;
import io.headgate.service.config.UserError;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What reports say of days before and after the roll-up's zone was changed: all of it, or no. */
class ZoneChangeTest {

  private static final ZoneId UTC = ZoneId.of("UTC");
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
  private static final ZoneId NEW_YORK = ZoneId.of("America/New_York");
  private static final ZoneId KOLKATA = ZoneId.of("Asia/Kolkata");
  private static final Duration HOUR = Duration.ofHours(1);
  private static final int KEEP_HOURS = 48;
  private static final int KEEP_DAYS = 30;

  /** A partition: its store, and the book of the zone that is set. */
  private final class Partition {
    final MapStore store = new MapStore();
    @Nullable RollupBook book;
    long offset;

    /** Starts with a zone, as the roll-up's processor does. */
    void start(ZoneId zone) {
      RollupSettings settings = new RollupSettings("blocked", zone, KEEP_HOURS, KEEP_DAYS, 5);
      RollupBook made = new RollupBook(settings, () -> now, store);
      Bytes key = Bytes.wrap(About.KEY.toBytes());
      byte[] before = store.read(key);
      About about = made.about();
      store.write(key, (before == null ? about : about.after(About.read(before))).toBytes());
      book = made;
    }

    void block(Instant time) {
      RollupBook mine = book;
      if (mine == null) {
        throw new IllegalStateException("not started");
      }
      byte[] event = Events.bytes(Events.plain("r", "a", 1, time.toEpochMilli()));
      mine.count(event, offset++, now.toEpochMilli());
      store.commit(mine);
      for (PeriodKind kind : List.of(PeriodKind.HOUR, PeriodKind.DAY)) {
        Bytes from = Bytes.wrap(PeriodKey.lowest(kind));
        Bytes to = Bytes.wrap(PeriodKey.before(kind, mine.oldest(kind)));
        for (Bytes key : List.copyOf(store.written.keySet())) {
          if (key.compareTo(from) >= 0 && key.compareTo(to) < 0) {
            mine.expire(PeriodKey.read(key.get()));
            store.written.remove(key);
          }
        }
      }
      times.add(time);
    }
  }

  private Instant now = Instant.parse("2026-11-20T00:00:00Z");
  private final List<Partition> partitions = List.of(new Partition(), new Partition());
  private final List<Instant> times = new ArrayList<>();

  private void start(ZoneId zone) {
    partitions.forEach(partition -> partition.start(zone));
  }

  /** Blocks a record on each partition, at each full hour until a time. */
  private void runUntil(String time) {
    Instant end = Instant.parse(time);
    while (now.isBefore(end)) {
      partitions.forEach(partition -> partition.block(now));
      now = now.plus(HOUR);
    }
  }

  private Report report(String day, @Nullable ZoneId zone) {
    Map<Place, byte[]> cells = new HashMap<>();
    for (int i = 0; i < partitions.size(); i++) {
      int partition = i;
      partitions
          .get(i)
          .store
          .written
          .forEach((key, value) -> cells.put(new Place(partition, key), value));
    }
    ReportQuery query = new ReportQuery(ReportDay.parse(day), null, zone, By.RULE, 10);
    return new Answer(cells, new RollupLag(0, "")).of(query, now);
  }

  private void assertBlocked(String day, ZoneId zone, long records) {
    Report report = report(day, zone);
    assertThat(report.blocked().records()).as(day + " " + zone).isEqualTo(records);
    assertThat(report.notes()).as(day + " " + zone).isEmpty();
  }

  private void assertRefused(String day, ZoneId zone, String why) {
    assertThatExceptionOfType(UserError.class)
        .as(day + " " + zone)
        .isThrownBy(() -> report(day, zone))
        .withMessageContaining(why)
        .withMessageContaining("--exact");
  }

  @Test
  void shouldPutDaysBeforeTheChangeTogetherFromHours() {
    start(UTC);
    runUntil("2026-11-25T10:00:00Z");
    start(BERLIN);
    runUntil("2026-11-25T12:00:00Z");

    assertThat(report("yesterday", null).zone()).isEqualTo(BERLIN);
    assertBlocked("yesterday", BERLIN, 48);
    assertBlocked("today", BERLIN, 2 * 13);
    assertBlocked("today", UTC, 2 * 12);
    assertBlocked("yesterday", UTC, 48);
    // Hours are kept no longer.
    assertRefused(
        "2026-11-22", BERLIN, "hours for 48 hours, and longer only whole days of zone UTC");
    assertBlocked("2026-11-22", UTC, 48);
    // Whatever the zone: nothing was blocked.
    assertBlocked("2026-11-10", BERLIN, 0);
    assertRefused("2026-09-10", BERLIN, "keeps days for 30 days");
  }

  @Test
  void shouldRefuseADayThatBothZonesHaveAPartOf() {
    start(UTC);
    runUntil("2026-11-25T10:00:00Z");
    start(BERLIN);
    runUntil("2026-11-29T12:00:00Z");

    assertBlocked("2026-11-23", UTC, 48);
    // Late ones of its last hour are in Berlin's next day.
    assertRefused("2026-11-24", UTC, "its days of zone Europe/Berlin may have records of this day");
    assertRefused("2026-11-25", UTC, "its days of zone Europe/Berlin may have records of this day");
    assertRefused("2026-11-25", BERLIN, "its days of zone UTC may have records of this day");
    assertBlocked("2026-11-27", BERLIN, 48);
  }

  @Test
  void shouldSayWhatTheFirstDayOfAZoneMayLack() {
    start(UTC);
    runUntil("2026-11-25T10:00:00Z");
    // Its hour is of the first day of Berlin's that begins after the change.
    partitions.get(0).block(Instant.parse("2026-11-25T23:10:00Z"));
    start(BERLIN);
    runUntil("2026-11-27T12:00:00Z");

    assertBlocked("2026-11-26", BERLIN, 49);

    runUntil("2026-11-29T12:00:00Z");
    Report report = report("2026-11-26", BERLIN);
    assertThat(report.blocked().records()).isEqualTo(48);
    assertThat(report.notes())
        .containsExactly(
            "until shortly before this day the roll-up kept days of zone UTC: records of this day"
                + " that came by then, ahead of the clock, are in no figure");
  }

  @Test
  void shouldFillTheHoleOfAZoneThatWasSetAgain() {
    start(UTC);
    runUntil("2026-11-23T10:00:00Z");
    start(BERLIN);
    runUntil("2026-11-25T10:00:00Z");
    start(UTC);
    runUntil("2026-11-25T12:00:00Z");

    assertThat(report("yesterday", null).zone()).isEqualTo(UTC);
    assertBlocked("2026-11-21", UTC, 48);
    assertRefused("2026-11-23", UTC, "its days of zone Europe/Berlin may have records of this day");
    assertBlocked("2026-11-24", UTC, 48);
    assertBlocked("2026-11-25", UTC, 24);

    runUntil("2026-11-29T12:00:00Z");
    assertBlocked("2026-11-21", UTC, 48);
    assertRefused("2026-11-24", UTC, "longer only whole days of zone Europe/Berlin");
    assertRefused("2026-11-25", UTC, "its days of zone Europe/Berlin may have records of this day");
    assertBlocked("2026-11-27", UTC, 48);
  }

  @Test
  void shouldMindAPartitionWhoseZoneIsChangedLater() {
    start(UTC);
    runUntil("2026-11-25T10:00:00Z");
    partitions.get(0).start(BERLIN);
    runUntil("2026-11-26T22:00:00Z");
    partitions.get(1).start(BERLIN);
    runUntil("2026-11-26T23:00:00Z");
    runUntil("2026-11-27T12:00:00Z");

    assertThat(report("today", null).zone()).isEqualTo(BERLIN);
    assertBlocked("2026-11-26", BERLIN, 48);
    assertBlocked("2026-11-27", BERLIN, 26);

    runUntil("2026-11-30T12:00:00Z");
    assertRefused("2026-11-26", BERLIN, "its days of zone UTC may have records of this day");
    assertThat(report("2026-11-27", BERLIN).blocked().records()).isEqualTo(48);
    assertBlocked("2026-11-28", BERLIN, 48);
  }

  @Test
  void shouldRefuseDaysThatNoHoursMakeUp() {
    start(UTC);
    runUntil("2026-11-25T10:00:00Z");
    start(KOLKATA);
    runUntil("2026-11-25T12:00:00Z");

    assertRefused("today", KOLKATA, "its days of zone UTC may have records of this day");
    assertRefused("yesterday", KOLKATA, "ask for a whole day of zone UTC");

    runUntil("2026-11-27T12:00:00Z");
    assertThat(report("2026-11-26", KOLKATA).notes()).singleElement().asString().contains("UTC");
    assertBlocked("2026-11-27", KOLKATA, 2 * 17);
  }

  @Test
  void shouldKnowOfAnotherZoneForAsLongAsDaysAreKept() {
    start(UTC);
    // In a day that begins before that of New York does.
    Instant late = Instant.parse("2026-11-19T06:00:00Z");
    partitions.get(0).block(late);
    start(NEW_YORK);
    now = now.plus(Duration.ofDays(KEEP_DAYS));
    partitions.get(0).block(now);

    assertThat(LocalDate.ofInstant(now, NEW_YORK).minusDays(KEEP_DAYS))
        .isEqualTo(LocalDate.ofInstant(late, NEW_YORK));
    assertRefused("2026-11-19", NEW_YORK, "longer only whole days of zone UTC");
  }

  /**
   * What is answered without a note is all that there is, whatever is set on whichever partition.
   */
  @Property(tries = 25)
  void shouldNeverTellAPart(@ForAll Random random) {
    List<ZoneId> zones = List.of(UTC, BERLIN, NEW_YORK, KOLKATA);
    partitions.forEach(partition -> partition.start(zones.get(random.nextInt(2))));
    for (int step = 0; step < 120; step++) {
      now = now.plusSeconds(random.nextInt(8 * 3_600));
      Partition partition = partitions.get(random.nextInt(partitions.size()));
      if (random.nextInt(25) == 0) {
        partition.start(zones.get(random.nextInt(zones.size())));
      }
      boolean late = random.nextInt(10) == 0;
      partition.block(now.minusSeconds(random.nextInt(late ? 10 * 86_400 : 600)));
    }
    int answers = 0;
    for (ZoneId zone : zones) {
      LocalDate today = LocalDate.ofInstant(now, zone);
      for (int back = 0; back < 25; back++) {
        LocalDate day = today.minusDays(back);
        long all =
            times.stream().filter(time -> LocalDate.ofInstant(time, zone).equals(day)).count();
        try {
          assertThat(report(day.toString(), zone).blocked().records())
              .as(day + " " + zone)
              .isEqualTo(all);
          answers++;
        } catch (UserError e) {
          assertThat(e).hasMessageContaining("--exact");
        }
      }
    }
    assertThat(answers).isPositive();
  }
}
