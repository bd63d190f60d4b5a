package io.headgate.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What can be said without a broker: one line for each thing that is wrong, and exit code 2. */
class MainTest {

  private static final String RULES =
      """
      rules:
        - name: bots
          when: { key: { prefix: bot } }
          limits: [ 10/1s, 500/1h ]
        - name: paying
          when: { header: { name: plan, present: true } }
          limits: [ 100/1m ]
          class: { header: plan }
      """;

  @SuppressWarnings("NullAway.Init")
  @TempDir
  private Path directory;

  private String file(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text).toString();
  }

  private String service(String more) throws IOException {
    file("rules.yaml", RULES);
    return file(
        "headgate.yaml",
        """
        application: edge
        kafka: { bootstrap.servers: "localhost:1" }
        sources: [ in ]
        output: out
        blocked: blocked
        rules: rules.yaml
        """
            + more);
  }

  private static void assertRefused(Ran ran, String line) {
    assertThat(ran.err().strip()).isEqualTo(line);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.exitCode()).isEqualTo(2);
  }

  @Test
  void shouldShowHelpOfEachCommand() {
    Ran help = Ran.run("--help");
    assertThat(help.exitCode()).isZero();
    assertThat(help.out()).contains("run", "check", "limits");
    assertThat(Ran.run().exitCode()).isEqualTo(2);
    for (String command : new String[] {"run", "check", "limits"}) {
      assertThat(Ran.run(command, "--help"))
          .satisfies(ran -> assertThat(ran.exitCode()).isZero())
          .satisfies(ran -> assertThat(ran.out()).startsWith("Usage: headgate " + command));
    }
    assertThat(Ran.run("limits", "set", "--help").out()).startsWith("Usage: headgate limits set");
  }

  @Test
  void shouldNameTheCommandOrOptionThatIsWrong() {
    assertRefused(
        Ran.run("rum", "f"),
        "headgate: Unmatched arguments from index 0: 'rum', 'f' (headgate --help)");
    assertRefused(
        Ran.run("run"), "headgate run: Missing required parameter: 'FILE' (headgate run --help)");
    assertRefused(
        Ran.run("check", "f", "--jsn"),
        "headgate check: Unknown option: '--jsn' (headgate check --help)");
    assertRefused(
        Ran.run("limits"),
        "headgate limits: expected set, list or remove (headgate limits --help)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "check"})
  void shouldSayThatThereIsNoSuchFile(String command) {
    Ran ran = Ran.run(command, "no/such.yaml");
    assertThat(ran.err())
        .startsWith("no/such.yaml: found no such file, expected a ")
        .hasLineCount(1);
    assertThat(ran.exitCode()).isEqualTo(2);
  }

  @Test
  void shouldTellWhatAFileIsAndThatItCanBeUsed() throws IOException {
    String service = service("");
    assertThat(Ran.run("check", service).out())
        .isEqualTo(
            service + ": a service file of 2 rules, can be used; --kafka asks the brokers too\n");
    String rules = directory.resolve("rules.yaml").toString();
    assertThat(Ran.run("check", rules))
        .isEqualTo(new Ran(0, rules + ": a file of 2 rules, can be used\n", ""));
  }

  @Test
  void shouldSayAllThatIsWrongWithAFile() throws IOException {
    String service = service("max-keys: none\nlimit: x\n");
    Ran ran = Ran.run("check", service);
    assertThat(ran.exitCode()).isEqualTo(2);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err().lines())
        .hasSize(2)
        .allSatisfy(line -> assertThat(line).startsWith(service + ":"));
    assertThat(Ran.run("run", service).err()).isEqualTo(ran.err());
  }

  @Test
  void shouldWarnOfUnknownSettings() throws IOException {
    String service = service("");
    Files.writeString(
        Path.of(service),
        Files.readString(Path.of(service))
            .replace("localhost:1\"", "localhost:1\", client.ids: x"));
    Ran ran = Ran.run("check", service);
    assertThat(ran.exitCode()).isZero();
    assertThat(ran.err())
        .isEqualTo(
            service
                + ": warning: kafka.client.ids: no setting that Kafka's clients know; did you mean"
                + " client.id?\n");
  }

  @Test
  void shouldAnswerInJson() throws IOException {
    String rules = file("r.yaml", "rules: [ { name: a, limits: [ 1/x ] } ]");
    Ran ran = Ran.run("check", "--json", rules);
    assertThat(ran.exitCode()).isEqualTo(2);
    assertThat(ran.err()).isEmpty();
    assertThat(ran.out().strip())
        .isEqualTo(
            "{\"file\":\"%s\",\"kind\":\"rules\",\"ok\":false,\"problems\":[{\"file\":\"%s\",\"line\":1,"
                    .formatted(rules, rules)
                + "\"column\":31,\"path\":\"rules[0].limits[0]\",\"found\":\"\\\"1/x\\\"\","
                + "\"expected\":\"UNITS/WINDOW, such as 10/1s or 500/1h\",\"mend\":\"\"}],"
                + "\"errors\":[],\"warnings\":[]}");
    String good = file("g.yaml", "rules: [ { name: a, limits: [ 1/1s ] } ]");
    assertThat(Ran.run("check", "--json", good).out().strip())
        .isEqualTo(
            "{\"file\":\"%s\",\"kind\":\"rules\",\"ok\":true,\"problems\":[],\"errors\":[],\"warnings\":[]}"
                .formatted(good));
  }

  @Test
  void shouldRefuseLimitsBeforeABrokerIsAsked() throws IOException {
    String rules = file("r.yaml", RULES);
    String[] server = {"--bootstrap-server", "localhost:1", "--topic", "l", "--rules", rules};
    assertRefused(
        set(server, "--rule", "bots", "10/1x"),
        "headgate limits set: limit \"10/1x\": expected UNITS/WINDOW, such as 100/60s or 20/1h");
    assertRefused(
        set(server, "--rule", "bots", "10/1d"),
        "headgate limits set: entry \"bots\": the window of 10/1d is none of rule bots, whose limits are"
            + " [10/1s in 50 buckets, strict, 500/1h in 60 buckets, strict]");
    assertRefused(
        set(server, "--rule", "bats", "10/1s"),
        "headgate limits set: entry \"bats\": no rule \"bats\": expected one of bots, paying");
    assertRefused(
        set(server, "--rule", "bots", "--class", "gold", "10/1s"),
        "headgate limits set: entry \"bots/class/gold\": rule bots has no classes: give it a class, or"
            + " name keys");
    assertRefused(
        set(server, "--rule", "bots", "1/1s", "2/1000ms"),
        "headgate limits set: limits 1/1s and 2/1000ms: expected limits of different windows");
    assertRefused(
        set(server, "--rule", "b s", "1/1s"),
        "headgate limits set: --rule: rule name \"b s\": expected 1 to 100 letters, digits, '.', '_' or"
            + " '-'");
    assertRefused(
        set(server, "--rule", "paying", "--class", "a", "--key", "b", "1/1m"),
        "headgate limits set: --key and --class: expected one of them, or neither");
  }

  private static Ran set(String[] server, String... args) {
    String[] all = new String[2 + server.length + args.length];
    all[0] = "limits";
    all[1] = "set";
    System.arraycopy(server, 0, all, 2, server.length);
    System.arraycopy(args, 0, all, 2 + server.length, args.length);
    return Ran.run(all);
  }

  @Test
  void shouldSayWhichTopicOfLimitsIsMissingFromTheCommandLine() throws IOException {
    String service = service("");
    assertRefused(
        Ran.run("limits", "list"),
        "headgate limits list: expected -c FILE, or --bootstrap-server HOST:PORT and --topic TOPIC");
    assertRefused(
        Ran.run("limits", "list", "-c", service, "--topic", "x"),
        "headgate limits list: -c and --bootstrap-server, --topic or --command-config: expected one or"
            + " the other");
    assertRefused(
        Ran.run("limits", "list", "-c", service),
        "headgate limits list: "
            + service
            + ": found no topic of limits, expected limits: TOPIC, which it follows");
    assertRefused(
        Ran.run("limits", "set", "-c", service, "1/1s"),
        "headgate limits set: Missing required option: '--rule=RULE' (headgate limits set --help)");
    Ran ran =
        Ran.run(
            "limits",
            "list",
            "--bootstrap-server",
            "localhost:1",
            "--topic",
            "x",
            "--command-config",
            "no/such.properties");
    assertThat(ran.err())
        .startsWith("headgate limits list: no/such.properties: found a file that cannot be read (");
    assertThat(ran.exitCode()).isEqualTo(2);
  }

  @Test
  void shouldSayThatNoBrokerAnswers() throws IOException {
    String settings =
        file("admin.properties", "default.api.timeout.ms=300\nrequest.timeout.ms=300\n");
    Ran ran =
        Ran.run(
            "limits",
            "list",
            "--bootstrap-server",
            "localhost:1",
            "--topic",
            "x",
            "--command-config",
            settings);
    assertThat(ran.err())
        .startsWith("headgate limits list: no broker answers at localhost:1: ")
        .hasLineCount(1);
    assertThat(ran.exitCode()).isEqualTo(1);
  }

  @Test
  void shouldSayWhichSettingsMakeNoClient() throws IOException {
    String settings =
        file("tls.properties", "security.protocol=SSL\nssl.truststore.location=/no/such\n");
    Ran ran =
        Ran.run(
            "limits",
            "list",
            "--bootstrap-server",
            "localhost:1",
            "--topic",
            "x",
            "--command-config",
            settings);
    assertThat(ran.err())
        .startsWith("headgate limits list: kafka: ")
        .contains("/no/such")
        .hasLineCount(1);
    assertThat(ran.exitCode()).isEqualTo(2);
  }
}
