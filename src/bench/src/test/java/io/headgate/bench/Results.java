package io.headgate.bench;

import io.headgate.bench.Plan.Row;
import io.headgate.bench.Plan.Section;
import java.util.Map;

/**
 * What was measured, by benchmark.
 *
 * @param samples of every benchmark of the plan
 */
record Results(Map<String, Samples> samples) {

  Samples of(String benchmark) {
    Samples found = samples.get(benchmark);
    if (found == null) {
      throw new IllegalStateException("not measured: " + benchmark);
    }
    return found;
  }

  /** A line's time as it is. */
  Samples gross(Row row) {
    return of(row.benchmark());
  }

  /** A line's time without the clock that it read for itself. */
  Samples net(Row row) {
    if (row.net() != null) {
      return of(row.net());
    }
    Samples gross = gross(row);
    return row.readsClock() ? gross.minus(of(Plan.CLOCK).medianNanos()) : gross;
  }

  /** How many times as long as ours a line takes, clocks apart. */
  double ratio(Section section, Row row) {
    return net(row).medianNanos() / gross(section.ours()).medianNanos();
  }
}
