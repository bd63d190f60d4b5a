package io.headgate.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is wrong with the options of report and ingest, in one line and before anything is done. */
class ReportAndIngestOptionsTest {

  private static final String KAFKA = " --bootstrap-server localhost:1";

  @TempDir private Path directory;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String line) {
    Console console =
        new Console(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    return Main.run(console, line.trim().split(" +"));
  }

  private void assertRefused(String line, String why) {
    assertThat(run(line)).isEqualTo(2);
    assertThat(out.toString(StandardCharsets.UTF_8)).isEmpty();
    assertThat(err.toString(StandardCharsets.UTF_8))
        .startsWith("headgate " + line.substring(0, line.indexOf(' ')) + ": ")
        .contains(why)
        .hasLineCount(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--topic t --by rule | --day",
        "--day tomorrow --topic t | --day \"tomorrow\": expected yesterday, today or a date",
        "--day 2026-02-30 --topic t | --day \"2026-02-30\": expected",
        "--day +999999999-12-31 --topic t | --day \"+999999999-12-31\": expected yesterday, today or",
        "--day -0001-01-01 --topic t | --day \"-0001-01-01\": expected yesterday, today or a date",
        "--day +10000-01-01 --hour 3 --topic t | --day \"+10000-01-01\": expected yesterday, today",
        "--day today --topic t --hour -1 | --hour -1: expected 0 to 23",
        "--day today --topic t --hour 99999999999 | --hour",
        "--day today --topic t --hour 24 | --hour 24: expected 0 to 23",
        "--day today --topic t --hour x | --hour",
        "--day today --topic t --by user | --by \"user\": expected rule, hour or key",
        "--day today --topic t --top -1 | --top -1: expected 0 to 10000",
        "--day today --topic t --zone Mars | --zone \"Mars\": expected a zone such as",
        "--day today | expected -c FILE, or --bootstrap-server HOST:PORT and --topic TOPIC",
        "--day today --exact | the topic of blocked records",
        "--day today --topic t --nonsense | --nonsense",
      })
  void shouldSayWhatIsWrongWithAReport(String options, String why) {
    assertRefused("report " + options + KAFKA, why);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--limit 1/1s | --topic",
        "--topic t | --limit",
        "--topic t --limit 5 | --limit: ",
        "--topic t --limit 1/1s --key user | --key: key \"user\": expected line, peer, field:",
        "--topic t --limit 1/1s --key regex:( | is no regular expression",
        "--topic t --limit 1/1s --key peer | --key peer: expected --listen",
        "--topic t --limit 1/1s --no-key drop | --no-key: \"drop\": expected pass or block",
        "--topic t --limit 1/1s --event-key some | --event-key: \"some\": expected plain, hashed",
        "--topic t --limit 1/1s --listen 5170 | --listen \"5170\": expected HOST:PORT",
        "--topic t --limit 1/1s --listen a:b | --listen \"a:b\": expected HOST:PORT",
        "--topic t --limit 1/1s --listen a:70000 | --listen \"a:70000\": expected HOST:PORT",
        "--topic t --limit 1/1s --listen a:1 --follow f | expected one or the other",
        "--topic t --limit 1/1s --from-start | --from-start: expected --follow FILE",
        "--topic t --limit 1/1s --max-line 0 | --max-line 0: expected 1 to",
        "--topic t --limit 1/1s --max-keys 0 | --max-keys 0: expected 1 to",
        "--topic t --limit 1/1s --blocked-topic t | expected another than --topic",
        "--topic t --limit 1/1s --follow / | --follow /: found a directory",
      })
  void shouldSayWhatIsWrongWithAnIngest(String options, String why) {
    assertRefused("ingest " + options + KAFKA, why);
  }

  @Test
  void shouldAskWhereTheBrokersAre() {
    assertRefused("report --day today --topic t", "no --bootstrap-server");
    err.reset();
    assertRefused("ingest --topic t --limit 1/1s", "no --bootstrap-server");
  }

  @Test
  void shouldSayThatAFileOfSettingsCannotBeRead() throws IOException {
    assertRefused(
        "report --day today --topic t --command-config " + directory.resolve("none"),
        "expected Kafka's properties");
    err.reset();
    Path file = directory.resolve("client.properties");
    Files.writeString(file, "bootstrap.servers=localhost:1\nsecurity.protocol=NONE\n");
    assertRefused("report --day today --topic t --command-config " + file, "security.protocol");
  }

  @Test
  void shouldAskForOneOfServiceFileAndTopic() throws IOException {
    Path file = directory.resolve("headgate.yaml");
    Files.writeString(
        file,
        """
        application: edge
        kafka: { bootstrap.servers: localhost:1 }
        sources: [ in ]
        output: out
        blocked: blocked
        rules: { rules: [ { name: all, limits: [ 10/1s ] } ] }
        analytics: off
        """);
    assertRefused("report --day today -c " + file, "found analytics: off");
    err.reset();
    assertRefused("report --day today --topic t -c " + file, "expected one or the other");
  }

  @Test
  void shouldShowItsHelp() {
    assertThat(run("report --help")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("--exact", "--by=rule|hour|key");
    out.reset();
    assertThat(run("ingest --help")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("--follow", "--listen", "regex:");
  }
}
