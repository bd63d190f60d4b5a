package io.headgate.service.kafka;

/** What an error says at its root: Kafka wraps what went wrong. Stateless. */
public final class RootMessage {

  private RootMessage() {}

  /**
   * Finds it.
   *
   * @param error any
   * @return one line
   */
  public static String of(Throwable error) {
    Throwable root = error;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message = root.getMessage() == null ? root.toString() : root.getMessage();
    return message.lines().findFirst().orElse(message);
  }
}
