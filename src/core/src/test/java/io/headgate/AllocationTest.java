package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.concurrent.SpinLock;
import io.headgate.concurrent.SpscLongRing;
import io.headgate.memory.GenerationalPool;
import io.headgate.memory.Handle;
import io.headgate.window.BucketClock;
import io.headgate.window.RowLayout;
import io.headgate.window.WindowSlab;
import io.headgate.window.WindowTable;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;

/** What runs for every record allocates nothing, once it is warm. */
class AllocationTest {

  private static final int CALLS = 1_000_000;
  private static final int KEYS = 10_000;

  /**
   * Bytes that a million calls may seem to allocate: the JVM counts by the thread, and charges it
   * with what the compiler of the moment does on its behalf (a class that is initialised, a frame
   * that is rebuilt when compiled code gives up). An object per call would be sixteen million.
   */
  private static final long SLACK = 16 * 1024;

  private static final int ATTEMPTS = 5;

  // com.sun.management.ThreadMXBean.getCurrentThreadAllocatedBytes, bound: the module under test
  // does
  // not read jdk.management, and a bound handle, unlike reflection, boxes nothing.
  private static final MethodHandle ALLOCATED = allocated();

  private static MethodHandle allocated() {
    try {
      MethodHandles.Lookup lookup = MethodHandles.publicLookup();
      Class<?> factory = Class.forName("java.lang.management.ManagementFactory");
      Class<?> standard = Class.forName("java.lang.management.ThreadMXBean");
      Class<?> extended = Class.forName("com.sun.management.ThreadMXBean");
      Object bean =
          lookup.findStatic(factory, "getThreadMXBean", MethodType.methodType(standard)).invoke();
      return lookup
          .findVirtual(
              extended, "getCurrentThreadAllocatedBytes", MethodType.methodType(long.class))
          .bindTo(bean);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static long allocatedBytes() {
    try {
      return (long) ALLOCATED.invokeExact();
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** The least of several attempts: noise only ever adds. The first ones are the warm-up. */
  private static long leastAllocated(Runnable millionCalls) {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < ATTEMPTS && least > 0; i++) {
      long before = allocatedBytes();
      millionCalls.run();
      least = Math.min(least, allocatedBytes() - before);
    }
    return least;
  }

  private static String[] texts() {
    String[] keys = new String[KEYS];
    for (int i = 0; i < KEYS; i++) {
      keys[i] = "user-" + i;
    }
    return keys;
  }

  /** Keeps results alive, so that no work is compiled away. */
  private long sink;

  @Test
  void shouldSeeAnAllocationWhenThereIsOne() {
    Object[] objects = new Object[1];
    long bytes =
        leastAllocated(
            () -> {
              for (int i = 0; i < CALLS; i++) {
                objects[0] = new long[1];
              }
            });

    assertThat(bytes).isGreaterThanOrEqualTo(16L * CALLS);
  }

  @Test
  void shouldAllocateNothingToJudgeAText() {
    String[] keys = texts();
    RateLimiter limiter = RateLimiter.of(RateLimit.perSecond(50));
    long[] time = new long[1];
    long bytes =
        leastAllocated(
            () -> {
              for (int i = 0; i < CALLS; i++) {
                sink += limiter.tryAcquire(keys[i % KEYS], 1, time[0]++ >> 3);
              }
            });

    assertThat(bytes).isLessThanOrEqualTo(SLACK);
    assertThat(limiter.keys()).isEqualTo(KEYS);
  }

  @Test
  void shouldAllocateNothingToBlock() {
    String[] keys = texts();
    RateLimiter limiter = RateLimiter.of(RateLimit.perSecond(1));
    long[] blocked = new long[1];
    long bytes =
        leastAllocated(
            () -> {
              for (int i = 0; i < CALLS; i++) {
                long decision = limiter.tryAcquire(keys[i % KEYS], 1, 0);
                blocked[0] += Decision.retryAfterMillis(decision) > 0 ? 1 : 0;
              }
            });

    assertThat(bytes).isLessThanOrEqualTo(SLACK);
    assertThat(blocked[0]).isGreaterThanOrEqualTo(CALLS - KEYS);
  }

  @Test
  void shouldAllocateNothingToJudgeANumberOrBytesOrToReadTheClock() {
    byte[][] keys = new byte[KEYS][];
    for (int i = 0; i < KEYS; i++) {
      keys[i] = ("user-" + i).getBytes(StandardCharsets.UTF_8);
    }
    RateLimiter limiter = RateLimiter.of(RateLimit.perSecond(50));
    long bytes =
        leastAllocated(
            () -> {
              for (int i = 0; i < CALLS / 2; i++) {
                sink += limiter.tryAcquire(keys[i % KEYS]);
                sink += limiter.tryAcquire(i % KEYS);
              }
            });

    assertThat(bytes).isLessThanOrEqualTo(SLACK);
  }

  @Test
  void shouldAllocateNothingToAdvanceJudgeAndLookAtARow() {
    for (long limit : new long[] {100, 1_000, 100_000, 10_000_000_000L}) {
      BucketClock clock = new BucketClock(20);
      WindowSlab slab = new WindowSlab(new RowLayout(51, limit), 1_000);
      for (int i = 0; i < 1_000; i++) {
        slab.take(i, i, 0);
      }
      long[] time = new long[1];
      long bytes =
          leastAllocated(
              () -> {
                for (int i = 0; i < CALLS; i++) {
                  int row = i % 1_000;
                  long bucket = clock.bucket(time[0]++);
                  sink += slab.judge(row, bucket, limit, limit / 3);
                  sink += slab.used(row, bucket + 40) + slab.bucketsUntil(row, limit, limit);
                  sink += slab.bucketsUntilEmpty(row);
                }
              });

      assertThat(bytes).as("%s", limit).isLessThanOrEqualTo(SLACK);
    }
  }

  @Test
  void shouldAllocateNothingToReplaceKeysInAFullTable() {
    WindowTable table = new WindowTable(new RowLayout(11, 100), 1_000, row -> {});
    KeyHasher hasher = KeyHasher.seeded(5);
    long[] next = new long[1];
    long bytes =
        leastAllocated(
            () -> {
              for (int i = 0; i < CALLS; i++) {
                long key = next[0]++;
                long high = hasher.high(key);
                long low = hasher.low(key);
                int row = table.find(high, low);
                sink += row < 0 ? table.take(high, low, key, key - 500) : row;
              }
            });

    assertThat(bytes).isLessThanOrEqualTo(SLACK);
    assertThat(table.reclaimed()).isGreaterThan(CALLS);
  }

  @Test
  void shouldAllocateNothingToPassAnElementThroughTheRing() {
    SpscLongRing ring = new SpscLongRing(64);
    long[] sum = new long[1];
    LongConsumer consumer = element -> sum[0] += element;
    long bytes =
        leastAllocated(
            () -> {
              for (int i = 1; i <= CALLS / 40; i++) {
                for (int k = 0; k < 20; k++) {
                  ring.offer(i);
                  sum[0] += ring.poll();
                }
                for (int k = 0; k < 20; k++) {
                  ring.offerLazy(i);
                }
                ring.flush();
                ring.drain(consumer, 64);
              }
            });

    assertThat(bytes).isLessThanOrEqualTo(SLACK);
    assertThat(ring.size()).isZero();
  }

  @Test
  void shouldAllocateNothingToLendASlotAndTakeItBack() {
    GenerationalPool pool = new GenerationalPool(1_000);
    long[] handles = new long[1_000];
    long bytes =
        leastAllocated(
            () -> {
              for (int i = 0; i < CALLS; i++) {
                int at = i % handles.length;
                pool.release(handles[at]);
                handles[at] = pool.acquire();
                sink += Handle.index(handles[at]);
              }
            });

    assertThat(bytes).isLessThanOrEqualTo(SLACK);
    assertThat(pool.live()).isEqualTo(1_000);
  }

  @Test
  void shouldAllocateNothingToLockAndUnlock() {
    SpinLock lock = new SpinLock();
    long bytes =
        leastAllocated(
            () -> {
              for (int i = 0; i < CALLS; i++) {
                lock.lock();
                sink++;
                lock.unlock();
              }
            });

    assertThat(bytes).isLessThanOrEqualTo(SLACK);
    assertThat(sink).isGreaterThanOrEqualTo(CALLS);
  }
}
