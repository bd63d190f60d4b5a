package io.headgate.bench.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.bench.CommandLines;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EndToEndBenchTest {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
    PrintStream told = new PrintStream(err, true, StandardCharsets.UTF_8);
    return CommandLines.run(new EndToEndBench(printed, told), printed, told, args);
  }

  @ParameterizedTest
  @CsvSource({
    "--only=nothing, 'headgate bench e2e: --only nothing: expected some of alos.1pct,'",
    "--rounds=0, 'headgate bench e2e: --rounds 0: expected 1 or more'",
    "--fast, 'headgate bench e2e: Unknown option: ''--fast'''",
  })
  void shouldRefuseWhatItDoesNotKnow(String argument, String message) {
    assertThat(run(argument)).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).startsWith(message).hasLineCount(1);
    assertThat(out.size()).isZero();
  }

  @Test
  void shouldHelp() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("--quick", "--growth", "--profile");
  }
}
