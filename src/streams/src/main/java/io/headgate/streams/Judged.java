package io.headgate.streams;

import io.headgate.rules.Outcome;
import io.headgate.rules.OverLimit;
import org.jspecify.annotations.Nullable;

/**
 * A value with what was said of its record, on the short way from a limiter to the branches of
 * {@link Split}. Immutable.
 *
 * @param value the record's value
 * @param outcome what became of the record
 * @param rule name of the rule that decided; null if none did
 * @param overLimit what is to become of the record, if it is blocked
 * @param <V> type of the value
 */
public record Judged<V>(
    @Nullable V value, Outcome outcome, @Nullable String rule, OverLimit overLimit) {

  /**
   * Says whether the record is over a limit.
   *
   * @return false if it is let through
   */
  public boolean isBlocked() {
    return outcome == Outcome.BLOCKED;
  }
}
