package io.headgate.streams;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What a task's limiter has counted. Written by the task's stream thread, read by any: opaque, so
 * that a reader sees each number whole and not for ever old, at the price of a plain store. They
 * are not one snapshot.
 */
final class LimiterCounters {

  static final int RECORDS = 0;
  static final int ADMITTED = 1;
  static final int BLOCKED = 2;
  static final int BYPASSED = 3;
  static final int LATE = 4;
  static final int LATE_ADMITTED = 5;
  static final int LATE_BLOCKED = 6;
  static final int FUTURE = 7;
  static final int BEHIND = 8;
  static final int OVERFLOW = 9;
  static final int KEYLESS = 10;
  static final int RETRIED = 11;
  static final int FAILED = 12;
  private static final int COUNT = 13;

  private static final VarHandle ELEMENT =
      MethodHandles.arrayElementVarHandle(long[].class).withInvokeExactBehavior();

  private final long[] counts = new long[COUNT];

  void add(int counter) {
    ELEMENT.setOpaque(counts, counter, counts[counter] + 1);
  }

  long get(int counter) {
    return (long) ELEMENT.getOpaque(counts, counter);
  }
}
