package io.headgate.service.http;

import java.time.Duration;

/**
 * What the HTTP server takes of its callers at the most.
 *
 * @param maxConnections open connections; more are closed at once
 * @param maxStreams open streams of events, fewer than connections; more are answered with 503
 * @param maxBodyBytes bytes of a request's body
 * @param headerTime from the opening of a connection to the end of its first request's headers
 * @param requestTime from the end of a request's headers to the end of its answer
 * @param keepAlive from the end of an answer to the end of the next request's headers
 * @param step between two snapshots
 * @param slowStream for how long a stream's client may not read before it is closed
 */
public record HttpBounds(
    int maxConnections,
    int maxStreams,
    int maxBodyBytes,
    Duration headerTime,
    Duration requestTime,
    Duration keepAlive,
    Duration step,
    Duration slowStream) {

  /**
   * Checks the bounds.
   *
   * @param maxConnections open connections; more are closed at once
   * @param maxStreams open streams of events, fewer than connections; more are answered with 503
   * @param maxBodyBytes bytes of a request's body
   * @param headerTime from the opening of a connection to the end of its first request's headers
   * @param requestTime from the end of a request's headers to the end of its answer
   * @param keepAlive from the end of an answer to the end of the next request's headers
   * @param step between two snapshots
   * @param slowStream for how long a stream's client may not read before it is closed
   * @throws IllegalArgumentException if one is not positive, or streams could take all connections
   */
  public HttpBounds {
    if (maxStreams < 1 || maxConnections <= maxStreams || maxBodyBytes < 1) {
      throw new IllegalArgumentException(
          "found %d connections, %d streams, bodies of %d bytes; expected 1 or more, and fewer streams than connections"
              .formatted(maxConnections, maxStreams, maxBodyBytes));
    }
    for (Duration time : new Duration[] {headerTime, requestTime, keepAlive, step, slowStream}) {
      if (time.toMillis() < 1) {
        throw new IllegalArgumentException("found a time of " + time + ", expected 1 ms or more");
      }
    }
  }

  /**
   * Bounds for a machine with people and a few programs in front of it.
   *
   * @return 1,000 connections, 200 streams, bodies of 64 KiB, 10 s for headers
   */
  public static HttpBounds defaults() {
    return new HttpBounds(
        1_000,
        200,
        64 * 1024,
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofSeconds(60),
        Duration.ofSeconds(1),
        Duration.ofSeconds(30));
  }
}
