package io.headgate.streams;

import io.headgate.KeyHasher;
import io.headgate.window.BucketClock;
import io.headgate.window.WindowCopy;
import io.headgate.window.WindowTable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One key's windows in all limits of a task, copied at one moment, and what can be told of them.
 * Belongs to the thread that reads.
 */
final class KeyWindows {

  private final LimitWindows[] limits;
  private final long[] high;
  private final long[] low;
  private final WindowCopy[] copies;

  /** Whether each copy is of the key's own row; else it is of the row that keys share. */
  private final boolean[] own;

  private long streamTime;

  KeyWindows(LimitWindows[] limits, byte[] key) {
    this.limits = limits;
    high = new long[limits.length];
    low = new long[limits.length];
    copies = new WindowCopy[limits.length];
    own = new boolean[limits.length];
    for (int i = 0; i < limits.length; i++) {
      KeyHasher hasher = limits[i].hasher();
      high[i] = hasher.high(key, 0, key.length);
      low[i] = hasher.low(key, 0, key.length);
      copies[i] = new WindowCopy();
    }
  }

  /**
   * Copies the windows, while their owner may be at work: then what is here afterwards is of no
   * use.
   *
   * @return false if what was met is no state of them
   */
  boolean read() {
    streamTime = Long.MIN_VALUE;
    for (int i = 0; i < limits.length; i++) {
      WindowTable table = limits[i].table();
      int found = table.copy(high[i], low[i], copies[i]);
      own[i] = found == WindowTable.COPIED;
      if (found == WindowTable.NO_ROW) {
        found = table.copyShared(copies[i]);
      }
      if (found == WindowTable.TORN) {
        return false;
      }
      streamTime = Math.max(streamTime, limits[i].streamTime());
    }
    return true;
  }

  /** Whether any limit has a row of the key. */
  boolean isKnown() {
    for (boolean each : own) {
      if (each) {
        return true;
      }
    }
    return false;
  }

  /** The latest time of any record that any limit believed; the least number if there was none. */
  long streamTime() {
    return streamTime;
  }

  /**
   * Tells what the key has used.
   *
   * @param units that its limits have
   * @param className the class of its records, or null
   * @param time as of when, milliseconds; the least number if none is known
   * @return one of each limit
   */
  List<KeyUsage> usage(CurrentUnits units, @Nullable String className, long time) {
    List<KeyUsage> usage = new ArrayList<>();
    for (int i = 0; i < limits.length; i++) {
      usage.add(usage(i, units.of(i, className, high[i], low[i]), time));
    }
    return usage;
  }

  private KeyUsage usage(int i, long units, long time) {
    BucketClock clock = limits[i].clock;
    WindowCopy copy = copies[i];
    boolean counts = own[i] || copy.total() != 0;
    // A key's clock never runs back: what comes earlier counts in its newest bucket.
    long at = counts ? Math.max(time, clock.start(copy.head())) : time;
    long bucket = clock.bucket(at);
    long used = counts ? copy.used(bucket) : 0;
    long empty = used == 0 ? 0 : clock.start(bucket + copy.bucketsUntilEmpty(bucket)) - at;
    int wait = used == 0 ? 0 : copy.bucketsUntil(bucket, units, 1);
    return new KeyUsage(
        limits[i].spec.ruleName(),
        limits[i].limit.windowMillis(),
        units,
        used,
        Math.max(0, units - used),
        Math.max(0, empty),
        wait <= 0 ? 0 : Math.max(0, clock.start(bucket + wait) - at),
        at == Long.MIN_VALUE ? -1 : at,
        own[i],
        !own[i] && used != 0);
  }
}
