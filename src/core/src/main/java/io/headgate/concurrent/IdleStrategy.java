package io.headgate.concurrent;

import java.util.concurrent.locks.LockSupport;

/**
 * What a duty cycle does when it found nothing to do: pause, then yield, then park, longer each
 * time up to a bound. Belongs to one thread, but for {@link #wakeUp}.
 */
public final class IdleStrategy {

  private static final int PAUSES = 64;
  private static final int YIELDS = 8;

  private final long minParkNanos;
  private final long maxParkNanos;
  private int idles;
  private long parkNanos;

  /** Set around a park, so that others unpark only who is parked: volatile, it is the idle path. */
  private volatile boolean parked;

  /**
   * Makes a strategy.
   *
   * @param minParkNanos the first park, nanoseconds
   * @param maxParkNanos the longest park, nanoseconds: how late work may be noticed if nobody calls
   *     {@link #wakeUp}
   */
  public IdleStrategy(long minParkNanos, long maxParkNanos) {
    this.minParkNanos = minParkNanos;
    this.maxParkNanos = maxParkNanos;
    this.parkNanos = minParkNanos;
  }

  /**
   * Idles if there was nothing to do.
   *
   * @param workCount what the duty cycle returned
   */
  // Thread.yield is one step of a back-off that is right without it.
  @SuppressWarnings("ThreadPriorityCheck")
  public void idle(int workCount) {
    if (workCount > 0) {
      idles = 0;
      parkNanos = minParkNanos;
      return;
    }
    if (idles < PAUSES) {
      idles++;
      Thread.onSpinWait();
    } else if (idles < PAUSES + YIELDS) {
      idles++;
      Thread.yield();
    } else {
      parked = true;
      LockSupport.parkNanos(this, parkNanos);
      parked = false;
      parkNanos = Math.min(parkNanos * 2, maxParkNanos);
    }
  }

  /**
   * Ends the park of the thread that idles here, if it is parked. May miss one that is about to
   * park: then the bound of the park is the delay.
   *
   * @param thread the thread that idles
   */
  public void wakeUp(Thread thread) {
    if (parked) {
      LockSupport.unpark(thread);
    }
  }
}
