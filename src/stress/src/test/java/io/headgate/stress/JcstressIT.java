package io.headgate.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the stress tests, each in processes of jcstress's own: the structures must show only
 * outcomes that are listed, and each broken twin must be caught, or the tests have no teeth.
 */
class JcstressIT {

  private static final String SHORT = "-sc false -f 1 -fsm 1 -iters 1 -time 100";
  private static final String OPTIONS = System.getProperty("jcstress.options", SHORT);

  /** What is broken in the order of the program shows in code that keeps it: one kind of JVM. */
  private static final String TWIN =
      "-sc false -f 1 -iters 10 -time 100 -jvmArgs -XX:TieredStopAtLevel=1";

  /** Stress tests that are no twins: none is to be missing without being missed. */
  private static final int TESTS = 12;

  private static final List<String> TWINS =
      List.of(
          "SpscLongRingStress.BellFirstTwin",
          "SpscLongRingStress.BlindProducerTwin",
          "SpinLockStress.NoCasTwin",
          "GenerationalPoolStress.GiveBackFirstTwin",
          "RateLimiterStress.NoLockTwin",
          "WindowCopyStress.CredulousReaderTwin",
          "WindowCopyStress.LateWriterTwin");

  @TempDir private Path directory;

  @Test
  void shouldShowOnlyTheOutcomesThatAreListed() throws Exception {
    Ran ran = jcstress("io\\.headgate\\.(?!.*Twin).*", OPTIONS);
    assertThat(ran.exitValue()).as(ran.output()).isZero();
    assertThat(ran.output()).contains("All remaining tests: " + TESTS + " matching");
  }

  @Test
  void shouldCatchEachBrokenTwin() throws Exception {
    Ran ran = jcstress(".*Twin", TWIN);
    assertThat(ran.exitValue()).as(ran.output()).isNotZero();
    assertThat(ran.output()).contains("Failed tests: " + TWINS.size() + " matching");
    List<String> caught =
        ran.output().lines().filter(line -> line.contains("Observed forbidden state")).toList();
    assertThat(TWINS)
        .as(ran.output())
        .allSatisfy(twin -> assertThat(caught).anyMatch(line -> line.contains(twin + " [")));
  }

  private Ran jcstress(String tests, String options) throws Exception {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("-t", tests, "-r", directory.resolve("report").toString()));
    arguments.addAll(List.of(options.split(" ")));
    return Processes.java(directory, "org.openjdk.jcstress.Main", arguments.toArray(new String[0]));
  }
}
