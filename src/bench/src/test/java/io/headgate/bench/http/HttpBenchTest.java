package io.headgate.bench.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.bench.CommandLines;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpBenchTest {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
    PrintStream told = new PrintStream(err, true, StandardCharsets.UTF_8);
    return CommandLines.run(new HttpBench(printed, told), printed, told, args);
  }

  @ParameterizedTest
  @CsvSource({
    "--seconds=0, 'headgate bench http: --seconds 0: expected 1 to 3600'",
    "--rounds=4000, 'headgate bench http: --rounds 4000: expected 1 to 3600'",
    "--pace=-1, 'headgate bench http: --pace -1: expected 0 to 1000000'",
    "--seconds=x, 'headgate bench http: Invalid value for option ''--seconds'': '",
  })
  void shouldRefuseWhatItDoesNotKnow(String argument, String message) {
    assertThat(run(argument)).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).startsWith(message).hasLineCount(1);
    assertThat(out.size()).isZero();
  }

  @Test
  void shouldHelp() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("--seconds", "--rounds", "--pace", "--json");
  }
}
