package io.headgate.service.analytics;

import java.util.Locale;

/** What a report has a row for. */
public enum By {
  /** Each rule. */
  RULE,
  /** Each hour. */
  HOUR,
  /** Each of the keys that were blocked most. */
  KEY;

  /**
   * Finds one by its name, whatever the case.
   *
   * @param text {@code rule}, {@code hour} or {@code key}
   * @return what it names
   * @throws IllegalArgumentException if there is none of that name, in one line
   */
  public static By parse(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "rule" -> RULE;
      case "hour" -> HOUR;
      case "key" -> KEY;
      default ->
          throw new IllegalArgumentException("by \"" + text + "\": expected rule, hour or key");
    };
  }
}
