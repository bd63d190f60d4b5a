package io.headgate.streams;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Numbers that only grow. Written by the task's stream thread, read by any: opaque, so that a
 * reader sees each number whole and not for ever old, at the price of a plain store. They are not
 * one snapshot.
 */
final class Counters {

  private static final VarHandle ELEMENT =
      MethodHandles.arrayElementVarHandle(long[].class).withInvokeExactBehavior();

  private final long[] counts;

  Counters(int count) {
    counts = new long[count];
  }

  void add(int counter) {
    ELEMENT.setOpaque(counts, counter, counts[counter] + 1);
  }

  long get(int counter) {
    return (long) ELEMENT.getOpaque(counts, counter);
  }
}
