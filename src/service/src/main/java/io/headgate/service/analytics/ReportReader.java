package io.headgate.service.analytics;

import io.headgate.service.config.AnalyticsConfig;
import io.headgate.service.config.KafkaSettings;
import io.headgate.service.config.UserError;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Answers from a roll-up's topic, which it reads to its end at each call: cells of all partitions
 * are put together. Immutable; safe for any thread.
 */
public final class ReportReader implements Reports {

  /** A cell's value as it was read last, of one partition. */
  record Place(int partition, Bytes key) {}

  private final KafkaSettings kafka;
  private final String topic;
  private final InstantSource clock;

  /**
   * Makes a reader.
   *
   * @param kafka where the brokers are, and how to log in
   * @param topic the roll-up's topic, as {@link Rollup#topic} names it
   */
  public ReportReader(KafkaSettings kafka, String topic) {
    this(kafka, topic, InstantSource.system());
  }

  ReportReader(KafkaSettings kafka, String topic, InstantSource clock) {
    this.kafka = kafka;
    this.topic = topic;
    this.clock = clock;
  }

  @Override
  public Report read(ReportQuery query) {
    return scan().read(query);
  }

  /**
   * Reads the topic once, for several questions.
   *
   * @return answers from what is there now; immutable, safe for any thread
   * @throws UserError if there is no such topic, or it is no roll-up's
   * @throws org.apache.kafka.common.KafkaException if Kafka does not answer
   */
  public Reports scan() {
    try (TopicScan scan = new TopicScan(kafka, topic)) {
      // First: what is counted meanwhile is in the figures, and not said to be missing.
      RollupLag lag = RollupLag.of(kafka, Rollup.group(topic), scan);
      Map<Place, byte[]> cells = new HashMap<>();
      scan.read(scan.begins(), record -> keep(cells, record), (read, all) -> {});
      try {
        Answer answer = new Answer(cells, lag);
        return query -> answer(answer, query);
      } catch (CodecException e) {
        throw isNoRollup(e);
      }
    }
  }

  private Report answer(Answer answer, ReportQuery query) {
    try {
      return answer.of(query, clock.instant());
    } catch (CodecException e) {
      throw isNoRollup(e);
    }
  }

  private UserError isNoRollup(CodecException e) {
    return new UserError("topic " + topic + " is no roll-up's: " + e.getMessage());
  }

  private static void keep(Map<Place, byte[]> cells, ConsumerRecord<byte[], byte[]> record) {
    byte[] key = record.key();
    Place place = new Place(record.partition(), Bytes.wrap(key == null ? new byte[0] : key));
    if (record.value() == null) {
      cells.remove(place);
    } else {
      cells.put(place, record.value());
    }
  }

  /** What the topic holds, and the answer that it gives. */
  static final class Answer {
    /** A cell as it was read. */
    private static final class Cell {
      final int partition;
      final PeriodKey key;
      final byte[] value;

      Cell(int partition, PeriodKey key, byte[] value) {
        this.partition = partition;
        this.key = key;
        this.value = value;
      }
    }

    private final List<Cell> cells = new ArrayList<>();
    private final RollupLag lag;

    /** Of the partitions' the one whose zone was set last. */
    private @Nullable About about;

    Answer(Map<Place, byte[]> values, RollupLag lag) {
      this.lag = lag;
      values.forEach((place, value) -> add(place.partition, place.key.get(), value));
    }

    private void add(int partition, byte[] keyBytes, byte[] value) {
      PeriodKey key = PeriodKey.read(keyBytes);
      if (key.kind() == PeriodKind.ABOUT) {
        About read = About.read(value);
        if (about == null || read.begun() > about.begun()) {
          about = read;
        }
      } else {
        cells.add(new Cell(partition, key, value));
      }
    }

    Report of(ReportQuery query, Instant now) {
      ZoneId zone =
          query.zone() != null ? query.zone() : about == null ? AnalyticsConfig.UTC : about.zone();
      ReportFrame frame = ReportFrame.of(query, zone, now);
      List<Cell> others = daysOfOtherZones(frame);
      boolean ofDays = isOfDays(frame, others, now.toEpochMilli());
      if (about != null) {
        checkKept(frame, ofDays, others, about, now.toEpochMilli());
      }
      ReportSums<MergedSum> sums = new ReportSums<>(frame, MergedSum::new);
      long newest = Long.MIN_VALUE;
      Tally old = new Tally();
      Tally ahead = new Tally();
      Tally unreadable = new Tally();
      for (Cell cell : cells) {
        PeriodKey key = cell.key;
        newest = Math.max(newest, PeriodCell.newest(cell.value));
        switch (key.kind()) {
          case HOUR -> {
            if (!ofDays && frame.contains(key.start())) {
              add(sums, cell);
            }
          }
          case DAY -> {
            if (ofDays && isDayOf(frame, key)) {
              add(sums, cell);
            }
          }
          case TOO_OLD -> addSince(old, frame, cell);
          case TOO_FAR_AHEAD -> addSince(ahead, frame, cell);
          case UNREADABLE -> addSince(unreadable, frame, cell);
          case ABOUT -> {}
        }
      }
      List<String> notes = notes(old, ahead, unreadable);
      if (ofDays && !others.isEmpty()) {
        notes.add(
            "until shortly before this day the roll-up kept days of zone "
                + zones(others)
                + ": records of this day that came by then, ahead of the clock, are in no figure");
      }
      Instant last = newest == Long.MIN_VALUE ? null : Instant.ofEpochMilli(newest);
      return sums.report(false, last, lag.events(), notes);
    }

    private static void add(ReportSums<MergedSum> sums, Cell cell) {
      PeriodKey key = cell.key;
      PeriodCell counts = PeriodCell.read(cell.value);
      sums.add(
          key.start(),
          key.limiter(),
          key.rule(),
          key.shadow(),
          sum -> sum.add(cell.partition, counts));
    }

    private static void addSince(Tally sum, ReportFrame frame, Cell cell) {
      if (cell.key.start() >= frame.from()) {
        sum.add(PeriodCell.read(cell.value).tally);
      }
    }

    /** Says whether there is nothing in the answer that only hours tell. */
    private static boolean isOfOneDay(ReportFrame frame) {
      return frame.isWholeDay() && frame.query().by() != By.HOUR;
    }

    private static boolean isDayOf(ReportFrame frame, PeriodKey key) {
      return key.start() == frame.from() && key.zone().equals(frame.zone().getId());
    }

    /**
     * Cells of days of other zones that have a part of the span: an event is counted in a day of
     * the zone that is set at the time.
     */
    private List<Cell> daysOfOtherZones(ReportFrame frame) {
      return cells.stream()
          .filter(
              cell ->
                  cell.key.kind() == PeriodKind.DAY
                      && !cell.key.zone().equals(frame.zone().getId())
                      && cell.key.start() < frame.to()
                      && cell.key.start() > frame.from() - Periods.LONGEST_DAY_MILLIS
                      && endOfDay(cell.key) > frame.from())
          .toList();
    }

    private static long endOfDay(PeriodKey day) {
      ZoneId zone = About.zone(day.zone());
      return Periods.start(Periods.date(day.start(), zone).plusDays(1), zone);
    }

    /**
     * Says whether the days of the zone have all that there is: nothing of the time is in days of
     * another. Else hours of UTC make up the day as long as they are kept; and if they are not, a
     * day in which nothing was counted for another zone since it began has all but what came ahead
     * of the clock.
     */
    private boolean isOfDays(ReportFrame frame, List<Cell> others, long now) {
      if (!isOfOneDay(frame)) {
        return false;
      }
      if (others.isEmpty()) {
        return true;
      }
      return !(frame.isOfWholeHours() && hasHours(frame, now))
          && others.stream().allMatch(cell -> PeriodCell.newest(cell.value) < frame.from());
    }

    private boolean hasHours(ReportFrame frame, long now) {
      return about == null || frame.from() >= periods(about).oldestHour(now);
    }

    private static Periods periods(About about) {
      return new Periods(about.zone(), about.keepHours(), about.keepDays());
    }

    private static String zones(List<Cell> days) {
      return days.stream()
          .map(cell -> cell.key.zone())
          .distinct()
          .sorted()
          .collect(Collectors.joining(", "));
    }

    private void checkKept(
        ReportFrame frame, boolean ofDays, List<Cell> others, About about, long now) {
      if (ofDays) {
        if (frame.from() < periods(about).oldestDay(now)) {
          throw new UserError(
              frame.day()
                  + ": the roll-up keeps days for "
                  + about.keepDays()
                  + " days; --exact counts what the blocked topic still holds");
        }
        return;
      }
      if (frame.isOfWholeHours() && hasHours(frame, now)) {
        return;
      }
      String zones = others.isEmpty() ? about.zone().getId() : zones(others);
      if (isOfOneDay(frame)
          && cells.stream()
              .anyMatch(cell -> cell.key.kind() == PeriodKind.DAY && isDayOf(frame, cell.key))) {
        throw new UserError(
            frame.day()
                + ": the roll-up's zone was changed, and its days of zone "
                + zones
                + " may have records of this day too; --exact counts what the blocked topic still"
                + " holds");
      }
      if (!frame.isOfWholeHours()) {
        throw new UserError(
            "zone "
                + frame.zone()
                + ": its hours are not those of UTC, which the roll-up keeps; ask for a whole day"
                + " of zone "
                + zones
                + ", or --exact");
      }
      throw new UserError(
          frame.day()
              + ": the roll-up keeps hours for "
              + about.keepHours()
              + " hours, and longer only whole days of zone "
              + zones
              + "; ask for one of those, or --exact");
    }

    private List<String> notes(Tally old, Tally ahead, Tally unreadable) {
      List<String> notes = new ArrayList<>();
      if (about == null) {
        notes.add("the roll-up has counted nothing at all yet");
      }
      if (lag.events() > 0) {
        notes.add(
            ReportNotes.number(lag.events())
                + " events of the blocked topic are not counted yet: run this again in a moment,"
                + " or see that the roll-up runs");
      } else if (lag.events() < 0) {
        notes.add("whether the roll-up has counted all events is not known: " + lag.why());
      }
      aside(notes, old, "are of a time before all that the roll-up keeps");
      aside(notes, ahead, "are of a time too far ahead to be believed");
      if (unreadable.events > 0) {
        notes.add(
            ReportNotes.number(unreadable.events)
                + " records of the blocked topic, since the begin of this day, are no events that"
                + " this build can read: they are in no figure");
      }
      return notes;
    }

    private static void aside(List<String> notes, Tally tally, String why) {
      if (tally.records > 0) {
        notes.add(
            ReportNotes.number(tally.records)
                + " records that came since the begin of this day "
                + why
                + ": they are in no figure");
      }
    }
  }
}
