package io.headgate.service.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.service.http.RawHttp.Answer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpAccessTest {

  private static final String TOKEN = TestServer.TOKEN;
  private static final String SET = "{\"limits\": [\"20/1s\"]}";

  private static Answer with(TestServer server, String path, String... headers) throws Exception {
    return RawHttp.ask(
        server.port(), "GET " + path + " HTTP/1.1\n" + String.join("\n", headers), "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "LOCALHOST:8080",
        "127.0.0.1",
        "127.0.0.1:9",
        "127.1.2.3",
        "[::1]",
        "[::1]:80"
      })
  void shouldTakeTheNamesOfThisMachine(String host) throws Exception {
    try (TestServer server = TestServer.writable()) {
      assertThat(with(server, "/api/instances", "Host: " + host).status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "127.evil.example",
        "10.0.0.1",
        "[::1].evil.example",
        "localhost@evil.example",
        "0.0.0.0",
        ""
      })
  void shouldRefuseAHostThatSomebodyElseMadeThisMachine(String host) throws Exception {
    try (TestServer server = TestServer.writable()) {
      for (String path : new String[] {"/", "/api/instances", "/metrics"}) {
        assertThat(with(server, path, "Host: " + host).status()).isEqualTo(421);
      }
    }
  }

  @Test
  void shouldRefuseNoHostAndTwo() throws Exception {
    try (TestServer server = TestServer.writable()) {
      String path = "/api/instances";
      assertThat(with(server, path, "Accept: */*").status()).isEqualTo(400);
      assertThat(with(server, path, "Host: localhost", "Host: evil.example").status())
          .isEqualTo(400);
      assertThat(RawHttp.ask(server.port(), "GET " + path + " HTTP/1.0", "").status())
          .isEqualTo(400);
    }
  }

  @Test
  void shouldTakeNamesThatAreListed() throws Exception {
    HttpSettings settings =
        new HttpSettings(
            "127.0.0.1", 0, false, false, null, Set.of("Gate.example.com"), HttpBounds.defaults());
    try (TestServer server = new TestServer(settings)) {
      String path = "/api/instances";
      assertThat(with(server, path, "Host: gate.example.com:443").status()).isEqualTo(200);
      assertThat(with(server, path, "Host: localhost").status()).isEqualTo(200);
      assertThat(with(server, path, "Host: other.example.com").status()).isEqualTo(421);
    }
  }

  /** Probes ask an address, or the container they run in, and know no name. */
  @Test
  void shouldTellProbesHowItIsByWhateverName() throws Exception {
    try (TestServer server = TestServer.writable()) {
      for (String path : new String[] {"/health", "/ready"}) {
        assertThat(with(server, path, "Host: 10.1.2.3:8080").status()).isEqualTo(200);
        assertThat(RawHttp.ask(server.port(), "GET " + path + " HTTP/1.0", "").status())
            .isEqualTo(200);
      }
    }
  }

  @Test
  void shouldRefuseScriptsOfOtherSitesButNotLinks() throws Exception {
    try (TestServer server = TestServer.writable()) {
      String host = "Host: localhost";
      for (String site : new String[] {"cross-site", "same-site", "?"}) {
        assertThat(with(server, "/api/instances", host, "Sec-Fetch-Site: " + site).status())
            .isEqualTo(403);
      }
      assertThat(
              with(
                      server,
                      "/api/instances",
                      host,
                      "Sec-Fetch-Site: cross-site",
                      "Sec-Fetch-Mode: navigate")
                  .status())
          .isEqualTo(200);
      assertThat(with(server, "/api/instances", host, "Sec-Fetch-Site: same-origin").status())
          .isEqualTo(200);
      Answer plain = with(server, "/api/instances", host);
      assertThat(plain.headers()).doesNotContainKey("access-control-allow-origin");
      Answer preflight =
          RawHttp.ask(
              server.port(),
              "OPTIONS /api/limits/everyone HTTP/1.1\nHost: localhost\nOrigin: http://evil.example\n"
                  + "Access-Control-Request-Method: PUT",
              "");
      assertThat(preflight.status()).isEqualTo(405);
      assertThat(preflight.headers()).doesNotContainKey("access-control-allow-origin");
    }
  }

  @Test
  void shouldSendWhatBrowsersMustKnowWithEveryAnswer() throws Exception {
    try (TestServer server = TestServer.writable()) {
      for (String path : new String[] {"/", "/api/instances", "/nothing", "/metrics"}) {
        Answer answer = with(server, path, "Host: localhost");
        assertThat(answer.header("Content-Security-Policy"))
            .contains("default-src 'self'")
            .contains("frame-ancestors 'none'")
            .doesNotContain("unsafe");
        assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(answer.header("Referrer-Policy")).isEqualTo("no-referrer");
        assertThat(answer.header("Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
      }
      assertThat(with(server, "/api/instances", "Host: localhost").header("Cache-Control"))
          .isEqualTo("no-store");
    }
  }

  @Test
  void shouldAskForTheTokenToWrite() throws Exception {
    try (TestServer server = TestServer.writable()) {
      String path = "/api/limits/everyone";
      Answer none =
          RawHttp.ask(
              server.port(),
              "PUT "
                  + path
                  + " HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: "
                  + SET.length(),
              SET);
      assertThat(none.status()).isEqualTo(401);
      assertThat(none.header("WWW-Authenticate")).isEqualTo("Bearer");
      assertThat(none.header("Content-Type")).isEqualTo("application/problem+json");
      for (String wrong :
          new String[] {"", "x", TOKEN + "x", TOKEN.substring(1), TOKEN.toUpperCase(Locale.ROOT)}) {
        assertThat(RawHttp.write(server.port(), "PUT", path, wrong, SET).status()).isEqualTo(401);
        assertThat(RawHttp.write(server.port(), "DELETE", path, wrong, "").status()).isEqualTo(401);
        assertThat(
                RawHttp.write(server.port(), "POST", "/api/keys/reset", wrong, "{\"key\":\"a\"}")
                    .status())
            .isEqualTo(401);
      }
      assertThat(server.backend.limits()).noneMatch(limit -> limit.entry().equals("everyone"));
      assertThat(RawHttp.write(server.port(), "PUT", path, TOKEN, SET).status()).isEqualTo(204);
    }
  }

  @Test
  void shouldNotTakeTheTokenFromAnywhereElse() throws Exception {
    try (TestServer server = TestServer.writable()) {
      String head =
          "DELETE /api/limits/everyone?token=%s&access_token=%s HTTP/1.1\nHost: localhost\nCookie: token=%s"
              .formatted(TOKEN, TOKEN, TOKEN);
      assertThat(RawHttp.ask(server.port(), head, "").status()).isEqualTo(401);
    }
  }

  @Test
  void shouldWriteNothingUnlessThatIsSwitchedOn() throws Exception {
    HttpSettings settings =
        TestServer.settings("127.0.0.1", false, false, TOKEN, HttpBounds.defaults());
    try (TestServer server = new TestServer(settings)) {
      Answer answer = RawHttp.write(server.port(), "PUT", "/api/limits/everyone", TOKEN, SET);
      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.body()).contains("http.write");
    }
  }

  @Test
  void shouldAskReadersOfOtherInterfacesForTheToken() throws Exception {
    HttpSettings settings =
        TestServer.settings("0.0.0.0", false, false, TOKEN, HttpBounds.defaults());
    try (TestServer server = new TestServer(settings)) {
      for (String path : new String[] {"/api/service", "/api/stats/stream", "/metrics"}) {
        assertThat(with(server, path, "Host: gate.example.com").status()).isEqualTo(401);
      }
      for (String path : new String[] {"/", "/js/main.js", "/health", "/ready"}) {
        assertThat(with(server, path, "Host: gate.example.com").status()).isEqualTo(200);
      }
      assertThat(
              with(server, "/metrics", "Host: gate.example.com", "Authorization: bearer " + TOKEN)
                  .status())
          .isEqualTo(200);
    }
  }

  @Test
  void shouldLetReadersInWhereItIsOpenButNotWriters() throws Exception {
    HttpSettings settings =
        TestServer.settings("0.0.0.0", true, true, TOKEN, HttpBounds.defaults());
    try (TestServer server = new TestServer(settings)) {
      assertThat(with(server, "/api/service", "Host: gate.example.com").status()).isEqualTo(200);
      assertThat(RawHttp.write(server.port(), "PUT", "/api/limits/everyone", "", SET).status())
          .isEqualTo(401);
    }
  }

  @Test
  void shouldRefuseSettingsThatNobodyMeant() {
    assertThatThrownBy(
            () -> TestServer.settings("0.0.0.0", false, false, null, HttpBounds.defaults()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0.0.0.0 without a token");
    assertThatThrownBy(
            () -> TestServer.settings("127.0.0.1", true, true, null, HttpBounds.defaults()))
        .hasMessageContaining("write without a token");
    assertThatThrownBy(
            () -> TestServer.settings("127.0.0.1", false, true, "short", HttpBounds.defaults()))
        .hasMessageContaining("a token of 5 characters");
    assertThatThrownBy(
            () ->
                TestServer.settings(
                    "127.0.0.1", false, true, "a token with white space", HttpBounds.defaults()))
        .hasMessageContaining("visible");
    assertThat(TestServer.settings("::1", false, true, TOKEN, HttpBounds.defaults()).toString())
        .doesNotContain(TOKEN);
  }

  @Test
  void shouldSayThatAPortIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> new TestServer(HttpSettings.local(taken.getLocalPort())))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "cannot listen on 127.0.0.1:%d: the port is in use, or the address is none of this machine"
                  .formatted(taken.getLocalPort()));
    }
  }
}
