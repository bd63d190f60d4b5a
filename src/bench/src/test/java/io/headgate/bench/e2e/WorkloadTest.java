package io.headgate.bench.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class WorkloadTest {

  @Test
  void shouldDrawKeysEvenlyAfterOneOfEach() {
    Workload workload = new Workload(100, 1, 100_100, true);
    Map<String, Integer> counts = new HashMap<>();
    for (long i = 0; i < workload.records(); i++) {
      counts.merge(workload.key(i), 1, Integer::sum);
      if (i == 99) {
        assertThat(counts).hasSize(100);
      }
    }

    assertThat(counts).hasSize(100);
    assertThat(counts.values()).allMatch(count -> count > 850 && count < 1_150);
  }

  @Test
  void shouldRunInTheOrderOfTime() {
    for (int keys : new int[] {1, 10_000, 1_000_000}) {
      Workload workload = new Workload(keys, 1, 3_000_000, true);
      long last = workload.time(0);
      for (long i = 1; i < workload.records(); i++) {
        long time = workload.time(i);
        assertThat(time).isGreaterThanOrEqualTo(last);
        last = time;
      }
      // Few records for each key: all of them in one window.
      long span = last - workload.time(0);
      assertThat(span)
          .satisfies(
              millis -> assertThat(millis > Workload.WINDOW_MILLIS).isEqualTo(keys < 1_000_000));
    }
  }

  @Test
  void shouldFindALimitThatBlocksAboutAShare() {
    Workload workload = new Workload(10_000, 1, 1_000_000, true);
    for (double share : new double[] {0.01, 0.5, 0.99}) {
      Load load = Load.blocking(share, workload, 60);

      assertThat(load.blocked()).isCloseTo(share, Offset.offset(0.2 * share));
      assertThat(load.admitted() / (double) workload.records())
          .isCloseTo(1 - load.blocked(), Offset.offset(1e-9));
    }
  }

  @Test
  void everyGroupHasALimitThatCanBe() {
    List<Group> groups = new ArrayList<>(Plan.comparisons(true));
    groups.addAll(Plan.growth(true));
    assertThat(groups)
        .allSatisfy(
            group ->
                assertThat(new Load(1, group.buckets(), 0, 0).rateLimit().buckets())
                    .isEqualTo(group.buckets()));
  }
}
