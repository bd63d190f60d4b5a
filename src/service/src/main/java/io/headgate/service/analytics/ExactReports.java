package io.headgate.service.analytics;

import io.headgate.lane.BlockedEvent;
import io.headgate.lane.BlockedEventSerde.EventDeserializer;
import io.headgate.service.config.KafkaSettings;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.jspecify.annotations.Nullable;

/**
 * Answers by counting the events of the blocked topic one by one: all figures are exact, and take
 * as much memory as there are keys. Immutable; safe for any thread.
 *
 * <p>An event is sent after its records, so those of a day stand behind its begin on the topic, to
 * the topic's end: what was replayed later too. Events of records whose time was ahead of the clock
 * by more than {@value #SLACK_HOURS} hours may stand before, and are not found.
 */
public final class ExactReports implements Reports {

  /** Is told how far a scan is. */
  @FunctionalInterface
  public interface Progress {
    /**
     * So far.
     *
     * @param read offsets that were read
     * @param all offsets that there are to read
     */
    void at(long read, long all);
  }

  private static final int SLACK_HOURS = 2;

  private final KafkaSettings kafka;
  private final String blockedTopic;
  private final ZoneId zone;
  private final Progress progress;
  private final InstantSource clock;

  /**
   * Makes one.
   *
   * @param kafka where the brokers are, and how to log in
   * @param blockedTopic the topic of blocked records
   * @param zone whose days are meant where a query does not say
   * @param progress is told after each batch, in the thread that asks
   */
  public ExactReports(KafkaSettings kafka, String blockedTopic, ZoneId zone, Progress progress) {
    this(kafka, blockedTopic, zone, progress, InstantSource.system());
  }

  ExactReports(
      KafkaSettings kafka,
      String blockedTopic,
      ZoneId zone,
      Progress progress,
      InstantSource clock) {
    this.kafka = kafka;
    this.blockedTopic = blockedTopic;
    this.zone = zone;
    this.progress = progress;
    this.clock = clock;
  }

  @Override
  public Report read(ReportQuery query) {
    ReportFrame frame =
        ReportFrame.of(query, query.zone() == null ? zone : query.zone(), clock.instant());
    try (TopicScan scan = new TopicScan(kafka, blockedTopic)) {
      Map<TopicPartition, Long> begins = scan.begins();
      Map<TopicPartition, Long> from =
          // Kafka knows no time before 1970.
          scan.since(Math.max(0, frame.from() - SLACK_HOURS * Periods.HOUR_MILLIS));
      Count count = new Count(frame);
      scan.read(from, count::add, progress::at);
      return count.report(isCutOff(begins, from));
    }
  }

  /** Says whether events may be gone that the scan would have begun with. */
  private static boolean isCutOff(
      Map<TopicPartition, Long> begins, Map<TopicPartition, Long> from) {
    return begins.entrySet().stream()
        .anyMatch(
            begin -> begin.getValue() > 0 && begin.getValue().equals(from.get(begin.getKey())));
  }

  /** The sums of one scan. */
  private static final class Count {
    private final ReportFrame frame;
    private final ReportSums<ExactSum> sums;
    private final EventDeserializer events = new EventDeserializer();
    private long newest = Long.MIN_VALUE;
    private long unreadable;

    Count(ReportFrame frame) {
      this.frame = frame;
      this.sums = new ReportSums<>(frame, ExactSum::new);
    }

    void add(ConsumerRecord<byte[], byte[]> record) {
      newest = Math.max(newest, record.timestamp());
      BlockedEvent event = read(record);
      if (event == null) {
        unreadable++;
      } else if (frame.contains(event.firstTime())) {
        KeyName key = KeyName.of(event);
        boolean spans = spans(event);
        sums.add(
            event.firstTime(),
            event.limiter(),
            event.rule(),
            event.shadow(),
            sum -> sum.add(event, key, spans));
      }
    }

    /** As the roll-up has it: for hours, out of the hour; for a day, out of the day. */
    private boolean spans(BlockedEvent event) {
      boolean byDay = frame.isWholeDay() && frame.query().by() != By.HOUR;
      return byDay
          ? !frame.contains(event.lastTime())
          : frame.rowOf(event.lastTime()) != frame.rowOf(event.firstTime());
    }

    private @Nullable BlockedEvent read(ConsumerRecord<byte[], byte[]> record) {
      try {
        return events.deserialize(record.topic(), record.value());
      } catch (SerializationException e) {
        return null;
      }
    }

    Report report(boolean cutOff) {
      List<String> notes = new ArrayList<>();
      if (cutOff) {
        notes.add(
            "the blocked topic may no longer hold all events of the time: retention has deleted"
                + " what was before its first ones");
      }
      if (unreadable > 0) {
        notes.add(
            ReportNotes.number(unreadable)
                + " records of the blocked topic since the begin of this day are no events that"
                + " this build can read: they are in no figure");
      }
      Instant last = newest == Long.MIN_VALUE ? null : Instant.ofEpochMilli(newest);
      return sums.report(true, last, 0, notes);
    }
  }
}
