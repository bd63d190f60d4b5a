package io.headgate.service.ingest;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/** Where lines come from: what is known of it before it is read. Immutable. */
public final class LineSource {

  /** Connections at a time unless something else is asked for. */
  public static final int DEFAULT_CONNECTIONS = 1_024;

  /** Makes the input. */
  @FunctionalInterface
  private interface Maker {
    LineInput make(LineQueue queue, InputCounts counts, Consumer<String> failed);
  }

  private final Maker maker;

  private LineSource(Maker maker) {
    this.maker = maker;
  }

  /**
   * Reads a stream to its end.
   *
   * @param name for messages and events
   * @param in the stream; never closed
   * @param maxLine bytes of a line at the most, 1 or more
   * @return the source
   */
  public static LineSource stream(String name, InputStream in, int maxLine) {
    return new LineSource(
        (queue, counts, failed) -> new StreamInput(name, in, maxLine, queue, counts, failed));
  }

  /**
   * Reads what is appended to a file, whatever becomes of the file itself.
   *
   * @param path the file, which may not be there yet
   * @param fromStart whether what it has already is read too
   * @param maxLine bytes of a line at the most, 1 or more
   * @return the source
   */
  public static LineSource follow(Path path, boolean fromStart, int maxLine) {
    return new LineSource(
        (queue, counts, failed) -> new FileInput(path, fromStart, maxLine, queue, counts, failed));
  }

  /**
   * Listens for TCP connections.
   *
   * @param host of the interface to listen on
   * @param port of it; 0 for any that is free
   * @param maxLine bytes of a line at the most, 1 or more
   * @param maxConnections connections at a time
   * @param listening is told the port
   * @return the source
   */
  public static LineSource listen(
      String host, int port, int maxLine, int maxConnections, IntConsumer listening) {
    return new LineSource(
        (queue, counts, failed) ->
            new TcpInput(host, port, maxLine, maxConnections, queue, counts, listening));
  }

  LineInput open(LineQueue queue, InputCounts counts, Consumer<String> failed) {
    return maker.make(queue, counts, failed);
  }
}
