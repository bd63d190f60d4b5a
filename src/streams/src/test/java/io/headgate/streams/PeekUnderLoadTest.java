package io.headgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.rules.Rule;
import io.headgate.rules.RuleSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Threads that look at keys while the stream thread judges as fast as it can, with tables that
 * grow, counters that are widened, and commits: whatever they are told was so.
 */
class PeekUnderLoadTest {

  private static final int READERS = 2;
  private static final int LOOKS = 15_000;
  private static final int RECORDS = 100_000;
  private static final int KEYS = 20_000;
  private static final int WATCHED = 8;

  private final ConcurrentLinkedQueue<Throwable> errors = new ConcurrentLinkedQueue<>();
  private final AtomicInteger looks = new AtomicInteger();
  private final AtomicBoolean done = new AtomicBoolean();

  /**
   * Nothing leaves these windows while the test runs, and each record is charged to both or none:
   * so both are always equal, and never fall.
   */
  @Test
  void bothLimitsOfARuleAreSeenAtOneMoment() throws InterruptedException {
    RateLimit day = new RateLimit(200, Duration.ofDays(1), 24, Mode.STRICT);
    RateLimit week = new RateLimit(200, Duration.ofDays(7), 7, Mode.STANDARD);
    LiveRules live =
        LiveRules.of(RuleSet.builder().rule(Rule.named("r").limits(day, week).build()).build());
    try (TaskFixture task = new TaskFixture(Headgate.rules(live).maxKeys(KEYS - 500)).start()) {
      LimiterView view =
          new LimiterView(
              (partition, stale) -> List.of(task.log.store),
              null,
              false,
              null,
              new StoreReader(),
              () -> 0);
      for (int key = 0; key < WATCHED; key++) {
        task.process("key-" + key, "v", TaskFixture.NOW);
      }
      List<Thread> readers = new ArrayList<>();
      for (int i = 0; i < READERS; i++) {
        int seed = i;
        Thread reader = new Thread(() -> look(view, new Random(seed)), "reader-" + i);
        readers.add(reader);
        reader.start();
      }
      Random random = new Random(3);
      int records = 0;
      while (errors.isEmpty() && (records < RECORDS || looks.get() < READERS * LOOKS)) {
        int key = random.nextInt(4) == 0 ? random.nextInt(WATCHED) : random.nextInt(KEYS);
        task.process("key-" + key, "v", TaskFixture.NOW);
        records++;
        if (records % 5_000 == 0) {
          task.commit();
          task.log.takeChanges();
          task.producer.clear();
          task.forwarded.clear();
        }
        if (records == RECORDS / 3) {
          assertThat(live.override("r", "{\"limits\":[\"70000/24h\",\"70000/168h\"]}")).isEmpty();
        }
      }
      done.set(true);
      for (Thread reader : readers) {
        reader.join();
      }
      assertThat(errors).isEmpty();
      // The raised limit was used, so counters of one byte have been widened while they were read.
      assertThat(view.peek("key-0").get(0).used()).isGreaterThan(255);
    }
  }

  private void look(LimiterView view, Random random) {
    long[] last = new long[WATCHED];
    try {
      while (!done.get()) {
        int key = random.nextInt(WATCHED);
        List<KeyUsage> usage = view.peek("key-" + key);
        long used = usage.get(0).used();
        if (used != usage.get(1).used() || used < last[key] || used > usage.get(0).limit()) {
          throw new AssertionError("after " + last[key] + ": " + usage);
        }
        if (!usage.get(0).known() || !usage.get(1).known()) {
          throw new AssertionError("lost: " + usage);
        }
        last[key] = used;
        looks.incrementAndGet();
      }
    } catch (RuntimeException | AssertionError e) {
      errors.add(e);
    }
  }
}
