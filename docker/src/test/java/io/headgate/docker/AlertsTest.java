package io.headgate.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.testkit.Checkout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The alerts against time series that are written down: {@code alerts-test.yaml}. */
class AlertsTest {

  private static final Pattern ALERT = Pattern.compile("- alert: (\\w+)");

  private final Path folder = Checkout.root().resolve("docker");
  private final Path test = folder.resolve("src/test/resources/alerts-test.yaml");
  private final Shell shell = new Shell(folder, Map.of());

  @BeforeEach
  void needsPrometheus() {
    Prometheus.assumeHere();
  }

  @Test
  void shouldBeReadByPrometheus() {
    assertThat(shell.run("promtool", "check", "rules", "prometheus/alerts.yaml"))
        .contains("SUCCESS");
    assertThat(
            shell.run("promtool", "check", "config", "--syntax-only", "prometheus/prometheus.yaml"))
        .contains("SUCCESS");
  }

  @Test
  void shouldFireWhenTheyShouldAndAtNoOtherTime() throws Exception {
    assertThat(shell.run("promtool", "test", "rules", test.toString())).contains("SUCCESS");
    String tested = Files.readString(test);
    assertThat(ALERT.matcher(Files.readString(folder.resolve("prometheus/alerts.yaml"))).results())
        .hasSizeGreaterThan(10)
        .allSatisfy(alert -> assertThat(tested).contains(alert.group(1)));
  }
}
