package io.headgate.concurrent;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** What two threads may see of plain memory behind a {@link SpinLock}. */
public final class SpinLockStress {

  private SpinLockStress() {}

  /** One at a time, and the second sees what the first did. */
  @JCStressTest
  @Outcome(
      id = {"1, 2", "2, 1"},
      expect = ACCEPTABLE,
      desc = "One after the other.")
  @Outcome(expect = FORBIDDEN, desc = "Both inside at once, or one did not see the other's work.")
  @State
  public static class Mutex {
    private final SpinLock lock = new SpinLock();
    private int count;

    /** Counts under the lock. */
    @Actor
    public void one(II_Result r) {
      lock.lock();
      r.r1 = ++count;
      lock.unlock();
    }

    /** Counts under the lock. */
    @Actor
    public void two(II_Result r) {
      lock.lock();
      r.r2 = ++count;
      lock.unlock();
    }
  }

  /** Two fields that change together are seen together. */
  @JCStressTest
  @Outcome(
      id = {"0, 0", "1, 1"},
      expect = ACCEPTABLE,
      desc = "Before or after, never between.")
  @Outcome(expect = FORBIDDEN, desc = "Half of what happens under the lock.")
  @State
  public static class Publication {
    private final SpinLock lock = new SpinLock();
    private int x;
    private int y;

    /** Changes both. */
    @Actor
    public void writer() {
      lock.lock();
      x = 1;
      y = 1;
      lock.unlock();
    }

    /** Reads both, the other way round. */
    @Actor
    public void reader(II_Result r) {
      lock.lock();
      r.r2 = y;
      r.r1 = x;
      lock.unlock();
    }
  }

  /** {@code tryLock} lets one in. */
  @JCStressTest
  @Outcome(
      id = {"1, 0", "0, 1"},
      expect = ACCEPTABLE,
      desc = "One got it.")
  @Outcome(expect = FORBIDDEN, desc = "Both or none got it.")
  @State
  public static class TryLock {
    private final SpinLock lock = new SpinLock();

    /** Tries once, and keeps it. */
    @Actor
    public void one(II_Result r) {
      r.r1 = lock.tryLock() ? 1 : 0;
    }

    /** Tries once, and keeps it. */
    @Actor
    public void two(II_Result r) {
      r.r2 = lock.tryLock() ? 1 : 0;
    }
  }

  /** The broken twin of {@link Mutex}: it looks and then takes, without a CAS. Must be caught. */
  @JCStressTest
  @Outcome(
      id = {"1, 2", "2, 1"},
      expect = ACCEPTABLE,
      desc = "One after the other.")
  @Outcome(expect = FORBIDDEN, desc = "Both inside at once.")
  @State
  public static class NoCasTwin {
    private volatile boolean held;
    private int count;

    private void lock() {
      while (held) {
        Thread.onSpinWait();
      }
      held = true;
    }

    /** Counts under what is no lock. */
    @Actor
    public void one(II_Result r) {
      lock();
      r.r1 = ++count;
      held = false;
    }

    /** Counts under what is no lock. */
    @Actor
    public void two(II_Result r) {
      lock();
      r.r2 = ++count;
      held = false;
    }
  }
}
