package io.headgate;

/** A source of time, read by the caller's thread once per decision; safe for any thread. */
@FunctionalInterface
public interface Ticker {

  /**
   * Returns the time now.
   *
   * @return milliseconds since an origin that this ticker keeps
   */
  long read();

  /**
   * Returns the JDK's monotonic clock: it never steps back, and its origin means nothing.
   *
   * @return a ticker over {@link System#nanoTime()}
   */
  static Ticker monotonic() {
    return () -> Math.floorDiv(System.nanoTime(), 1_000_000L);
  }

  /**
   * Returns the wall clock, for limits that must line up with other machines' windows. It may step.
   *
   * @return a ticker over {@link System#currentTimeMillis()}
   */
  static Ticker wallClock() {
    return System::currentTimeMillis;
  }
}
