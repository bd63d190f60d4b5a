package io.headgate.service.analytics;

import io.headgate.lane.BlockedEvent;
import io.headgate.service.analytics.Report.KeyCount;
import io.headgate.service.analytics.Report.KeyRow;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts events one by one, in as much memory as there are keys. Belongs to one thread. */
final class ExactSum implements PeriodSum {

  private final Tally tally = new Tally();
  private final Map<KeyName, Long> keys = new HashMap<>();

  void add(BlockedEvent event, @Nullable KeyName key, boolean spans) {
    tally.add(event, spans);
    if (key != null) {
      keys.merge(key, event.count(), Tally::sum);
    }
  }

  @Override
  public Tally tally() {
    return tally;
  }

  @Override
  public KeyCount distinct() {
    return new KeyCount(keys.size(), 0);
  }

  @Override
  public List<KeyRow> keys(int most) {
    return keys.entrySet().stream()
        .map(
            entry ->
                new KeyRow(
                    entry.getKey().text(),
                    entry.getKey().form(),
                    entry.getKey().isCut(),
                    entry.getValue(),
                    entry.getValue()))
        .sorted(MOST_FIRST)
        .limit(most)
        .toList();
  }
}
