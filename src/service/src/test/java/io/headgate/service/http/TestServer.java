package io.headgate.service.http;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A server on a free port, with the fake behind it. */
final class TestServer implements AutoCloseable {

  static final String TOKEN = "a-token-of-tests-0123456789";

  final FakeBackend backend = new FakeBackend();
  final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  final HttpService http;

  TestServer(HttpSettings settings) {
    http = HttpService.start(settings, backend, registry);
  }

  /** Writes are switched on; reads are open to this machine. */
  static TestServer writable() {
    return new TestServer(settings("127.0.0.1", false, true, TOKEN, HttpBounds.defaults()));
  }

  static TestServer bounded(HttpBounds bounds) {
    return new TestServer(settings("127.0.0.1", false, true, TOKEN, bounds));
  }

  static HttpSettings settings(
      String host, boolean open, boolean write, @Nullable String token, HttpBounds bounds) {
    return new HttpSettings(host, 0, open, write, token, Set.of(), bounds);
  }

  /** The defaults, with other numbers of connections and streams, and a step of 50 ms. */
  static HttpBounds bounds(int connections, int streams, Duration time) {
    HttpBounds defaults = HttpBounds.defaults();
    return new HttpBounds(
        connections,
        streams,
        defaults.maxBodyBytes(),
        time,
        time,
        time,
        Duration.ofMillis(50),
        time);
  }

  int port() {
    return http.port();
  }

  @Override
  public void close() {
    http.close();
  }
}
