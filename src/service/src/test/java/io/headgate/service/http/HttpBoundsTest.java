package io.headgate.service.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.headgate.service.http.RawHttp.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpBoundsTest {

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofMillis(400);
  private static final String HEAD = "Host: localhost\r\n";

  /** The head of a request by who may write, with a body of any length. */
  private static final String CHUNKED =
      "PUT /api/limits/everyone HTTP/1.1\r\n"
          + HEAD
          + "Content-Type: application/json\r\nAuthorization: Bearer "
          + TestServer.TOKEN
          + "\r\nTransfer-Encoding: chunked\r\n\r\n";

  /** Bytes: what a client that does not stop sends. */
  private static final long ENDLESS = 1L << 30;

  private final List<RawHttp> open = new ArrayList<>();

  @AfterEach
  void closeAll() throws IOException {
    for (RawHttp http : open) {
      http.close();
    }
  }

  private RawHttp connect(TestServer server) throws IOException {
    RawHttp http = new RawHttp(server.port());
    open.add(http);
    return http;
  }

  private static double metric(TestServer server, String name) {
    return server
        .registry
        .get(name)
        .meters()
        .iterator()
        .next()
        .measure()
        .iterator()
        .next()
        .getValue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "nonsense",
        "[]",
        "null",
        "1",
        "{}",
        "{\"limits\": []}",
        "{\"limits\": \"20/1s\"}",
        "{\"limits\": [20]}",
        "{\"limits\": [\"20/1s\"], \"more\": 1}",
        "{\"limits\": [\"20/1s\"], \"limits\": [\"20/1s\"]}",
        "{\"limits\": [\"20/1s\"]} {}",
        "{\"limits\": [\"1/1s\",\"1/1s\",\"1/1s\",\"1/1s\",\"1/1s\",\"1/1s\",\"1/1s\",\"1/1s\",\"1/1s\"]}"
      })
  void shouldRefuseBodiesThatSaySomethingElse(String body) throws Exception {
    try (TestServer server = TestServer.writable()) {
      Answer answer =
          RawHttp.write(server.port(), "PUT", "/api/limits/everyone", TestServer.TOKEN, body);
      assertThat(answer.status()).as(answer.body()).isEqualTo(400);
      assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
      assertThat(server.backend.limits()).noneMatch(limit -> limit.entry().equals("everyone"));
    }
  }

  @Test
  void shouldRefuseJsonThatIsTooDeep() throws Exception {
    try (TestServer server = TestServer.writable()) {
      String deep = "{\"limits\":" + "[".repeat(30_000) + "]".repeat(30_000) + "}";
      assertThat(
              RawHttp.write(server.port(), "PUT", "/api/limits/everyone", TestServer.TOKEN, deep)
                  .status())
          .isEqualTo(400);
    }
  }

  @Test
  void shouldRefuseOtherTypesThanJson() throws Exception {
    try (TestServer server = TestServer.writable()) {
      for (String type : new String[] {"text/plain", "application/x-www-form-urlencoded", ""}) {
        Answer answer =
            RawHttp.ask(
                server.port(),
                "POST /api/keys/reset HTTP/1.1\nHost: localhost\nContent-Type: %s\nAuthorization: Bearer %s\nContent-Length: 11"
                    .formatted(type, TestServer.TOKEN),
                "{\"key\":\"a\"}");
        assertThat(answer.status()).isEqualTo(415);
      }
    }
  }

  @Test
  void shouldRefuseABodyThatSaysThatItIsTooLarge() throws Exception {
    try (TestServer server = TestServer.writable()) {
      for (String length : new String[] {"65537", "999999999999999999"}) {
        String head =
            "PUT /api/limits/everyone HTTP/1.1\nHost: localhost\nContent-Type: application/json\nAuthorization: Bearer %s\nContent-Length: %s"
                .formatted(TestServer.TOKEN, length);
        Answer answer = RawHttp.ask(server.port(), head, "{");
        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.header("Connection")).isEqualTo("close");
      }
    }
  }

  @Test
  void shouldRefuseABodyThatBecomesTooLarge() throws Exception {
    try (TestServer server = TestServer.writable()) {
      RawHttp http = connect(server);
      http.send(CHUNKED);
      String part = "1000\r\n" + " ".repeat(4096) + "\r\n";
      for (int i = 0; i < 17; i++) {
        http.send(part);
      }
      assertThat(http.answer().status()).isEqualTo(413);
      http.awaitEnd();
    }
  }

  @Test
  void shouldReadNoMoreOfABodyThatGoesOnAfterItsRefusal() throws Exception {
    AtomicLong taken = new AtomicLong();
    try (TestServer server = TestServer.writable();
        RawHttp http = new RawHttp(server.port())) {
      http.send(CHUNKED);
      String part = "10000\r\n" + " ".repeat(65_536) + "\r\n";
      assertThatThrownBy(
              () -> {
                while (taken.get() < ENDLESS) {
                  http.send(part);
                  taken.addAndGet(65_536);
                }
              })
          .as("a client that does not stop is closed")
          .isInstanceOf(IOException.class);
    }
    // What is taken after the refusal, and what the system keeps on both sides.
    assertThat(taken.get()).isLessThan(32 << 20);
  }

  @Test
  void shouldTakeTheLargestBody() throws Exception {
    try (TestServer server = TestServer.writable()) {
      String json = "{\"limits\": [\"20/1s\"]}";
      String body = json + " ".repeat(65_536 - json.length());
      assertThat(
              RawHttp.write(server.port(), "PUT", "/api/limits/everyone", TestServer.TOKEN, body)
                  .status())
          .isEqualTo(204);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense\r\n\r\n",
        "GET /health\r\n\r\n",
        "GET /health HTTP/9.9\r\nHost: localhost\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost : localhost\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: localhost\r\nA b: c\r\n\r\n",
        "PUT /api/limits/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        "PUT /api/limits/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        "PUT /api/limits/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
      })
  void shouldCloseOnWhatIsNoHttp(String text) throws Exception {
    try (TestServer server = TestServer.writable()) {
      RawHttp http = connect(server);
      http.send(text);
      Answer answer = http.answer();
      assertThat(answer.status()).isBetween(400, 501);
      http.awaitEnd();
      assertThat(RawHttp.get(server.port(), "/health").status()).isEqualTo(200);
    }
  }

  @Test
  void shouldRefuseLinesAndHeadersThatAreTooLong() throws Exception {
    try (TestServer server = TestServer.writable()) {
      Answer line = RawHttp.get(server.port(), "/api/keys?key=" + "a".repeat(17_000));
      assertThat(line.status()).isEqualTo(414);
      assertThat(line.header("X-Content-Type-Options")).isEqualTo("nosniff");
      Answer headers =
          RawHttp.ask(
              server.port(),
              "GET /health HTTP/1.1\nHost: localhost\nX-Long: " + "a".repeat(17_000),
              "");
      assertThat(headers.status()).isEqualTo(431);
      assertThat(RawHttp.get(server.port(), "/api/keys?key=" + "a".repeat(15_000)).status())
          .isEqualTo(200);
    }
  }

  @Test
  void shouldCloseAConnectionThatSendsItsHeadersByteByByte() throws Exception {
    try (TestServer server = TestServer.bounded(TestServer.bounds(100, 10, SHORT))) {
      RawHttp http = connect(server);
      http.send("GET /health HTTP/1.1\r\nHost: localhost\r\nX-A: ");
      // As long as it is open, it gets another byte.
      await()
          .pollInterval(Duration.ofMillis(10))
          .until(
              () -> {
                try {
                  http.send("a");
                  return false;
                } catch (IOException e) {
                  return true;
                }
              });
      assertThat(metric(server, "headgate.http.connections.timed.out")).isEqualTo(1);
    }
  }

  @Test
  void shouldCloseConnectionsThatSayNothingOrNoMore() throws Exception {
    try (TestServer server = TestServer.bounded(TestServer.bounds(100, 10, SHORT))) {
      RawHttp silent = connect(server);
      RawHttp kept = connect(server);
      kept.send("GET /health HTTP/1.1\r\n" + HEAD + "\r\n");
      assertThat(kept.answer().status()).isEqualTo(200);
      RawHttp noBody = connect(server);
      noBody.send(
          "PUT /api/limits/a HTTP/1.1\r\n"
              + HEAD
              + "Content-Type: application/json\r\nAuthorization: Bearer "
              + TestServer.TOKEN
              + "\r\nContent-Length: 10\r\n\r\n{");
      silent.awaitEnd();
      kept.awaitEnd();
      noBody.awaitEnd();
      await().until(() -> metric(server, "headgate.http.connections") == 0);
    }
  }

  @Test
  void shouldKeepAConnectionForTheNextRequest() throws Exception {
    try (TestServer server = TestServer.writable()) {
      RawHttp http = connect(server);
      for (int i = 0; i < 3; i++) {
        http.send("GET /health HTTP/1.1\r\n" + HEAD + "\r\n");
        assertThat(http.answer().status()).isEqualTo(200);
      }
      http.send(("GET /health HTTP/1.1\r\n" + HEAD + "\r\n").repeat(5));
      for (int i = 0; i < 5; i++) {
        assertThat(http.answer().status()).isEqualTo(200);
      }
    }
  }

  @Test
  void shouldCloseConnectionsBeyondTheMost() throws Exception {
    try (TestServer server = TestServer.bounded(TestServer.bounds(20, 10, LONG))) {
      for (int i = 0; i < 20; i++) {
        connect(server);
      }
      await().until(() -> metric(server, "headgate.http.connections") == 20);
      RawHttp more = connect(server);
      more.awaitEnd();
      assertThat(metric(server, "headgate.http.connections.refused")).isEqualTo(1);
      open.get(0).close();
      await().ignoreExceptions().until(() -> RawHttp.get(server.port(), "/health").status() == 200);
    }
  }

  @Test
  void shouldBoundAThousandStreams() throws Exception {
    try (TestServer server = TestServer.bounded(TestServer.bounds(2_000, 50, LONG))) {
      int streams = 0;
      int refused = 0;
      for (int i = 0; i < 1_000; i++) {
        RawHttp http = connect(server);
        http.send("GET /api/stats/stream HTTP/1.1\r\n" + HEAD + "\r\n");
        int status = http.answer().status();
        streams += status == 200 ? 1 : 0;
        refused += status == 503 ? 1 : 0;
      }
      assertThat(streams).isEqualTo(50);
      assertThat(refused).isEqualTo(950);
      assertThat(metric(server, "headgate.http.streams")).isEqualTo(50);
      assertThat(RawHttp.get(server.port(), "/health").status()).isEqualTo(200);
      closeAll();
      await().until(() -> metric(server, "headgate.http.streams") == 0);
      RawHttp again = connect(server);
      again.send("GET /api/stats/stream HTTP/1.1\r\n" + HEAD + "\r\n");
      assertThat(again.answer().status()).isEqualTo(200);
    }
  }

  @Test
  void shouldSkipAndThenCloseAClientThatDoesNotRead() throws Exception {
    try (TestServer server =
        TestServer.bounded(
            new HttpBounds(
                100, 10, 1_000, LONG, LONG, LONG, Duration.ofMillis(20), Duration.ofSeconds(1)))) {
      server.backend.rules = 1_000;
      RawHttp slow = connect(server);
      slow.send("GET /api/stats/stream HTTP/1.1\r\n" + HEAD + "\r\n");
      RawHttp quick = connect(server);
      quick.send("GET /api/stats/stream HTTP/1.1\r\n" + HEAD + "\r\n");
      CompletableFuture<Void> reading =
          CompletableFuture.runAsync(
              () -> {
                try {
                  quick.awaitEnd();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> metric(server, "headgate.http.streams.dropped") >= 1);
      assertThat(metric(server, "headgate.http.streams.skipped")).isPositive();
      assertThat(metric(server, "headgate.http.streams.dropped")).isEqualTo(1);
      assertThat(metric(server, "headgate.http.streams")).isEqualTo(1);
      assertThat(reading).isNotDone();
      slow.awaitEnd();
    }
  }

  /** Reads lines up to one; the stream has others in between. */
  private static void lineThatBegins(RawHttp http, String begin) throws IOException {
    for (int i = 0; i < 100_000; i++) {
      if (http.line().startsWith(begin)) {
        return;
      }
    }
    throw new AssertionError("no line begins with " + begin);
  }

  @Test
  void shouldTellStreamsThatThereIsNoSnapshot() throws Exception {
    try (TestServer server = TestServer.bounded(TestServer.bounds(100, 10, LONG))) {
      RawHttp http = connect(server);
      http.send("GET /api/stats/stream HTTP/1.1\r\n" + HEAD + "\r\n");
      lineThatBegins(http, "data: ");
      server.backend.failure = new IllegalStateException("no");
      lineThatBegins(http, ": no snapshot");
      server.backend.failure = null;
      lineThatBegins(http, "data: ");
    }
  }

  @Test
  void shouldEndStreamsAsItCloses() throws Exception {
    TestServer server = TestServer.bounded(TestServer.bounds(100, 10, LONG));
    RawHttp http = connect(server);
    http.send("GET /api/stats/stream HTTP/1.1\r\n" + HEAD + "\r\n");
    assertThat(http.answer().status()).isEqualTo(200);
    server.close();
    http.awaitEnd();
    assertThatThrownBy(() -> RawHttp.get(server.port(), "/health")).isInstanceOf(IOException.class);
  }

  @Test
  void shouldRefuseBoundsThatBoundNothing() {
    assertThatThrownBy(() -> TestServer.bounds(10, 10, LONG)).hasMessageContaining("10 streams");
    assertThatThrownBy(() -> TestServer.bounds(10, 5, Duration.ZERO)).hasMessageContaining("1 ms");
  }
}
