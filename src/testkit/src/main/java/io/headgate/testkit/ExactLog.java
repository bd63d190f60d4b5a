package io.headgate.testkit;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The oracle: what a limiter must say, worked out the slow way. It keeps every admitted record of
 * every key and adds up those that count, from the words of the contract alone and with none of the
 * limiter's code. Not thread-safe.
 *
 * <p>A time is a {@code long} of milliseconds. Bucket {@code b} of a time is {@code floorDiv(time,
 * window / buckets)}. Strict sums buckets {@code b - buckets} to {@code b}, standard one fewer; a
 * record is admitted if the sum and its cost are within the limit, and then charged to {@code b}. A
 * key's clock never runs back, and a blocked record moves it all the same.
 */
public final class ExactLog {

  /** One admitted record: when, by its key's clock, and how many units. */
  private record Admitted(long clock, long bucket, long cost) {}

  private static final class Key {
    final Deque<Admitted> counting = new ArrayDeque<>();
    final List<Admitted> all = new ArrayList<>();
    long newest = Long.MIN_VALUE;
  }

  private final long limit;
  private final long window;
  private final long width;
  private final long reach;
  private final boolean remembersAll;
  private final Map<String, Key> keys = new HashMap<>();

  /**
   * Makes an empty log.
   *
   * @param limit units per window
   * @param windowMillis length of the window, milliseconds
   * @param buckets parts of the window, dividing it
   * @param strict true for {@code buckets + 1} buckets in the sum, false for {@code buckets}
   */
  public ExactLog(long limit, long windowMillis, int buckets, boolean strict) {
    this(limit, windowMillis, buckets, strict, false);
  }

  /**
   * Makes an empty log that can also tell the worst span.
   *
   * @param limit units per window
   * @param windowMillis length of the window, milliseconds
   * @param buckets parts of the window, dividing it
   * @param strict true for {@code buckets + 1} buckets in the sum, false for {@code buckets}
   * @param remembersAll true to keep what has left the window, for {@link #worstSpan}
   */
  public ExactLog(
      long limit, long windowMillis, int buckets, boolean strict, boolean remembersAll) {
    if (windowMillis % buckets != 0) {
      throw new IllegalArgumentException("window does not divide by its buckets");
    }
    this.limit = limit;
    this.window = windowMillis;
    this.width = windowMillis / buckets;
    this.reach = strict ? buckets : buckets - 1;
    this.remembersAll = remembersAll;
  }

  /**
   * Judges a record, and remembers it if it is admitted.
   *
   * @param name the key
   * @param time of the record, milliseconds
   * @param cost units, 0 or more
   * @return true if it is admitted
   */
  public boolean admits(String name, long time, long cost) {
    if (!hasRoom(name, time, cost)) {
      return false;
    }
    charge(name, cost);
    return true;
  }

  /**
   * Judges a record as {@link #admits} does, but charges nothing: for records that other limits
   * must admit as well.
   *
   * @param name the key, whose clock moves
   * @param time of the record, milliseconds
   * @param cost units, 0 or more
   * @return true if there is room for it
   */
  public boolean hasRoom(String name, long time, long cost) {
    Key key = keys.computeIfAbsent(name, unused -> new Key());
    key.newest = Math.max(key.newest, time);
    long now = Math.floorDiv(key.newest, width);
    // What lies before the window lies before every later one: this forgets nothing that counts.
    while (!key.counting.isEmpty() && key.counting.peekFirst().bucket < now - reach) {
      key.counting.removeFirst();
    }
    if (cost == 0) {
      return true;
    }
    long sum = 0;
    for (Admitted admitted : key.counting) {
      sum += admitted.cost;
    }
    return cost <= limit - sum;
  }

  /**
   * Charges a record for which there was room.
   *
   * @param name the key
   * @param cost units, 0 or more
   * @throws IllegalStateException if the key has not been judged before
   */
  public void charge(String name, long cost) {
    Key key = keys.get(name);
    if (key == null) {
      throw new IllegalStateException("charged before it was judged: " + name);
    }
    if (cost == 0) {
      return;
    }
    Admitted admitted = new Admitted(key.newest, Math.floorDiv(key.newest, width), cost);
    key.counting.addLast(admitted);
    if (remembersAll) {
      key.all.add(admitted);
    }
  }

  /**
   * Judges a record that may be far in the future: one ahead of the wall clock by more than a bound
   * is judged as of the later of the key's newest time and the wall clock.
   *
   * @param name the key
   * @param time of the record, milliseconds
   * @param cost units, 0 or more
   * @param wallClock the time now, milliseconds
   * @param maxFuture how far ahead a record may be, milliseconds
   * @return true if it is admitted
   */
  public boolean admits(String name, long time, long cost, long wallClock, long maxFuture) {
    if (time <= wallClock + maxFuture) {
      return admits(name, time, cost);
    }
    Key key = keys.get(name);
    return admits(name, key == null ? wallClock : Math.max(key.newest, wallClock), cost);
  }

  /**
   * Says what counts, without judging anything.
   *
   * @param name the key
   * @param time as of when, milliseconds; its newest time if that is later
   * @return units in the window that ends then
   */
  public long used(String name, long time) {
    Key key = keys.get(name);
    if (key == null) {
      return 0;
    }
    long now = Math.floorDiv(Math.max(key.newest, time), width);
    long sum = 0;
    for (Admitted admitted : key.counting) {
      sum += admitted.bucket >= now - reach ? admitted.cost : 0;
    }
    return sum;
  }

  /**
   * Takes back what a key was charged; its clock stays.
   *
   * @param name the key
   */
  public void reset(String name) {
    Key key = keys.get(name);
    if (key != null) {
      key.counting.clear();
      key.all.clear();
    }
  }

  /**
   * Starts a key anew, as if it had never been seen.
   *
   * @param name the key
   */
  public void forget(String name) {
    keys.remove(name);
  }

  /**
   * Returns the most units admitted in any span of the window's length, wherever it begins, by the
   * key's clock.
   *
   * @param name the key
   * @return units
   * @throws IllegalStateException if this log does not remember all
   */
  public long worstSpan(String name) {
    if (!remembersAll) {
      throw new IllegalStateException("made without remembersAll");
    }
    Key key = keys.get(name);
    if (key == null) {
      return 0;
    }
    // A span that holds the most can be moved until it begins with a record. The clock never runs
    // back, so the records stand in its order.
    long worst = 0;
    long sum = 0;
    int end = 0;
    for (int begin = 0; begin < key.all.size(); begin++) {
      while (end < key.all.size() && key.all.get(end).clock - key.all.get(begin).clock < window) {
        sum += key.all.get(end++).cost;
      }
      worst = Math.max(worst, sum);
      sum -= key.all.get(begin).cost;
    }
    return worst;
  }
}
