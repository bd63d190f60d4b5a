package io.headgate.bench;

import java.util.stream.DoubleStream;

/** The middle of what was measured. */
public final class Median {

  private Median() {}

  /**
   * Finds it.
   *
   * @param values one or more, in any order
   * @return the middle one; between the two middle ones, if there are two
   */
  public static double of(DoubleStream values) {
    double[] sorted = values.sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
