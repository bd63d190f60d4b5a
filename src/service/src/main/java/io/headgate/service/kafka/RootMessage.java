package io.headgate.service.kafka;

/** What an error says at its root: Kafka wraps what went wrong. Stateless. */
public final class RootMessage {

  private static final String OURS = "io.headgate.";

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
    return line(root);
  }

  /**
   * Finds what Headgate itself says of an error, which names what is to be mended: the innermost
   * that it threw, whatever caused that.
   *
   * @param error any
   * @return one line; that of the root where Headgate threw none
   */
  public static String ofOurs(Throwable error) {
    Throwable ours = null;
    for (Throwable each = error; each != null; each = each.getCause()) {
      StackTraceElement[] trace = each.getStackTrace();
      if (trace.length > 0 && trace[0].getClassName().startsWith(OURS)) {
        ours = each;
      }
    }
    return ours == null ? of(error) : line(ours);
  }

  private static String line(Throwable error) {
    String message = error.getMessage() == null ? error.toString() : error.getMessage();
    return message.lines().findFirst().orElse(message);
  }
}
