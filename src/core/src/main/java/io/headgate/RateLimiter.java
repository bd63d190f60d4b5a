package io.headgate;

import io.headgate.concurrent.SpinLock;
import io.headgate.window.BucketClock;
import io.headgate.window.RowLayout;
import io.headgate.window.WindowSlab;
import io.headgate.window.WindowTable;
import java.util.Objects;
import java.util.function.ToLongFunction;

/**
 * Limits by key inside one process: safe for any thread, no allocation per decision, memory
 * bounded.
 *
 * <pre>{@code
 * RateLimiter limiter = RateLimiter.of(RateLimit.perMinute(100));
 * if (!Decision.isAdmitted(limiter.tryAcquire(userId))) { ... }
 * }</pre>
 *
 * <p>Keys are spread over stripes, each a {@link WindowTable} behind a {@link SpinLock} that is
 * held for one look-up and one verdict. A stripe that is full of keys with live windows judges
 * further ones together in one shared row, and counts them in {@link #overflowed}; a key that gets
 * a row while the shared one still counts starts with its counts. So the limiter then blocks too
 * much rather than too little, as long as all callers' times go on together.
 *
 * <p>A key's time never runs back: a decision at an earlier time is made at the latest time the key
 * has seen. But a stripe that is full tells by the latest time of any of its keys which windows are
 * over. Where callers' times are apart, as with times of records, a key that is behind can lose a
 * window that is live by its own time, and get its budget anew: {@link #behind} counts the
 * decisions of which that may be so. While it is 0, no key has been given more than its limit.
 */
public final class RateLimiter {

  private static final class Stripe {
    final SpinLock lock = new SpinLock();
    final WindowTable table;

    /** The latest time any key of this stripe was judged at; guarded by the lock, as all here. */
    long newest = Long.MIN_VALUE;

    long overflowed;

    long behind;

    Stripe(WindowTable table) {
      this.table = table;
    }
  }

  private final RateLimit limit;
  private final BucketClock clock;
  private final KeyHasher hasher;
  private final Ticker ticker;
  private final Stripe[] stripes;

  private RateLimiter(Builder builder) {
    this.limit = builder.limit;
    this.clock = new BucketClock(limit.bucketMillis());
    this.hasher = builder.hasher;
    this.ticker = builder.ticker;
    RowLayout layout = new RowLayout(limit.span(), limit.limit());
    int keysPerStripe = (int) ((builder.maxKeys + (long) builder.stripes - 1) / builder.stripes);
    this.stripes = new Stripe[builder.stripes];
    for (int i = 0; i < stripes.length; i++) {
      stripes[i] = new Stripe(new WindowTable(layout, keysPerStripe, row -> {}));
    }
  }

  /**
   * Makes a limiter with the defaults of {@link Builder}.
   *
   * @param limit what each key is allowed
   * @return the limiter
   */
  public static RateLimiter of(RateLimit limit) {
    return builder(limit).build();
  }

  /**
   * Starts a limiter that is not all defaults.
   *
   * @param limit what each key is allowed
   * @return a builder
   */
  public static Builder builder(RateLimit limit) {
    return new Builder(limit);
  }

  /**
   * Asks for one unit now.
   *
   * @param key whose budget is asked for
   * @return a {@link Decision}
   */
  public long tryAcquire(CharSequence key) {
    return tryAcquire(key, 1, ticker.read());
  }

  /**
   * Asks for units at a time.
   *
   * @param key whose budget is asked for
   * @param cost units, 0 or more; 0 is admitted and not charged
   * @param timeMillis the time, on the ticker's scale
   * @return a {@link Decision}
   * @throws IllegalArgumentException if the cost is negative
   */
  public long tryAcquire(CharSequence key, long cost, long timeMillis) {
    return judge(hasher.high(key), hasher.low(key), cost, timeMillis);
  }

  /**
   * Asks for one unit now.
   *
   * @param key whose budget is asked for
   * @return a {@link Decision}
   */
  public long tryAcquire(long key) {
    return tryAcquire(key, 1, ticker.read());
  }

  /**
   * Asks for units at a time.
   *
   * @param key whose budget is asked for
   * @param cost units, 0 or more; 0 is admitted and not charged
   * @param timeMillis the time, on the ticker's scale
   * @return a {@link Decision}
   * @throws IllegalArgumentException if the cost is negative
   */
  public long tryAcquire(long key, long cost, long timeMillis) {
    return judge(hasher.high(key), hasher.low(key), cost, timeMillis);
  }

  /**
   * Asks for one unit now.
   *
   * @param key whose budget is asked for; read, not kept
   * @return a {@link Decision}
   */
  public long tryAcquire(byte[] key) {
    return tryAcquire(key, 1, ticker.read());
  }

  /**
   * Asks for units at a time.
   *
   * @param key whose budget is asked for; read, not kept
   * @param cost units, 0 or more; 0 is admitted and not charged
   * @param timeMillis the time, on the ticker's scale
   * @return a {@link Decision}
   * @throws IllegalArgumentException if the cost is negative
   */
  public long tryAcquire(byte[] key, long cost, long timeMillis) {
    return judge(hasher.high(key, 0, key.length), hasher.low(key, 0, key.length), cost, timeMillis);
  }

  private long judge(long high, long low, long cost, long time) {
    if (cost < 0) {
      throw new IllegalArgumentException("cost " + cost + ": expected 0 or more");
    }
    Stripe stripe = stripe(high);
    long bucket = clock.bucket(time);
    stripe.lock.lock();
    try {
      if (time > stripe.newest) {
        stripe.newest = time;
      }
      WindowTable table = stripe.table;
      int row = table.find(high, low);
      if (row < 0) {
        if (table.mayHaveForgotten(bucket)) {
          stripe.behind++;
        }
        row = table.take(high, low, bucket, horizon(stripe));
        if (row == WindowTable.FULL) {
          row = WindowTable.SHARED_ROW;
          stripe.overflowed++;
        }
      }
      WindowSlab slab = table.slab();
      long left = slab.judge(row, bucket, limit.limit(), cost);
      return left >= 0
          ? Decision.admitted(left)
          : Decision.blocked(~left, retryAfter(slab, row, cost, time));
    } finally {
      stripe.lock.unlock();
    }
  }

  /** Rows whose head is before this bucket count for nothing any more. */
  private long horizon(Stripe stripe) {
    long newest = clock.bucket(stripe.newest);
    return newest < Long.MIN_VALUE + limit.span() ? Long.MIN_VALUE : newest - limit.span();
  }

  private long retryAfter(WindowSlab slab, int row, long cost, long time) {
    int buckets = slab.bucketsUntil(row, limit.limit(), cost);
    if (buckets < 0) {
      return Decision.NEVER;
    }
    // The end is later than the time: a negative wait is one that passed the end of long.
    long wait = clock.start(slab.head(row) + buckets) - time;
    return wait < 0 ? Decision.NEVER : wait;
  }

  /**
   * Returns the units a key could still acquire now, without acquiring any.
   *
   * @param key whose budget is looked at
   * @return units, 0 to the limit
   */
  public long remaining(CharSequence key) {
    long high = hasher.high(key);
    long low = hasher.low(key);
    long bucket = clock.bucket(ticker.read());
    Stripe stripe = stripe(high);
    stripe.lock.lock();
    try {
      int row = stripe.table.find(high, low);
      // A key without a row would be judged with what the shared row still counts.
      WindowSlab slab = stripe.table.slab();
      return limit.limit() - slab.used(row < 0 ? WindowTable.SHARED_ROW : row, bucket);
    } finally {
      stripe.lock.unlock();
    }
  }

  /**
   * Returns the limit.
   *
   * @return what each key is allowed
   */
  public RateLimit limit() {
    return limit;
  }

  /**
   * Returns the number of keys with a window of their own.
   *
   * @return keys
   */
  public long keys() {
    return sum(stripe -> stripe.table.size());
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

  private Stripe stripe(long high) {
    return stripes[(int) high & (stripes.length - 1)];
  }

  /** Settings of a {@link RateLimiter}. Not thread-safe. */
  public static final class Builder {
    private static final int MAX_KEYS = 1 << 30;

    private final RateLimit limit;
    private Ticker ticker = Ticker.monotonic();
    private KeyHasher hasher = KeyHasher.seeded(System.nanoTime());
    private int maxKeys = 1_000_000;
    private int stripes = 32;

    private Builder(RateLimit limit) {
      this.limit = Objects.requireNonNull(limit, "limit");
    }

    /**
     * Sets the clock of the calls that name no time.
     *
     * @param newTicker {@link Ticker#monotonic} by default
     * @return this
     */
    public Builder ticker(Ticker newTicker) {
      ticker = Objects.requireNonNull(newTicker, "ticker");
      return this;
    }

    /**
     * Bounds the keys that have windows of their own at a time; each stripe has its even share.
     *
     * @param keys 1,000,000 by default
     * @return this
     */
    public Builder maxKeys(int keys) {
      if (keys < 1 || keys > MAX_KEYS) {
        throw new IllegalArgumentException("max.keys " + keys + ": expected 1 to " + MAX_KEYS);
      }
      maxKeys = keys;
      return this;
    }

    /**
     * Sets how many locks the keys are spread over.
     *
     * @param count a power of two, 32 by default; 1 makes the bound on keys exact
     * @return this
     */
    public Builder stripes(int count) {
      if (count < 1 || count > 1 << 16 || Integer.bitCount(count) != 1) {
        throw new IllegalArgumentException(
            "stripes " + count + ": expected a power of two up to 65536");
      }
      stripes = count;
      return this;
    }

    /**
     * Sets the seed of fingerprints.
     *
     * @param newHasher by default one whose seed is of this instance alone
     * @return this
     */
    public Builder hasher(KeyHasher newHasher) {
      hasher = Objects.requireNonNull(newHasher, "hasher");
      return this;
    }

    /**
     * Makes the limiter.
     *
     * @return a limiter that knows no key yet
     */
    public RateLimiter build() {
      return new RateLimiter(this);
    }
  }
}
