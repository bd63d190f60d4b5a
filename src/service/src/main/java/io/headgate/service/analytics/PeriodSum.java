package io.headgate.service.analytics;

import io.headgate.service.analytics.Report.Figures;
import io.headgate.service.analytics.Report.KeyCount;
import io.headgate.service.analytics.Report.KeyRow;
import java.util.Comparator;
import java.util.List;

/** What a report says of a rule, an hour, or all: of a roll-up's cells, or of events themselves. */
interface PeriodSum {

  /** The most records first; then in an order that does not change from call to call. */
  Comparator<KeyRow> MOST_FIRST =
      Comparator.comparingLong(KeyRow::atMost)
          .thenComparingLong(KeyRow::atLeast)
          .reversed()
          .thenComparing(KeyRow::key);

  Tally tally();

  KeyCount distinct();

  /** Returns the keys with the most records. */
  List<KeyRow> keys(int most);

  default Figures figures() {
    Tally sums = tally();
    return new Figures(
        sums.records,
        sums.cost,
        sums.events,
        distinct(),
        sums.overflow,
        sums.keyless,
        sums.hashed,
        sums.cut,
        sums.spanning);
  }
}
