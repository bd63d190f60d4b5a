package io.headgate.lane;

import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The lane of {@link Delivery#TRANSACTIONAL}: no ring and no thread. Each event is encoded where
 * its record was judged and handed to the producer of the task's own output, whose flush and
 * transaction it shares: so there is nothing to wait for before a commit. Only summaries are ever
 * open: there is always room.
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
  private final EventBook book;
  private final TopKeys topKeys;

  // Plain, as the book's counters: written by the judging thread, and a moment late for metrics.
  private long prepared;
  private long acked;

  /**
   * Makes a lane.
   *
   * @param settings what it is made of; the ring is not used, and with {@link Emit#EVERY} not more
   *     than one slot
   * @param output where its events go
   */
  public TransactionalLane(LaneSettings settings, Output output) {
    this.settings = settings;
    this.output = output;
    this.topKeys = new TopKeys(settings.topKeys(), System::nanoTime);
    int slots = settings.emit() == Emit.EVERY ? 1 : settings.slots();
    this.book = new EventBook(settings, slots, new OutputSink());
  }

  /** Sends at once: there is always room, and the slot is free again. */
  private final class OutputSink implements EventBook.Sink {
    @Override
    public boolean offer(long handle) {
      BlockedEvent event = book.event(handle);
      output.send(settings.topic(), book.kafkaKey(handle), BlockedEventJson.write(event));
      topKeys.add(event);
      book.release(handle);
      return true;
    }

    @Override
    public void made(long handle) {}

    @Override
    public void giveBack(LongConsumer release) {}
  }

  @Override
  public long report(BlockedFacts facts) {
    return book.report(facts);
  }

  @Override
  public void letGo(long handle) {
    book.letGo(handle);
  }

  @Override
  public boolean pump() {
    return book.pump();
  }

  @Override
  public boolean hasOpen() {
    return book.hasOpen();
  }

  @Override
  public void hasten() {
    book.pump();
  }

  @Override
  public void awaitAcked(long deadlineNanos) {
    book.pump();
    // The task's output is flushed next. That there is another commit says that the last one was.
    acked = prepared;
    prepared = book.offered();
  }

  @Override
  public void close() {}

  @Override
  public LaneStats stats() {
    return book.stats(acked, 0, 0, 0, 0);
  }

  /** Tells nothing: when an event is on the broker is not told here. */
  @Override
  public void onLatency(LongConsumer nanos) {}

  @Override
  public TopKeys topKeys() {
    return topKeys;
  }
}
