package io.headgate;

import io.headgate.concurrent.SpinLock;
import io.headgate.window.BucketClock;
import io.headgate.window.RowLayout;
import io.headgate.window.WindowSlab;
import io.headgate.window.WindowTable;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Several limits on each key inside one process, all or nothing: a key is admitted only if every
 * limit admits it, and then all are charged; else none is. Safe for any thread, no allocation per
 * decision, memory bounded. As {@link RateLimiter}, which has one limit and answers with a number,
 * but asked by fingerprint, and it tells in a {@link Verdict} which limit decided.
 *
 * <p>A stripe that is full of keys with live windows judges further ones together in one shared
 * row. A key's time never runs back. A full stripe tells by the latest time of any of its keys
 * which windows are over: where callers' times are apart, a key that is behind can lose a window
 * and get its budget anew; see {@link #behind}.
 */
public final class JointRateLimiter {

  private static final int STRIPES = 32;

  /** The windows of one limit; guarded by the stripe's lock. */
  private static final class Windows {
    final RateLimit limit;
    final BucketClock clock;
    final WindowTable table;

    // Of the decision under way.
    int row;
    long bucket;

    Windows(RateLimit limit, int keys) {
      this.limit = limit;
      this.clock = new BucketClock(limit.bucketMillis());
      this.table = new WindowTable(new RowLayout(limit.span(), limit.limit()), keys, row -> {});
    }
  }

  private static final class Stripe {
    final SpinLock lock = new SpinLock();
    final Windows[] windows;

    /** The latest time any key of this stripe was judged at. */
    long newest = Long.MIN_VALUE;

    long overflowed;

    long behind;

    Stripe(List<RateLimit> limits, int keys) {
      windows = limits.stream().map(limit -> new Windows(limit, keys)).toArray(Windows[]::new);
    }
  }

  private final List<RateLimit> limits;
  private final Stripe[] stripes;

  /**
   * Makes a limiter that knows no key yet.
   *
   * @param limits what each key is allowed, one or more
   * @param maxKeys keys that have windows of their own at a time, 1 to 2^30, spread over stripes
   * @throws IllegalArgumentException if there is no limit, or the bound is out of range
   */
  public JointRateLimiter(List<RateLimit> limits, int maxKeys) {
    this(limits, maxKeys, STRIPES);
  }

  JointRateLimiter(List<RateLimit> limits, int maxKeys, int stripes) {
    if (limits.isEmpty()) {
      throw new IllegalArgumentException("limits: found none, expected one or more");
    }
    if (maxKeys < 1 || maxKeys > 1 << 30) {
      throw new IllegalArgumentException("max.keys " + maxKeys + ": expected 1 to " + (1 << 30));
    }
    this.limits = List.copyOf(limits);
    int keys = (int) ((maxKeys + (long) stripes - 1) / stripes);
    this.stripes = new Stripe[stripes];
    for (int i = 0; i < stripes; i++) {
      this.stripes[i] = new Stripe(this.limits, keys);
    }
  }

  /**
   * Asks for units at a time.
   *
   * @param high upper half of the key's fingerprint, as {@link KeyHasher} makes it
   * @param low lower half
   * @param cost units, 0 or more; 0 is admitted and not charged
   * @param timeMillis the time, on the caller's scale
   * @param verdict gets what is said of it
   * @return true if it is admitted
   * @throws IllegalArgumentException if the cost is negative
   */
  public boolean tryAcquire(long high, long low, long cost, long timeMillis, Verdict verdict) {
    if (cost < 0) {
      throw new IllegalArgumentException("cost " + cost + ": expected 0 or more");
    }
    Stripe stripe = stripes[(int) high & (stripes.length - 1)];
    stripe.lock.lock();
    try {
      stripe.newest = Math.max(stripe.newest, timeMillis);
      int refused = prepare(stripe, high, low, cost, timeMillis);
      verdict.admitted = refused < 0;
      tell(stripe, refused < 0 ? charge(stripe, cost) : refused, cost, timeMillis, verdict);
      return refused < 0;
    } finally {
      stripe.lock.unlock();
    }
  }

  /** Moves every window of the key to the time; returns the first that has no room, or -1. */
  private static int prepare(Stripe stripe, long high, long low, long cost, long time) {
    int refused = -1;
    boolean overflowed = false;
    boolean behind = false;
    for (int i = 0; i < stripe.windows.length; i++) {
      Windows windows = stripe.windows[i];
      windows.bucket = windows.clock.bucket(time);
      int row = windows.table.find(high, low);
      if (row < 0) {
        behind |= windows.table.mayHaveForgotten(windows.bucket);
        row = windows.table.take(high, low, windows.bucket, horizon(stripe, windows));
        if (row == WindowTable.FULL) {
          row = WindowTable.SHARED_ROW;
          overflowed = true;
        }
      }
      windows.row = row;
      long units = windows.limit.limit();
      if (refused < 0 && cost > 0 && cost > windows.table.slab().room(row, windows.bucket, units)) {
        refused = i;
      }
    }
    if (overflowed) {
      stripe.overflowed++;
    }
    if (behind) {
      stripe.behind++;
    }
    return refused;
  }

  /** Charges all windows; returns the one with the least left. */
  private static int charge(Stripe stripe, long cost) {
    int tightest = 0;
    long least = Long.MAX_VALUE;
    for (int i = 0; i < stripe.windows.length; i++) {
      Windows windows = stripe.windows[i];
      long units = windows.limit.limit();
      long left = windows.table.slab().judge(windows.row, windows.bucket, units, cost);
      assert left >= 0 : "a limit that had room has none";
      if (left < least) {
        least = left;
        tightest = i;
      }
    }
    return tightest;
  }

  private static void tell(Stripe stripe, int which, long cost, long time, Verdict verdict) {
    Windows windows = stripe.windows[which];
    WindowSlab slab = windows.table.slab();
    int row = windows.row;
    verdict.limit = which;
    verdict.sharedRow = row == WindowTable.SHARED_ROW;
    verdict.remaining = windows.limit.limit() - slab.total(row);
    int empty = slab.bucketsUntilEmpty(row);
    verdict.resetMillis = empty == 0 ? 0 : until(windows, slab.head(row) + empty, time);
    int wait = verdict.admitted ? 0 : slab.bucketsUntil(row, windows.limit.limit(), cost);
    verdict.retryAfterMillis = wait <= 0 ? wait : until(windows, slab.head(row) + wait, time);
  }

  private static long until(Windows windows, long bucket, long time) {
    return Math.max(0, windows.clock.start(bucket) - time);
  }

  /** Rows whose head is before this bucket count for nothing any more. */
  private static long horizon(Stripe stripe, Windows windows) {
    long newest = windows.clock.bucket(stripe.newest);
    int span = windows.limit.span();
    return newest < Long.MIN_VALUE + span ? Long.MIN_VALUE : newest - span;
  }

  /**
   * Returns the limits.
   *
   * @return what each key is allowed, in the order of {@link Verdict#limit}
   */
  public List<RateLimit> limits() {
    return limits;
  }

  /**
   * Returns the number of keys with windows of their own: of the limit that has the most.
   *
   * @return keys
   */
  public long keys() {
    long most = 0;
    for (int i = 0; i < limits.size(); i++) {
      int number = i;
      most = Math.max(most, sum(stripe -> stripe.windows[number].table.size()));
    }
    return most;
  }

  /**
   * Returns how many decisions were made in a shared row, for want of one for the key.
   *
   * @return decisions
   */
  public long overflowed() {
    return sum(stripe -> stripe.overflowed);
  }

  /**
   * Returns how many decisions were made for keys without a window of their own, at times so far
   * behind those of other keys that a window of the key may have been given up before: its budget
   * may have started anew. Always 0 where times never run back, and while no stripe was full.
   *
   * @return decisions
   */
  public long behind() {
    return sum(stripe -> stripe.behind);
  }

  private long sum(ToLongFunction<Stripe> of) {
    long sum = 0;
    for (Stripe stripe : stripes) {
      stripe.lock.lock();
      try {
        sum += of.applyAsLong(stripe);
      } finally {
        stripe.lock.unlock();
      }
    }
    return sum;
  }
}
