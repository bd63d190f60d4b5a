package io.headgate.docker;

import io.headgate.testkit.Checkout;
import io.headgate.testkit.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What compose.yaml starts, under a name and on ports of its own: Kafka, two instances, traffic.
 * The image is built of what Maven has packaged.
 */
final class Stack implements AutoCloseable {

  static final String TOKEN = "a-token-for-tests-only";
  static final String IMAGE = "headgate-test";

  private final Shell shell;
  private final List<String> compose;
  private final int kafkaPort = FreePorts.choose(1).get(0);

  private Stack(Path secrets) throws IOException {
    // They are mounted: whoever the processes run as must be able to read them.
    Files.setPosixFilePermissions(secrets, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(secrets.resolve("headgate-token"), TOKEN);
    Files.writeString(secrets.resolve("grafana-password"), TOKEN);
    shell =
        new Shell(
            Checkout.root().resolve("docker"),
            Map.ofEntries(
                Map.entry(
                    "COMPOSE_PROJECT_NAME",
                    "headgate-test-" + ThreadLocalRandom.current().nextInt(1_000_000)),
                Map.entry("HEADGATE_IMAGE", IMAGE),
                Map.entry("BUILD_TARGET", "packaged"),
                Map.entry("SECRETS", secrets.toString()),
                Map.entry("KAFKA_PORT", String.valueOf(kafkaPort)),
                // Any two that are free.
                Map.entry("HEADGATE_PORTS", ""),
                Map.entry("TRAFFIC_RATE", "300"),
                // So that the account must come out even.
                Map.entry("GUARANTEE", "exactly_once_v2"),
                Map.entry("DELIVERY", "transactional")));
    compose =
        shell.attempt("docker", "compose", "version").exitCode() == 0
            ? List.of("docker", "compose")
            : List.of("docker-compose");
  }

  /** Builds the image and starts all; returns when the instances are ready. */
  static Stack start(Path secrets) throws IOException {
    Stack stack = new Stack(secrets);
    try {
      stack.compose("build", "headgate");
      stack.compose("up", "-d", "--no-build");
      return stack;
    } catch (AssertionError e) {
      e.addSuppressed(new AssertionError(stack.logs()));
      stack.close();
      throw e;
    }
  }

  String compose(String... command) {
    List<String> all = new ArrayList<>(compose);
    all.addAll(List.of(command));
    return shell.run(all.toArray(String[]::new));
  }

  String docker(String... command) {
    return shell.run(command(command));
  }

  Shell.Ran attempt(String... command) {
    return shell.attempt(command(command));
  }

  private static String[] command(String... command) {
    List<String> all = new ArrayList<>(List.of("docker"));
    all.addAll(List.of(command));
    return all.toArray(String[]::new);
  }

  /** The two containers of the service. */
  List<String> instances() {
    return compose("ps", "-q", "headgate").lines().toList();
  }

  String bootstrapServers() {
    return "localhost:" + kafkaPort;
  }

  /** Where a container's page is. */
  String address(String container) {
    return "http://" + docker("port", container, "8080/tcp").lines().findFirst().orElseThrow();
  }

  String inspect(String container, String format) {
    return docker("inspect", "--format", "{{" + format + "}}", container);
  }

  String logs() {
    return compose("logs", "--no-color");
  }

  @Override
  public void close() {
    compose("down", "-v", "--timeout", "1");
  }
}
