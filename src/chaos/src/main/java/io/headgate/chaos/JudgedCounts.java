package io.headgate.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * How many records of each user an instance has given to its limiter: in a mapped file, which
 * outlives the process however it ends. A user's records are one task's, and so one thread's at a
 * time.
 */
final class JudgedCounts {

  private final LongBuffer counts;

  private JudgedCounts(LongBuffer counts) {
    this.counts = counts;
  }

  static JudgedCounts open(Path file) {
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      long bytes = (long) Setup.USERS * Long.BYTES;
      return new JudgedCounts(channel.map(MapMode.READ_WRITE, 0, bytes).asLongBuffer());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void add(int user) {
    counts.put(user, counts.get(user) + 1);
  }

  long sum() {
    long sum = 0;
    for (int user = 0; user < Setup.USERS; user++) {
      sum += counts.get(user);
    }
    return sum;
  }

  long get(int user) {
    return counts.get(user);
  }
}
