package io.headgate.bench.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs each kind of variant for a moment: they work; what their speed is means nothing here. */
class EndToEndIT {

  private static final Scale MOMENT = new Scale(20_000, 50_000, 20_000, 1, 1, 5_000);

  @TempDir private Path directory;

  @Test
  void shouldMeasureApplications() {
    // The others are of the same classes.
    List<Variant> atLeastOnce = List.of(Variant.PASS_THROUGH, Variant.HEADGATE, Variant.KV_ROCKS);
    List<Group> groups =
        List.of(
            Group.of(Plan.ALOS_1, Setup.ALOS, 0.5, atLeastOnce.toArray(Variant[]::new))
                .withKeys(1_000)
                .withThreads(2, 4),
            Group.of(Plan.EOS_1, Setup.EOS, 0.5, Variant.TRANSACTIONAL).withKeys(1_000));
    ByteArrayOutputStream progress = new ByteArrayOutputStream();

    Results results = new EndToEnd(MOMENT, print(progress), directory, null).run(groups, true);

    for (Group group : groups) {
      for (Variant variant : group.variants()) {
        Result result = results.of(group.name(), variant);
        assertThat(result.slices()).hasSize(1);
        Slice slice = result.slices().get(0);
        assertThat(slice.recordsPerSecond()).as(variant.label).isPositive();
        assertThat(slice.cpuNanos()).as(variant.label).isPositive();
        assertThat(slice.bytes()).as(variant.label).isPositive();
        if (variant.isOurs()) {
          // That it admits what the embedded limiter admits was seen on the way.
          assertThat(result.standing().admitted()).isPositive();
          assertThat(result.standing().events()).isPositive();
          assertThat(result.changelogBytes()).isPositive();
        }
      }
    }
    assertThat(results.restored()).isPositive();
    assertThat(results.latencies())
        .containsOnlyKeys(Variant.PASS_THROUGH, Variant.HEADGATE)
        .allSatisfy((variant, times) -> assertThat(times.getTotalCount()).isPositive());
    Map<String, Double> figures = EndToEndFigures.of(results);
    assertThat(figures)
        .containsKeys(
            "alos.1pct.vs.passthrough", "vs.kvrocks", "restore.rowsPerSecond", "p99.ratio");
    assertThat(figures.values()).allSatisfy(figure -> assertThat(figure).isFinite());
    ByteArrayOutputStream table = new ByteArrayOutputStream();
    new EndToEndReport(results, print(table)).print();
    assertThat(table.toString(StandardCharsets.UTF_8))
        .contains(atLeastOnce.stream().map(variant -> variant.label).toList());
  }

  private static PrintStream print(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }
}
