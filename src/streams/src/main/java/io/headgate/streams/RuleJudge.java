package io.headgate.streams;

import io.headgate.KeyHasher;
import io.headgate.RateLimit;
import io.headgate.rules.BoundLimits;
import io.headgate.rules.RecordView;
import io.headgate.rules.Rule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Judges records by one rule: all of its limits admit and are charged, or none is. Belongs to the
 * task's stream thread; allocates nothing.
 */
final class RuleJudge {

  /** Of these parts of a limit, what is used up counts as near it. */
  private static final int PERCENT = 100;

  final int number;

  /** What the rule's held records are found by. */
  final int tag;

  final KeyHasher hasher;
  final LimitJudge[] limits;
  final RuleCounters counters;

  private final int[] codes;

  /** Where the rule has each limit now: they may have been put into another order. */
  private final int[] places;

  private final long[] units;
  private final long[] nearLeft;
  private final int nearPercent;
  private Rule rule;
  private int position;
  private @Nullable BoundLimits overrides;
  private int refusing;
  private long high;
  private long low;

  RuleJudge(int number, Rule rule, KeyHasher hasher, List<LimitJudge> limits, int nearPercent) {
    this.number = number;
    this.tag = HeldFormat.tag(rule.name());
    this.rule = rule;
    this.hasher = hasher;
    this.limits = limits.toArray(LimitJudge[]::new);
    this.counters = new RuleCounters();
    this.codes = new int[this.limits.length];
    this.places = new int[this.limits.length];
    this.units = new long[this.limits.length];
    this.nearLeft = new long[this.limits.length];
    this.nearPercent = nearPercent;
  }

  Rule rule() {
    return rule;
  }

  /**
   * Takes over what a rule says now; its windows stay as they are.
   *
   * @param newPosition the rule's number among those that are walked now
   * @param newOverrides units that keys and classes have instead; null if there are none
   */
  void adopt(int newPosition, Rule newRule, @Nullable BoundLimits newOverrides) {
    position = newPosition;
    rule = newRule;
    overrides = newOverrides;
    for (int i = 0; i < limits.length; i++) {
      places[i] = place(newRule, limits[i].windows.limit);
      units[i] = newRule.limits().get(places[i]).limit();
      nearLeft[i] = nearLeft(units[i]);
      limits[i].policies(newRule.late(), newRule.overflow());
    }
  }

  /** Where a rule has the limit of a window now. */
  static int place(Rule rule, RateLimit limit) {
    for (int i = 0; i < rule.limits().size(); i++) {
      if (rule.limits().get(i).window().equals(limit.window())) {
        return i;
      }
    }
    throw new IllegalStateException("rule " + rule.name() + " has lost a window");
  }

  /** What is left of a limit whose use begins to be near it. */
  private long nearLeft(long limit) {
    return limit - (limit / PERCENT * nearPercent + limit % PERCENT * nearPercent / PERCENT);
  }

  /** Takes the key of the records that are judged next. */
  void key(byte[] bytes, int length) {
    high = hasher.high(bytes, 0, length);
    low = hasher.low(bytes, 0, length);
  }

  /** Takes a fingerprint in a key's place. */
  void key(long newHigh, long newLow) {
    high = newHigh;
    low = newLow;
  }

  /**
   * Judges a record by all limits, and charges it if all of them admit it.
   *
   * @param view of the record, for its class; null if no rule looks at records
   * @return {@link Judge#ADMITTED} and its like
   */
  int judge(@Nullable RecordView view, long time, long now, long cost) {
    String className = className(view);
    if (limits.length == 1) {
      codes[0] = limits[0].judge(high, low, time, now, units(0, className), cost);
      refusing = 0;
      return outcome(codes[0]);
    }
    refusing = -1;
    for (int i = 0; i < limits.length; i++) {
      // Those behind one that refused are asked all the same: a key's clock moves in all of them.
      hear(i, limits[i].prepare(high, low, time, now, units(i, className), cost));
    }
    return refusing >= 0 ? Judge.BLOCKED : charge(cost);
  }

  /** Keeps what a limit has said; of those that refuse, the first is the one to be named. */
  private void hear(int limit, int code) {
    codes[limit] = code;
    if (code == LimitJudge.REFUSE && refusing < 0) {
      refusing = limit;
    }
  }

  private @Nullable String className(@Nullable RecordView view) {
    return overrides == null || view == null || rule.classOf() == null
        ? null
        : rule.classOf().of(view);
  }

  /** Charges a record that all limits have let pass. */
  private int charge(long cost) {
    int outcome = Judge.BYPASSED;
    for (int i = 0; i < limits.length; i++) {
      if (codes[i] == LimitJudge.PASS) {
        limits[i].charge(cost);
      }
      if (codes[i] != LimitJudge.NO_ROOM) {
        outcome = Judge.ADMITTED;
      }
    }
    return outcome;
  }

  /**
   * Looks at a record whose key holds others: it moves the key's clock, and charges nothing.
   *
   * @return {@link Judge#HELD} if it is to wait behind them; else what a policy says of it
   */
  int lookAt(@Nullable RecordView view, long time, long now, long cost) {
    String className = className(view);
    refusing = -1;
    int outcome = Judge.BYPASSED;
    for (int i = 0; i < limits.length; i++) {
      hear(i, limits[i].prepare(high, low, time, now, units(i, className), cost));
      outcome =
          switch (codes[i]) {
            case LimitJudge.NO_ROOM -> outcome;
            case LimitJudge.LATE_PASS -> outcome == Judge.HELD ? outcome : Judge.ADMITTED;
            default -> Judge.HELD;
          };
    }
    if (refusing >= 0 && !opensLater(cost)) {
      return Judge.BLOCKED;
    }
    return outcome;
  }

  /**
   * Judges a record that was held, and charges it if it is admitted.
   *
   * @param clockOffset its key's clock less the wall clock, milliseconds
   * @return {@link Judge#ADMITTED} and its like
   */
  int judgeHeld(@Nullable RecordView view, long clockOffset, long now, long cost) {
    String className = className(view);
    refusing = -1;
    for (int i = 0; i < limits.length; i++) {
      hear(i, limits[i].prepareHeld(high, low, clockOffset, now, units(i, className), cost));
    }
    return refusing >= 0 ? Judge.BLOCKED : charge(cost);
  }

  /** Whether every limit that refused the last record will have room for it at some time. */
  boolean opensLater(long cost) {
    for (int i = 0; i < limits.length; i++) {
      if (codes[i] == LimitJudge.REFUSE && !limits[i].opensLater(cost)) {
        return false;
      }
    }
    return true;
  }

  /**
   * When all limits that refused the last record would admit it if nothing else came, by the wall
   * clock.
   *
   * @param clockOffset its key's clock less the wall clock, milliseconds
   */
  long opensAt(long cost, long clockOffset) {
    long opens = Long.MIN_VALUE;
    for (int i = 0; i < limits.length; i++) {
      if (codes[i] == LimitJudge.REFUSE) {
        opens = Math.max(opens, limits[i].opensAt(cost, clockOffset));
      }
    }
    return opens;
  }

  /** What the key's clock is at the last record, less the wall clock, milliseconds. */
  long clockOffset(long now) {
    long clock = Long.MIN_VALUE;
    for (LimitJudge limit : limits) {
      clock = Math.max(clock, limit.clockMillis());
    }
    return clock - now;
  }

  private static int outcome(int code) {
    return switch (code) {
      case LimitJudge.REFUSE -> Judge.BLOCKED;
      case LimitJudge.NO_ROOM -> Judge.BYPASSED;
      default -> Judge.ADMITTED;
    };
  }

  private long units(int limit, @Nullable String className) {
    return overrides == null
        ? units[limit]
        : overrides.limit(position, places[limit], className, high, low);
  }

  /** Whether a record that was admitted has used up nearly all of a limit. */
  boolean isNear() {
    for (int i = 0; i < limits.length; i++) {
      LimitJudge limit = limits[i];
      if (codes[i] == LimitJudge.PASS
          && limit.left() <= (limit.limit() == units[i] ? nearLeft[i] : nearLeft(limit.limit()))) {
        return true;
      }
    }
    return false;
  }

  /** The first limit that refused the last record; the first of all, if it was a bound that did. */
  LimitJudge refusing() {
    return limits[Math.max(0, refusing)];
  }

  /** The limit that has the least left for the last record's key: what its headers tell of. */
  LimitJudge tightest() {
    LimitJudge tightest = limits[0];
    for (LimitJudge limit : limits) {
      if (limit.left() < tightest.left()) {
        tightest = limit;
      }
    }
    return tightest;
  }

  /** What the last record is to be counted as, a bit for each of {@link LimiterCounters}. */
  int notes() {
    int notes = 0;
    for (LimitJudge limit : limits) {
      notes |= limit.notes();
    }
    return notes;
  }

  /** Records of the key that were blocked since the last that passed, before this one. */
  long suppressed() {
    long suppressed = 0;
    for (LimitJudge limit : limits) {
      suppressed += limit.suppressed();
    }
    return suppressed;
  }

  long high() {
    return high;
  }

  long low() {
    return low;
  }
}
