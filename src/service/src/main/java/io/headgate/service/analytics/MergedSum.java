package io.headgate.service.analytics;

import io.headgate.lane.SpaceSaving;
import io.headgate.lane.SpaceSaving.Counter;
import io.headgate.service.analytics.Report.KeyCount;
import io.headgate.service.analytics.Report.KeyRow;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Puts cells together: of several rules, hours and partitions. Belongs to one thread. */
final class MergedSum implements PeriodSum {

  // Bounds of a key add up, cell by cell; in a cell that has no counter for it, it may have had as
  // much as the smallest of the counters, if all are taken [1]. With u for that, and a for the
  // upper
  // bound in cells that have one, the sum is (all u) + (a - u where there is a counter).
  //
  // Partitions are another matter: events of a key are on one, which the key decides, as long as
  // their number stays. So what a key may have had elsewhere is left out. That a key is on two of
  // them all the same shows that somebody decides otherwise; then nothing is left out.
  //
  // [1] Agarwal et al., "Mergeable Summaries", PODS 2012, https://doi.org/10.1145/2213556.2213562

  /** The bounds of a key in one partition. */
  private static final class Bounds {
    long least;

    /** The upper bound without what {@link Partition#unseen} stands for. */
    long mostAboveUnseen;
  }

  private static final class Partition {
    final Map<KeyName, Bounds> keys = new HashMap<>();

    /** What a key may have had in cells without a counter for any key that comes. */
    long unseen;
  }

  private final Tally tally = new Tally();
  private final DistinctSketch distinct = new DistinctSketch();
  private final Map<Integer, Partition> partitions = new HashMap<>();

  void add(int partition, PeriodCell cell) {
    tally.add(cell.tally);
    distinct.add(cell.distinct);
    Partition here = partitions.computeIfAbsent(partition, number -> new Partition());
    SpaceSaving<KeyName> top = cell.top;
    long unseen = top.atMostWithout();
    here.unseen = Tally.sum(here.unseen, unseen);
    for (Counter<KeyName> counter : top.counters()) {
      Bounds bounds = here.keys.computeIfAbsent(counter.key(), key -> new Bounds());
      bounds.least = Tally.sum(bounds.least, counter.atLeast());
      bounds.mostAboveUnseen = Tally.sum(bounds.mostAboveUnseen, counter.atMost() - unseen);
    }
  }

  @Override
  public Tally tally() {
    return tally;
  }

  /** Exact as long as each key has a counter; else what the sketch says. */
  @Override
  public KeyCount distinct() {
    if (partitions.values().stream().allMatch(partition -> partition.unseen == 0)) {
      Set<KeyName> keys =
          partitions.values().stream()
              .flatMap(partition -> partition.keys.keySet().stream())
              .collect(Collectors.toSet());
      return new KeyCount(keys.size(), 0);
    }
    return new KeyCount(distinct.estimate(), distinct.error95());
  }

  @Override
  public List<KeyRow> keys(int most) {
    Set<KeyName> names = new HashSet<>();
    boolean apart = true;
    for (Partition partition : partitions.values()) {
      for (KeyName key : partition.keys.keySet()) {
        apart &= names.add(key);
      }
    }
    List<KeyRow> sorted = new ArrayList<>();
    for (KeyName key : names) {
      long least = 0;
      long upper = 0;
      for (Partition partition : partitions.values()) {
        Bounds bounds = partition.keys.get(key);
        if (bounds != null) {
          least = Tally.sum(least, bounds.least);
          upper = Tally.sum(upper, bounds.mostAboveUnseen);
        }
        if (bounds != null || !apart) {
          upper = Tally.sum(upper, partition.unseen);
        }
      }
      sorted.add(new KeyRow(key.text(), key.form(), key.isCut(), upper, least));
    }
    sorted.sort(MOST_FIRST);
    return List.copyOf(sorted.subList(0, Math.min(most, sorted.size())));
  }
}
