package io.headgate.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.headgate.docker.Dashboard.Query;
import io.headgate.service.config.ServiceFile;
import io.headgate.service.run.Service;
import io.headgate.testkit.Checkout;
import io.headgate.testkit.EmbeddedKafka;
import io.headgate.testkit.FreePorts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every query of the dashboard and every alert, asked of a real Prometheus that reads two instances
 * of the service under traffic: all of them by the files of this folder.
 */
class MonitoringIT {

  private static final Duration LIMIT = Duration.ofSeconds(150);

  private static final Duration LOOK = Duration.ofMillis(500);
  private static final Pattern METRIC =
      Pattern.compile("\\b(kafka|jvm|process|headgate)_[a-z_]+\\b");

  @SuppressWarnings("NullAway.Init")
  @TempDir
  private Path directory;

  @Test
  void shouldShowDataInEveryPanelAndAlertOfWhatIsWrong() throws Exception {
    Prometheus.assumeHere();
    Path token = Files.writeString(directory.resolve("token"), Stack.TOKEN);
    List<String> targets = FreePorts.choose(2).stream().map(port -> "127.0.0.1:" + port).toList();
    try (EmbeddedKafka kafka = EmbeddedKafka.start();
        Service first = service(kafka, targets.get(0), token);
        Prometheus prometheus = Prometheus.start(directory, targets, token);
        Requests requests = new Requests(kafka.bootstrapServers())) {
      try (Service second = service(kafka, targets.get(1), token)) {
        awaitReady(first, second);
        shouldHaveData(prometheus, Dashboard.queries());
        shouldTellRulesApart(prometheus);
        shouldOfferTheInstances(prometheus, targets);
        shouldKnowEveryMetric(prometheus);
        // Of tasks that have only just appeared it is not known yet that they go on.
        await("nothing is wrong")
            .atMost(LIMIT)
            .pollInterval(LOOK)
            .untilAsserted(
                () ->
                    // The abuser's orders: more than holding can make up for.
                    assertThat(alerts(prometheus)).isSubsetOf("HeadgateHoldsTooMuch"));
      }
      await("it is told that one is missing")
          .atMost(LIMIT)
          .pollInterval(LOOK)
          .untilAsserted(
              () ->
                  assertThat(alerts(prometheus))
                      .contains("HeadgateInstanceDown", "HeadgateInstancesMissing"));
      assertThat(requests.failure()).isNull();
    }
  }

  private Service service(EmbeddedKafka kafka, String listen, Path token) {
    Map<String, String> environment =
        Map.of(
            "KAFKA", kafka.bootstrapServers(),
            "STATE_DIR", directory.resolve(listen.replace(':', '-')).toString(),
            "HTTP_LISTEN", listen,
            "TOKEN_FILE", token.toString());
    Service service =
        Service.prepare(
            ServiceFile.read(
                Checkout.root().resolve("docker").resolve("config/headgate.yaml"),
                environment::get));
    service.start();
    return service;
  }

  private static void awaitReady(Service... services) {
    for (Service service : services) {
      await("ready")
          .atMost(LIMIT)
          .failFast(() -> assertThat(service.failure()).isEmpty())
          .until(() -> service.health().ready());
    }
  }

  /** Each at some moment: what is not a number, such as the average of nothing, is none. */
  private static void shouldHaveData(Prometheus prometheus, List<Query> queries) {
    assertThat(queries).hasSizeGreaterThan(40).doesNotHaveDuplicates();
    List<Query> empty = new ArrayList<>(queries);
    await()
        .atMost(LIMIT)
        .pollInterval(LOOK)
        .untilAsserted(
            () -> {
              List<Query> still = new ArrayList<>();
              for (Query query : empty) {
                if (!hasNumber(prometheus.query(query.expression()))) {
                  still.add(query);
                }
              }
              empty.retainAll(still);
              assertThat(empty).isEmpty();
            });
  }

  private static boolean hasNumber(JsonNode samples) {
    for (JsonNode sample : samples) {
      if (Double.isFinite(Double.parseDouble(sample.path("value").path(1).asText()))) {
        return true;
      }
    }
    return false;
  }

  private static void shouldTellRulesApart(Prometheus prometheus) throws Exception {
    Query blocked = queryOf("Blocked", "sum by (rule)");
    Query near = queryOf("Near their limit", "sum by (rule)");
    Set<String> rules = new HashSet<>();
    await("rules that block")
        .atMost(LIMIT)
        .pollInterval(LOOK)
        .untilAsserted(
            () -> {
              prometheus
                  .query(blocked.expression() + " > 0")
                  .forEach(sample -> rules.add(sample.path("metric").path("rule").asText()));
              assertThat(rules).contains("bots", "orders", "everyone");
            });
    assertThat(prometheus.query(near.expression())).hasSize(5);
  }

  private static Query queryOf(String panel, String begin) throws Exception {
    return Dashboard.queries().stream()
        .filter(each -> each.panel().equals(panel) && each.expression().startsWith(begin))
        .findFirst()
        .orElseThrow();
  }

  /** What the dashboard's choice of an instance is made of. */
  private static void shouldOfferTheInstances(Prometheus prometheus, List<String> targets)
      throws Exception {
    JsonNode variable = Dashboard.read().path("templating").path("list").path(0);
    assertThat(variable.path("query").path("query").asText())
        .isEqualTo("label_values(up{job=\"headgate\"}, instance)");
    Set<String> instances = new HashSet<>();
    prometheus
        .query("up{job=\"headgate\"}")
        .forEach(sample -> instances.add(sample.path("metric").path("instance").asText()));
    assertThat(instances).containsExactlyInAnyOrderElementsOf(targets);
  }

  /** Also those of alerts, which as a rule find nothing. */
  private static void shouldKnowEveryMetric(Prometheus prometheus) throws Exception {
    Set<String> wanted = new TreeSet<>();
    StringBuilder texts = new StringBuilder();
    Dashboard.queries().forEach(query -> texts.append(query.expression()).append('\n'));
    for (JsonNode rule : rules(prometheus)) {
      texts.append(rule.path("query").asText()).append('\n');
    }
    METRIC.matcher(texts).results().forEach(found -> wanted.add(found.group()));
    assertThat(wanted).hasSizeGreaterThan(40);
    Set<String> known = new HashSet<>();
    prometheus.data("label/__name__/values").forEach(name -> known.add(name.asText()));
    wanted.removeAll(known);
    assertThat(wanted).as("metrics that no instance has").isEmpty();
  }

  private static List<JsonNode> rules(Prometheus prometheus) throws Exception {
    List<JsonNode> rules = new ArrayList<>();
    for (JsonNode group : prometheus.data("rules").path("groups")) {
      group.path("rules").forEach(rules::add);
    }
    assertThat(rules).hasSizeGreaterThan(10);
    return rules;
  }

  /** Names of the alerts whose condition holds; all of them must have been looked at. */
  private static Set<String> alerts(Prometheus prometheus) throws Exception {
    Set<String> names = new TreeSet<>();
    for (JsonNode rule : rules(prometheus)) {
      assertThat(rule.path("health").asText()).as(rule.toString()).isEqualTo("ok");
      if (!rule.path("state").asText().equals("inactive")) {
        names.add(rule.path("name").asText());
      }
    }
    return names;
  }
}
