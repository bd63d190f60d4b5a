package io.headgate.docker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.headgate.testkit.Checkout;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The dashboard that Grafana is given. */
final class Dashboard {

  /**
   * One query of a panel.
   *
   * @param panel its title
   * @param expression in Prometheus's language, Grafana's variables filled in
   */
  record Query(String panel, String expression) {}

  /** The shortest that Grafana makes of it is four scrapes. */
  private static final String RATE_INTERVAL = "15s";

  private Dashboard() {}

  static JsonNode read() throws IOException {
    return new ObjectMapper()
        .readTree(
            Checkout.root().resolve("docker").resolve("grafana/dashboards/headgate.json").toFile());
  }

  /** All queries of all panels. */
  static List<Query> queries() throws IOException {
    List<Query> queries = new ArrayList<>();
    for (JsonNode panel : read().path("panels")) {
      for (JsonNode target : panel.path("targets")) {
        queries.add(new Query(panel.path("title").asText(), filled(target.path("expr").asText())));
      }
    }
    return queries;
  }

  private static String filled(String expression) {
    String filled =
        expression.replace("$__rate_interval", RATE_INTERVAL).replace("$instance", ".*");
    if (filled.contains("[$") || filled.contains("\"$")) {
      throw new IllegalStateException("a variable that nobody fills in: " + expression);
    }
    return filled;
  }
}
