package io.headgate.lane;

import io.headgate.memory.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The lane of {@link Delivery#TRANSACTIONAL}: no ring and no thread. Each event is encoded where
 * its record was judged and handed to the producer of the task's own output, whose flush and
 * transaction it shares: so there is nothing to wait for before a commit.
 */
public final class TransactionalLane implements Lane {

  /** Sends an event with the task's output. */
  @FunctionalInterface
  public interface Output {
    /**
     * Sends an event.
     *
     * @param topic the blocked topic
     * @param key Kafka's key of the event, or null
     * @param value the event
     */
    void send(String topic, byte @Nullable [] key, byte[] value);
  }

  private final LaneSettings settings;
  private final Output output;
  private final Attempt attempt = new Attempt();

  /** One slot: what the other lane keeps for its thread is read at once here. */
  private final byte[] slot;

  // Plain, as the other lane's: written by the judging thread, and a moment late for metrics.
  private long sent;
  private long prepared;
  private long acked;

  /**
   * Makes a lane.
   *
   * @param settings what it is made of; ring and slots are not used, but for the length of a key
   * @param output where its events go
   */
  public TransactionalLane(LaneSettings settings, Output output) {
    this.settings = settings;
    this.output = output;
    this.slot = new byte[settings.slotBytes()];
  }

  @Override
  public long report(BlockedFacts facts) {
    SlotLayout.write(slot, 0, slot.length, facts, 0, attempt.ordinal(facts.offset));
    BlockedEvent event =
        SlotLayout.read(
            slot,
            0,
            SlotLayout.getInt(slot, SlotLayout.FLAGS),
            settings,
            facts.topic,
            facts.partition,
            attempt.mark);
    output.send(
        settings.topic(),
        SlotLayout.kafkaKey(slot, 0, settings.eventKey()),
        BlockedEventJson.write(event));
    sent++;
    return Handle.NONE;
  }

  @Override
  public boolean pump() {
    return true;
  }

  @Override
  public boolean hasOpen() {
    return false;
  }

  @Override
  public void awaitAcked(long deadlineNanos) {
    // The task's output is flushed next. That there is another commit says that the last one was.
    acked = prepared;
    prepared = sent;
  }

  @Override
  public void close() {}

  @Override
  public LaneStats stats() {
    return new LaneStats(sent, sent, acked, 0, 0, 0, 0, 0, 0, slot.length, 0);
  }
}
