package io.headgate.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs the stress tests, each in processes of jcstress's own: the structures must show only
 * outcomes that are listed, and each broken twin must be caught, or the tests have no teeth.
 */
class JcstressIT {

  private static final String SHORT = "-sc false -f 1 -fsm 1 -iters 1 -time 100";
  private static final String OPTIONS = System.getProperty("jcstress.options", SHORT);

  @TempDir private Path directory;

  /** Stress tests that are no twins: none is to be missing without being missed. */
  private static final int TESTS = 10;

  private record Ran(boolean passed, String output) {}

  @Test
  void shouldShowOnlyTheOutcomesThatAreListed() throws Exception {
    Ran ran = jcstress("io\\.headgate\\.(?!.*Twin).*", OPTIONS);
    assertThat(ran.passed()).as(ran.output()).isTrue();
    assertThat(ran.output()).contains("All remaining tests: " + TESTS + " matching");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SpscLongRingStress.BellFirstTwin",
        "SpscLongRingStress.BlindProducerTwin",
        "SpinLockStress.NoCasTwin",
        "GenerationalPoolStress.GiveBackFirstTwin",
        "RateLimiterStress.NoLockTwin"
      })
  void shouldCatchTheBrokenTwin(String twin) throws Exception {
    Ran ran = jcstress(".*" + twin.replace(".", "\\."), SHORT);
    assertThat(ran.passed()).as(ran.output()).isFalse();
    assertThat(ran.output()).contains(twin + " ").contains("Observed forbidden state");
  }

  private Ran jcstress(String tests, String options) throws IOException, InterruptedException {
    Path output = directory.resolve("output");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // Surefire may have put the class path into a jar; jcstress starts processes with its own.
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add("org.openjdk.jcstress.Main");
    command.addAll(List.of("-t", tests, "-r", directory.resolve("report").toString()));
    command.addAll(List.of(options.split(" ")));
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.MINUTES)).as("jcstress ends").isTrue();
    } finally {
      process.destroyForcibly();
    }
    return new Ran(process.exitValue() == 0, Files.readString(output));
  }
}
