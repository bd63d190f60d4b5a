package io.headgate.lane;

import io.headgate.window.BucketClock;
import io.headgate.window.RowLayout;
import io.headgate.window.WindowSlab;

/**
 * How many events a second the lane may send: the limiter itself, with one row. Belongs to the
 * lane's thread.
 */
final class EventBudget {

  private static final int BUCKETS = 10;
  private static final long BUCKET_NANOS = 1_000_000_000L / BUCKETS;

  private final long perSecond;
  private final BucketClock clock = new BucketClock(BUCKET_NANOS);
  private final WindowSlab slab;
  private final int row;

  EventBudget(long perSecond, long nowNanos) {
    this.perSecond = perSecond;
    // An event that a commit cannot wait for is sent and charged beyond the budget.
    this.slab = new WindowSlab(new RowLayout(BUCKETS, Long.MAX_VALUE), 1);
    this.row = slab.take(0, 0, clock.bucket(nowNanos));
  }

  /** How many events may go now. */
  int left(long nowNanos) {
    long left = perSecond - slab.used(row, clock.bucket(nowNanos));
    return (int) Math.max(0, Math.min(left, Integer.MAX_VALUE));
  }

  void spend(int events, long nowNanos) {
    slab.judge(row, clock.bucket(nowNanos), Long.MAX_VALUE, events);
  }
}
