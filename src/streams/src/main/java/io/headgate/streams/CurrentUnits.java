package io.headgate.streams;

import io.headgate.KeyHasher;
import io.headgate.rules.BoundLimits;
import io.headgate.rules.Rule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The units that each limit of a limiter has by one state of its rules, for threads that do not
 * judge. Immutable; safe for any thread.
 */
final class CurrentUnits {

  private final RulesState state;
  private final @Nullable BoundLimits overrides;

  /** Of each limit, in the order of the settings: where the rules have it now. */
  private final int[] rules;

  private final int[] places;
  private final long[] units;

  /**
   * Reads a state of the rules.
   *
   * @param limits of the limiter, in the order of its settings
   * @param hasher of the limiter, in this application
   */
  CurrentUnits(RulesState state, List<LimitSpec> limits, KeyHasher hasher) {
    this.state = state;
    List<Rule> now = state.rules().rules();
    overrides =
        state.bound(now.stream().map(rule -> hasher.derive(rule.name())).toArray(KeyHasher[]::new));
    rules = new int[limits.size()];
    places = new int[limits.size()];
    units = new long[limits.size()];
    for (int i = 0; i < rules.length; i++) {
      find(i, limits.get(i), now);
    }
  }

  private void find(int i, LimitSpec limit, List<Rule> now) {
    for (int rule = 0; rule < now.size(); rule++) {
      if (now.get(rule).name().equals(limit.ruleName())) {
        rules[i] = rule;
        places[i] = RuleJudge.place(now.get(rule), limit.limit());
        units[i] = now.get(rule).limits().get(places[i]).limit();
        return;
      }
    }
    throw new IllegalStateException("rule " + limit.ruleName() + " has gone");
  }

  @SuppressWarnings("ReferenceEquality") // Another state is another object.
  boolean isOf(RulesState other) {
    return state == other;
  }

  /**
   * Says how many units a limit has for a key.
   *
   * @param limit its number in the order of the settings
   * @param className the class of the key's records, or null
   * @param high upper half of the key's fingerprint under the limit's rule
   * @param low its lower half
   */
  long of(int limit, @Nullable String className, long high, long low) {
    return overrides == null
        ? units[limit]
        : overrides.limit(rules[limit], places[limit], className, high, low);
  }
}
