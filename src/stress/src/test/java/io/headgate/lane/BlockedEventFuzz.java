package io.headgate.lane;

import org.apache.kafka.common.errors.SerializationException;

/**
 * Any bytes as the value of a blocked topic: an event that reads back from what is written of it,
 * or an error in one line.
 */
public final class BlockedEventFuzz {

  private BlockedEventFuzz() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] bytes) {
    BlockedEvent event;
    try {
      event = BlockedEventJson.read(bytes);
    } catch (SerializationException e) {
      String message = String.valueOf(e.getMessage());
      if (message.lines().count() != 1 || message.length() > 500) {
        throw new AssertionError("more than a line: " + message, e);
      }
      return;
    }
    if (!event.equals(BlockedEventJson.read(BlockedEventJson.write(event)))) {
      throw new AssertionError("does not read back: " + event);
    }
  }
}
