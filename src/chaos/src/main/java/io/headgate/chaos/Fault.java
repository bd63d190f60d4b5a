package io.headgate.chaos;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What happens to a cluster or an application in a round. */
enum Fault {
  /** An instance is killed at once ({@code kill -9}) and started again. */
  KILL_INSTANCE,
  /** An instance is frozen until others have its tasks, and goes on then, as it knows nothing. */
  FENCE_INSTANCE,
  /** A broker is stopped cleanly and started again. */
  RESTART_BROKER,
  /** A broker is killed at once, the others go on, and it is started again. */
  KILL_BROKER,
  /** A new instance joins; once it has tasks, an old one leaves. */
  NEW_INSTANCE,
  /** The blocked topic takes nothing for longer than a commit waits. */
  BLOCKED_TOPIC_UNAVAILABLE,
  /** A burst of more blocked records than ring and slots have room for. */
  FULL_RING,
  /** A broker that answers in fits and starts. */
  SLOW_BROKER;

  /** Its name as users write it. */
  String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static Fault of(String text) {
    return Arrays.stream(values())
        .filter(fault -> fault.text().equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "fault " + text + ": expected one of " + String.join(", ", texts())));
  }

  static List<String> texts() {
    return Arrays.stream(values()).map(Fault::text).toList();
  }

  /** Whether it strikes a broker. */
  boolean isOfBroker() {
    return switch (this) {
      case RESTART_BROKER, KILL_BROKER, BLOCKED_TOPIC_UNAVAILABLE, SLOW_BROKER -> true;
      case KILL_INSTANCE, FENCE_INSTANCE, NEW_INSTANCE, FULL_RING -> false;
    };
  }
}
