package io.headgate.streams;

import io.headgate.KeyHasher;
import io.headgate.RateLimit;
import io.headgate.window.RowLayout;
import io.headgate.window.WindowSlab;
import java.time.Duration;
import java.util.Arrays;
import org.apache.kafka.streams.errors.StreamsException;

/**
 * Any bytes as a row of the changelog: a row that limits, and that reads back from what is written
 * of it, or an error in one line.
 */
public final class RowFuzz {

  private static final RateLimit LIMIT = RateLimit.of(300, Duration.ofMillis(8)).withBuckets(4);

  private RowFuzz() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] bytes) {
    RowCodec codec =
        new RowCodec("store", LimitSpec.of(0, LimitSpec.DEFAULT, 0, LIMIT), KeyHasher.seeded(1));
    WindowSlab slab = new WindowSlab(new RowLayout(LIMIT.span(), LIMIT.limit()), 1);
    int row;
    try {
      row = slab.take(1, 2, codec.decode(bytes));
    } catch (StreamsException e) {
      String message = String.valueOf(e.getMessage());
      if (message.lines().count() != 1 || message.length() > 500) {
        throw new AssertionError("more than a line: " + message, e);
      }
      return;
    }
    codec.load(slab, row);
    long head = slab.head(row);
    long total = slab.total(row);
    byte[] written = codec.encode(slab, row);
    WindowSlab again = new WindowSlab(new RowLayout(LIMIT.span(), LIMIT.limit()), 1);
    codec.load(again, again.take(1, 2, codec.decode(written)));
    if (again.head(0) != head || again.total(0) != total) {
      throw new AssertionError("does not read back: " + Arrays.toString(written));
    }
    long left = slab.judge(row, head, LIMIT.limit(), 1);
    if (total >= LIMIT.limit() ? left != ~0L : left != LIMIT.limit() - total - 1) {
      throw new AssertionError("a window of " + total + " left " + left);
    }
  }
}
