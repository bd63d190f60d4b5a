package io.headgate.lane;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * The lane could not put its events on the topic: some failed, or their acks are late. None of
 * those events may be taken as written.
 */
public final class LaneException extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  /** Whether doing the same again may succeed. */
  private final boolean retriable;

  LaneException(String message, boolean retriable, @Nullable Throwable cause) {
    super(message, cause);
    this.retriable = retriable;
  }

  /**
   * Says whether doing the same again may succeed.
   *
   * @return false if somebody has to mend something first
   */
  public boolean isRetriable() {
    return retriable;
  }
}
