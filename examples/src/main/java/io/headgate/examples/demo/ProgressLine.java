package io.headgate.examples.demo;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * Shows progress while a run goes on: a line that is written over and over on a terminal, a line
 * now and then in a pipe. Has a thread of its own; closing it ends the line.
 */
final class ProgressLine {

  private static final long TERMINAL_MILLIS = 250;
  private static final long PIPE_MILLIS = 5_000;

  private final PrintStream out;
  private final boolean terminal;
  private final Supplier<DemoRun.Progress> progress;
  private final Thread thread = new Thread(this::run, "demo-progress");
  private boolean closed;

  ProgressLine(PrintStream out, boolean terminal, Supplier<DemoRun.Progress> progress) {
    this.out = out;
    this.terminal = terminal;
    this.progress = progress;
    thread.setDaemon(true);
    thread.start();
  }

  private synchronized void run() {
    try {
      while (!closed) {
        wait(terminal ? TERMINAL_MILLIS : PIPE_MILLIS);
        if (!closed) {
          show(out, terminal, progress.get());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static void show(PrintStream out, boolean terminal, DemoRun.Progress now) {
    String text =
        String.format(
            Locale.ROOT,
            "in %,d   admitted %,d   blocked %,d   events acked %,d   keys %,d",
            now.fed(),
            now.admitted(),
            now.blocked(),
            now.acked(),
            now.keys());
    // Carriage return, then erase to the end of the line.
    out.print(terminal ? "\r" + text + "\u001b[K" : text + System.lineSeparator());
    out.flush();
  }

  synchronized void close() {
    closed = true;
    notifyAll();
    if (terminal) {
      out.print("\r\u001b[K");
      out.flush();
    }
  }
}
