package io.headgate.service.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.headgate.service.http.RawHttp.Answer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpRoutesTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private TestServer server;
  private Schema schema;

  @BeforeEach
  void start() throws Exception {
    server = TestServer.writable();
    schema = new Schema();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Answer get(String path) throws Exception {
    return RawHttp.get(server.port(), path);
  }

  private JsonNode described(String path, String query, int status) throws Exception {
    return described("get", path, get(path + query), status);
  }

  private JsonNode described(String method, String path, Answer answer, int status)
      throws Exception {
    assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    JsonNode json = JSON.readTree(answer.body());
    assertThat(schema.problems(method, path, status, answer.header("Content-Type"), json))
        .isEmpty();
    return json;
  }

  @Test
  void shouldDescribeEachRouteAndServeEachDescribedOne() {
    Set<String> served = new LinkedHashSet<>();
    for (Route route : server.http.verticle().routes()) {
      boolean file = route.path().matches("/(css|js|vendor)/.*|/icon\\.svg");
      if (!file) {
        served.add(route.method().name().toLowerCase(Locale.ROOT) + " " + route.path());
      }
    }
    Set<String> described = new LinkedHashSet<>();
    schema
        .paths()
        .forEach(
            (path, methods) ->
                Schema.map(methods).keySet().stream()
                    .filter(method -> !method.equals("parameters"))
                    .forEach(method -> described.add(method + " " + path)));
    assertThat(served).containsExactlyInAnyOrderElementsOf(described).hasSizeGreaterThan(15);
  }

  @Test
  void shouldAskOfEachRouteWhatItsDescriptionSays() {
    for (Route route : server.http.verticle().routes()) {
      Object methods = schema.paths().get(route.path());
      if (methods == null) {
        assertThat(route.level()).isEqualTo(Access.Level.OPEN);
        continue;
      }
      Object security =
          Schema.map(Schema.map(methods).get(route.method().name().toLowerCase(Locale.ROOT)))
              .get("security");
      List<String> expected =
          security == null
              ? List.of("READ")
              : security.toString().contains("token") ? List.of("WRITE") : List.of("OPEN", "PROBE");
      assertThat(route.level().name()).as(route.path()).isIn(expected);
    }
  }

  @Test
  void shouldTellHealthAndReadiness() throws Exception {
    assertThat(described("/health", "", 200).get("alive").asBoolean()).isTrue();
    assertThat(described("/ready", "", 200).get("ready").asBoolean()).isTrue();
    server.backend.ready = false;
    await().until(() -> get("/ready").status() == 503);
    assertThat(described("/ready", "", 503).at("/reasons/0").asText()).startsWith("it takes");
    assertThat(described("/health", "", 200).get("ready").asBoolean()).isFalse();
    server.backend.alive = false;
    await().until(() -> get("/health").status() == 503);
    described("/health", "", 503);
  }

  @Test
  void shouldTellHealthWhileAllElseIsBusy() throws Exception {
    CountDownLatch hold = new CountDownLatch(1);
    server.backend.hold = hold;
    List<RawHttp> waiting = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      RawHttp http = new RawHttp(server.port());
      http.send("GET /api/limits HTTP/1.1\r\nHost: localhost\r\n\r\n");
      waiting.add(http);
    }
    assertThat(get("/health").status()).isEqualTo(200);
    assertThat(get("/ready").status()).isEqualTo(200);
    hold.countDown();
    for (RawHttp http : waiting) {
      assertThat(http.answer().status()).isEqualTo(200);
      http.close();
    }
  }

  @Test
  void shouldTellMetricsOfTheRegistryAndItsOwn() throws Exception {
    server.registry.counter("of.somebody.else").increment();
    get("/api/top");
    Answer metrics = get("/metrics");
    assertThat(metrics.header("Content-Type")).startsWith("text/plain; version=0.0.4");
    assertThat(metrics.body())
        .contains("of_somebody_else_total 1.0")
        .contains("headgate_http_connections ")
        .contains("headgate_http_requests_total{route=\"/api/top\",status=\"200\"} 1.0");
  }

  @Test
  void shouldTellWhatRunsHere() throws Exception {
    JsonNode service = described("/api/service", "", 200);
    assertThat(service.at("/service/application").asText()).isEqualTo("edge-limits");
    assertThat(service.get("write").asBoolean()).isTrue();
    assertThat(service.get("tokenForReads").asBoolean()).isFalse();
  }

  @Test
  void shouldTellStatsWithRatesThatFollowFromTheCounts() throws Exception {
    await().until(() -> get("/api/stats").status() == 200);
    await().until(() -> !described("/api/stats", "", 200).get("rates").isNull());
    JsonNode stats = described("/api/stats", "", 200);
    assertThat(stats.at("/rates/blocked").asDouble()).isPositive();
    assertThat(stats.get("rules")).hasSize(4);
    JsonNode history = described("/api/stats/history", "", 200);
    assertThat(history.get("time").size())
        .isGreaterThan(1)
        .isEqualTo(history.get("blocked").size());
    assertThat(history.at("/blocked/0").isNull()).isTrue();
  }

  @Test
  void shouldStreamSnapshots() throws Exception {
    try (RawHttp http = new RawHttp(server.port())) {
      http.send("GET /api/stats/stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
      Answer head = http.answer();
      assertThat(head.header("Content-Type")).startsWith("text/event-stream");
      assertThat(head.header("Cache-Control")).isEqualTo("no-store");
      List<JsonNode> events = new ArrayList<>();
      while (events.size() < 2) {
        String line = http.line();
        if (line.startsWith("data: ")) {
          events.add(JSON.readTree(line.substring(6)));
        }
      }
      assertThat(events.get(1).at("/totals/admitted").asLong())
          .isGreaterThan(events.get(0).at("/totals/admitted").asLong());
    }
  }

  @Test
  void shouldTellUsageAndBlocksOfAKey() throws Exception {
    JsonNode usage = described("/api/keys", "?key=10.0.0.1%2F%C3%A9+x", 200);
    assertThat(usage.get("key").asText()).isEqualTo("10.0.0.1/é x");
    assertThat(usage.at("/limits/0/used").asLong()).isEqualTo(100);
    JsonNode elsewhere = described("/api/keys", "?key=elsewhere", 200);
    assertThat(elsewhere.get("owner").asText()).isEqualTo("127.0.0.1:8081");
    assertThat(described("/api/keys/blocks", "?key=a&hours=48", 200).get("blocked")).hasSize(96);
  }

  @Test
  void shouldRefuseParametersThatMakeNoSense() throws Exception {
    described("/api/keys", "", 400);
    described("/api/keys", "?key=", 400);
    described("/api/keys", "?key=a&key=b", 400);
    described("/api/keys/blocks", "?key=a&hours=745", 400);
    described("/api/keys/blocks", "?key=a&hours=x", 400);
    described("/api/top", "?n=0", 400);
    described("/api/report", "?day=2026-02-30", 400);
    described("/api/report", "?day=", 400);
    described("/api/report", "?day=%2B999999999-12-31", 400);
    described("/api/report", "?day=-0001-01-01", 400);
    assertThat(get("/api/keys?key=%zz").status()).isEqualTo(400);
  }

  @Test
  void shouldResetAKey() throws Exception {
    Answer reset = write("POST", "/api/keys/reset", "{\"key\": \"10.0.0.1\"}");
    assertThat(described("post", "/api/keys/reset", reset, 200).get("windows").asInt())
        .isEqualTo(2);
    assertThat(described("/api/keys", "?key=10.0.0.1", 200).get("limits")).isEmpty();
    Answer elsewhere = write("POST", "/api/keys/reset", "{\"key\": \"elsewhere\"}");
    assertThat(described("post", "/api/keys/reset", elsewhere, 409).get("owner").asText())
        .isEqualTo("127.0.0.1:8081");
  }

  private Answer write(String method, String path, String body) throws Exception {
    return RawHttp.write(server.port(), method, path, TestServer.TOKEN, body);
  }

  @Test
  void shouldTellWhoIsBlockedMost() throws Exception {
    JsonNode top = described("/api/top", "?n=3", 200);
    assertThat(top.get("blocked")).hasSize(3);
    assertThat(top.at("/blocked/2/key").asText()).isEqualTo(FakeBackend.HOSTILE);
  }

  @Test
  void shouldSetListAndRemoveLimitsOfAnyName() throws Exception {
    String entry = "everyone/key/../a//b/é +%?#";
    String path =
        "/api/limits/" + URLEncoder.encode(entry, StandardCharsets.UTF_8).replace("+", "%20");
    assertThat(write("PUT", path, "{\"limits\": [\"20/1s\", \"1000/1h\"]}").status())
        .isEqualTo(204);
    JsonNode limits = described("/api/limits", "", 200);
    assertThat(limits.findValuesAsText("entry")).contains(entry);
    assertThat(write("DELETE", path, "").status()).isEqualTo(204);
    assertThat(described("/api/limits", "", 200).findValuesAsText("entry")).doesNotContain(entry);
    described("delete", "/api/limits/{entry}", write("DELETE", path, ""), 404);
    assertThat(write("PUT", "/api/limits/everyone/key/a/b", "{\"limits\": [\"20/1s\"]}").status())
        .isEqualTo(204);
    assertThat(described("/api/limits", "", 200).findValuesAsText("entry"))
        .contains("everyone/key/a/b");
  }

  @Test
  void shouldSayWhyALimitIsRefused() throws Exception {
    Answer refused = write("PUT", "/api/limits/nobody", "{\"limits\": [\"20/1s\"]}");
    JsonNode problem = described("put", "/api/limits/{entry}", refused, 422);
    assertThat(problem.get("detail").asText()).startsWith("no rule \"nobody\"");
    assertThat(problem.get("title").asText()).isEqualTo("Unprocessable Entity");
  }

  @Test
  void shouldReportDays() throws Exception {
    LocalDate today = LocalDate.now(ZoneOffset.UTC);
    assertThat(described("/api/report", "", 200).get("over").asBoolean()).isFalse();
    assertThat(described("/api/report", "?day=yesterday", 200).get("distinctKeys").asLong())
        .isEqualTo(12_907);
    JsonNode empty = described("/api/report", "?day=" + today.plusDays(2), 200);
    assertThat(empty.get("blocked").asLong()).isZero();
  }

  @Test
  void shouldAskOnceForAReportThatManyWaitFor() throws Exception {
    CountDownLatch hold = new CountDownLatch(1);
    server.backend.hold = hold;
    List<RawHttp> waiting = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      RawHttp http = new RawHttp(server.port());
      http.send("GET /api/report?day=yesterday HTTP/1.1\r\nHost: localhost\r\n\r\n");
      waiting.add(http);
    }
    await().until(() -> get("/health").status() == 200);
    hold.countDown();
    for (RawHttp http : waiting) {
      assertThat(http.answer().status()).isEqualTo(200);
      http.close();
    }
    assertThat(server.backend.reports).hasValue(1);
  }

  @Test
  void shouldListInstances() throws Exception {
    JsonNode instances = described("/api/instances", "", 200);
    assertThat(instances).hasSize(2);
    assertThat(instances.get(1).get("lag").isNull()).isTrue();
  }

  @Test
  void shouldServeThePageAndEachOfItsFiles() throws Exception {
    for (Map.Entry<String, PageFiles.PageFile> file : new PageFiles().all().entrySet()) {
      Answer answer = get(file.getKey());
      assertThat(answer.status()).as(file.getKey()).isEqualTo(200);
      assertThat(answer.header("Content-Type")).isEqualTo(file.getValue().type());
      assertThat(answer.header("Content-Security-Policy")).startsWith("default-src 'self';");
      Answer again =
          RawHttp.ask(
              server.port(),
              "GET "
                  + file.getKey()
                  + " HTTP/1.1\nHost: localhost\nIf-None-Match: "
                  + answer.header("ETag"),
              "");
      assertThat(again.status()).isEqualTo(304);
    }
    assertThat(get("/").body()).contains("<title>Headgate</title>");
  }

  @Test
  void shouldAnswerHeadsWithoutABody() throws Exception {
    try (RawHttp http = new RawHttp(server.port())) {
      http.send("HEAD /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
      assertThat(http.line()).isEqualTo("HTTP/1.1 200 OK");
      await().until(() -> http.line().isEmpty());
      http.send("HEAD /api/stats/stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
      // A body would stand here.
      assertThat(http.line()).startsWith("HTTP/1.1 405");
    }
  }

  @Test
  void shouldSayWhatItExpectsOfAPathThatItHas() throws Exception {
    Answer answer = RawHttp.ask(server.port(), "PATCH /api/limits/a HTTP/1.1\nHost: localhost", "");
    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.header("Allow")).isEqualTo("PUT, DELETE");
    assertThat(get("/nothing").status()).isEqualTo(404);
    assertThat(get("/api/limits/").status()).isEqualTo(404);
    assertThat(get("/../etc/passwd").status()).isEqualTo(404);
    assertThat(get("/js/../../openapi.yaml").status()).isEqualTo(404);
  }

  @Test
  void shouldNotTellWhatAFaultSaid() throws Exception {
    server.backend.failure = new IllegalStateException("the key secret-10.0.0.1 is broken");
    Answer answer = get("/api/keys?key=secret-10.0.0.1");
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.body()).doesNotContain("secret");
  }

  @Test
  void shouldTellTheServicesReasons() throws Exception {
    server.backend.failure =
        new BackendException(BackendException.Kind.NOT_READY, "The windows are read back.");
    Answer answer = get("/api/keys?key=a");
    described("get", "/api/keys", answer, 503);
    assertThat(answer.header("Retry-After")).isEqualTo("2");
    assertThat(answer.body()).contains("The windows are read back.");
    server.backend.failure = new BackendException(BackendException.Kind.OFF, "No limits topic.");
    described("/api/limits", "", 404);
  }
}
