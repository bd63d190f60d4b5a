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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes lines from TCP connections. When they come faster than they are judged, it stops reading:
 * the senders' own buffers fill up, and they wait. All connections are served by one event loop.
 */
final class TcpInput implements LineInput {

  private static final Logger LOG = LoggerFactory.getLogger(TcpInput.class);
  private static final long PATIENCE_SECONDS = 10;
  private static final long WARN_NANOS = TimeUnit.MINUTES.toNanos(1);

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
  private final Set<Connection> open = new HashSet<>();
  private final List<Connection> paused = new ArrayList<>();
  private final Promise<Void> allEnded = Promise.promise();
  private boolean closing;
  private long warnedAt = System.nanoTime() - WARN_NANOS;

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
    this.server = vertx.createNetServer(options(host, port));
  }

  static NetServerOptions options(String host, int port) {
    // A sender that vanished tells nobody, and nothing is ever sent to it: the system has to ask.
    return new NetServerOptions().setHost(host).setPort(port).setTcpKeepAlive(true);
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
      warn(socket, counts.refusedConnections.incrementAndGet());
      socket.close();
      return;
    }
    counts.connections.incrementAndGet();
    open.add(new Connection(socket));
  }

  /** Who is refused may say so nowhere, and come again at once. */
  private void warn(NetSocket socket, long refused) {
    long now = System.nanoTime();
    if (now - warnedAt < WARN_NANOS) {
      return;
    }
    warnedAt = now;
    LOG.warn(
        "--listen {}:{}: {} connections refused so far, the last one from {}: {} are open, as many"
            + " as --max-connections allows. Allow more, or have senders close theirs",
        host,
        server.actualPort(),
        refused,
        socket.remoteAddress(),
        open.size());
  }

  private void resume() {
    List<Connection> waiting = new ArrayList<>(paused);
    paused.clear();
    waiting.forEach(Connection::resume);
  }

  /** What comes from one sender. */
  private final class Connection {
    private final NetSocket socket;
    private final String peer;
    private final LineSplitter splitter;

    private boolean closed;

    /** How often its end was to come; the last time counts. */
    private int endings;

    /** True if it was not its sender who ended it: a line that had begun may lack its rest. */
    private boolean cut;

    Connection(NetSocket socket) {
      this.socket = socket;
      String address = socket.remoteAddress().hostAddress();
      this.peer = address == null ? "" : address;
      this.splitter = new LineSplitter(maxLine, new QueueLines(this::add, counts));
      socket.handler(
          buffer -> {
            byte[] bytes = buffer.getBytes();
            splitter.feed(bytes, 0, bytes.length);
          });
      socket.exceptionHandler(
          error -> {
            cut = true;
            socket.close();
          });
      socket.endHandler(
          nothing -> {
            closed();
            endSoon();
          });
      socket.closeHandler(nothing -> closed());
    }

    void resume() {
      socket.resume();
      if (endings > 0 && open.contains(this)) {
        endSoon();
      }
    }

    /** Comes before the last lines if it is paused, else with them. */
    private void closed() {
      cut |= closing && !closed;
      closed = true;
    }

    /**
     * Of much that was held back while it was paused, Vert.x passes on the end before the rest: in
     * the next turn all has come, or it is paused again.
     */
    private void endSoon() {
      int ending = ++endings;
      loop.runOnContext(
          nothing -> {
            if (ending == endings && !paused.contains(this)) {
              end();
            }
          });
    }

    private void end() {
      if (!cut) {
        splitter.end();
      } else if (splitter.isPending()) {
        counts.cutOff.incrementAndGet();
      }
      open.remove(this);
      if (closing && open.isEmpty()) {
        allEnded.tryComplete();
      }
    }

    /** All lines of a chunk are added; after one that fills the queue nothing more is read. */
    private void add(byte[] line) {
      if (!queue.add(new Line(line, peer)) && !paused.contains(this)) {
        socket.pause();
        paused.add(this);
      }
    }
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
   * what was received is added to the queue, but for lines without an end.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    // One turn later: who has seen his connection close by now has ended it himself, and what says
    // so is in the loop already.
    loop.runOnContext(nothing -> loop.runOnContext(next -> closeAll()));
    try {
      await(allEnded.future());
    } catch (ExecutionException e) {
      // Nobody takes lines any more.
    }
    queue.end();
    closeVertx();
  }

  private void closeAll() {
    closing = true;
    server.close();
    new ArrayList<>(open).forEach(connection -> connection.socket.close());
    if (open.isEmpty()) {
      allEnded.tryComplete();
    }
  }

  private void closeVertx() {
    try {
      await(vertx.close());
    } catch (ExecutionException e) {
      // It ends with the process.
    }
  }
}
