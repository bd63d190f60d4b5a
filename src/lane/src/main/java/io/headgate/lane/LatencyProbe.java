package io.headgate.lane;

import io.headgate.memory.Handle;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Takes the time of one event at a time, from the report of its first record to the ack: a clock is
 * read when one begins and when it ends, not for each event. {@link #begin} is the judging
 * thread's; the end is told once, by whoever is told of the event's.
 */
final class LatencyProbe {

  // The event under way is known by its handle. The judging thread sets it before it offers the
  // handle, which orders the two for the lane's thread; whoever ends it clears it.
  //
  //   field      written by                mode      read by                       mode
  //   event      judging thread, if none   volatile  judging thread, once an event volatile
  //              whoever ends it           volatile  lane's thread, once an event  volatile
  //   since      judging thread, before    plain     whoever ends it, after        plain
  //   listener   judging thread, at first  volatile  whoever ends it               volatile

  private final LongSupplier nanoClock;
  private volatile long event = Handle.NONE;
  private volatile LongConsumer listener = nanos -> {};
  private long since;

  LatencyProbe(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  void tell(LongConsumer newListener) {
    listener = newListener;
  }

  /** An event has been made; its time is taken if no other's is. */
  void begin(long handle) {
    if (event == Handle.NONE) {
      since = nanoClock.getAsLong();
      event = handle;
    }
  }

  /** Says whether an event's time is being taken, whose slot is about to be given back. */
  boolean isOf(long handle) {
    return event == handle;
  }

  /** The event whose time is taken is on the broker. */
  void acked() {
    long nanos = nanoClock.getAsLong() - since;
    event = Handle.NONE;
    listener.accept(nanos);
  }

  /** It will never be. */
  void failed() {
    event = Handle.NONE;
  }
}
