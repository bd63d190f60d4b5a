package io.headgate.streams;

import io.headgate.lane.SlotLayout;
import io.headgate.rules.LatePolicy;
import io.headgate.rules.OverflowPolicy;
import io.headgate.window.BucketClock;
import io.headgate.window.WindowSlab;
import io.headgate.window.WindowTable;

/**
 * Judges records by one limit: the policies of time and overflow around its windows' verdict.
 * {@link #judge} decides and charges at once; where several limits must agree, {@link #prepare}
 * decides and {@link #charge} follows. Allocates nothing. Belongs to the task's stream thread.
 */
final class LimitJudge {

  /** Passes: charged, or to be charged. */
  static final int PASS = 0;

  /** Refused. */
  static final int REFUSE = 1;

  /** Passes for want of a row: nothing can be charged. */
  static final int NO_ROOM = 2;

  /** Passes by {@code late.policy}, uncharged. */
  static final int LATE_PASS = 3;

  /** What {@link #row} says when the last record has no row of its own. */
  static final int NO_ROW = -1;

  final LimitWindows windows;
  private final WindowTable table;
  private final WindowSlab slab;
  private final BucketClock clock;
  private LatePolicy latePolicy;
  private OverflowPolicy overflowPolicy;
  private final TimeSource time;
  private final long maxFutureMillis;
  private final int buckets;
  private final int span;

  /** Units that a counter holds: a limit that was raised past it widens the rows. */
  private long widest;

  private int row;
  private int judged;
  private long at;
  private long bucket;
  private int flags;
  private int notes;
  private long limit;
  private long left;
  private int suppressed;

  LimitJudge(
      LimitWindows windows,
      LimiterSettings settings,
      LatePolicy latePolicy,
      OverflowPolicy overflowPolicy) {
    this.windows = windows;
    this.table = windows.table();
    this.slab = table.slab();
    this.clock = windows.clock;
    this.latePolicy = latePolicy;
    this.overflowPolicy = overflowPolicy;
    this.time = settings.time;
    this.maxFutureMillis =
        settings.maxFutureMillis < 0 ? windows.limit.windowMillis() : settings.maxFutureMillis;
    this.buckets = windows.limit.buckets();
    this.span = windows.limit.span();
    this.widest = slab.counterMax();
    this.row = NO_ROW;
  }

  /** Takes over what the rule says now of late records and of keys without room. */
  void policies(LatePolicy late, OverflowPolicy overflow) {
    latePolicy = late;
    overflowPolicy = overflow;
  }

  /**
   * Judges a record, and charges it if it passes.
   *
   * @param high upper half of its key's fingerprint
   * @param low lower half
   * @param recordTime its timestamp, milliseconds
   * @param now the wall clock, milliseconds
   * @param units the limit
   * @param cost units, 0 or more
   * @return {@link #PASS} and its like
   */
  int judge(long high, long low, long recordTime, long now, long units, long cost) {
    meet(units);
    int found = findRow(high, low, recordTime, now);
    if (found != PASS) {
      return found;
    }
    windows.touch(judged);
    left = slab.judge(judged, bucket, units, cost);
    if (left >= 0) {
      passed();
      return PASS;
    }
    left = ~left;
    return REFUSE;
  }

  /** As {@link #judge}, but charges nothing yet. */
  int prepare(long high, long low, long recordTime, long now, long units, long cost) {
    meet(units);
    return look(findRow(high, low, recordTime, now), units, cost);
  }

  /** Says whether there is room in the row that was found, if one was. */
  private int look(int found, long units, long cost) {
    if (found != PASS) {
      return found;
    }
    windows.touch(judged);
    left = Math.max(0, slab.room(judged, bucket, units));
    return cost == 0 || cost <= left ? PASS : REFUSE;
  }

  /**
   * As {@link #prepare}, for a record that was held: at its key's clock, which is never late and
   * says nothing of the time of other keys.
   *
   * @param clockOffset the key's clock less the wall clock, milliseconds
   */
  int prepareHeld(long high, long low, long clockOffset, long now, long units, long cost) {
    meet(units);
    flags = 0;
    notes = 0;
    suppressed = 0;
    at = time == TimeSource.WALL_CLOCK || clockOffset > maxFutureMillis ? now : now + clockOffset;
    row = table.find(high, low);
    return look(row >= 0 ? known(true) : unknown(high, low, true), units, cost);
  }

  /**
   * Says whether the last record, which was refused, would be admitted at some time if nothing else
   * came: not if it costs more than the limit, and not where a policy refused it.
   */
  boolean opensLater(long cost) {
    boolean late = (flags & SlotLayout.LATE) != 0 && latePolicy == LatePolicy.BLOCK;
    boolean overflow = row == NO_ROW && overflowPolicy == OverflowPolicy.BLOCK;
    return cost <= limit && !late && !overflow;
  }

  /** The last record's time by its key's clock, milliseconds: its own, or the key's newest. */
  long clockMillis() {
    boolean none = row == NO_ROW && overflowPolicy != OverflowPolicy.SHARED_ROW;
    if (none || time == TimeSource.WALL_CLOCK) {
      return at;
    }
    return Math.max(at, clock.start(slab.head(judged)));
  }

  /**
   * When the last record, which was refused, would be admitted if nothing else came, by the wall
   * clock.
   *
   * @param clockOffset its key's clock less the wall clock, milliseconds
   */
  long opensAt(long cost, long clockOffset) {
    long opens = at + retryAfterMillis(cost);
    return time == TimeSource.WALL_CLOCK || clockOffset > maxFutureMillis
        ? opens
        : opens - clockOffset;
  }

  private void meet(long units) {
    limit = units;
    if (units > widest) {
      slab.widen(units);
      widest = slab.counterMax();
    }
  }

  /** Charges what {@link #prepare} found to pass. */
  void charge(long cost) {
    left = slab.judge(judged, bucket, limit, cost);
    assert left >= 0 : "a limit that had room has none";
    passed();
  }

  private void passed() {
    if (row != NO_ROW) {
      suppressed = slab.suppressed(row);
      if (suppressed != 0) {
        slab.suppressed(row, 0);
      }
    }
  }

  /** Notes that the last record was blocked: the next that passes is told of it. */
  void suppress() {
    if (row != NO_ROW) {
      int records = slab.suppressed(row);
      slab.suppressed(row, records == Integer.MAX_VALUE ? records : records + 1);
    }
  }

  private int findRow(long high, long low, long recordTime, long now) {
    flags = 0;
    notes = 0;
    suppressed = 0;
    boolean future = false;
    at = recordTime;
    if (time == TimeSource.WALL_CLOCK) {
      at = now;
    } else if (at > now && at - now > maxFutureMillis) {
      flags = SlotLayout.FUTURE;
      notes = 1 << LimiterCounters.FUTURE;
      future = true;
      at = now;
    }
    row = table.find(high, low);
    return row >= 0 ? known(future) : unknown(high, low, future);
  }

  private int known(boolean future) {
    judged = row;
    bucket = clock.bucket(at);
    long head = slab.head(row);
    if (bucket < head && !future) {
      notes |= 1 << LimiterCounters.LATE;
      if (head - bucket > buckets) {
        flags |= SlotLayout.LATE;
        if (latePolicy != LatePolicy.JUDGE) {
          return lateByPolicy();
        }
      }
    }
    if (!future) {
      windows.observe(at);
    }
    // A time that is not believed counts as now, or as the key's newest: the slab takes the later.
    return PASS;
  }

  private int lateByPolicy() {
    left = 0;
    if (latePolicy == LatePolicy.ADMIT) {
      notes |= 1 << LimiterCounters.LATE_ADMITTED;
      return LATE_PASS;
    }
    notes |= 1 << LimiterCounters.LATE_BLOCKED;
    return REFUSE;
  }

  private int unknown(long high, long low, boolean future) {
    if (!future) {
      windows.observe(at);
    }
    bucket = clock.bucket(at);
    long horizon = windows.horizon();
    row = table.take(high, low, bucket, horizon);
    if (row != WindowTable.FULL) {
      judged = row;
      if (bucket - span + 1 < horizon) {
        // A row that its window reaches may have been reclaimed before: its bound starts anew.
        notes |= 1 << LimiterCounters.BEHIND;
      }
      return PASS;
    }
    notes |= 1 << LimiterCounters.OVERFLOW;
    row = NO_ROW;
    left = 0;
    return switch (overflowPolicy) {
      case SHARED_ROW -> {
        flags |= SlotLayout.SHARED_ROW;
        judged = WindowTable.SHARED_ROW;
        yield PASS;
      }
      case ADMIT -> NO_ROOM;
      case BLOCK -> REFUSE;
    };
  }

  /** The row of the last record's key, or {@link #NO_ROW}. */
  int row() {
    return row;
  }

  /** What an event of the last record must say of it, as flags of {@link SlotLayout}. */
  int flags() {
    return flags;
  }

  /** What the last record is to be counted as, a bit for each of {@link LimiterCounters}. */
  int notes() {
    return notes;
  }

  /** Records of the key that were blocked since the last that passed, before this one passed. */
  int suppressed() {
    return suppressed;
  }

  /** Units of the limit that the last record met. */
  long limit() {
    return limit;
  }

  /** Units left in the last record's window, 0 or more. */
  long left() {
    return left;
  }

  /**
   * Milliseconds from the last record until its key has room, if nothing else comes.
   *
   * @param cost units that must find room
   * @return 0 if at once, -1 if never
   */
  long retryAfterMillis(long cost) {
    int of = row == NO_ROW ? WindowTable.SHARED_ROW : row;
    int wait = slab.bucketsUntil(of, limit, cost);
    return wait <= 0 ? wait : Math.max(0, clock.start(slab.head(of) + wait) - at);
  }

  /** Milliseconds from the last record until nothing of its key's window counts any more. */
  long resetMillis() {
    int of = row == NO_ROW ? WindowTable.SHARED_ROW : row;
    int empty = slab.bucketsUntilEmpty(of);
    return empty == 0 ? 0 : Math.max(0, clock.start(slab.head(of) + empty) - at);
  }
}
