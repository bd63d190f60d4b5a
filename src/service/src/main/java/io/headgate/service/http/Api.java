package io.headgate.service.http;

import static io.headgate.service.http.Access.Level.PROBE;
import static io.headgate.service.http.Access.Level.READ;
import static io.headgate.service.http.Access.Level.WRITE;
import static io.vertx.core.http.HttpMethod.DELETE;
import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.POST;
import static io.vertx.core.http.HttpMethod.PUT;

import io.headgate.service.analytics.ReportDay;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** The routes, and what the service answers on each. For the event loop's thread alone. */
final class Api {

  /** Searches through events that may run at once; each takes a worker's thread. */
  private static final int SEARCHES = 2;

  private static final int MAX_LIMITS = 8;
  private static final int MAX_TOP = 100;
  private static final int MAX_HOURS = 31 * 24;

  /** What the page needs to know before it shows anything. */
  record Service(ServiceInfo service, boolean write, boolean tokenForReads) {}

  private final Vertx vertx;
  private final HttpSettings settings;
  private final Backend backend;
  private final PrometheusMeterRegistry registry;
  private final Clock clock;
  private final StatsFeed feed;
  private final EventStreams streams;
  private final Shared<Integer, TopBlocked> top;
  private final Shared<String, Health> health;
  private final Shared<String, List<Instance>> instances;
  private final Shared<LocalDate, DayReport> reports;
  private int searches;

  Api(
      Vertx vertx,
      HttpSettings settings,
      Backend backend,
      PrometheusMeterRegistry registry,
      Clock clock,
      StatsFeed feed,
      EventStreams streams) {
    this.vertx = vertx;
    this.settings = settings;
    this.backend = backend;
    this.registry = registry;
    this.clock = clock;
    this.feed = feed;
    this.streams = streams;
    WorkerExecutor watcher = vertx.createSharedWorkerExecutor("headgate-health", 1);
    this.top = new Shared<>(1_000, MAX_TOP, n -> blocking(() -> backend.top(n)));
    this.health = new Shared<>(500, 1, any -> watcher.executeBlocking(backend::health));
    this.instances = new Shared<>(1_000, 1, any -> blocking(backend::instances));
    this.reports = new Shared<>(5_000, 8, day -> blocking(() -> backend.report(day)));
  }

  /** All routes but those of the page's files. */
  List<Route> routes() {
    List<Route> routes = new ArrayList<>();
    routes.add(new Route(GET, "/health", PROBE, this::alive));
    routes.add(new Route(GET, "/ready", PROBE, this::ready));
    routes.add(new Route(GET, "/metrics", READ, this::metrics));
    routes.add(new Route(GET, "/api/service", READ, this::service));
    routes.add(new Route(GET, "/api/stats", READ, this::stats));
    routes.add(new Route(GET, "/api/stats/history", READ, call -> now(feed.history())));
    routes.add(new Route(GET, "/api/stats/stream", READ, this::stream));
    routes.add(new Route(GET, "/api/keys", READ, this::usage));
    routes.add(new Route(GET, "/api/keys/blocks", READ, this::blocks));
    routes.add(new Route(POST, "/api/keys/reset", WRITE, this::reset));
    routes.add(new Route(GET, "/api/top", READ, this::top));
    routes.add(new Route(GET, "/api/limits", READ, this::limits));
    routes.add(new Route(PUT, "/api/limits/{entry}", WRITE, this::setLimit));
    routes.add(new Route(DELETE, "/api/limits/{entry}", WRITE, this::removeLimit));
    routes.add(new Route(GET, "/api/report", READ, this::report));
    routes.add(new Route(GET, "/api/instances", READ, this::instances));
    return routes;
  }

  private Future<Reply> alive(Call call) {
    return health
        .get("", clock.millis())
        .map(answer -> Reply.json(answer.alive() ? 200 : 503, answer));
  }

  private Future<Reply> ready(Call call) {
    return health
        .get("", clock.millis())
        .map(answer -> Reply.json(answer.ready() ? 200 : 503, answer));
  }

  private Future<Reply> metrics(Call call) {
    return blocking(
        () -> Reply.text("text/plain; version=0.0.4; charset=utf-8", registry.scrape()));
  }

  private Future<Reply> service(Call call) {
    return blocking(backend::info)
        .map(info -> Reply.json(new Service(info, settings.write(), settings.tokenForReads())));
  }

  private Future<Reply> stats(Call call) {
    Stats last = feed.last();
    if (last == null) {
      throw new Problem(503, "There is no snapshot yet.");
    }
    return now(last);
  }

  private Future<Reply> stream(Call call) {
    streams.add(call.request().response());
    return Future.succeededFuture(Reply.STREAM);
  }

  private Future<Reply> usage(Call call) {
    String key = call.required("key");
    return blocking(() -> backend.usage(key)).map(Reply::json);
  }

  private Future<Reply> blocks(Call call) {
    String key = call.required("key");
    Duration back = Duration.ofHours(call.number("hours", 1, MAX_HOURS, 24));
    if (searches >= SEARCHES) {
      throw new Problem(503, "Two searches run already; ask again.");
    }
    searches++;
    return blocking(() -> backend.blocks(key, back))
        .onComplete(done -> searches--)
        .map(Reply::json);
  }

  private Future<Reply> reset(Call call) {
    return call.json(settings.bounds().maxBodyBytes())
        .map(json -> Call.text(json, "key"))
        .compose(key -> blocking(() -> backend.reset(key)))
        .map(
            reset -> {
              if (!reset.here()) {
                throw new Problem(409, "Another instance has this key.", reset.owner());
              }
              return Reply.json(reset);
            });
  }

  private Future<Reply> top(Call call) {
    return top.get(call.number("n", 1, MAX_TOP, 20), clock.millis()).map(Reply::json);
  }

  private Future<Reply> limits(Call call) {
    return blocking(backend::limits).map(Reply::json);
  }

  private Future<Reply> setLimit(Call call) {
    return call.json(settings.bounds().maxBodyBytes())
        .map(json -> new LimitEntry(call.rest(), Call.texts(json, "limits", MAX_LIMITS)))
        .compose(
            entry ->
                blocking(
                    () -> {
                      backend.setLimit(entry);
                      return Reply.NO_CONTENT;
                    }));
  }

  private Future<Reply> removeLimit(Call call) {
    return blocking(() -> backend.removeLimit(call.rest()))
        .map(
            removed -> {
              if (!removed) {
                throw new Problem(404, "There is no such entry.");
              }
              return Reply.NO_CONTENT;
            });
  }

  private Future<Reply> report(Call call) {
    String day = call.parameter("day");
    return blocking(() -> day(day, ZoneId.of(backend.info().zone())))
        .compose(date -> reports.get(date, clock.millis()))
        .map(Reply::json);
  }

  private LocalDate day(@Nullable String day, ZoneId zone) {
    try {
      return ReportDay.parse(day == null ? "today" : day).in(zone, clock.instant());
    } catch (IllegalArgumentException e) {
      throw new Problem(400, "Expected day to be today, yesterday or YEAR-MONTH-DAY.");
    }
  }

  private Future<Reply> instances(Call call) {
    return instances.get("", clock.millis()).map(Reply::json);
  }

  private static Future<Reply> now(Object value) {
    return Future.succeededFuture(Reply.json(value));
  }

  /** On a worker's thread; several may run at once. */
  private <T> Future<T> blocking(Callable<T> work) {
    return vertx.executeBlocking(work, false);
  }
}
