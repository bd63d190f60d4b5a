package io.headgate.service.analytics;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.lane.BlockedEvent;
import io.headgate.service.analytics.Report.KeyRow;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Cells of several periods and partitions put together, against a map of all keys. */
class MergedSumPropertiesTest {

  private record Addition(int cell, int key, long count) {}

  private static final int CELLS = 3;

  private final Map<String, Long> exact = new HashMap<>();

  /** Puts together cells of partitions; a key decides its partition, or the addition does. */
  private MergedSum merge(List<Addition> stream, int partitions, int counters, boolean keyDecides) {
    exact.clear();
    PeriodCell[][] cells = new PeriodCell[partitions][CELLS];
    for (PeriodCell[] each : cells) {
      for (int i = 0; i < CELLS; i++) {
        each[i] = new PeriodCell(counters);
      }
    }
    int offset = 0;
    for (Addition addition : stream) {
      int partition = (keyDecides ? addition.key : offset) % partitions;
      BlockedEvent event = Events.plain("r", "user-" + addition.key, addition.count, 0);
      cells[partition][addition.cell].add(event, KeyName.of(event), false, offset++, 0);
      exact.merge("user-" + addition.key, addition.count, Long::sum);
    }
    MergedSum sum = new MergedSum();
    for (int partition = 0; partition < partitions; partition++) {
      for (PeriodCell cell : cells[partition]) {
        sum.add(partition, PeriodCell.read(cell.toBytes()));
      }
    }
    return sum;
  }

  @Property
  void shouldBoundEachKeyWhereverItsEventsAre(
      @ForAll("streams") List<Addition> stream,
      @ForAll @IntRange(min = 1, max = 4) int partitions,
      @ForAll @IntRange(min = 1, max = 8) int counters,
      @ForAll boolean keyDecides) {
    MergedSum sum = merge(stream, partitions, counters, keyDecides);

    long total = exact.values().stream().mapToLong(Long::longValue).sum();
    assertThat(sum.tally().records).isEqualTo(total);
    List<KeyRow> rows = sum.keys(1_000);
    assertThat(rows).isSortedAccordingTo(PeriodSum.MOST_FIRST);
    for (KeyRow row : rows) {
      assertThat(exact.get(row.key())).isGreaterThanOrEqualTo(row.atLeast());
      if (keyDecides) {
        assertThat(exact.get(row.key())).isLessThanOrEqualTo(row.atMost());
        assertThat(row.atMost() - row.atLeast()).isLessThanOrEqualTo(total / counters);
      }
    }
    assertThat(rows).hasSizeLessThanOrEqualTo(partitions * counters * CELLS);
    if (keyDecides) {
      Map<String, KeyRow> told = rows.stream().collect(Collectors.toMap(KeyRow::key, row -> row));
      exact.forEach(
          (key, count) -> {
            if (count > total / counters) {
              assertThat(told).containsKey(key);
            }
          });
    }
  }

  @Property
  void shouldBeExactAsLongAsEachKeyHasACounter(
      @ForAll("streams") List<Addition> stream,
      @ForAll @IntRange(min = 1, max = 4) int partitions,
      @ForAll boolean keyDecides) {
    MergedSum sum = merge(stream, partitions, 40, keyDecides);

    assertThat(sum.distinct().isExact()).isTrue();
    assertThat(sum.distinct().count()).isEqualTo(exact.size());
    assertThat(sum.keys(1_000))
        .allSatisfy(row -> assertThat(row.atMost()).isEqualTo(row.atLeast()))
        .allSatisfy(row -> assertThat(row.atMost()).isEqualTo(exact.get(row.key())))
        .hasSameSizeAs(exact.keySet());
    assertThat(sum.keys(2)).isEqualTo(sum.keys(1_000).subList(0, Math.min(2, exact.size())));
  }

  @Property
  void shouldEstimateAsOneSketchOfAllWould(
      @ForAll("streams") List<Addition> stream,
      @ForAll @IntRange(min = 1, max = 4) int partitions) {
    MergedSum sum = merge(stream, partitions, 1, true);
    DistinctSketch all = new DistinctSketch();
    for (Addition addition : stream) {
      KeyName name = KeyName.of(Events.plain("r", "user-" + addition.key, 1, 0));
      assertThat(name).isNotNull();
      all.add(name.hash());
    }
    if (!sum.distinct().isExact()) {
      assertThat(sum.distinct().count()).isEqualTo(all.estimate());
      assertThat(sum.distinct().error95()).isEqualTo(1.96 * 0.782 / 64);
    }
  }

  @Provide
  Arbitrary<List<Addition>> streams() {
    Arbitrary<Integer> keys =
        Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(2, Arbitraries.integers().between(0, 2)),
            net.jqwik.api.Tuple.of(3, Arbitraries.integers().between(0, 30)));
    return Combinators.combine(
            Arbitraries.integers().between(0, CELLS - 1), keys, Arbitraries.longs().between(1, 50))
        .as(Addition::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(120);
  }
}
