package io.headgate.rules;

import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a record over its limit. It is BLOCKED wherever it goes.
 *
 * @param action what is done
 * @param topic where it is routed to; null for all other actions
 */
public record OverLimit(Action action, @Nullable String topic) {

  private static final Pattern TOPIC = Pattern.compile("[a-zA-Z0-9._-]{1,249}");

  /** What is done with a record over its limit. */
  public enum Action {
    /** It leaves the stream. */
    DROP,
    /** It passes, with headers that say so. */
    TAG,
    /** It goes to another topic. */
    ROUTE
  }

  /**
   * Checks that there is a topic where one is needed.
   *
   * @param action what is done
   * @param topic where it is routed to; null for all other actions
   * @throws IllegalArgumentException if the topic is missing, too many, or no name of a topic
   */
  public OverLimit {
    Objects.requireNonNull(action, "action");
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
    return new OverLimit(Action.DROP, null);
  }

  /**
   * Lets records over the limit pass with headers that say so.
   *
   * @return the action
   */
  public static OverLimit tag() {
    return new OverLimit(Action.TAG, null);
  }

  /**
   * Sends records over the limit to another topic.
   *
   * @param topic where they go
   * @return the action
   * @throws IllegalArgumentException if it is no name of a topic
   */
  public static OverLimit route(String topic) {
    return new OverLimit(Action.ROUTE, Objects.requireNonNull(topic, "topic"));
  }

  @Override
  public String toString() {
    return switch (action) {
      case DROP -> "drop";
      case TAG -> "tag";
      case ROUTE -> "route to " + topic;
    };
  }
}
