package io.headgate.concurrent;

import io.headgate.stress.ModelChecking;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/** The lock keeps additions apart, in every order that threads may take turns in. */
class SpinLockModelIT {

  /** A plain number that only the lock guards. */
  public static class Guarded {
    private final SpinLock lock = new SpinLock();
    private int value;

    /** Adds one. */
    @Operation
    public int add() {
      lock.lock();
      try {
        return ++value;
      } finally {
        lock.unlock();
      }
    }

    /** Reads it. */
    @Operation
    public int get() {
      lock.lock();
      try {
        return value;
      } finally {
        lock.unlock();
      }
    }
  }

  /** The same behind a lock that looks and then takes: two threads may look at once. */
  public static class GuardedByNoCas {
    private final AtomicBoolean held = new AtomicBoolean();
    private int value;

    /** Adds one. */
    @Operation
    public int add() {
      while (held.get()) {
        Thread.onSpinWait();
      }
      held.set(true);
      try {
        return ++value;
      } finally {
        held.set(false);
      }
    }
  }

  @Test
  void shouldKeepEveryAdditionOfTwoThreads() {
    ModelChecking.check(Guarded.class, 2);
  }

  @Test
  void shouldKeepEveryAdditionOfThreeThreads() {
    ModelChecking.check(Guarded.class, 3);
  }

  @Test
  void shouldCatchTheLockWithoutCompareAndSet() {
    ModelChecking.mustFail(GuardedByNoCas.class);
  }
}
