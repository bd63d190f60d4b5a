package io.headgate.service.http;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.net.BindException;
import java.time.Clock;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service over HTTP: metrics, health, the interface for programs, and the page. It owns one
 * event loop's thread and a few workers, from its start to its close. Safe for any thread.
 */
public final class HttpService implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(HttpService.class);

  private static final int WORKERS = 4;
  private static final long WAIT_SECONDS = 20;

  private final Vertx vertx;
  private final HttpServerVerticle verticle;
  private final int port;

  private HttpService(Vertx vertx, HttpServerVerticle verticle, int port) {
    this.vertx = vertx;
    this.verticle = verticle;
    this.port = port;
  }

  /**
   * Starts to listen.
   *
   * @param settings where, and to whom
   * @param backend what there is to tell
   * @param registry of all metrics; the server adds its own
   * @return the server, listening; to be closed
   * @throws IllegalStateException with one line if it cannot listen there
   */
  public static HttpService start(
      HttpSettings settings, Backend backend, PrometheusMeterRegistry registry) {
    return start(settings, backend, registry, Clock.systemUTC());
  }

  static HttpService start(
      HttpSettings settings, Backend backend, PrometheusMeterRegistry registry, Clock clock) {
    Vertx vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(WORKERS)
                .setInternalBlockingPoolSize(1)
                .setFileSystemOptions(
                    new FileSystemOptions()
                        .setClassPathResolvingEnabled(false)
                        .setFileCachingEnabled(false)));
    HttpServerVerticle verticle = new HttpServerVerticle(settings, backend, registry, clock);
    Throwable failure = await(vertx.deployVerticle(verticle));
    if (failure != null) {
      await(vertx.close());
      String why =
          failure instanceof BindException
              ? "the port is in use, or the address is none of this machine"
              : failure.toString();
      throw new IllegalStateException(
          "cannot listen on %s:%d: %s".formatted(settings.host(), settings.port(), why), failure);
    }
    HttpService service = new HttpService(vertx, verticle, verticle.port());
    LOG.info("listening on http://{}:{}/", settings.host(), service.port());
    return service;
  }

  /**
   * Tells where it listens.
   *
   * @return the port, also if any was asked for
   */
  public int port() {
    return port;
  }

  HttpServerVerticle verticle() {
    return verticle;
  }

  /** Stops to listen, ends all streams and closes all connections; waits for that, bounded. */
  @Override
  public void close() {
    Throwable failure = await(vertx.close());
    if (failure != null) {
      LOG.warn("the HTTP server did not close: {}", failure.toString());
    }
  }

  /** Why it failed; null if it did not. */
  private static @Nullable Throwable await(Future<?> future) {
    CountDownLatch done = new CountDownLatch(1);
    future.onComplete(any -> done.countDown());
    try {
      if (!done.await(WAIT_SECONDS, TimeUnit.SECONDS)) {
        return new IllegalStateException("not done in " + WAIT_SECONDS + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return e;
    }
    return future.failed() ? future.cause() : null;
  }
}
