package io.headgate.service.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server: finds the route of a request, asks whether it may pass, and writes the answer. All of
 * it runs on one event loop's thread, so nothing of it is shared; what may block runs on workers.
 */
final class HttpServerVerticle extends VerticleBase {

  private static final Logger LOG = LoggerFactory.getLogger(HttpServerVerticle.class);

  /** Bytes of the first line: a key of 16 KiB may be in it, percent-encoded. */
  private static final int MAX_LINE = 16 * 1024;

  private static final int MAX_HEADERS = 16 * 1024;

  /** Bytes of a body that nobody reads which are taken all the same: clients write, then read. */
  private static final int MAX_DISCARD = 1024 * 1024;

  private final HttpSettings settings;
  private final Backend backend;
  private final PrometheusMeterRegistry registry;
  private final Clock clock;
  private final Access access;
  private final ConnectionGuard guard;
  private final EventStreams streams;
  private final StatsFeed feed;
  private final Map<String, Map<HttpMethod, Route>> exact = new LinkedHashMap<>();
  private final Map<String, Map<HttpMethod, Route>> prefixes = new LinkedHashMap<>();
  private @Nullable HttpServer server;
  private boolean sampling;
  private boolean failing;

  HttpServerVerticle(
      HttpSettings settings, Backend backend, PrometheusMeterRegistry registry, Clock clock) {
    this.settings = settings;
    this.backend = backend;
    this.registry = registry;
    this.clock = clock;
    this.access = new Access(settings);
    this.guard = new ConnectionGuard(settings.bounds());
    this.streams = new EventStreams(settings.bounds());
    this.feed = new StatsFeed(settings.bounds().step().toMillis());
  }

  @Override
  public Future<?> start() {
    new Api(vertx, settings, backend, registry, clock, feed, streams).routes().forEach(this::add);
    new PageFiles()
        .all()
        .forEach(
            (path, file) -> {
              Future<Reply> reply = Future.succeededFuture(Reply.file(file));
              add(new Route(HttpMethod.GET, path, Access.Level.OPEN, call -> reply));
            });
    meters();
    HttpServer http =
        vertx.createHttpServer(
            new HttpServerOptions()
                .setHost(HttpSettings.address(settings.host()).getHostAddress())
                .setPort(settings.port())
                .setHttp2ClearTextEnabled(false)
                .setMaxInitialLineLength(MAX_LINE)
                .setMaxHeaderSize(MAX_HEADERS)
                .setHandle100ContinueAutomatically(true)
                .setTcpNoDelay(true));
    http.connectionHandler(connection -> guard.opened(connection, nowMillis()));
    http.exceptionHandler(failed -> LOG.debug("a connection failed: {}", failed.getClass()));
    http.invalidRequestHandler(this::refuseBroken);
    http.requestHandler(this::handle);
    server = http;
    vertx.setPeriodic(guard.sweepMillis(), timer -> guard.sweep(nowMillis()));
    vertx.setPeriodic(settings.bounds().step().toMillis(), timer -> sample());
    sample();
    return http.listen();
  }

  int port() {
    return server == null ? -1 : server.actualPort();
  }

  @Override
  public Future<?> stop() {
    streams.close();
    return server == null ? Future.succeededFuture() : server.close();
  }

  private void add(Route route) {
    (route.isPrefix() ? prefixes : exact)
        .computeIfAbsent(route.prefix(), path -> new LinkedHashMap<>())
        .put(route.method(), route);
  }

  /** The routes, for those who compare them with their description. */
  List<Route> routes() {
    List<Route> all = new ArrayList<>();
    exact.values().forEach(methods -> all.addAll(methods.values()));
    prefixes.values().forEach(methods -> all.addAll(methods.values()));
    return all;
  }

  private void meters() {
    Gauge.builder("headgate.http.connections", guard, ConnectionGuard::openNow)
        .description("Open connections")
        .register(registry);
    Gauge.builder("headgate.http.streams", streams, EventStreams::openNow)
        .description("Open streams of events")
        .register(registry);
    FunctionCounter.builder("headgate.http.connections.refused", guard, ConnectionGuard::refused)
        .description("Connections closed at once, since there were too many")
        .register(registry);
    FunctionCounter.builder("headgate.http.connections.timed.out", guard, ConnectionGuard::timedOut)
        .description("Connections closed since they took too long")
        .register(registry);
    FunctionCounter.builder("headgate.http.streams.skipped", streams, EventStreams::skipped)
        .description("Events that slow streams missed")
        .register(registry);
    FunctionCounter.builder("headgate.http.streams.dropped", streams, EventStreams::dropped)
        .description("Streams closed since their clients did not read")
        .register(registry);
  }

  /** A snapshot with its times, which are its own and not those of the thread that it waits for. */
  private record Taken(Snapshot snapshot, long time, long nanos) {}

  private Taken take() {
    return new Taken(backend.snapshot(), clock.millis(), System.nanoTime());
  }

  private void sample() {
    if (sampling) {
      return; // The last one is not here yet.
    }
    sampling = true;
    vertx
        .executeBlocking(this::take, false)
        .onComplete(
            taken -> {
              sampling = false;
              if (taken.succeeded()) {
                failing = false;
                Taken now = taken.result();
                Stats stats = feed.take(now.snapshot(), now.time(), now.nanos());
                streams.send("stats", Reply.encode(stats), nowMillis());
                return;
              }
              if (!failing) { // Once, not each second.
                failing = true;
                LOG.warn("no snapshot: {}", place(taken.cause()));
              }
              streams.beat(nowMillis());
            });
  }

  private void handle(HttpServerRequest request) {
    guard.asked(request.connection(), nowMillis());
    secure(request.response());
    Route route = null;
    Future<Reply> reply;
    try {
      String path = request.path();
      Map<HttpMethod, Route> methods = path == null ? null : exact.get(path);
      String rest = "";
      if (methods == null && path != null) {
        for (Map.Entry<String, Map<HttpMethod, Route>> entry : prefixes.entrySet()) {
          if (path.startsWith(entry.getKey()) && path.length() > entry.getKey().length()) {
            methods = entry.getValue();
            rest = decode(path.substring(entry.getKey().length()));
          }
        }
      }
      boolean head = request.method().equals(HttpMethod.HEAD);
      route = methods == null ? null : methods.get(head ? HttpMethod.GET : request.method());
      access.check(request, route == null ? Access.Level.OPEN : route.level());
      if (methods == null) {
        throw new Problem(404, "There is nothing here.");
      }
      if (route == null || (head && route.path().equals("/api/stats/stream"))) {
        request.response().putHeader("Allow", allowed(methods));
        throw new Problem(405, "Expected " + allowed(methods) + ".");
      }
      reply = route.answer().to(new Call(request, rest));
    } catch (RuntimeException e) {
      reply = Future.failedFuture(e);
    }
    Route found = route;
    reply.onComplete(
        done -> {
          if (done.succeeded()) {
            write(request, found, done.result());
          } else {
            write(request, found, Reply.problem(problem(request, found, done.cause())));
          }
        });
  }

  private static String allowed(Map<HttpMethod, Route> methods) {
    return methods.keySet().stream().map(HttpMethod::name).collect(Collectors.joining(", "));
  }

  private static String decode(String path) {
    try {
      return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new Problem(400, "The path is not percent-encoded.");
    }
  }

  private static Problem problem(
      HttpServerRequest request, @Nullable Route route, Throwable failure) {
    Problem problem = Problem.of(failure);
    if (problem != null) {
      return problem;
    }
    // The route and the place: paths, queries and messages may hold keys.
    LOG.error(
        "{} {} failed: {}", request.method(), route == null ? "?" : route.path(), place(failure));
    return new Problem(500, "The service failed at this; its log says where.");
  }

  /** An exception without its message. */
  private static String place(Throwable failure) {
    StringBuilder text = new StringBuilder();
    for (Throwable at = failure; at != null; at = at.getCause()) {
      text.append(text.isEmpty() ? "" : ", caused by ").append(at.getClass().getName());
      Arrays.stream(at.getStackTrace())
          .limit(5)
          .forEach(frame -> text.append(" at ").append(frame));
    }
    return text.toString();
  }

  private void write(HttpServerRequest request, @Nullable Route route, Reply reply) {
    HttpServerResponse response = request.response();
    count(route, reply.status());
    if (reply.stream()) {
      guard.streams(request.connection());
      return;
    }
    if (response.ended() || response.closed()) {
      return; // The caller did not wait.
    }
    response.setStatusCode(reply.status());
    if (reply.type() != null) {
      response.putHeader("Content-Type", reply.type());
    }
    response.putHeader("Cache-Control", reply.tag() == null ? "no-store" : "no-cache");
    if (reply.status() == 401) {
      response.putHeader("WWW-Authenticate", "Bearer");
    }
    if (reply.status() == 503) {
      response.putHeader("Retry-After", "2");
    }
    boolean body = reply.status() != 204;
    if (reply.tag() != null) {
      response.putHeader("ETag", reply.tag());
      if (reply.tag().equals(request.getHeader("If-None-Match"))) {
        response.setStatusCode(304);
        body = false;
      }
    }
    if (body) {
      response.putHeader("Content-Length", String.valueOf(reply.body().length()));
    }
    // A body that nobody reads must not be taken for the next request's.
    boolean last = hasBody(request) && !request.isEnded();
    if (last) {
      response.putHeader("Connection", "close");
    }
    Future<Void> written =
        body && !request.method().equals(HttpMethod.HEAD)
            ? response.end(reply.body())
            : response.end();
    written.onComplete(
        done -> {
          if (last) {
            linger(request);
          } else {
            guard.answered(request.connection(), nowMillis());
          }
        });
  }

  /**
   * Takes what is still under way: closed upon it, a connection would lose the answer as well. But
   * whoever goes on with what was refused is no more read, and closed a moment later.
   */
  private void linger(HttpServerRequest request) {
    if (request.isEnded()) {
      var unused = request.connection().close();
      return;
    }
    guard.lingers(request.connection(), nowMillis());
    request.exceptionHandler(failed -> {});
    int[] left = {MAX_DISCARD};
    request.handler(
        part -> {
          left[0] -= part.length();
          if (left[0] < 0) {
            request.pause();
          }
        });
    request.endHandler(
        end -> {
          var unused = request.connection().close();
        });
  }

  private static boolean hasBody(HttpServerRequest request) {
    String length = request.getHeader("Content-Length");
    return (length != null && !length.equals("0"))
        || request.getHeader("Transfer-Encoding") != null;
  }

  /** What browsers are told of everything that comes from here. */
  static void secure(HttpServerResponse response) {
    response
        .putHeader(
            "Content-Security-Policy",
            "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none';"
                + " frame-ancestors 'none'")
        .putHeader("X-Content-Type-Options", "nosniff")
        .putHeader("X-Frame-Options", "DENY")
        .putHeader("Referrer-Policy", "no-referrer")
        .putHeader("Cross-Origin-Resource-Policy", "same-origin")
        .putHeader("Cross-Origin-Opener-Policy", "same-origin");
  }

  private void count(@Nullable Route route, int status) {
    Counter.builder("headgate.http.requests")
        .description("Requests by route and status")
        .tag("route", route == null ? "none" : route.path())
        .tag("status", String.valueOf(status))
        .register(registry)
        .increment();
  }

  /** What is no HTTP, or too long. */
  private void refuseBroken(HttpServerRequest request) {
    Throwable cause = request.decoderResult().cause();
    Problem problem;
    if (cause instanceof TooLongHttpLineException) {
      problem = new Problem(414, "Expected a first line of at most " + MAX_LINE + " bytes.");
    } else if (cause instanceof TooLongHttpHeaderException) {
      problem = new Problem(431, "Expected headers of at most " + MAX_HEADERS + " bytes.");
    } else {
      problem = new Problem(400, "Expected HTTP/1.1.");
    }
    Reply reply = Reply.problem(problem);
    count(null, reply.status());
    HttpServerResponse response = request.response();
    secure(response);
    response
        .setStatusCode(reply.status())
        .putHeader("Content-Type", String.valueOf(reply.type()))
        .putHeader("Connection", "close")
        .end(reply.body())
        .onComplete(done -> guard.lingers(request.connection(), nowMillis()));
  }

  private static long nowMillis() {
    return System.nanoTime() / 1_000_000;
  }
}
