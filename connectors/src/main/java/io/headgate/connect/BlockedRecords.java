package io.headgate.connect;

import io.headgate.lane.AnalyticsLane;
import io.headgate.lane.BlockedFacts;
import io.headgate.lane.Delivery;
import io.headgate.lane.Emit;
import io.headgate.lane.LaneFailurePolicy;
import io.headgate.lane.LaneSettings;
import io.headgate.lane.LaneStats;
import io.headgate.lane.SharedLane;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of blocked records on the blocked topic, with the lane of Headgate in Kafka Streams. Best
 * effort: a transform is not told of commits, so nothing waits for an event but {@link #close}, and
 * that not for long; what is lost is counted. Belongs to the task's thread, but for the counts.
 */
final class BlockedRecords implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(BlockedRecords.class);

  private static final long EVENTS_PER_SECOND = 50_000;
  private static final int RING = 4_096;
  private static final int SLOTS = 2 * RING;
  private static final int SLOT_BYTES = 256;

  /** How long a task's end waits for the events that are on their way. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private static final Duration RETRY = Duration.ofSeconds(30);
  private static final long POLL_NANOS = 1_000_000;

  private final Supplier<Producer<byte[], byte[]>> producer;
  private final LongSupplier nanoTime;
  private final LaneSettings settings;

  /** Counted here while there is no lane; one writer. */
  private final AtomicLong lostWithoutLane = new AtomicLong();

  // A lane is opened with the first event, by the thread that it belongs to: Connect also makes
  // transforms that it never runs.
  private @Nullable SharedLane shared;

  /** Written by the task's thread; read by metrics. */
  private volatile Lanes lanes = new Lanes(null, new Sums(0, 0, 0));

  /** No lane is made before this time, if the last one failed. */
  private long retryAtNanos;

  private boolean failed;

  /** What became of events, and the blocked and shadow records that those lost stood for. */
  private record Sums(long eventsAcked, long eventsLost, long recordsLost) {
    Sums plus(LaneStats of) {
      return new Sums(
          eventsAcked + of.eventsAcked(),
          eventsLost + of.eventsLost(),
          recordsLost + of.recordsLost() + of.shadowRecordsLost());
    }
  }

  /** The lane of now, and what those before it came to. */
  private record Lanes(@Nullable AnalyticsLane lane, Sums before) {
    Sums sums() {
      return lane == null ? before : before.plus(lane.stats());
    }
  }

  BlockedRecords(Settings of, String topic, Map<String, Object> producer) {
    this(of, topic, () -> new KafkaProducer<>(producer), System::nanoTime);
  }

  BlockedRecords(
      Settings of,
      String topic,
      Supplier<Producer<byte[], byte[]>> producer,
      LongSupplier nanoTime) {
    this.producer = producer;
    this.nanoTime = nanoTime;
    this.settings =
        new LaneSettings(
            topic,
            of.name,
            List.of(Settings.RULE),
            RING,
            SLOTS,
            SLOT_BYTES,
            of.eventKey,
            Delivery.BEST_EFFORT,
            Emit.EVERY,
            LaneFailurePolicy.BEST_EFFORT,
            0);
  }

  /** Tells of a record. Waits only where it makes a producer, or closes one that has failed. */
  void report(BlockedFacts facts) {
    AnalyticsLane to = lane();
    if (to == null) {
      lostWithoutLane.lazySet(lostWithoutLane.get() + 1);
    } else {
      long unused = to.report(facts);
      if (hasEnded()) {
        to.pump();
      }
    }
  }

  /** Sends what waits for room. Cheap if nothing does. */
  void pump() {
    AnalyticsLane to = lanes.lane;
    if (to != null && (to.hasOpen() || hasEnded())) {
      to.pump();
    }
  }

  /** Says whether events are lost from now on: they are counted as they come, not at the end. */
  private boolean hasEnded() {
    return shared != null && shared.hasEnded();
  }

  private @Nullable AnalyticsLane lane() {
    if (hasEnded()) {
      if (!failed) {
        LOG.error(
            "limiter {}: events are lost until there is a new producer for blocked.topic {}, which"
                + " is tried in {} s",
            settings.limiter(),
            settings.topic(),
            RETRY.toSeconds());
        retryLater();
      } else if (isTimeToRetry()) {
        end();
      }
    }
    AnalyticsLane lane = lanes.lane;
    return lane == null && (!failed || isTimeToRetry()) ? open() : lane;
  }

  private void retryLater() {
    failed = true;
    retryAtNanos = nanoTime.getAsLong() + RETRY.toNanos();
  }

  private boolean isTimeToRetry() {
    return nanoTime.getAsLong() - retryAtNanos >= 0;
  }

  private @Nullable AnalyticsLane open() {
    try {
      shared =
          SharedLane.acquire(
              this, "headgate-connect-lane-" + settings.limiter(), EVENTS_PER_SECOND, producer);
      lanes = new Lanes(shared.open(settings), lanes.before);
      failed = false;
    } catch (KafkaException e) {
      // Such as a broker whose name is not known yet. Records are judged all the same.
      retryLater();
      Throwable cause = e.getCause() == null ? e : e.getCause();
      LOG.error(
          "limiter {}: no producer for blocked.topic {}: {}; events are lost until there is one,"
              + " which is tried every {} s: check {}*",
          settings.limiter(),
          settings.topic(),
          cause.getMessage(),
          RETRY.toSeconds(),
          Options.PRODUCER);
    }
    return lanes.lane;
  }

  /** Closes the lane, and keeps what it came to. */
  private void end() {
    AnalyticsLane lane = lanes.lane;
    if (lane != null && shared != null) {
      lane.close();
      shared.release();
      shared = null;
      lanes = new Lanes(null, lanes.sums());
    }
  }

  /** Returns how many events the broker has. */
  long eventsAcked() {
    return lanes.sums().eventsAcked;
  }

  /** Returns how many events were given up. */
  long eventsLost() {
    return lanes.sums().eventsLost;
  }

  /** Returns how many blocked and shadow records no event will tell of. */
  long recordsLost() {
    return lostWithoutLane.get() + lanes.sums().recordsLost;
  }

  /** Sends what waits, for as long as {@link #PATIENCE}; what is left is counted as lost. */
  @Override
  public void close() {
    AnalyticsLane to = lanes.lane;
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (to != null && !(to.pump() && isSettled(to.stats())) && System.nanoTime() - until < 0) {
      LockSupport.parkNanos(POLL_NANOS);
    }
    end();
    long lost = recordsLost();
    if (lost > 0) {
      LOG.warn(
          "limiter {}: events of {} blocked records did not reach topic {}",
          settings.limiter(),
          lost,
          settings.topic());
    }
  }

  private static boolean isSettled(LaneStats stats) {
    return stats.eventsOffered() == stats.eventsAcked() + stats.eventsLost();
  }
}
