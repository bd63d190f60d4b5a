package io.headgate.service.ingest;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.Consumer;

/** Reads a stream to its end, such as standard input. */
final class StreamInput implements LineInput {

  private static final int CHUNK_BYTES = 1 << 16;

  private final String name;
  private final InputStream in;
  private final LineQueue queue;
  private final LineSplitter splitter;
  private final Consumer<String> failed;
  private final Thread thread;

  /** Written by the reading thread alone. */
  private boolean refused;

  /**
   * Makes one.
   *
   * @param failed is told what the stream cannot be read for, before the queue ends
   */
  StreamInput(
      String name,
      InputStream in,
      int maxLine,
      LineQueue queue,
      InputCounts counts,
      Consumer<String> failed) {
    this.name = name;
    this.in = in;
    this.queue = queue;
    this.failed = failed;
    this.splitter = new LineSplitter(maxLine, new QueueLines(this::put, counts));
    this.thread = new Thread(this::run, "headgate-ingest-" + name);
    // A read of standard input cannot be ended: the process is not to wait for it.
    thread.setDaemon(true);
  }

  @Override
  public void start() {
    thread.start();
  }

  private void put(byte[] line) {
    try {
      refused |= !queue.put(new Line(line, ""));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      refused = true;
    }
  }

  private void run() {
    byte[] chunk = new byte[CHUNK_BYTES];
    try {
      int read = in.read(chunk);
      while (read >= 0 && !refused) {
        splitter.feed(chunk, 0, read);
        read = in.read(chunk);
      }
      splitter.end();
    } catch (IOException e) {
      failed.accept(name + " cannot be read further: " + e.getMessage());
    } finally {
      queue.end();
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void close() {
    queue.end();
    thread.interrupt();
  }
}
