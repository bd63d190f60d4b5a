package io.headgate.service.http;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How much of its limits a key has used.
 *
 * @param key its text
 * @param here true if this instance has its windows
 * @param owner the instance that has them, as host and port of its HTTP; null if it is not known
 * @param limits each limit of each rule that the key has windows in; empty elsewhere
 */
public record KeyState(String key, boolean here, @Nullable String owner, List<LimitUsage> limits) {

  /**
   * How much of one limit a key has used.
   *
   * @param rule name of the rule
   * @param limit as text, as it holds for this key
   * @param shadow true if the rule is on trial
   * @param units of the limit
   * @param used units that count now
   * @param remaining units that would be admitted now
   * @param windowMillis length of the window
   * @param resetMillis time from now until nothing counts any more
   * @param retryAfterMillis time from now until a record of one unit is admitted; 0 if it is now
   */
  public record LimitUsage(
      String rule,
      String limit,
      boolean shadow,
      long units,
      long used,
      long remaining,
      long windowMillis,
      long resetMillis,
      long retryAfterMillis) {}
}
