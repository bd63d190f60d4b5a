package io.headgate.concurrent;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A sequence lock: one writer that never waits, and readers that notice when it was at work. The
 * writer makes a stamp odd before it changes anything and even again afterwards; a reader that
 * finds the same even stamp before and after has read one state, and any other reader has read
 * nothing and must ask again.
 *
 * <pre>{@code
 * long stamp = lock.beginRead();
 * // read, into variables of one's own, what may be half of one state and half of another:
 * // bounds must be checked, loops must end by themselves
 * boolean whole = lock.endRead(stamp);
 * }</pre>
 *
 * <p>One thread writes at a time, and whatever passes the writing on orders the two; any thread
 * reads. A writer pays two stores. Not re-entrant: a write inside a write would tell readers that
 * nobody writes.
 */
public final class SequenceLock {

  // Lameter, "Effective synchronization on Linux/NUMA systems" (2005); for what a language's memory
  // model has to say, Boehm, "Can seqlocks get along with programming language memory models?"
  // (2012), and java.util.concurrent.locks.StampedLock, whose optimistic reads these are.
  //
  //   field   written by          mode             read by   mode           why that is enough
  //   stamp   beginWrite          opaque, then a   readers   acquire (1st)  below
  //                               store fence
  //           endWrite            release                    opaque (2nd), after a load fence
  //
  //   writer   stamp = odd    | storeStore | data ...         release | stamp = even
  //   reader   acquire | first = stamp     | data ... | loadLoad      | second = stamp
  //
  // If a reader saw any of the data of a write, then the store fence and the load fence have it see
  // that write's odd stamp, or a later one, the second time. If it saw any data older than a write,
  // although its first stamp was that write's even one, release and acquire would be broken.
  //
  // The data itself is read and written plainly: a reader may see anything that was ever written,
  // mixed, but nothing out of thin air, and of an object its final fields as they are.

  private static final VarHandle STAMP;

  static {
    try {
      STAMP =
          MethodHandles.lookup()
              .findVarHandle(SequenceLock.class, "stamp", long.class)
              .withInvokeExactBehavior();
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private long stamp;

  /** Makes a lock that nobody has written under yet. */
  public SequenceLock() {}

  /** Comes before a change. The writer's thread. */
  public void beginWrite() {
    long odd = stamp + 1;
    assert (odd & 1) == 1 : "a write inside a write";
    STAMP.setOpaque(this, odd);
    VarHandle.storeStoreFence();
  }

  /** Comes after a change, whatever became of it. The writer's thread. */
  public void endWrite() {
    long even = stamp + 1;
    assert (even & 1) == 0 : "the end of no write";
    STAMP.setRelease(this, even);
  }

  /**
   * Says whether a write is under way: for assertions of those who are to be called in one. The
   * writer's thread.
   *
   * @return true between {@link #beginWrite} and {@link #endWrite}
   */
  public boolean isWriting() {
    return (stamp & 1) == 1;
  }

  /**
   * Begins a read. Any thread.
   *
   * @return what {@link #endRead} is to be given; odd if a write is under way, so that a read now
   *     would be for nothing
   */
  public long beginRead() {
    return (long) STAMP.getAcquire(this);
  }

  /**
   * Ends a read. Any thread.
   *
   * @param begun what {@link #beginRead} returned
   * @return true if all that was read in between is of one state
   */
  public boolean endRead(long begun) {
    VarHandle.loadLoadFence();
    return (begun & 1) == 0 && (long) STAMP.getOpaque(this) == begun;
  }
}
