package io.headgate.service;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns SIGTERM and Ctrl-C into an orderly end: something is told to stop, and the process ends
 * with the exit code of what it did, once that is known.
 */
final class StopSignal implements AutoCloseable {

  /** How long the process waits for the end of what was told to stop. */
  private static final long PATIENCE_SECONDS = 60;

  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook;

  /** Written before the latch is counted down, read after. */
  private int code = ExitCode.FAILED;

  private StopSignal(Runnable stop) {
    this.hook =
        new Thread(
            () -> {
              stop.run();
              // A signal has an exit code of its own, whatever is done meanwhile: so this thread,
              // which the process waits for, has the last word.
              Runtime.getRuntime().halt(awaitEnd());
            },
            "headgate-shutdown");
  }

  /**
   * Has a signal stop something first.
   *
   * @param stop is called once, by a thread of its own
   */
  static StopSignal first(Runnable stop) {
    StopSignal signal = new StopSignal(stop);
    Runtime.getRuntime().addShutdownHook(signal.hook);
    return signal;
  }

  private int awaitEnd() {
    try {
      return ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS) ? code : ExitCode.FAILED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ExitCode.FAILED;
    }
  }

  /** Says with what the process is to end: all is done and said. */
  void exitCode(int newCode) {
    code = newCode;
    ended.countDown();
  }

  @Override
  public void close() {
    ended.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It runs: the process is about to end.
    }
  }
}
