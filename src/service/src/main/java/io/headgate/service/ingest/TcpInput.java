package io.headgate.service.ingest;

import io.headgate.service.config.UserError;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;

/**
 * Takes lines from TCP connections. When they come faster than they are judged, it stops reading:
 * the senders' own buffers fill up, and they wait. All connections are served by one event loop.
 */
final class TcpInput implements LineInput {

  private static final long PATIENCE_SECONDS = 10;

  private final String host;
  private final int port;
  private final int maxLine;
  private final int maxConnections;
  private final LineQueue queue;
  private final InputCounts counts;
  private final IntConsumer listening;
  private final Vertx vertx;
  private final Context loop;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final NetServer server;

  // All below belongs to the event loop. A connection that was closed while it was paused still has
  // lines to give: it is open until its end has come through.
  private final Set<NetSocket> open = new HashSet<>();
  private final List<NetSocket> paused = new ArrayList<>();
  private final Promise<Void> allEnded = Promise.promise();
  private boolean closing;

  TcpInput(
      String host,
      int port,
      int maxLine,
      int maxConnections,
      LineQueue queue,
      InputCounts counts,
      IntConsumer listening) {
    this.host = host;
    this.port = port;
    this.maxLine = maxLine;
    this.maxConnections = maxConnections;
    this.queue = queue;
    this.counts = counts;
    this.listening = listening;
    this.vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setFileSystemOptions(
                    new FileSystemOptions()
                        .setFileCachingEnabled(false)
                        .setClassPathResolvingEnabled(false)));
    this.loop = vertx.getOrCreateContext();
    this.server = vertx.createNetServer(new NetServerOptions().setHost(host).setPort(port));
  }

  @Override
  public void start() {
    queue.onRoom(() -> loop.runOnContext(nothing -> resume()));
    server.connectHandler(this::accept);
    try {
      await(onLoop());
      listening.accept(server.actualPort());
    } catch (ExecutionException e) {
      closed.set(true);
      closeVertx();
      throw new UserError(
          "--listen " + host + ":" + port + ": cannot listen there: " + rootMessage(e));
    }
  }

  /** Listens from the loop, so that all connections are served by it. */
  private Future<NetServer> onLoop() {
    Promise<NetServer> listening = Promise.promise();
    loop.runOnContext(nothing -> server.listen().onComplete(listening));
    return listening.future();
  }

  private void accept(NetSocket socket) {
    if (open.size() >= maxConnections) {
      counts.refusedConnections.incrementAndGet();
      socket.close();
      return;
    }
    open.add(socket);
    counts.connections.incrementAndGet();
    String peer = socket.remoteAddress().hostAddress();
    LineSplitter splitter =
        new LineSplitter(
            maxLine, new QueueLines(line -> add(socket, line, peer == null ? "" : peer), counts));
    socket.handler(
        buffer -> {
          byte[] bytes = buffer.getBytes();
          splitter.feed(bytes, 0, bytes.length);
        });
    socket.exceptionHandler(error -> socket.close());
    socket.endHandler(
        nothing -> {
          splitter.end();
          end(socket);
        });
    socket.closeHandler(
        nothing -> {
          if (!paused.contains(socket)) {
            end(socket);
          }
        });
  }

  private void end(NetSocket socket) {
    open.remove(socket);
    if (closing && open.isEmpty()) {
      allEnded.tryComplete();
    }
  }

  /** All lines of a chunk are added; after one that fills the queue nothing more is read. */
  private void add(NetSocket socket, byte[] line, String peer) {
    if (!queue.add(new Line(line, peer)) && !paused.contains(socket)) {
      socket.pause();
      paused.add(socket);
    }
  }

  private void resume() {
    List<NetSocket> waiting = new ArrayList<>(paused);
    paused.clear();
    waiting.forEach(NetSocket::resume);
  }

  private static void await(Future<?> future) throws ExecutionException {
    try {
      var unused =
          future.toCompletionStage().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new ExecutionException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ExecutionException(e);
    }
  }

  @Override
  public String name() {
    return "tcp";
  }

  private static String rootMessage(Throwable error) {
    Throwable root = error;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }

  /**
   * Stops listening, and closes all connections: what senders have not sent yet stays theirs, and
   * what was received is added to the queue.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    loop.runOnContext(
        nothing -> {
          closing = true;
          server.close();
          new ArrayList<>(open).forEach(NetSocket::close);
          if (open.isEmpty()) {
            allEnded.tryComplete();
          }
        });
    try {
      await(allEnded.future());
    } catch (ExecutionException e) {
      // Nobody takes lines any more.
    }
    queue.end();
    closeVertx();
  }

  private void closeVertx() {
    try {
      await(vertx.close());
    } catch (ExecutionException e) {
      // It ends with the process.
    }
  }
}
