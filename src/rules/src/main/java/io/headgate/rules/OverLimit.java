package io.headgate.rules;

import java.time.Duration;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a record over its limit. It is BLOCKED wherever it goes, unless it is held until
 * its key has room.
 *
 * @param action what is done
 * @param topic where it is routed to; null for all other actions
 * @param bounds how much and how long is held; null for all other actions
 */
public record OverLimit(Action action, @Nullable String topic, @Nullable Hold bounds) {

  private static final Pattern TOPIC = Pattern.compile("[a-zA-Z0-9._-]{1,249}");

  /** What is done with a record over its limit. */
  public enum Action {
    /** It leaves the stream. */
    DROP,
    /** It passes, with headers that say so. */
    TAG,
    /** It goes to another topic. */
    ROUTE,
    /** It waits until its key has room, and passes then. */
    HOLD
  }

  /**
   * How much of a key is held, and how long. What is beyond is dropped.
   *
   * @param maxRecordsPerKey records that a key may have waiting, 1 or more
   * @param maxTime how long a record may wait, 1 ms to 365 days in whole milliseconds
   */
  public record Hold(int maxRecordsPerKey, Duration maxTime) {

    /** What is held of a key if nothing is said. */
    public static final int DEFAULT_RECORDS = 1_000;

    /** How long it is held if nothing is said. */
    public static final Duration DEFAULT_TIME = Duration.ofHours(1);

    private static final Duration LONGEST = Duration.ofDays(365);

    /**
     * Checks both bounds.
     *
     * @param maxRecordsPerKey records that a key may have waiting, 1 or more
     * @param maxTime how long a record may wait, 1 ms to 365 days in whole milliseconds
     * @throws IllegalArgumentException if one is out of range, in one line that says which
     */
    public Hold {
      Objects.requireNonNull(maxTime, "maxTime");
      if (maxRecordsPerKey < 1) {
        throw new IllegalArgumentException(
            "hold.max.records.per.key " + maxRecordsPerKey + ": expected 1 or more");
      }
      if (maxTime.compareTo(Duration.ofMillis(1)) < 0
          || maxTime.compareTo(LONGEST) > 0
          || maxTime.toNanosPart() % 1_000_000 != 0) {
        throw new IllegalArgumentException(
            "hold.max.time " + maxTime + ": expected 1 ms to 365 days in whole milliseconds");
      }
    }

    /**
     * Returns how long a record may wait.
     *
     * @return milliseconds
     */
    public long maxTimeMillis() {
      return maxTime.toMillis();
    }
  }

  /**
   * Checks that there is a topic where one is needed, and bounds where they are.
   *
   * @param action what is done
   * @param topic where it is routed to; null for all other actions
   * @param bounds how much and how long is held; null for all other actions
   * @throws IllegalArgumentException if the topic is missing, too many, or no name of a topic; or
   *     the bounds are missing or too many
   */
  public OverLimit {
    Objects.requireNonNull(action, "action");
    if ((action == Action.HOLD) != (bounds != null)) {
      throw new IllegalArgumentException(
          "over.limit " + action + ": expected bounds with HOLD, and none with another action");
    }
    if ((action == Action.ROUTE) != (topic != null)) {
      throw new IllegalArgumentException(
          "over.limit " + action + ": expected a topic with ROUTE, and none with another action");
    }
    if (topic != null
        && (!TOPIC.matcher(topic).matches() || topic.equals(".") || topic.equals(".."))) {
      throw new IllegalArgumentException(
          "over.limit route to topic \""
              + topic
              + "\": expected 1 to 249 letters, digits, '.', '_' or '-'");
    }
  }

  /**
   * Drops records over the limit.
   *
   * @return the action
   */
  public static OverLimit drop() {
    return new OverLimit(Action.DROP, null, null);
  }

  /**
   * Lets records over the limit pass with headers that say so.
   *
   * @return the action
   */
  public static OverLimit tag() {
    return new OverLimit(Action.TAG, null, null);
  }

  /**
   * Sends records over the limit to another topic.
   *
   * @param topic where they go
   * @return the action
   * @throws IllegalArgumentException if it is no name of a topic
   */
  public static OverLimit route(String topic) {
    return new OverLimit(Action.ROUTE, Objects.requireNonNull(topic, "topic"), null);
  }

  /**
   * Holds records over the limit until their key has room: {@value Hold#DEFAULT_RECORDS} of a key
   * at the most, and each for an hour.
   *
   * @return the action
   */
  public static OverLimit hold() {
    return hold(Hold.DEFAULT_RECORDS, Hold.DEFAULT_TIME);
  }

  /**
   * Holds records over the limit until their key has room. What would be beyond the bounds is
   * BLOCKED and dropped.
   *
   * @param maxRecordsPerKey records that a key may have waiting, 1 or more
   * @param maxTime how long a record may wait, 1 ms to 365 days in whole milliseconds
   * @return the action
   * @throws IllegalArgumentException if a bound is out of range
   */
  public static OverLimit hold(int maxRecordsPerKey, Duration maxTime) {
    return new OverLimit(Action.HOLD, null, new Hold(maxRecordsPerKey, maxTime));
  }

  @Override
  public String toString() {
    return switch (action) {
      case DROP -> "drop";
      case TAG -> "tag";
      case ROUTE -> "route to " + topic;
      case HOLD -> {
        Hold held = Objects.requireNonNull(bounds);
        yield "hold up to " + held.maxRecordsPerKey() + " a key for " + held.maxTime();
      }
    };
  }
}
