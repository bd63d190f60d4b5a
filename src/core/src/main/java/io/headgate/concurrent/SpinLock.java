package io.headgate.concurrent;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * A test-and-test-and-set lock for a few instructions on plain memory: cheaper than a JDK lock when
 * nobody waits, and unfair when many do. Waiters read and do not write until they see it free, so
 * the line stays shared; they back off to a pause, a yield and at last a short park, so that an
 * owner whose processor was taken away gets it back.
 *
 * <p>Not re-entrant: a thread that locks twice waits for itself for ever. Never held over a
 * caller's code, I/O, or anything that may block or run long. Any thread.
 */
public final class SpinLock extends SpinLockEnd {

  // Test-and-test-and-set after Rudolph and Segall (1984), with the back-off of Anderson (1990).
  //
  //   field   written by   mode              read by   mode     why that is enough
  //   state   locker       CAS, acquire      waiters   opaque   a hint: the CAS decides and orders
  //           owner        store, release
  //
  // Acquire keeps the critical section after the lock, release keeps it before the unlock; nothing
  // else has to be ordered, so neither needs volatile's full fence.

  private static final VarHandle STATE;

  static {
    try {
      STATE =
          MethodHandles.lookup()
              .findVarHandle(SpinLockState.class, "state", long.class)
              .withInvokeExactBehavior();
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final long FREE = 0;
  private static final long HELD = 1;
  private static final int MAX_PAUSES = 64;
  private static final int YIELDS = 8;
  private static final long PARK_NANOS = 20_000;

  private final boolean spins;

  /** Makes a free lock. */
  public SpinLock() {
    this(Runtime.getRuntime().availableProcessors() > 1);
  }

  /** With one processor the owner cannot go on while a waiter spins: then waiters do not. */
  SpinLock(boolean spins) {
    this.spins = spins;
  }

  /** Takes the lock, waiting for it if need be. Interrupts are left for the caller to see. */
  public void lock() {
    if (!tryLock()) {
      await();
    }
  }

  /**
   * Takes the lock if it is free now.
   *
   * @return false if somebody holds it
   */
  public boolean tryLock() {
    return STATE.compareAndSet((SpinLockState) this, FREE, HELD);
  }

  /** Gives the lock back. Only the thread that holds it may. */
  public void unlock() {
    assert isLocked() : "unlock of a lock that nobody holds";
    STATE.setRelease((SpinLockState) this, FREE);
  }

  /**
   * Says whether somebody holds the lock; true by the time it is read or not.
   *
   * @return a hint
   */
  public boolean isLocked() {
    return (long) STATE.getOpaque((SpinLockState) this) == HELD;
  }

  // Thread.yield is one step of a back-off that is right without it.
  @SuppressWarnings("ThreadPriorityCheck")
  private void await() {
    int pauses = spins ? 1 : MAX_PAUSES + 1;
    int yields = 0;
    do {
      while (isLocked()) {
        if (pauses <= MAX_PAUSES) {
          for (int i = 0; i < pauses; i++) {
            Thread.onSpinWait();
          }
          pauses <<= 1;
        } else if (yields < YIELDS) {
          yields++;
          Thread.yield();
        } else {
          LockSupport.parkNanos(this, PARK_NANOS);
        }
      }
    } while (!tryLock());
  }
}

// As in the ring: a class per line group fixes the order of fields in memory. The state is a long,
// since an int would fit into the gap after the object's header, beside whatever lies before it.

abstract class SpinLockBegin {
  long a00, a01, a02, a03, a04, a05, a06, a07;
  long a08, a09, a10, a11, a12, a13, a14, a15;
}

abstract class SpinLockState extends SpinLockBegin {
  long state;
}

abstract class SpinLockEnd extends SpinLockState {
  long b00, b01, b02, b03, b04, b05, b06, b07;
  long b08, b09, b10, b11, b12, b13, b14, b15;
}
