package io.headgate.streams;

import io.headgate.KeyHasher;
import io.headgate.rules.BoundLimits;
import io.headgate.rules.LimitOverrides;
import io.headgate.rules.RuleSet;
import org.jspecify.annotations.Nullable;

/**
 * What the rules say at a moment. Immutable.
 *
 * @param rules the rules
 * @param overrides units that keys, classes and rules have instead of theirs
 */
record RulesState(RuleSet rules, LimitOverrides overrides) {

  /**
   * Looks keys up by the fingerprints of a limiter.
   *
   * @param hashers of each rule
   * @return null if there is nothing to look up
   */
  @Nullable BoundLimits bound(KeyHasher[] hashers) {
    return overrides.size() == 0 ? null : overrides.bind(hashers, KeyReader::forms);
  }
}
