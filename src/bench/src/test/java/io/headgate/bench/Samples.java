package io.headgate.bench;

import java.util.List;
import java.util.stream.IntStream;

/**
 * What the forks of one benchmark came to.
 *
 * @param forks one a round, in the order of the rounds
 */
record Samples(List<Fork> forks) {

  /**
   * What an operation cost in one JVM.
   *
   * @param nanos its time
   * @param bytes what it allocated
   */
  record Fork(double nanos, double bytes) {}

  double medianNanos() {
    return Median.of(forks.stream().mapToDouble(Fork::nanos));
  }

  double medianBytes() {
    return Median.of(forks.stream().mapToDouble(Fork::bytes));
  }

  /** From the fastest fork to the slowest, as a part of the median. */
  double spread() {
    List<Double> sorted = forks.stream().map(Fork::nanos).sorted().toList();
    return (sorted.get(sorted.size() - 1) - sorted.get(0)) / medianNanos();
  }

  /** The same without something that every operation paid. */
  Samples minus(double paid) {
    return new Samples(
        forks.stream().map(fork -> new Fork(Math.max(0, fork.nanos - paid), fork.bytes)).toList());
  }

  /** How many times as long as the other's these took, round by round; sorted. */
  List<Double> dividedBy(Samples other) {
    return IntStream.range(0, Math.min(forks.size(), other.forks.size()))
        .mapToObj(round -> forks.get(round).nanos / other.forks.get(round).nanos)
        .sorted()
        .toList();
  }
}
