package io.headgate.service.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The open streams of server-sent events. An event is encoded once and given to all; a stream whose
 * client does not take what it has misses events, so that it costs no more than its buffer, and is
 * closed if that goes on. For the event loop's thread alone.
 */
final class EventStreams {

  /** Bytes that may wait for a client before it misses events. */
  private static final int BUFFER = 64 * 1024;

  private static final class Client {
    private long fullSince = -1;
  }

  private final int max;
  private final long slowMillis;
  private final IdentityHashMap<HttpServerResponse, Client> open = new IdentityHashMap<>();
  private @Nullable Buffer last;
  private long number;
  private long skipped;
  private long dropped;

  EventStreams(HttpBounds bounds) {
    this.max = bounds.maxStreams();
    this.slowMillis = bounds.slowStream().toMillis();
  }

  /**
   * Makes an answer a stream.
   *
   * @throws Problem if there are enough of them
   */
  void add(HttpServerResponse response) {
    if (open.size() >= max) {
      throw new Problem(503, "There are " + max + " streams already; ask for api/stats instead.");
    }
    response
        .setChunked(true)
        .putHeader("Content-Type", "text/event-stream; charset=utf-8")
        .putHeader("Cache-Control", "no-store")
        .putHeader("X-Accel-Buffering", "no")
        .setWriteQueueMaxSize(BUFFER);
    open.put(response, new Client());
    response.closeHandler(closed -> open.remove(response));
    response.exceptionHandler(failed -> open.remove(response));
    write(response, Buffer.buffer("retry: 2000\n\n"));
    if (last != null) {
      write(response, last);
    }
  }

  /** Sends an event to all. */
  void send(String name, Buffer json, long nowMillis) {
    last =
        Buffer.buffer(json.length() + 64)
            .appendString("id: " + ++number + "\nevent: " + name + "\ndata: ")
            .appendBuffer(json)
            .appendString("\n\n");
    broadcast(last, nowMillis);
  }

  /** Tells all that there is nothing to tell, so that they know that they are not forgotten. */
  void beat(long nowMillis) {
    last = null;
    broadcast(Buffer.buffer(": no snapshot\n\n"), nowMillis);
  }

  private void broadcast(Buffer event, long nowMillis) {
    for (Map.Entry<HttpServerResponse, Client> entry : new ArrayList<>(open.entrySet())) {
      HttpServerResponse response = entry.getKey();
      Client client = entry.getValue();
      if (!response.writeQueueFull()) {
        client.fullSince = -1;
        write(response, event);
        continue;
      }
      skipped++;
      if (client.fullSince < 0) {
        client.fullSince = nowMillis;
      } else if (nowMillis - client.fullSince >= slowMillis) {
        dropped++;
        open.remove(response);
        var unused = response.reset();
      }
    }
  }

  private static void write(HttpServerResponse response, Buffer event) {
    // What cannot be written ends in the close handler.
    var unused = response.write(event);
  }

  /** Ends all, as the server stops. */
  void close() {
    for (HttpServerResponse response : new ArrayList<>(open.keySet())) {
      var unused = response.end();
    }
    open.clear();
  }

  int openNow() {
    return open.size();
  }

  long skipped() {
    return skipped;
  }

  long dropped() {
    return dropped;
  }
}
