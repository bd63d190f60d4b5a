package io.headgate.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.concurrent.SequenceLock;
import io.headgate.testkit.ExactLog;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a copy of a row tells is what the row, and the exact log, would say. */
class WindowCopyTest {

  private static final long HIGH = 7;

  private final WindowCopy copy = new WindowCopy();

  private static WindowTable table(int span, long limit, int maxRows) {
    return new WindowTable(new RowLayout(span, limit), maxRows, row -> {});
  }

  /** Fingerprints as a hash would make them: the index knows keys by their upper bits. */
  private static long low(int key) {
    return (key + 1) * 0x9e3779b97f4a7c15L;
  }

  @Property(tries = 300)
  void aCopySaysWhatTheExactLogSaysAsOfAnyLaterTime(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 12) int buckets,
      @ForAll @LongRange(min = 1, max = 700) long limit,
      @ForAll boolean strict) {
    Random random = new Random(seed);
    int span = strict ? buckets + 1 : buckets;
    long width = 1L + random.nextInt(3);
    BucketClock clock = new BucketClock(width);
    WindowTable table = table(span, limit, 3);
    ExactLog exact = new ExactLog(limit, buckets * width, buckets, strict);
    long time = random.nextInt(2_000) - 1_000L;
    for (int step = 0; step < 60; step++) {
      time += random.nextInt(4) == 0 ? random.nextInt((int) (3 * width * buckets)) : 0;
      int key = random.nextInt(2);
      long cost = random.nextInt((int) limit + 2);
      int row = table.find(HIGH, low(key));
      if (row < 0) {
        row = table.take(HIGH, low(key), clock.bucket(time), Long.MIN_VALUE);
      }
      boolean admitted = table.slab().judge(row, clock.bucket(time), limit, cost) >= 0;
      assertThat(admitted).isEqualTo(exact.admits("key-" + key, time, cost));

      assertThat(table.copy(HIGH, low(key), copy)).isEqualTo(WindowTable.COPIED);
      assertThat(copy.head()).isEqualTo(table.slab().head(row));
      assertThat(copy.total()).isEqualTo(table.slab().total(row));
      long later = time + random.nextInt((int) (2 * width * span));
      long bucket = clock.bucket(later);
      long used = exact.used("key-" + key, later);
      assertThat(copy.used(bucket)).isEqualTo(used).isEqualTo(table.slab().used(row, bucket));

      // The waits are the first buckets at which it is so, and the one before is not.
      int until = copy.bucketsUntil(bucket, limit, cost);
      assertThat(until).isEqualTo(expectedWait(exact, "key-" + key, clock, bucket, limit, cost));
      int empty = copy.bucketsUntilEmpty(bucket);
      assertThat(exact.used("key-" + key, clock.start(bucket + empty))).isZero();
      if (empty > 0) {
        assertThat(exact.used("key-" + key, clock.start(bucket + empty - 1))).isPositive();
      }
      if (bucket == table.slab().head(row)) {
        assertThat(until).isEqualTo(table.slab().bucketsUntil(row, limit, cost));
      }
    }
  }

  private static int expectedWait(
      ExactLog exact, String key, BucketClock clock, long bucket, long limit, long cost) {
    if (cost > limit) {
      return -1;
    }
    int wait = 0;
    while (exact.used(key, clock.start(bucket + wait)) > limit - cost) {
      wait++;
    }
    return wait;
  }

  @Test
  void aCopyDoesNotMoveTheRow() {
    WindowTable table = table(3, 100, 1);
    int row = table.take(HIGH, low(0), 10, 0);
    table.slab().judge(row, 10, 100, 5);
    assertThat(table.copy(HIGH, low(0), copy)).isEqualTo(WindowTable.COPIED);
    assertThat(copy.used(13)).isZero();
    table.slab().judge(row, 11, 100, 2);
    assertThat(copy.used(11)).as("a copy stays as it was").isEqualTo(5);
    assertThat(table.slab().total(row)).isEqualTo(7);
    assertThat(table.slab().head(row)).isEqualTo(11);
  }

  @Test
  void aKeyWithoutARowIsNoneAndTheSharedRowCanBeCopied() {
    WindowTable table = table(3, 100, 1);
    assertThat(table.copy(HIGH, low(0), copy)).isEqualTo(WindowTable.NO_ROW);
    table.slab().judge(WindowTable.SHARED_ROW, 10, 100, 5);
    assertThat(table.copyShared(copy)).isEqualTo(WindowTable.COPIED);
    assertThat(copy.used(10)).isEqualTo(5);
    assertThat(copy.used(Long.MAX_VALUE)).isZero();
  }

  /** A million copies while rows come and go, segments split and counters are widened. */
  @Test
  void copiesTakenWhileTheOwnerIsAtWorkAreWholeOrKnownNotToBe() throws InterruptedException {
    SequenceLock lock = new SequenceLock();
    WindowTable table = table(61, 200, 60_000);
    int keys = 50_000;
    int watched = 17;
    int row = table.take(HIGH, low(watched), 0, Long.MIN_VALUE);
    table.slab().judge(row, 0, 200, 1);
    CountDownLatch reading = new CountDownLatch(1);
    AtomicReference<@Nullable Throwable> error = new AtomicReference<>();
    Thread reader = new Thread(() -> read(lock, table, low(watched), reading, error), "reader");
    reader.start();
    reading.await();
    Random random = new Random(5);
    long bucket = 0;
    int passes = 0;
    // Long enough for everything to happen, and then until the reader has seen enough.
    while (passes++ < 3 || reader.isAlive()) {
      for (int key = 0; key < keys; key++) {
        long limit = passes < 2 ? 200 : 70_000;
        int of = random.nextInt(8) == 0 ? watched : key;
        lock.beginWrite();
        if (passes > 1) {
          table.slab().widen(70_000);
        }
        int found = table.find(HIGH, low(of));
        if (found < 0) {
          found = table.take(HIGH, low(of), bucket, Long.MIN_VALUE);
        } else if (of != watched && random.nextInt(4) == 0) {
          table.remove(found);
          found = -1;
        }
        if (found >= 0) {
          table.slab().judge(found, bucket, limit, 1 + random.nextInt(3));
        }
        lock.endWrite();
        bucket += random.nextInt(200) == 0 ? 1 : 0;
      }
    }
    reader.join();
    assertThat(error.get()).isNull();
  }

  private static void read(
      SequenceLock lock,
      WindowTable table,
      long low,
      CountDownLatch reading,
      AtomicReference<@Nullable Throwable> error) {
    WindowCopy copy = new WindowCopy();
    long newest = 0;
    int whole = 0;
    try {
      for (int tries = 0; whole < 20_000; tries++) {
        reading.countDown();
        long stamp = lock.beginRead();
        int found = table.copy(HIGH, low, copy);
        if (!lock.endRead(stamp)) {
          continue;
        }
        whole++;
        assertThat(found).as("a key that never goes, in try %s", tries).isZero();
        assertThat(copy.total()).isBetween(1L, 70_000L).isEqualTo(copy.used(copy.head()));
        assertThat(copy.head()).isGreaterThanOrEqualTo(newest);
        newest = copy.head();
      }
    } catch (RuntimeException | AssertionError e) {
      error.set(e);
    }
  }
}
