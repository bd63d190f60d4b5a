package io.headgate.concurrent;

import java.util.concurrent.locks.LockSupport;

/**
 * What a duty cycle does when it found nothing to do: pause, then yield, then park, longer each
 * time up to a bound; or park at once, where nobody waits and others need the processor more. Any
 * thread may end a park early with {@link LockSupport#unpark}; all else belongs to one thread.
 */
public final class IdleStrategy {

  private static final int PAUSES = 64;
  private static final int YIELDS = 8;

  private final long minParkNanos;
  private final long maxParkNanos;
  private final int pauses;
  private final int yields;
  private final int enough;
  private int idles;
  private long parkNanos;

  /**
   * Makes a strategy that parks only after a while.
   *
   * @param minParkNanos the first park, nanoseconds
   * @param maxParkNanos the longest park, nanoseconds: how late work may be noticed if nobody ends
   *     the park
   */
  public IdleStrategy(long minParkNanos, long maxParkNanos) {
    this(minParkNanos, maxParkNanos, PAUSES, YIELDS, 1);
  }

  private IdleStrategy(long minParkNanos, long maxParkNanos, int pauses, int yields, int enough) {
    this.minParkNanos = minParkNanos;
    this.maxParkNanos = maxParkNanos;
    this.pauses = pauses;
    this.yields = yields;
    this.enough = enough;
    this.parkNanos = minParkNanos;
  }

  /**
   * Makes a strategy that parks at once, for the same time each time, and even after work if there
   * was little of it: what comes meanwhile is then done in one go, and a thread that has little to
   * do takes little from the others.
   *
   * @param parkNanos nanoseconds: how late work may be noticed if nobody ends the park
   * @param enough a count of work from which on the duty cycle goes on at once
   * @return the strategy
   */
  public static IdleStrategy paced(long parkNanos, int enough) {
    return new IdleStrategy(parkNanos, parkNanos, 0, 0, enough);
  }

  /**
   * Idles if there was nothing to do, or too little.
   *
   * @param workCount what the duty cycle returned
   */
  // Thread.yield is one step of a back-off that is right without it.
  @SuppressWarnings("ThreadPriorityCheck")
  public void idle(int workCount) {
    if (workCount >= enough) {
      idles = 0;
      parkNanos = minParkNanos;
      return;
    }
    if (idles < pauses) {
      idles++;
      Thread.onSpinWait();
    } else if (idles < pauses + yields) {
      idles++;
      Thread.yield();
    } else {
      LockSupport.parkNanos(this, parkNanos);
      parkNanos = Math.min(parkNanos * 2, maxParkNanos);
    }
  }
}
