package io.headgate.service.ingest;

import java.util.function.Consumer;

/** Passes lines on, and counts those that are none. Belongs to one thread. */
final class QueueLines implements LineSplitter.Lines {

  private final Consumer<byte[]> next;
  private final InputCounts counts;

  QueueLines(Consumer<byte[]> next, InputCounts counts) {
    this.next = next;
    this.counts = counts;
  }

  @Override
  public void line(byte[] line) {
    if (line.length == 0) {
      counts.empty.incrementAndGet();
    } else {
      next.accept(line);
    }
  }

  @Override
  public void tooLong() {
    counts.tooLong.incrementAndGet();
  }
}
