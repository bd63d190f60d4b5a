package io.headgate.service.ingest;

import io.headgate.lane.AnalyticsLane;
import io.headgate.lane.BlockedFacts;
import io.headgate.lane.Delivery;
import io.headgate.lane.Emit;
import io.headgate.lane.LaneFailurePolicy;
import io.headgate.lane.LaneSettings;
import io.headgate.lane.SharedLane;
import io.headgate.lane.SlotLayout;
import io.headgate.memory.Handle;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.Producer;
import org.jspecify.annotations.Nullable;

/**
 * Tells of blocked lines on the blocked topic, with the lane that Kafka Streams applications use.
 * Belongs to the judging thread.
 */
final class BlockedLines implements AutoCloseable {

  private static final long EVENTS_PER_SECOND = 50_000;
  private static final int RING = 4_096;

  /** More than may be on their way: it is the ring that says that there is no room. */
  private static final int SLOTS = 2 * RING;

  private static final int SLOT_BYTES = 256;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final IngestSettings settings;
  private final SharedLane shared;
  private final AnalyticsLane lane;
  private final BlockedFacts facts = new BlockedFacts();

  private long told;

  BlockedLines(
      IngestSettings settings,
      String blockedTopic,
      String source,
      Supplier<Producer<byte[], byte[]>> producer) {
    this.settings = settings;
    this.shared = SharedLane.acquire(this, "headgate-ingest-lane", EVENTS_PER_SECOND, producer);
    this.lane =
        shared.open(
            new LaneSettings(
                blockedTopic,
                settings.name(),
                List.of("default"),
                RING,
                SLOTS,
                SLOT_BYTES,
                settings.eventKey(),
                Delivery.AT_LEAST_ONCE,
                Emit.EVERY,
                LaneFailurePolicy.STOP,
                0));
    facts.topic = source;
    facts.limit = settings.limit().limit();
    facts.windowMillis = settings.limit().windowMillis();
    facts.cost = 1;
    facts.keyKind = SlotLayout.KEY_TEXT;
  }

  /**
   * Tells of a line. Waits if events come faster than they can be sent.
   *
   * @param key its key, or null
   * @param number how many lines were judged before it
   * @param time milliseconds since the epoch
   * @throws io.headgate.lane.LaneException if events are not taken
   */
  void report(@Nullable String key, long number, long time) {
    if (key == null) {
      facts.keyLength = -1;
      facts.fingerprintHigh = 0;
      facts.fingerprintLow = 0;
    } else {
      facts.key = key.getBytes(StandardCharsets.UTF_8);
      facts.keyLength = facts.key.length;
      facts.fingerprintHigh = settings.hasher().high(key);
      facts.fingerprintLow = settings.hasher().low(key);
    }
    facts.offset = number;
    facts.time = time;
    if (lane.report(facts) != Handle.NONE) {
      // There is no room: the event is open, for more of its key. Unlike a stream thread, this one
      // can wait, and so each line has an event with its key.
      settle();
    }
  }

  /** Sends what waits for room. */
  void pump() {
    lane.pump();
  }

  /**
   * Waits until Kafka has all events so far.
   *
   * @throws io.headgate.lane.LaneException if it has not, or does not take them
   */
  void settle() {
    lane.awaitAcked(System.nanoTime() + PATIENCE.toNanos());
    told = lane.stats().records();
  }

  /** Returns how many blocked lines events on the topic told of when they were settled last. */
  long told() {
    return told;
  }

  @Override
  public void close() {
    lane.close();
    shared.release();
  }
}
