package io.headgate.service.ingest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads what is appended to a file, by its name: when another file takes the name, that one is read
 * from its begin, after the rest of the old one; a file that became shorter is read anew. A file
 * that is not there is waited for.
 */
final class FileInput implements LineInput {

  // The file is looked at again and again: notices of the file system are lost on some, and none
  // says that a name is another file's now in a way that is the same everywhere.
  //
  // Whoever writes goes on for a moment with a file that was renamed. So the old one is left when
  // nothing came of it for a while.

  private static final int CHUNK_BYTES = 1 << 16;
  private static final long LOOK_MILLIS = 200;
  private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Path path;
  private final LineQueue queue;
  private final InputCounts counts;
  private final LineSplitter splitter;
  private final Consumer<String> failed;
  private final Thread thread;
  private final CountDownLatch stopped = new CountDownLatch(1);

  // All below belongs to the reading thread, once it is started.
  private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
  private boolean toEnd;
  private @Nullable SeekableByteChannel channel;
  private @Nullable Object identity;
  private long lastRead;
  private boolean refused;

  /**
   * Makes one.
   *
   * @param fromStart whether what the file has already is read too
   * @param failed is told what the file cannot be read for, before the queue ends
   */
  FileInput(
      Path path,
      boolean fromStart,
      int maxLine,
      LineQueue queue,
      InputCounts counts,
      Consumer<String> failed) {
    this.path = path;
    this.toEnd = !fromStart;
    this.queue = queue;
    this.counts = counts;
    this.failed = failed;
    this.splitter = new LineSplitter(maxLine, new QueueLines(this::put, counts));
    this.thread = new Thread(this::run, "headgate-ingest-follow");
  }

  @Override
  public void start() {
    // A file that is not there yet is new, however soon it comes.
    toEnd &= Files.exists(path);
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
    try {
      boolean ended = false;
      while (!ended && !refused) {
        ended =
            step() ? stopped.getCount() == 0 : stopped.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      }
    } catch (IOException e) {
      failed.accept(path + " cannot be read further: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      queue.end();
      leave();
    }
  }

  /** Reads once; false if there was nothing to read. */
  private boolean step() throws IOException {
    SeekableByteChannel from = channel == null ? open() : channel;
    if (from == null) {
      return false;
    }
    chunk.clear();
    int read = from.read(chunk);
    if (read > 0) {
      splitter.feed(chunk.array(), 0, read);
      lastRead = System.nanoTime();
      return true;
    }
    if (from.size() < from.position()) {
      begin();
      from.position(0);
      return true;
    }
    if (System.nanoTime() - lastRead > QUIET_NANOS && isAnother()) {
      begin();
      leave();
      return true;
    }
    return false;
  }

  private @Nullable SeekableByteChannel open() throws IOException {
    try {
      SeekableByteChannel opened = Files.newByteChannel(path);
      channel = opened;
      identity = identity();
      lastRead = System.nanoTime();
      if (toEnd) {
        opened.position(opened.size());
      }
      toEnd = false;
      return opened;
    } catch (NoSuchFileException e) {
      // What is there later is new.
      toEnd = false;
      return null;
    }
  }

  /** A file ended in the middle of a line: it goes no further. */
  private void begin() {
    splitter.end();
    counts.rotations.incrementAndGet();
  }

  private boolean isAnother() throws IOException {
    Object now = identity();
    return now != null && !now.equals(identity);
  }

  /** What tells the file of this name from another; null if there is none. */
  private @Nullable Object identity() throws IOException {
    try {
      BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class);
      return found.fileKey() == null ? found.creationTime() : found.fileKey();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private void leave() {
    SeekableByteChannel open = channel;
    channel = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        // It was only read.
      }
    }
  }

  @Override
  public String name() {
    return path.toString();
  }

  /** What was read of the file is still added. */
  @Override
  public void close() {
    stopped.countDown();
  }
}
