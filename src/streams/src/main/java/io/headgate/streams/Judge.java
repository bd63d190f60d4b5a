package io.headgate.streams;

import io.headgate.KeyHasher;
import io.headgate.lane.SlotLayout;
import io.headgate.rules.LatePolicy;
import io.headgate.window.BucketClock;
import io.headgate.window.WindowSlab;
import io.headgate.window.WindowTable;

/**
 * Gives each record of a task its one outcome: the policies of time, keys and overflow around the
 * windows' verdict. Allocates nothing. Belongs to the task's stream thread.
 */
final class Judge {

  static final int ADMITTED = 0;
  static final int BLOCKED = 1;
  static final int BYPASSED = 2;

  /** What {@link #row} says when the last record has no row of its own. */
  static final int NO_ROW = -1;

  /** With a high half of 0, the fingerprint of records without a key: they share one row. */
  private static final long KEYLESS_LOW = 1;

  private final LimiterSettings settings;
  private final RateLimitStore store;
  private final WindowTable table;
  private final WindowSlab slab;
  private final BucketClock clock;
  private final KeyHasher hasher;
  private final long limit;
  private final LimiterCounters counters;

  private int row = NO_ROW;
  private int flags;
  private long high;
  private long low;

  Judge(LimiterSettings settings, RateLimitStore store, LimiterCounters counters) {
    this.settings = settings;
    this.store = store;
    this.table = store.table();
    this.slab = table.slab();
    this.clock = store.clock();
    this.hasher = store.hasher();
    this.limit = settings.limit.limit();
    this.counters = counters;
  }

  /**
   * Judges a record that has a key.
   *
   * @param time the record's timestamp, milliseconds
   * @param now the wall clock, milliseconds
   * @param cost units, 0 or more
   * @return the outcome
   */
  int judge(KeyReader key, long time, long now, long cost) {
    high = hasher.high(key.bytes(), 0, key.length());
    low = hasher.low(key.bytes(), 0, key.length());
    flags = 0;
    return judgeRow(time, now, cost);
  }

  private int judgeRow(long time, long now, long cost) {
    boolean future = false;
    if (settings.time == TimeSource.WALL_CLOCK) {
      time = now;
    } else if (isFuture(time, now)) {
      future = true;
      time = now;
    }
    row = table.find(high, low);
    if (row >= 0) {
      return judgeKnown(future, time, cost);
    }
    if (!future) {
      store.observe(time);
    }
    return judgeNew(clock.bucket(time), cost);
  }

  /** Says whether a time is too far ahead to be believed; counts and flags it then. */
  private boolean isFuture(long time, long now) {
    if (time <= now || time - now <= settings.maxFutureMillis) {
      return false;
    }
    flags |= SlotLayout.FUTURE;
    counters.add(LimiterCounters.FUTURE);
    return true;
  }

  private int judgeKnown(boolean future, long time, long cost) {
    long bucket = clock.bucket(time);
    long head = slab.head(row);
    if (bucket < head && !future) {
      counters.add(LimiterCounters.LATE);
      if (head - bucket > settings.limit.buckets()) {
        flags |= SlotLayout.LATE;
        if (settings.latePolicy != LatePolicy.JUDGE) {
          return lateByPolicy();
        }
      }
    }
    if (!future) {
      store.observe(time);
    }
    // A time that is not believed counts as now, or as the key's newest: the slab takes the later.
    return verdict(row, bucket, cost);
  }

  private int lateByPolicy() {
    if (settings.latePolicy == LatePolicy.ADMIT) {
      counters.add(LimiterCounters.LATE_ADMITTED);
      return ADMITTED;
    }
    counters.add(LimiterCounters.LATE_BLOCKED);
    return BLOCKED;
  }

  private int judgeNew(long bucket, long cost) {
    long horizon = store.horizon();
    row = table.take(high, low, bucket, horizon);
    if (row != WindowTable.FULL) {
      if (bucket - settings.limit.span() + 1 < horizon) {
        // A row that its window reaches may have been reclaimed before: its bound starts anew.
        counters.add(LimiterCounters.BEHIND);
      }
      return verdict(row, bucket, cost);
    }
    counters.add(LimiterCounters.OVERFLOW);
    row = NO_ROW;
    return switch (settings.overflowPolicy) {
      case SHARED_ROW -> shared(bucket, cost);
      case ADMIT -> BYPASSED;
      case BLOCK -> BLOCKED;
    };
  }

  /** Judges a record without a key. */
  int judgeKeyless(long time, long now, long cost) {
    counters.add(LimiterCounters.KEYLESS);
    high = 0;
    low = KEYLESS_LOW;
    flags = 0;
    row = NO_ROW;
    return switch (settings.noKeyPolicy) {
      case ADMIT -> BYPASSED;
      case BLOCK -> BLOCKED;
      case SHARED_ROW -> {
        flags = SlotLayout.SHARED_ROW;
        yield judgeRow(time, now, cost);
      }
    };
  }

  private int shared(long bucket, long cost) {
    flags |= SlotLayout.SHARED_ROW;
    return verdict(WindowTable.SHARED_ROW, bucket, cost);
  }

  private int verdict(int judged, long bucket, long cost) {
    store.touch(judged);
    return slab.judge(judged, bucket, limit, cost) >= 0 ? ADMITTED : BLOCKED;
  }

  /** The row of the last record's key, or {@link #NO_ROW}. */
  int row() {
    return row;
  }

  /** What an event of the last record must say of it, as flags of {@link SlotLayout}. */
  int flags() {
    return flags;
  }

  long high() {
    return high;
  }

  long low() {
    return low;
  }
}
