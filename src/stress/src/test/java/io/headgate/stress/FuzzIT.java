package io.headgate.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Lets Jazzer look for bytes that break what reads bytes, guided by the code they reach. Each
 * target has a process of its own and so many inputs, however long they take; a planted fault must
 * be found too.
 */
class FuzzIT {

  private static final int INPUTS = Integer.getInteger("fuzz.inputs", 20_000);

  /** Far more than it takes: it ends with the first that fails. */
  private static final int AMPLE = 5_000_000;

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {"memory.PoolFuzz", "lane.SlotFuzz", "lane.BlockedEventFuzz", "streams.RowFuzz"})
  void shouldFindNothing(String target) throws Exception {
    Ran ran = fuzz(target, INPUTS);
    assertThat(ran.exitValue()).as(ran.output()).isZero();
    assertThat(ran.output()).contains("Done " + INPUTS + " runs");
  }

  @Test
  void shouldFindThePlantedFault() throws Exception {
    Ran ran = fuzz("memory.WrappingPoolFuzz", AMPLE);
    assertThat(ran.exitValue()).as(ran.output()).isNotZero();
    assertThat(ran.output())
        .contains("== Java Exception: java.lang.AssertionError: ", ": wrong for ");
  }

  private Ran fuzz(String target, int inputs) throws Exception {
    return Processes.java(
        directory,
        "com.code_intelligence.jazzer.Jazzer",
        "--target_class=io.headgate." + target,
        "--instrumentation_includes=io.headgate.**",
        "--reproducer_path=" + directory,
        "-artifact_prefix=" + directory + "/",
        "-runs=" + inputs,
        "-print_final_stats=1",
        // Short inputs reach everything there is.
        "-max_len=512",
        "-seed=1");
  }
}
