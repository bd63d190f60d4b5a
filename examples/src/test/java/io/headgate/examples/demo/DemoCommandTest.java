package io.headgate.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.examples.Main;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a user mistypes: one line that names it, exit code 2, nothing started. */
class DemoCommandTest {

  private record Ran(int exitCode, String out, String err) {}

  private static Ran run(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        Main.run(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            args);
    return new Ran(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private static void assertRefused(Ran ran, String culprit) {
    assertThat(ran.exitCode()).isEqualTo(2);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err().strip()).contains(culprit).hasLineCount(1).doesNotContain("\tat ");
  }

  @ParameterizedTest
  @CsvSource({
    "--limit, 0/60s, 0/60s",
    "--limit, many, many",
    "--limit, 1/1w, 1/1w",
    "--buckets, 7, 7 buckets",
    "--buckets, 0, buckets 0",
    "--mode, lax, lax",
    "--partitions, 0, --partitions 0",
    "--partitions, x, --partitions",
    "--guarantee, hope, --guarantee hope",
    "--for, 3, --for 3",
    "--key, abc, --key",
    "--key, (, --key",
    "--time, abc, --time",
    "--year, x, --year",
    "--input, no/such/file, no/such/file",
    "--nonsense, 1, --nonsense"
  })
  void shouldNameTheOptionThatIsWrong(String option, String value, String culprit) {
    assertRefused(run("demo", option, value), culprit);
  }

  @Test
  void shouldRefuseADirectoryAsInput(@TempDir Path directory) {
    assertRefused(run("demo", "--input", directory.toString()), directory.toString());
  }

  @Test
  void shouldRefuseATimeFormatWithoutATime() {
    assertRefused(run("demo", "--time-format", "yyyy"), "--time-format");
    assertRefused(run("demo", "--time", "(x)", "--time-format", "bbb"), "bbb");
  }

  @Test
  void shouldRefuseAnUnknownCommand() {
    assertRefused(run("dance"), "dance");
  }

  @Test
  void shouldSayWhereNoKafkaAnswers() {
    // Port 1 is nobody's: the connection is refused at once, and looked for until the bound.
    assertRefused(run("demo", "--bootstrap-server", "127.0.0.1:1"), "127.0.0.1:1");
  }

  @Test
  void shouldExplainItself() {
    Ran ran = run("demo", "--help");
    assertThat(ran.exitCode()).isZero();
    assertThat(ran.out()).contains("--limit", "--guarantee", "--input", "--json");
  }

  @Test
  void shouldWriteProgressOverItselfOnATerminalAndInLinesInAPipe() {
    List<String> texts = new ArrayList<>();
    for (boolean terminal : new boolean[] {true, false}) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
      ProgressLine.show(out, terminal, new DemoRun.Progress(5_000, 4_000, 900, 800, 70));
      texts.add(bytes.toString(StandardCharsets.UTF_8));
    }
    String text = "in 5,000   admitted 4,000   blocked 900   events acked 800   keys 70";
    assertThat(texts).containsExactly("\r" + text + "\u001b[K", text + System.lineSeparator());
  }
}
