package io.headgate.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.headgate.service.config.UserError;
import io.headgate.service.run.Service;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.NewPartitions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Topics that are missing or do not fit: said before anything starts, or made. */
class TopicCheckIT {

  private static final String RULES = "rules: { rules: [ { name: all, limits: [ 5/1h ] } ] }";

  @RegisterExtension static final SharedRig SHARED = new SharedRig();

  private final ServiceRig rig = SHARED.get();

  @SuppressWarnings("NullAway.Init")
  @TempDir
  private Path directory;

  private final String application = ServiceRig.unique("edge");

  private Path file(String... more) {
    return ServiceRig.write(
        directory.resolve("headgate.yaml"),
        rig.lines(application, directory.resolve("state"), more));
  }

  /** What run says, which is what check says of it. */
  private List<String> refusals(Path file) {
    UserError e =
        catchThrowableOfType(UserError.class, () -> Service.prepare(ServiceRig.read(file)).close());
    assertThat(e).isNotNull();
    Ran check = Ran.run("check", "--kafka", file.toString());
    assertThat(check.exitCode()).isEqualTo(2);
    List<String> lines = String.valueOf(e.getMessage()).lines().toList();
    assertThat(check.err().lines().filter(line -> !line.contains(": warning: ")))
        .isEqualTo(lines.stream().map(line -> file + ": " + line).toList());
    return lines;
  }

  private int partitions(String topic) {
    return rig.kafka
        .admin()
        .describeTopics(List.of(topic))
        .topicNameValues()
        .values()
        .iterator()
        .next()
        .toCompletionStage()
        .toCompletableFuture()
        .join()
        .partitions()
        .size();
  }

  private String make(String topic, String more) {
    return ": make it with kafka-topics.sh --bootstrap-server "
        + rig.kafka.bootstrapServers()
        + " --create --topic "
        + topic
        + more
        + ", or say create-topics: {partitions: N}";
  }

  @Test
  void shouldNameTopicsThatAreMissingAndHowToMakeThem() {
    String in = rig.topic("in", 3);
    String out = ServiceRig.unique("out");
    String blocked = ServiceRig.unique("blocked");
    String limits = ServiceRig.unique("limits");
    assertThat(
            refusals(
                file(
                    "sources: [ " + in + ", no-source ]",
                    "output: " + out,
                    "blocked: " + blocked,
                    "limits: " + limits,
                    "rules:",
                    "  rules:",
                    "  - { name: a, limits: [ 1/1s ], over-limit: { route: no-route } }")))
        .containsExactly(
            "no topic no-source (sources)" + make("no-source", ""),
            "no topic " + out + " (output)" + make(out, " --partitions 3"),
            "no topic " + blocked + " (blocked)" + make(blocked, ""),
            "no topic no-route (over-limit route)" + make("no-route", ""),
            "no topic "
                + limits
                + " (limits)"
                + make(limits, " --partitions 1 --config cleanup.policy=compact"));
  }

  @Test
  void shouldMakeTopicsThatAreMissingIfItIsTo() throws Exception {
    String in = rig.topic("in", 3);
    String out = ServiceRig.unique("out");
    String blocked = ServiceRig.unique("blocked");
    String limits = ServiceRig.unique("limits");
    Path file =
        file(
            "sources: [ " + in + " ]",
            "output: " + out,
            "blocked: " + blocked,
            "limits: " + limits,
            "create-topics: { partitions: 2, replication: 1 }",
            RULES);
    Ran check = Ran.run("check", "--kafka", file.toString());
    assertThat(check.exitCode()).isZero();
    assertThat(check.err().lines())
        .containsExactly(
            file + ": warning: no topic " + out + ", run makes it",
            file + ": warning: no topic " + blocked + ", run makes it",
            file + ": warning: no topic " + limits + ", run makes it");
    try (Service service = ServiceRig.start(file)) {
      rig.send(in, 3, 3, 7);
      rig.awaitCommitted(application, in);
      assertThat(service.failure()).isEmpty();
    }
    assertThat(rig.byKey(out)).isEqualTo(Map.of("key-0", 5, "key-1", 5, "key-2", 5));
    assertThat(rig.blocked(blocked)).isEqualTo(6);
    assertThat(partitions(out)).isEqualTo(3);
    assertThat(partitions(blocked)).isEqualTo(2);
    assertThat(partitions(limits)).isEqualTo(1);
  }

  @Test
  void shouldRefuseAnOutputOfFewerPartitions() {
    String in = rig.topic("in", 3);
    String out = rig.topic("out", 2);
    assertThat(
            refusals(
                file(
                    "sources: [ " + in + " ]",
                    "output: " + out,
                    "blocked: " + rig.topic("blocked", 1),
                    RULES)))
        .containsExactly(
            "topic "
                + out
                + " (output) has 2 partitions, its source "
                + in
                + " has 3: give it as many, with kafka-topics.sh --bootstrap-server "
                + rig.kafka.bootstrapServers()
                + " --alter --topic "
                + out
                + " --partitions 3");
  }

  @Test
  void shouldRefuseTopicsThatForgetWhatMustBeKept() {
    String blocked =
        rig.topic(ServiceRig.unique("blocked"), 1, Map.of("cleanup.policy", "compact"));
    String limits = ServiceRig.unique("limits");
    rig.kafka.createTopic(limits, 1, Map.of("cleanup.policy", "delete"));
    assertThat(
            refusals(
                file(
                    "sources: [ " + rig.topic("in", 1) + " ]",
                    "output: " + rig.topic("out", 1),
                    "blocked: " + blocked,
                    "limits: " + limits,
                    RULES)))
        .containsExactly(
            "topic "
                + blocked
                + " (blocked) has cleanup.policy=compact, which keeps the last record of a key only:"
                + " give it cleanup.policy=delete",
            "topic "
                + limits
                + " (limits) has cleanup.policy=delete, which forgets entries after a time: give it"
                + " cleanup.policy=compact");
    String both = ServiceRig.unique("limits");
    rig.kafka.createTopic(both, 1, Map.of("cleanup.policy", "compact,delete"));
    assertThat(
            refusals(
                file(
                    "sources: [ " + rig.topic("in", 1) + " ]",
                    "output: " + rig.topic("out", 1),
                    "blocked: " + rig.topic("blocked", 1),
                    "limits: " + both,
                    RULES)))
        .containsExactly(
            "topic "
                + both
                + " (limits) has cleanup.policy=compact,delete, which forgets entries after a time:"
                + " give it cleanup.policy=compact");
  }

  @Test
  void shouldRefuseAPatternThatMatchesItsOwnOutputsOrNothing() {
    String in = rig.topic("logs", 1);
    String blocked = rig.topic("blocked", 1);
    assertThat(
            refusals(
                file(
                    "sources: { pattern: \"" + in + ".*\" }",
                    "output: { suffix: .ok }",
                    "blocked: " + blocked,
                    RULES)))
        .containsExactly(
            "topic "
                + in
                + ".ok (output of "
                + in
                + ") matches the sources' pattern "
                + in
                + ".*: records would go round for ever; choose a pattern that leaves it out");
    assertThat(
            refusals(
                file(
                    "sources: { pattern: \"none-such\" }",
                    "output: out",
                    "blocked: " + blocked,
                    RULES)))
        .containsExactly("no topic for the sources: pattern none-such matches none that there is");
  }

  @Test
  void shouldWarnOfKeysThatHaveALimitInEachSource() {
    String one = rig.topic("one", 1);
    String two = rig.topic("two", 2);
    Path file =
        file(
            "sources: [ " + one + ", " + two + " ]",
            "output: " + rig.topic("out", 2),
            "blocked: " + rig.topic("blocked", 1),
            RULES);
    Ran check = Ran.run("check", "--kafka", "--json", file.toString());
    assertThat(check.exitCode()).isZero();
    assertThat(check.out())
        .contains(
            "\"warnings\":[\"the sources have different numbers of partitions ({"
                + one
                + "=1, "
                + two
                + "=2}): a key that is in several of them has a limit in each\"]");
  }

  @Test
  void shouldRefuseSourcesThatHaveGrown() throws Exception {
    String in = rig.topic("in", 1);
    Path file =
        file(
            "sources: [ " + in + " ]",
            "output: " + rig.topic("out", 2),
            "blocked: " + rig.topic("blocked", 1),
            RULES);
    ServiceRig.start(file).close();
    rig.kafka.admin().createPartitions(Map.of(in, NewPartitions.increaseTo(2))).all().get();
    await().atMost(ServiceRig.LIMIT).until(() -> partitions(in) == 2);
    assertThat(refusals(file))
        .containsExactly(
            "topic "
                + application
                + "-"
                + application
                + "-windows-changelog has 1 partitions, of the time when the sources had as many; now"
                + " they have 2: what is counted belongs to partitions and cannot be taken along; give"
                + " the service another application to start with empty windows");
  }
}
