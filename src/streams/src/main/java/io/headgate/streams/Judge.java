package io.headgate.streams;

import io.headgate.KeyHasher;
import io.headgate.concurrent.SequenceLock;
import io.headgate.lane.SlotLayout;
import io.headgate.rules.Conditions;
import io.headgate.rules.Cost;
import io.headgate.rules.OverLimit;
import io.headgate.rules.RecordView;
import io.headgate.rules.Rule;
import io.headgate.rules.RuleSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Gives each record of a task its one outcome: walks the rules, of which shadow rules are judged
 * aside and the first other one that matches decides. Allocates nothing, but for what rules read of
 * a record. Belongs to the task's stream thread.
 */
final class Judge {

  static final int ADMITTED = 0;
  static final int BLOCKED = 1;
  static final int BYPASSED = 2;
  static final int SHADOW_BLOCKED = 3;

  /** No outcome yet: over its limit, or behind such records of its key, and to wait. */
  static final int HELD = 4;

  /** With a high half of 0, the fingerprint of records without a key: they share one row. */
  private static final long KEYLESS_LOW = 1;

  private static final int PERCENT = 100;

  private final LimiterSettings settings;
  private final LimiterCounters counters;

  /** Tells other threads that read rows when one was being judged. */
  private final SequenceLock lock;

  /** In the order of the settings, and as the rules are walked now. */
  private final RuleJudge[] all;

  private RuleJudge[] walked;

  private RulesState state;

  /** The first rule, if every record is judged by it and no rule looks at the record. */
  private @Nullable RuleJudge only;

  /** Which keys hold records; null if no rule holds any. */
  private @Nullable HeldKeys held;

  private @Nullable RuleJudge decided;
  private long cost;
  private int flags;

  /**
   * Rules that would have blocked the last record, null for the policy for records without a key;
   * and what it would have cost.
   */
  private final @Nullable RuleJudge[] shadows;

  private final long[] shadowCosts;
  private int shadowCount;

  Judge(LimiterSettings settings, RateLimitStore store, LimiterCounters counters) {
    this.settings = settings;
    this.counters = counters;
    this.lock = store.lock();
    List<RuleJudge> judges = new ArrayList<>();
    int next = 0;
    List<Rule> rules = settings.rules.rules();
    for (int number = 0; number < rules.size(); number++) {
      Rule rule = rules.get(number);
      List<LimitJudge> limits = new ArrayList<>();
      for (int i = 0; i < rule.limits().size(); i++) {
        limits.add(new LimitJudge(store.windows(next++), settings, rule.late(), rule.overflow()));
      }
      KeyHasher hasher = store.hasher().derive(rule.name());
      judges.add(new RuleJudge(number, rule, hasher, limits, settings.nearPercent));
    }
    all = judges.toArray(RuleJudge[]::new);
    walked = all.clone();
    shadows = new RuleJudge[all.length];
    shadowCosts = new long[all.length];
    state = settings.live.state();
    adopt(state);
  }

  /** Takes over what the rules say now; the windows stay. */
  private void adopt(RulesState newState) {
    state = newState;
    RuleSet set = newState.rules();
    KeyHasher[] hashers = new KeyHasher[all.length];
    for (int i = 0; i < all.length; i++) {
      Rule rule = set.rules().get(i);
      walked[i] = judgeOf(rule.name());
      hashers[i] = walked[i].hasher;
    }
    var overrides = newState.bound(hashers);
    for (int i = 0; i < all.length; i++) {
      walked[i].adopt(i, set.rules().get(i), overrides);
    }
    if (held != null) {
      held.allDue();
    }
    Rule first = walked[0].rule();
    only =
        all.length == 1
                && !set.shadow()
                && !first.shadow()
                && !first.exempt()
                && first.when() == Conditions.always()
                && first.enforcePercent() == PERCENT
                && first.exemptKeys().isEmpty()
                && first.classOf() == null
                && first.cost() == Cost.ONE
            ? walked[0]
            : null;
  }

  private RuleJudge judgeOf(String name) {
    for (RuleJudge judge : all) {
      if (judge.rule().name().equals(name)) {
        return judge;
      }
    }
    throw new IllegalStateException("rule " + name + " came while the limiter runs");
  }

  /** Whether records must be shown to the rules; takes over what they say now. */
  @SuppressWarnings("ReferenceEquality") // Another state is another object.
  boolean looksAtRecords() {
    if (state != settings.live.state()) {
      adopt(settings.live.state());
    }
    return only == null;
  }

  /**
   * Judges a record that has a key.
   *
   * @param key the key
   * @param view the record; null if {@link #looksAtRecords} says that none is needed
   * @param time the record's timestamp, milliseconds
   * @param now the wall clock, milliseconds
   * @param baseCost units, 0 or more, where a rule has no say
   * @return the outcome
   */
  int judge(KeyReader key, @Nullable RecordView view, long time, long now, long baseCost) {
    lock.beginWrite();
    try {
      return judgeKeyed(key, view, time, now, baseCost);
    } finally {
      lock.endWrite();
    }
  }

  private int judgeKeyed(
      KeyReader key, @Nullable RecordView view, long time, long now, long baseCost) {
    RuleJudge rule = only;
    if (rule == null) {
      return walk(key, Objects.requireNonNull(view), time, now, baseCost);
    }
    rule.key(key.bytes(), key.length());
    shadowCount = 0;
    flags = 0;
    return decide(rule, null, time, now, baseCost);
  }

  private int decide(
      RuleJudge rule, @Nullable RecordView view, long time, long now, long recordCost) {
    decided = rule;
    cost = recordCost;
    int outcome;
    if (held != null && held.holds(rule)) {
      outcome = enforced(rule, rule.lookAt(view, time, now, recordCost));
      held.moveClock(rule, now);
    } else {
      outcome = enforced(rule, rule.judge(view, time, now, recordCost));
    }
    count(rule, outcome);
    return outcome;
  }

  /** What a verdict means: nothing is blocked by a set that is a shadow, or if it is held. */
  private int enforced(RuleJudge rule, int outcome) {
    if (outcome != BLOCKED) {
      return outcome;
    }
    if (only == null && state.rules().shadow()) {
      return SHADOW_BLOCKED;
    }
    return held != null
            && settings.overLimit(rule).action() == OverLimit.Action.HOLD
            && rule.opensLater(cost)
        ? HELD
        : BLOCKED;
  }

  private void count(RuleJudge rule, int outcome) {
    int notes = rule.notes();
    if (notes != 0) {
      counters.addAll(notes);
    }
    if (outcome != HELD) {
      settle(rule, outcome);
    }
  }

  /** Counts the outcome of a record that a rule decided on. */
  void settle(RuleJudge rule, int outcome) {
    rule.counters.add(RuleCounters.of(outcome));
    if (outcome == ADMITTED && rule.isNear()) {
      rule.counters.add(RuleCounters.NEAR);
    }
  }

  private int walk(@Nullable KeyReader key, RecordView view, long time, long now, long baseCost) {
    shadowCount = 0;
    decided = null;
    flags = key == null ? SlotLayout.SHARED_ROW : 0;
    RuleSet set = state.rules();
    int outcome = BYPASSED;
    for (int i = set.match(view, 0); i >= 0; i = set.match(view, i + 1)) {
      RuleJudge judge = walked[i];
      Rule rule = judge.rule();
      if (rule.exempt() || isExempt(rule, view)) {
        outcome = BYPASSED;
        judge.counters.add(RuleCounters.BYPASSED);
        break;
      }
      if (key == null) {
        judge.key(0, KEYLESS_LOW);
      } else {
        judge.key(key.bytes(), key.length());
      }
      long recordCost = cost(rule, view, baseCost);
      if (!rule.enforcedFor(judge.low())) {
        int aside = judge.judge(view, time, now, recordCost);
        if (aside == BLOCKED) {
          aside = SHADOW_BLOCKED;
          wouldBlock(judge, recordCost);
        }
        count(judge, aside);
        outcome = aside == ADMITTED ? ADMITTED : outcome;
        continue;
      }
      outcome = decide(judge, view, time, now, recordCost);
      if (outcome == SHADOW_BLOCKED) {
        wouldBlock(judge, recordCost);
      }
      break;
    }
    return shadowed(outcome);
  }

  /** What becomes of an outcome if rules that are not enforced would have blocked the record. */
  private int shadowed(int outcome) {
    return shadowCount > 0 && outcome != BLOCKED && outcome != HELD ? SHADOW_BLOCKED : outcome;
  }

  private static boolean isExempt(Rule rule, RecordView view) {
    if (rule.exemptKeys().isEmpty()) {
      return false;
    }
    String key = view.keyText();
    return key != null && rule.exemptKeys().contains(key);
  }

  private static long cost(Rule rule, RecordView view, long baseCost) {
    return rule.cost() == Cost.ONE ? baseCost : rule.cost().of(view);
  }

  private void wouldBlock(@Nullable RuleJudge judge, long recordCost) {
    shadows[shadowCount] = judge;
    shadowCosts[shadowCount++] = recordCost;
  }

  // ------------------------------------------------------------------ records that are held

  /** Names the keys that hold records; none are known without. */
  void holdBy(HeldKeys keys) {
    held = keys;
  }

  /**
   * Judges the last record again, after what its key held has gone.
   *
   * @param rule that decided, with the record's key
   * @param recordCost as {@link #cost} was then
   * @param recordFlags as {@link #flags} were then
   * @return the outcome, or {@link #HELD}
   */
  int again(
      RuleJudge rule,
      @Nullable RecordView view,
      long time,
      long now,
      long recordCost,
      int recordFlags) {
    last(rule, recordCost, recordFlags);
    int verdict;
    lock.beginWrite();
    try {
      verdict = rule.judge(view, time, now, recordCost);
    } finally {
      lock.endWrite();
    }
    int outcome = enforced(rule, verdict);
    if (outcome != HELD) {
      settle(rule, outcome);
    }
    if (outcome == SHADOW_BLOCKED) {
      wouldBlock(rule, recordCost);
    }
    return shadowed(outcome);
  }

  /** Says which record was judged last, after held ones have been in between. */
  void last(@Nullable RuleJudge rule, long recordCost, int recordFlags) {
    decided = rule;
    cost = recordCost;
    flags = recordFlags;
  }

  /**
   * Judges a record that was held, by the rule that held it alone, which has its key.
   *
   * @param clockOffset its key's clock less the wall clock, milliseconds
   * @param keyless whether it has no key
   * @return the outcome, with {@link #BLOCKED} for not yet
   */
  int judgeHeld(
      RuleJudge rule,
      @Nullable RecordView view,
      long clockOffset,
      long now,
      long baseCost,
      boolean keyless) {
    Rule of = rule.rule();
    last(
        rule,
        view == null ? baseCost : cost(of, view, baseCost),
        keyless ? SlotLayout.SHARED_ROW : 0);
    if (of.exempt() || (view != null && isExempt(of, view))) {
      // As of any record that is exempt: no limit has been asked.
      decided = null;
      return BYPASSED;
    }
    int outcome;
    lock.beginWrite();
    try {
      outcome = rule.judgeHeld(view, clockOffset, now, cost);
    } finally {
      lock.endWrite();
    }
    boolean enforced = !state.rules().shadow() && of.enforcedFor(rule.low());
    return outcome == BLOCKED && !enforced ? SHADOW_BLOCKED : outcome;
  }

  /** The rule whose held records have a tag; null if it is gone. */
  @Nullable RuleJudge ofTag(int tag) {
    for (RuleJudge judge : all) {
      if (judge.tag == tag) {
        return judge;
      }
    }
    return null;
  }

  // ------------------------------------------------------------------

  /** Judges a record without a key; as {@link #judge}. */
  int judgeKeyless(@Nullable RecordView view, long time, long now, long baseCost) {
    counters.add(LimiterCounters.KEYLESS);
    shadowCount = 0;
    decided = null;
    cost = baseCost;
    flags = 0;
    return switch (settings.noKeyPolicy) {
      case ADMIT -> BYPASSED;
      case BLOCK -> {
        if (!state.rules().shadow()) {
          yield BLOCKED;
        }
        wouldBlock(null, baseCost);
        yield SHADOW_BLOCKED;
      }
      case SHARED_ROW -> {
        lock.beginWrite();
        try {
          yield judgeTogether(view, time, now, baseCost);
        } finally {
          lock.endWrite();
        }
      }
    };
  }

  private int judgeTogether(@Nullable RecordView view, long time, long now, long baseCost) {
    RuleJudge rule = only;
    if (rule == null) {
      return walk(null, Objects.requireNonNull(view), time, now, baseCost);
    }
    rule.key(0, KEYLESS_LOW);
    flags = SlotLayout.SHARED_ROW;
    return decide(rule, null, time, now, baseCost);
  }

  /** The rule that decided on the last record; null if none did. */
  @Nullable RuleJudge decided() {
    return decided;
  }

  /** What the last record costs by the rule that decided. */
  long cost() {
    return cost;
  }

  /** What an event of the last record must say of it beside its limit's flags. */
  int flags() {
    return flags;
  }

  /** How many rules would have blocked the last record, had they been enforced. */
  int shadows() {
    return shadowCount;
  }

  @Nullable RuleJudge shadow(int i) {
    return shadows[i];
  }

  long shadowCost(int i) {
    return shadowCosts[i];
  }

  /** Every rule, in the order of the settings. */
  RuleJudge[] rules() {
    return all;
  }
}
