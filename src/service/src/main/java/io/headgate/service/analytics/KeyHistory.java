package io.headgate.service.analytics;

import io.headgate.lane.BlockedEvent;
import io.headgate.lane.BlockedEventSerde.EventDeserializer;
import io.headgate.service.config.KafkaSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.jspecify.annotations.Nullable;

/**
 * When one key was blocked, counted from the blocked topic's events: records per span of time, the
 * oldest span first. Immutable.
 *
 * @param from start of the first span, milliseconds since the epoch
 * @param stepMillis length of each
 * @param blocked records of each
 * @param shadowBlocked records of each that a shadow rule would have blocked
 * @param complete false if there were more events than were looked at
 */
public record KeyHistory(
    long from, long stepMillis, List<Long> blocked, List<Long> shadowBlocked, boolean complete) {

  private static final int SPANS = 60;

  /** What one answer may cost: a search is no report. */
  private static final long MOST_EVENTS = 2_000_000;

  private static final Duration MOST_TIME = Duration.ofSeconds(8);

  /** Ends a search that takes too much. */
  private static final class Enough extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Enough() {
      super(null, null, false, false);
    }
  }

  /**
   * Reads it: the events of all keys since then are looked at. Seconds at the most; what is not
   * looked at by then is left out.
   *
   * @param kafka settings of clients
   * @param topic the blocked topic
   * @param key the key's text, or its fingerprint where events show no more
   * @param from since when, by the records' own times
   * @param to until when
   * @return the counts
   */
  public static KeyHistory read(
      KafkaSettings kafka, String topic, String key, Instant from, Instant to) {
    long step = Math.max(1, (to.toEpochMilli() - from.toEpochMilli() + SPANS - 1) / SPANS);
    Counts counts = new Counts(key, from.toEpochMilli(), step);
    boolean complete = true;
    try (TopicScan scan = new TopicScan(kafka, topic)) {
      // An event is sent after its records, however old those are: none of the span is before it.
      scan.read(scan.since(from.toEpochMilli()), counts::add, (read, all) -> {});
    } catch (Enough e) {
      complete = false;
    }
    return new KeyHistory(
        from.toEpochMilli(),
        step,
        List.copyOf(counts.blocked),
        List.copyOf(counts.shadow),
        complete);
  }

  /** What was counted so far. */
  private static final class Counts {
    private final String key;
    private final long from;
    private final long step;
    private final long deadline = System.nanoTime() + MOST_TIME.toNanos();
    private final List<Long> blocked = new ArrayList<>();
    private final List<Long> shadow = new ArrayList<>();
    private final EventDeserializer events = new EventDeserializer();
    private long seen;

    Counts(String key, long from, long step) {
      this.key = key;
      this.from = from;
      this.step = step;
      for (int i = 0; i < SPANS; i++) {
        blocked.add(0L);
        shadow.add(0L);
      }
    }

    void add(ConsumerRecord<byte[], byte[]> record) {
      if (++seen > MOST_EVENTS || System.nanoTime() - deadline > 0) {
        throw new Enough();
      }
      BlockedEvent event = event(record);
      if (event == null
          || !(key.equals(event.key())
              || (event.key() == null && key.equals(event.fingerprint())))) {
        return;
      }
      long span = Math.floorDiv(event.firstTime() - from, step);
      if (span >= 0 && span < SPANS) {
        List<Long> counts = event.shadow() ? shadow : blocked;
        counts.set((int) span, counts.get((int) span) + event.count());
      }
    }

    private @Nullable BlockedEvent event(ConsumerRecord<byte[], byte[]> record) {
      try {
        return events.deserialize(record.topic(), record.value());
      } catch (SerializationException e) {
        return null;
      }
    }
  }
}
