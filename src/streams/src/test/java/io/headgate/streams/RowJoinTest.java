package io.headgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.KeyHasher;
import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.window.RowLayout;
import io.headgate.window.WindowSlab;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Two writers of one row, of whom one had lost its partition and did not know it: whoever reads
 * both rows, in whatever order, takes back what neither has.
 */
class RowJoinTest {

  private static final RateLimit LIMIT = new RateLimit(100, Duration.ofSeconds(4), 4, Mode.STRICT);

  private static WindowSlab slab() {
    return new WindowSlab(new RowLayout(LIMIT.span(), LIMIT.limit()), 8);
  }

  private static RowCodec codec() {
    return new RowCodec(
        "logins-windows", LimitSpec.of(0, LimitSpec.DEFAULT, 0, LIMIT), KeyHasher.seeded("seed"));
  }

  private static byte[] row(long head, long... counts) {
    WindowSlab slab = slab();
    int row = slab.take(1, 2, head);
    slab.load(row, counts, counts.length);
    return codec().encode(slab, row);
  }

  /** What a reader of some rows has in the end, as bytes. */
  private static byte[] read(byte[]... rows) {
    WindowSlab slab = slab();
    RowCodec codec = codec();
    int row = -1;
    for (byte[] value : rows) {
      long head = codec.decode(value);
      if (row >= 0) {
        head = codec.join(slab, row);
        slab.free(row);
      }
      row = slab.take(1, 2, head);
      codec.load(slab, row);
    }
    return codec.encode(slab, row);
  }

  @Test
  void ofEachBucketTheLargerCountIsKept() {
    assertThat(read(row(7, 1, 5, 3), row(7, 2, 4, 3, 1))).isEqualTo(row(7, 2, 5, 3, 1));
    assertThat(read(row(7, 1, 5, 3), row(8, 9))).isEqualTo(row(8, 9, 1, 5, 3));
    assertThat(read(row(8, 9), row(7, 1, 5, 3, 2, 6))).isEqualTo(row(8, 9, 1, 5, 3, 2));
    assertThat(read(row(7, 1, 5, 3), row(100, 9))).isEqualTo(row(100, 9));
    assertThat(read(row(100, 9), row(-7, 1, 5, 3))).isEqualTo(row(100, 9));
    assertThat(read(row(Long.MAX_VALUE, 9), row(Long.MIN_VALUE, 1)))
        .isEqualTo(row(Long.MAX_VALUE, 9));
    assertThat(read(row(Long.MIN_VALUE, 1), row(Long.MAX_VALUE, 9)))
        .isEqualTo(row(Long.MAX_VALUE, 9));
  }

  @Test
  void theOrderAndTheNumberOfReadsDoNotMatter() {
    Random random = new Random(11);
    for (int run = 0; run < 5_000; run++) {
      List<byte[]> rows = new ArrayList<>();
      Map<Long, Long> expected = new TreeMap<>();
      long latest = Long.MIN_VALUE;
      for (int i = 1 + random.nextInt(4); i > 0; i--) {
        long head = random.nextInt(12);
        long[] counts = random.longs(random.nextInt(LIMIT.span() + 1), 0, 15).toArray();
        for (int age = 0; age < counts.length; age++) {
          expected.merge(head - age, counts[age], Math::max);
        }
        latest = Math.max(latest, head);
        rows.add(row(head, counts));
      }
      long[] joined = new long[LIMIT.span()];
      for (int age = 0; age < joined.length; age++) {
        joined[age] = expected.getOrDefault(latest - age, 0L);
      }
      rows.add(rows.get(random.nextInt(rows.size())));
      assertThat(read(rows.toArray(byte[][]::new))).isEqualTo(row(latest, joined));
    }
  }

  private static TaskFixture task() {
    return new TaskFixture(
            Headgate.limit(new RateLimit(5, Duration.ofMinutes(1), 6, Mode.STRICT))
                .blockedTo("blocked")
                .noKeyPolicy(NoKeyPolicy.SHARED_ROW))
        .start();
  }

  /** How many of some records of each of two rows, a key's and the shared one, are admitted. */
  private static int admitted(TaskFixture task, int each) {
    int admitted = 0;
    for (int i = 0; i < each; i++) {
      admitted += task.process("key") ? 1 : 0;
      admitted += task.process(null, "value", task.context.now) ? 1 : 0;
    }
    return admitted;
  }

  /** What a task that is closed because it lost its partition writes, Kafka Streams being so. */
  @Test
  void theLateWriteOfAFencedTaskTakesNothingBack() {
    List<StoreFixture.Change> changelog = new ArrayList<>();
    try (TaskFixture fenced = task();
        TaskFixture owner = task();
        TaskFixture next = task()) {
      admitted(fenced, 1);
      fenced.commit();
      changelog.addAll(fenced.log.takeChanges());
      owner.log.restore(changelog);

      assertThat(admitted(fenced, 1)).as("committed by nobody").isEqualTo(2);
      assertThat(admitted(owner, 3)).isEqualTo(6);
      owner.commit();
      changelog.addAll(owner.log.takeChanges());
      fenced.commit();
      changelog.addAll(fenced.log.takeChanges());

      next.log.restore(changelog);
      assertThat(admitted(next, 3)).as("4 of 5 had been admitted of each").isEqualTo(2);
    }
  }

  @Test
  void aKeyThatWasForgottenBeginsAnew() {
    List<StoreFixture.Change> changelog = new ArrayList<>();
    try (TaskFixture task = task();
        TaskFixture next = task()) {
      admitted(task, 5);
      task.commit();
      task.context.now += Duration.ofHours(1).toMillis();
      task.process("another");
      task.commit();
      task.process("key");
      task.commit();
      changelog.addAll(task.log.takeChanges());
      assertThat(changelog).anyMatch(StoreFixture.Change::isTombstone);

      next.log.restore(changelog);
      next.context.now = task.context.now;
      assertThat(next.process("key")).isTrue();
      assertThat(next.log.store.windows(0).table().size()).isEqualTo(2);
    }
  }
}
