package io.headgate.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bound is how long a broken lock may hold the build up. */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class SpinLockTest {

  private static final int THREADS = 4;
  private static final int ROUNDS = 200_000;

  /** Plain fields: only a lock that excludes and orders keeps them right. */
  private long counter;

  private long twin;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldLetOneThreadInAtATime(boolean spins) throws Exception {
    SpinLock lock = new SpinLock(spins);
    CountDownLatch start = new CountDownLatch(THREADS);
    List<CompletableFuture<Long>> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      threads.add(onThread(() -> increment(lock, start)));
    }
    long torn = 0;
    for (CompletableFuture<Long> thread : threads) {
      torn += thread.get(30, TimeUnit.SECONDS);
    }

    assertThat(torn).isZero();
    assertThat(counter).isEqualTo((long) THREADS * ROUNDS);
    assertThat(lock.isLocked()).isFalse();
  }

  private long increment(SpinLock lock, CountDownLatch start) {
    await(start);
    long torn = 0;
    for (int i = 0; i < ROUNDS; i++) {
      if (i % 3 != 0 || !lock.tryLock()) {
        lock.lock();
      }
      try {
        torn += counter == twin ? 0 : 1;
        counter++;
        twin++;
      } finally {
        lock.unlock();
      }
    }
    return torn;
  }

  @Test
  void shouldTakeAFreeLockAndRefuseAHeldOneWhenItOnlyTries() throws Exception {
    SpinLock lock = new SpinLock();
    assertThat(lock.isLocked()).isFalse();
    assertThat(lock.tryLock()).isTrue();
    assertThat(lock.isLocked()).isTrue();

    // Not re-entrant: not the owner's thread either.
    assertThat(lock.tryLock()).isFalse();
    assertThat(onThread(lock::tryLock).get(30, TimeUnit.SECONDS)).isFalse();
    lock.unlock();
    assertThat(lock.isLocked()).isFalse();
    assertThat(onThread(lock::tryLock).get(30, TimeUnit.SECONDS)).isTrue();
    assertThat(lock.isLocked()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldWaitWhileAnotherHoldsTheLock(boolean spins) throws Exception {
    SpinLock lock = new SpinLock(spins);
    lock.lock();
    AtomicReference<Thread> waiter = new AtomicReference<>();
    CompletableFuture<Long> waiting =
        onThread(
            () -> {
              waiter.set(Thread.currentThread());
              lock.lock();
              try {
                return counter;
              } finally {
                lock.unlock();
              }
            });
    awaitParked(waiter);
    assertThat(waiting).isNotDone();
    counter = 42;
    lock.unlock();

    assertThat(waiting.get(30, TimeUnit.SECONDS)).isEqualTo(42);
    assertThat(lock.isLocked()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldLeaveAnInterruptForTheCallerToSee(boolean spins) throws Exception {
    SpinLock lock = new SpinLock(spins);
    lock.lock();
    AtomicReference<Thread> waiter = new AtomicReference<>();
    CompletableFuture<Boolean> waiting =
        onThread(
            () -> {
              waiter.set(Thread.currentThread());
              lock.lock();
              lock.unlock();
              return Thread.interrupted();
            });
    Thread parked = awaitParked(waiter);
    parked.interrupt();
    // It goes on waiting, though none of its parks lasts any more.
    for (int i = 0; i < 1_000_000; i++) {
      Thread.onSpinWait();
    }
    assertThat(waiting).isNotDone();
    lock.unlock();

    assertThat(waiting.get(30, TimeUnit.SECONDS)).isTrue();
  }

  /** A waiter backs off until it parks: then it waits as for an owner that is away. */
  private static Thread awaitParked(AtomicReference<Thread> waiter) {
    while (true) {
      Thread thread = waiter.get();
      if (thread != null && thread.getState() == Thread.State.TIMED_WAITING) {
        return thread;
      }
      Thread.onSpinWait();
    }
  }

  @Test
  void shouldCatchTheUnlockOfAFreeLockUnderAssertions() {
    SpinLock lock = new SpinLock();
    assertThatExceptionOfType(AssertionError.class).isThrownBy(lock::unlock);

    lock.lock();
    lock.unlock();
    assertThatExceptionOfType(AssertionError.class).isThrownBy(lock::unlock);
    assertThat(lock.tryLock()).isTrue();
  }

  private static void await(CountDownLatch start) {
    start.countDown();
    try {
      assertThat(start.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static <T> CompletableFuture<T> onThread(Supplier<T> work) {
    return CompletableFuture.supplyAsync(work, SpinLockTest::start);
  }

  private static void start(Runnable runnable) {
    Thread thread = new Thread(runnable);
    // One that hangs must not hold the build up.
    thread.setDaemon(true);
    thread.start();
  }
}
