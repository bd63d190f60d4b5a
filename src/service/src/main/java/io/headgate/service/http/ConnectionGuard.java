package io.headgate.service.http;

import io.vertx.core.http.HttpConnection;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * Closes connections that take too long: to say what they want, byte by byte, to take the answer,
 * or to ask again. A deadline per connection, looked at every so often; a time-out between two
 * bytes alone would let a caller hold a connection for ever. For the event loop's thread alone.
 */
final class ConnectionGuard {

  private static final long NEVER = Long.MAX_VALUE;

  /** For how long a connection that is done for is still read from, milliseconds. */
  private static final long LINGER = 1_000;

  /** When a connection's time is over, on the clock that is passed in. */
  private static final class Deadline {
    private long at;
    private boolean lingers;

    Deadline(long at) {
      this.at = at;
    }
  }

  private final HttpBounds bounds;
  private final IdentityHashMap<HttpConnection, Deadline> open = new IdentityHashMap<>();
  private long refused;
  private long timedOut;

  ConnectionGuard(HttpBounds bounds) {
    this.bounds = bounds;
  }

  /** A connection was opened. */
  void opened(HttpConnection connection, long nowMillis) {
    if (open.size() >= bounds.maxConnections()) {
      refused++;
      var unused = connection.close();
      return;
    }
    open.put(connection, new Deadline(nowMillis + bounds.headerTime().toMillis()));
    connection.closeHandler(closed -> open.remove(connection));
  }

  /** The headers of a request are here. */
  void asked(HttpConnection connection, long nowMillis) {
    set(connection, nowMillis + bounds.requestTime().toMillis());
  }

  /** The answer is a stream, which has an eye on its client itself. */
  void streams(HttpConnection connection) {
    set(connection, NEVER);
  }

  /** The answer is written. */
  void answered(HttpConnection connection, long nowMillis) {
    set(connection, nowMillis + bounds.keepAlive().toMillis());
  }

  /** The answer is written, and there will be no other: what still comes is thrown away. */
  void lingers(HttpConnection connection, long nowMillis) {
    Deadline deadline = open.get(connection);
    if (deadline != null) {
      deadline.at = nowMillis + LINGER;
      deadline.lingers = true;
    }
  }

  private void set(HttpConnection connection, long at) {
    Deadline deadline = open.get(connection);
    if (deadline != null) {
      deadline.at = at;
    }
  }

  /** Closes those whose time is over. */
  void sweep(long nowMillis) {
    List<HttpConnection> late = new ArrayList<>();
    open.forEach(
        (connection, deadline) -> {
          if (deadline.at <= nowMillis) {
            late.add(connection);
            timedOut += deadline.lingers ? 0 : 1;
          }
        });
    for (HttpConnection connection : late) {
      open.remove(connection);
      var unused = connection.close();
    }
  }

  /** How often to sweep: a quarter of the shortest time, a second at the most. */
  long sweepMillis() {
    long shortest =
        Math.min(
            bounds.headerTime().toMillis(),
            Math.min(bounds.requestTime().toMillis(), bounds.keepAlive().toMillis()));
    return Math.max(1, Math.min(1_000, shortest / 4));
  }

  int openNow() {
    return open.size();
  }

  long refused() {
    return refused;
  }

  long timedOut() {
    return timedOut;
  }
}
