package io.headgate.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.headgate.testkit.Checkout;
import io.headgate.testkit.FreePorts;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** A real Prometheus with the configuration of this module, but for where the instances are. */
final class Prometheus implements AutoCloseable {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient client = HttpClient.newHttpClient();
  private final Process process;
  private final Path log;
  private final String address;

  private Prometheus(Process process, Path log, int port) {
    this.process = process;
    this.log = log;
    address = "http://127.0.0.1:" + port;
  }

  /** Skips the test, loudly, where there is no Prometheus and nobody relies on it. */
  static void assumeHere() {
    boolean here = onPath("prometheus") && onPath("promtool");
    if (!here && System.getenv("CI") == null) {
      System.err.println(
          "######## NO PROMETHEUS HERE: THE DASHBOARD AND THE ALERTS ARE NOT TESTED ########");
    }
    assumeTrue(here || System.getenv("CI") != null, "needs prometheus and promtool");
    assertThat(here).as("prometheus and promtool are on the path").isTrue();
  }

  private static boolean onPath(String command) {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
        .anyMatch(each -> Files.isExecutable(Path.of(each, command)));
  }

  /**
   * Starts it.
   *
   * @param directory for its configuration and data
   * @param targets hosts and ports of the instances
   * @param token a file with the instances' token
   */
  static Prometheus start(Path directory, List<String> targets, Path token) throws IOException {
    int port = FreePorts.choose(1).get(0);
    Path log = directory.resolve("prometheus.log");
    Process process =
        new ProcessBuilder(
                "prometheus",
                "--config.file=" + configuration(directory, targets, token),
                "--storage.tsdb.path=" + directory.resolve("data"),
                "--web.listen-address=127.0.0.1:" + port)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    Prometheus prometheus = new Prometheus(process, log, port);
    await("Prometheus is ready")
        .atMost(LIMIT)
        .ignoreExceptionsInstanceOf(IOException.class)
        .failFast(() -> assertThat(process.isAlive()).as(prometheus.log()).isTrue())
        .until(() -> prometheus.get("/-/ready").statusCode() == 200);
    return prometheus;
  }

  /** What prometheus.yaml says, every second and without Docker's DNS. JSON is YAML, too. */
  private static Path configuration(Path directory, List<String> targets, Path token)
      throws IOException {
    Path folder = Checkout.root().resolve("docker").resolve("prometheus");
    ObjectNode all =
        JSON.valueToTree(
            new Load(LoadSettings.builder().build())
                .loadFromString(Files.readString(folder.resolve("prometheus.yaml"))));
    all.withObject("/global").put("scrape_interval", "1s").put("evaluation_interval", "1s");
    all.putArray("rule_files").add(folder.resolve("alerts.yaml").toString());
    ObjectNode job = (ObjectNode) all.withArray("scrape_configs").get(0);
    assertThat(job.remove("dns_sd_configs")).isNotNull();
    job.withObject("/authorization").put("credentials_file", token.toString());
    targets.forEach(job.putArray("static_configs").addObject().putArray("targets")::add);
    return Files.writeString(directory.resolve("prometheus.yaml"), all.toString());
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create(address + path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** The data of an answer of its interface, which must be a success. */
  JsonNode data(String path) throws IOException, InterruptedException {
    HttpResponse<String> answer = get("/api/v1/" + path);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body()).path("data");
  }

  /** The samples of an expression, now. */
  JsonNode query(String expression) throws IOException, InterruptedException {
    return data("query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8))
        .path("result");
  }

  String log() throws IOException {
    return Files.readString(log);
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS).join();
  }
}
