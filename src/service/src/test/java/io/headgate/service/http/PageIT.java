package io.headgate.service.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The page in a real browser: {@code src/test/browser/page.test.mjs}, run by node against servers
 * with a fake service. Screenshots are in {@code target/screenshots}. What each test found is in
 * the output; this test says whether all held.
 */
class PageIT {

  private final FakeBackend backend = new FakeBackend();

  /** The server that the tests stop and start again, on one port. */
  private @Nullable HttpService server;

  private int port;

  @Test
  void shouldShowWhatHappensToAnOperator() throws Exception {
    Browser browser = Browser.find();
    HttpServer control =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    control.createContext("/start", exchange -> answer(exchange, this::start));
    control.createContext("/stop", exchange -> answer(exchange, this::stop));
    control.start();
    start();
    try (TestServer secret =
        new TestServer(
            TestServer.settings(
                "0.0.0.0", false, false, TestServer.TOKEN, HttpBounds.defaults()))) {
      browser.test(
          "page.test.mjs",
          Map.of(
              "PAGE_URL",
              "http://127.0.0.1:" + port + "/",
              "CONTROL_URL",
              "http://127.0.0.1:" + control.getAddress().getPort(),
              "SECRET_URL",
              "http://127.0.0.1:" + secret.port() + "/",
              "TOKEN",
              TestServer.TOKEN));
    } finally {
      control.stop(0);
      stop();
    }
    for (String shot : List.of("desktop", "dark", "phone", "stale", "token")) {
      assertThat(Browser.shots().resolve(shot + ".png")).exists();
    }
  }

  private void start() {
    HttpSettings settings =
        new HttpSettings(
            "127.0.0.1", port, false, true, TestServer.TOKEN, Set.of(), HttpBounds.defaults());
    HttpService started =
        HttpService.start(settings, backend, new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
    server = started;
    port = started.port();
  }

  private void stop() {
    HttpService running = server;
    if (running != null) {
      running.close();
    }
    server = null;
  }

  private static void answer(HttpExchange exchange, Runnable work) throws IOException {
    work.run();
    exchange.sendResponseHeaders(204, -1);
    exchange.close();
  }
}
