package io.headgate.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.testkit.Checkout;
import io.headgate.testkit.EmbeddedKafka;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each example prints what its first lines say, on somebody's Kafka, and leaves nothing there. */
class ExamplesIT {

  private static final int MOST_LINES = 100;
  private static final String HOME = "headgate.home";

  private record Ran(int exitCode, List<String> out, String err) {}

  private static EmbeddedKafka kafka;

  @BeforeAll
  static void startKafka() {
    kafka = EmbeddedKafka.start();
    System.setProperty(HOME, Checkout.root().toString());
  }

  @AfterAll
  static void stopKafka() {
    System.clearProperty(HOME);
    kafka.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"InProcess", "DropIn", "ApiGateway", "TenantBudget", "BlockedReader"})
  void shouldPrintWhatItsHeaderSays(String example) throws Exception {
    Set<String> topics = kafka.admin().listTopics().names().get();

    Ran ran = run("example", example, "--bootstrap-server", kafka.bootstrapServers());

    assertThat(ran.exitCode()).as(ran.err()).isZero();
    assertThat(ran.err()).isEmpty();
    List<String> source = source(example);
    assertThat(source).hasSizeLessThan(MOST_LINES);
    assertThat(ran.out()).isNotEmpty().isEqualTo(outputInHeader(source, example));
    assertThat(kafka.admin().listTopics().names().get()).isEqualTo(topics);
    assertThat(kafka.admin().listGroups().all().get()).isEmpty();
  }

  @Test
  void shouldListWhatThereIs() throws IOException {
    Ran ran = run("example");

    assertThat(ran.exitCode()).isZero();
    List<String> names = ran.out().stream().map(line -> line.replaceAll(" .*", "")).toList();
    assertThat(names)
        .containsExactly("InProcess", "DropIn", "ApiGateway", "TenantBudget", "BlockedReader");
    String table = Files.readString(Checkout.root().resolve("examples/README.md"));
    assertThat(names).allSatisfy(name -> assertThat(table).contains("./headgate example " + name));
  }

  @Test
  void shouldRefuseWhatItDoesNotKnowInOneLine() {
    Ran ran = run("example", "Dance");

    assertThat(ran.exitCode()).isEqualTo(2);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err().strip()).contains("Dance", "ApiGateway").hasLineCount(1);
  }

  @Test
  void shouldRefuseAKafkaThatHasSuchTopicsAlready() throws Exception {
    kafka.createTopic("tenant-payroll", 1, Map.of());

    Ran ran = run("example", "TenantBudget", "--bootstrap-server", kafka.bootstrapServers());

    assertThat(ran.exitCode()).isEqualTo(2);
    assertThat(ran.err().strip()).contains("tenant-payroll").hasLineCount(1);
    assertThat(kafka.admin().listTopics().names().get()).contains("tenant-payroll");
    kafka.admin().deleteTopics(List.of("tenant-payroll")).all().get();
  }

  private static Ran run(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream before = System.out;
    PrintStream captured = new PrintStream(out, true, StandardCharsets.UTF_8);
    System.setOut(captured); // Where an example writes to: it knows nothing of the launcher.
    int exitCode;
    try {
      PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
      exitCode = Main.run(captured, errors, false, args);
    } finally {
      System.setOut(before);
    }
    List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
    return new Ran(exitCode, lines, err.toString(StandardCharsets.UTF_8));
  }

  private static List<String> source(String example) throws IOException {
    Path folder = Checkout.root().resolve("examples/src/main/java/io/headgate/examples");
    return Files.readAllLines(folder.resolve(example + ".java"));
  }

  /** What stands between the command and the end of the comment, without the comment's margin. */
  private static List<String> outputInHeader(List<String> source, String example) {
    int command = source.indexOf(" *   ./headgate example " + example);
    assertThat(command).as("the command is in the header").isPositive();
    return source.subList(command + 2, source.indexOf(" */")).stream()
        .map(line -> line.replaceFirst("^ \\*   ", ""))
        .toList();
  }
}
