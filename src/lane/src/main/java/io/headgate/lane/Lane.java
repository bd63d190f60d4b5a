package io.headgate.lane;

import io.headgate.memory.Handle;
import java.util.function.LongConsumer;

/**
 * A task's way for its blocked records' events to their topic. Belongs to the judging thread, but
 * for {@link #stats} and {@link #topKeys}, which any thread may ask for.
 */
public interface Lane {

  /**
   * Accounts for a blocked record, or for one that a shadow rule would have blocked.
   *
   * @param facts what is known of it, with the handle of its key's open event if it has one; read,
   *     not kept
   * @return the handle of the event that now stays open for this key, or {@link Handle#NONE}
   */
  long report(BlockedFacts facts);

  /**
   * Notes that nobody remembers a key's open event any more. If it is still open, it goes out, so
   * that nothing of the key that comes later overtakes it.
   *
   * @param handle what {@link #report} returned last for the key, perhaps stale
   */
  void letGo(long handle);

  /**
   * Sends whatever is open, as far as there is room. Cheap if nothing is.
   *
   * @return true if nothing is open any more
   */
  boolean pump();

  /**
   * Says whether any event is open: it waits for room, or for more of its key.
   *
   * @return true if {@link #pump} has work
   */
  boolean hasOpen();

  /**
   * Says that a commit is near: sends whatever is open, and has what waits sent at once. Never
   * waits; {@link #awaitAcked} must follow.
   */
  void hasten();

  /**
   * Comes before a commit: returns when the commit may go on, as {@link Delivery} says.
   *
   * @param deadlineNanos the latest {@link System#nanoTime} to wait until
   * @throws LaneException if an event failed, or the deadline passed
   */
  void awaitAcked(long deadlineNanos);

  /** Ends this side. Never waits. */
  void close();

  /**
   * Returns what this lane has done so far.
   *
   * @return counts of one moment
   */
  LaneStats stats();

  /**
   * Has the time told that events take from {@link #report} to the broker's ack: of one event at a
   * time, so that an event costs no clock. Once, before the first record. A lane that waits for no
   * acks has nothing to tell.
   *
   * @param nanos is told, by the thread that acks
   */
  void onLatency(LongConsumer nanos);

  /**
   * Returns which keys are blocked most right now. Lanes of one limiter on one {@link SharedLane}
   * have it in common, and it outlives them; a {@link TransactionalLane} has its own.
   *
   * @return the same object each time
   */
  TopKeys topKeys();
}
