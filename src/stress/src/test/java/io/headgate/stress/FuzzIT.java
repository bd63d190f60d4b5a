package io.headgate.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Lets Jazzer look for bytes that break what reads bytes, guided by the code they reach. Each
 * target has a process of its own and some seconds; a planted fault must be found in the same time.
 */
class FuzzIT {

  private static final int SECONDS = Integer.getInteger("fuzz.seconds", 5);

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {"memory.PoolFuzz", "lane.SlotFuzz", "lane.BlockedEventFuzz", "streams.RowFuzz"})
  void shouldFindNothing(String target) throws Exception {
    Ran ran = fuzz(target, SECONDS);
    assertThat(ran.exitValue()).as(ran.output()).isZero();
    assertThat(ran.output()).containsPattern("Done [0-9]{4,} runs");
  }

  @Test
  void shouldFindThePlantedFault() throws Exception {
    Ran ran = fuzz("memory.WrappingPoolFuzz", 120);
    assertThat(ran.exitValue()).as(ran.output()).isNotZero();
    assertThat(ran.output())
        .contains("== Java Exception: java.lang.AssertionError: ", ": wrong for ");
  }

  private Ran fuzz(String target, int seconds) throws Exception {
    return Processes.java(
        directory,
        "com.code_intelligence.jazzer.Jazzer",
        "--target_class=io.headgate." + target,
        "--instrumentation_includes=io.headgate.**",
        "--reproducer_path=" + directory,
        "-artifact_prefix=" + directory + "/",
        "-max_total_time=" + seconds,
        "-print_final_stats=1",
        // Short inputs reach everything there is.
        "-max_len=512",
        "-seed=1");
  }
}
