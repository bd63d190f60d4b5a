package io.headgate.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.runner.RunnerException;

/** Runs every benchmark once, for a moment, in this JVM: they work; what they say means nothing. */
class BenchmarksTest {

  private static final Scale MOMENT = new Scale(1, 1, 0, 0, 1, 5, 1000);

  @Test
  void shouldRunEveryBenchmarkOfThePlan() throws RunnerException {
    ByteArrayOutputStream progress = new ByteArrayOutputStream();
    Results results =
        new Rounds(MOMENT, new PrintStream(progress, true, StandardCharsets.UTF_8))
            .run(Plan.SECTIONS);

    assertThat(results.samples())
        .allSatisfy(
            (benchmark, samples) -> {
              assertThat(samples.forks()).hasSize(1);
              assertThat(samples.medianNanos()).isBetween(0.1, 1e9);
              assertThat(samples.medianBytes()).isBetween(0.0, 1e9);
            });
    assertThat(Figures.of(results).values()).allSatisfy(figure -> assertThat(figure).isFinite());
    assertThat(progress.toString(StandardCharsets.UTF_8).lines()).hasSize(results.samples().size());
  }
}
