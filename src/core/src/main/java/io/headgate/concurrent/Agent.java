package io.headgate.concurrent;

/**
 * A piece of work that a thread of its own repeats. All methods are called by that one thread; a
 * test may be the thread, and call {@link #doWork} as often as it likes.
 */
public interface Agent {

  /** Called once before the first duty cycle. */
  default void onStart() {}

  /**
   * Does what there is to do now, and returns without waiting for more.
   *
   * @return how much was done, 0 if there was nothing to do
   */
  int doWork();

  /** Called once after the last duty cycle, however it ended. */
  default void onClose() {}

  /**
   * Called once if a duty cycle threw; no other follows, {@link #onClose} does.
   *
   * @param error what was thrown
   */
  void onError(Throwable error);

  /**
   * Returns the name of the work, which becomes the thread's.
   *
   * @return a short name
   */
  String roleName();
}
