package io.headgate.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The image, and what compose.yaml makes of it: an instance is killed under load, and the account
 * comes out even, as exactly-once and transactional events have it.
 */
@Tag("containers")
class ComposeIT {

  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final String ABUSER = "203.0.113.66";
  private static final long MOST_IMAGE_BYTES = 70_000_000;

  @SuppressWarnings("NullAway.Init")
  @TempDir
  private Path secrets;

  @Test
  void shouldLoseNothingWhenAnInstanceIsKilled() throws Exception {
    try (Stack stack = Stack.start(secrets)) {
      try {
        List<String> instances = stack.instances();
        assertThat(instances).hasSize(2);
        instances.forEach(each -> shouldRunWithFewRights(stack, each));
        shouldAskForTheToken(stack, instances.get(0));
        shouldBeSmall(stack);

        awaitMoreJudged(stack, 1_500);
        stack.docker("kill", "--signal", "KILL", instances.get(0));
        assertThat(stack.inspect(instances.get(0), ".State.ExitCode")).isEqualTo("137");
        awaitMoreJudged(stack, 1_500);
        stack.docker("start", instances.get(0));
        shouldReport(stack, instances.get(1));
        awaitMoreJudged(stack, 1_500);
        stack.compose("stop", "--timeout", "40", "traffic");
        // What is held leaves, or is blocked when its time is over.
        await("all that came was judged")
            .atMost(LIMIT)
            .pollInterval(Duration.ofSeconds(2))
            .untilAsserted(() -> shouldAddUp(Account.read(stack.bootstrapServers())));
        awaitHealthy(stack, instances.get(0));
        shouldEndInOrder(stack, instances);
        Account end = Account.read(stack.bootstrapServers());
        shouldAddUp(end);
        shouldHaveLimited(end);
      } catch (AssertionError | RuntimeException e) {
        e.addSuppressed(new AssertionError(stack.logs()));
        throw e;
      }
    }
  }

  private static void awaitMoreJudged(Stack stack, long more) {
    long before = Account.total(Account.read(stack.bootstrapServers()).judged());
    await(more + " more records")
        .atMost(LIMIT)
        .pollInterval(Duration.ofSeconds(1))
        .until(
            () -> Account.total(Account.read(stack.bootstrapServers()).judged()) >= before + more);
  }

  private static void awaitHealthy(Stack stack, String instance) {
    await("healthy")
        .atMost(LIMIT)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> stack.inspect(instance, ".State.Health.Status").equals("healthy"));
  }

  private static void shouldRunWithFewRights(Stack stack, String instance) {
    awaitHealthy(stack, instance);
    assertThat(stack.docker("exec", instance, "id", "-u")).isEqualTo("10001");
    assertThat(stack.docker("exec", instance, "cat", "/proc/1/comm")).as("PID 1").isEqualTo("java");
    assertThat(stack.docker("exec", instance, "grep", "CapEff", "/proc/1/status"))
        .endsWith("0000000000000000");
    Shell.Ran written = stack.attempt("exec", instance, "touch", "/opt/headgate/written");
    assertThat(written.exitCode()).isNotZero();
    assertThat(written.err()).contains("Read-only file system");
    assertThat(stack.attempt("exec", instance, "health").exitCode()).isZero();
    assertThat(stack.attempt("exec", instance, "health", "/nowhere"))
        .isEqualTo(new Shell.Ran(1, "/nowhere answers 404\n", ""));
  }

  private static void shouldAskForTheToken(Stack stack, String instance) throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(stack.address(instance) + "/metrics"));
    assertThat(client.send(request.build(), HttpResponse.BodyHandlers.ofString()).statusCode())
        .isEqualTo(401);
    request.header("Authorization", "Bearer " + Stack.TOKEN);
    assertThat(client.send(request.build(), HttpResponse.BodyHandlers.ofString()).statusCode())
        .isEqualTo(200);
  }

  /** What the image has more than its base. */
  private static void shouldBeSmall(Stack stack) {
    List<String> layers =
        stack
            .docker(
                "history",
                "--no-trunc",
                "--human=false",
                "--format",
                "{{.Size}} {{.CreatedBy}}",
                Stack.IMAGE)
            .lines()
            .filter(layer -> layer.contains("/opt/headgate/"))
            .toList();
    assertThat(layers).hasSize(2);
    assertThat(
            layers.stream()
                .mapToLong(layer -> Long.parseLong(layer.substring(0, layer.indexOf(' '))))
                .sum())
        .isBetween(1L, MOST_IMAGE_BYTES);
  }

  private static void shouldReport(Stack stack, String instance) {
    String report =
        stack.docker(
            "exec",
            instance,
            "headgate",
            "report",
            "-c",
            "/etc/headgate/headgate.yaml",
            "--day",
            "today");
    assertThat(report).contains("edge-limits/everyone", ABUSER);
  }

  private static void shouldEndInOrder(Stack stack, List<String> instances) {
    for (String instance : instances) {
      stack.docker("stop", "--time", "40", instance);
      assertThat(stack.inspect(instance, ".State.ExitCode")).as(stack.logs()).isEqualTo("0");
    }
  }

  private static void shouldAddUp(Account account) {
    assertThat(account.in()).isNotEmpty();
    assertThat(account.differences()).isEmpty();
  }

  private static void shouldHaveLimited(Account account) {
    assertThat(account.blocked().get(ABUSER)).isPositive();
    assertThat(account.blocked()).as("exempt").doesNotContainKey("192.0.2.1");
    assertThat(account.mostWithin("192.0.2.1", Duration.ofMinutes(1))).isGreaterThan(60);
    account.times().keySet().stream()
        .filter(key -> key.startsWith("10.") || key.equals(ABUSER))
        .forEach(
            key ->
                assertThat(account.mostWithin(key, Duration.ofMinutes(1)))
                    .as(key)
                    .isLessThanOrEqualTo(60));
    assertThat(account.mostWithin(ABUSER, Duration.ofMinutes(1))).isEqualTo(60);
  }
}
