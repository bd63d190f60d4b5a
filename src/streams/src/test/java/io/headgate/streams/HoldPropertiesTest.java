package io.headgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.lane.BlockedEvent;
import io.headgate.rules.Cost;
import io.headgate.rules.OverLimit;
import io.headgate.rules.Rule;
import io.headgate.rules.RuleSet;
import io.headgate.testkit.ExactLog;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Holding against an oracle: random records, punctuations and restarts, and a queue for each key in
 * front of exact logs that says which record leaves when.
 */
class HoldPropertiesTest {

  private static final int KEYS = 4;
  private static final int STEPS = 600;

  /** Times of records: those of the wall clock, or anything around it. */
  enum Times {
    WALL,
    ON_TIME,
    MIXED,
    REPLAY
  }

  /** A record that waits in the oracle. */
  private record Waiting(int number, long cost, long heldAt, long clockOffset) {}

  /** What the contract says, the slow way; nothing of Headgate's is in it. */
  private static final class Oracle {
    private final List<RateLimit> limits;
    private final List<ExactLog> logs = new ArrayList<>();
    private final int maxOfKey;
    private final long maxTime;
    private final Map<String, Deque<Waiting>> queues = new TreeMap<>();
    private final Map<String, Long> offsets = new HashMap<>();
    private final Map<String, Long> newest = new HashMap<>();
    final Map<String, List<Integer>> passed = new TreeMap<>();
    int left;
    int blocked;

    Oracle(List<RateLimit> limits, int maxOfKey, long maxTime) {
      this.limits = limits;
      this.maxOfKey = maxOfKey;
      this.maxTime = maxTime;
      for (RateLimit limit : limits) {
        logs.add(
            new ExactLog(
                limit.limit(),
                limit.windowMillis(),
                limit.buckets(),
                limit.mode() == Mode.STRICT,
                true));
      }
    }

    private boolean admits(String key, long time, long cost) {
      newest.merge(key, time, Math::max);
      boolean all = true;
      for (ExactLog log : logs) {
        all &= log.hasRoom(key, time, cost);
      }
      if (all) {
        logs.forEach(log -> log.charge(key, cost));
      }
      return all;
    }

    /** The key's clock: the time of the record, or the beginning of the newest bucket. */
    private long clock(String key, long time) {
      long clock = time;
      for (RateLimit limit : limits) {
        long width = limit.windowMillis() / limit.buckets();
        clock = Math.max(clock, Math.floorDiv(newest.getOrDefault(key, time), width) * width);
      }
      return clock;
    }

    void record(String key, int number, long time, long cost, long now) {
      Deque<Waiting> queue = queues.computeIfAbsent(key, unused -> new ArrayDeque<>());
      if (cost > limits.stream().mapToLong(RateLimit::limit).min().orElseThrow()) {
        newest.merge(key, time, Math::max);
        logs.forEach(log -> log.hasRoom(key, time, cost));
        if (!queue.isEmpty()) {
          offsets.merge(key, clock(key, time) - now, Math::max);
        }
        blocked++;
        return;
      }
      if (!queue.isEmpty()) {
        newest.merge(key, time, Math::max);
        logs.forEach(log -> log.hasRoom(key, time, 0));
        offsets.merge(key, clock(key, time) - now, Math::max);
        release(key, now);
      }
      if (queue.isEmpty()) {
        if (admits(key, time, cost)) {
          pass(key, number);
          return;
        }
        offsets.put(key, clock(key, time) - now);
      }
      if (queue.size() == maxOfKey) {
        blocked++;
      } else {
        queue.add(new Waiting(number, cost, now, offset(key)));
      }
    }

    private long offset(String key) {
      return Objects.requireNonNull(offsets.get(key));
    }

    private void pass(String key, int number) {
      passed.computeIfAbsent(key, unused -> new ArrayList<>()).add(number);
      left++;
    }

    private void release(String key, long now) {
      Deque<Waiting> queue = Objects.requireNonNull(queues.get(key));
      while (!queue.isEmpty()) {
        Waiting first = queue.peek();
        if (admits(key, now + offset(key), first.cost)) {
          pass(key, first.number);
        } else if (now - first.heldAt >= maxTime) {
          blocked++;
        } else {
          return;
        }
        queue.remove();
      }
    }

    void punctuate(long now) {
      queues.keySet().forEach(key -> release(key, now));
    }

    /** What was not written down is forgotten. */
    void restart() {
      queues.forEach(
          (key, queue) ->
              queue.stream()
                  .mapToLong(Waiting::clockOffset)
                  .max()
                  .ifPresent(offset -> offsets.put(key, offset)));
    }

    int waiting() {
      return queues.values().stream().mapToInt(Deque::size).sum();
    }
  }

  private static Headgate.Builder limiter(
      List<RateLimit> limits, Times times, int maxOfKey, long maxTime) {
    Rule rule =
        Rule.named("r")
            .limits(limits)
            .cost(Cost.header("cost", 1))
            .overLimit(OverLimit.hold(maxOfKey, Duration.ofMillis(maxTime)))
            .build();
    return Headgate.rules(RuleSet.builder().rule(rule).build())
        .time(times == Times.WALL ? TimeSource.WALL_CLOCK : TimeSource.EVENT)
        .rowGrace(Duration.ofDays(10))
        .maxFuture(Duration.ofDays(10))
        .maxKeys(100);
  }

  private static long time(Times times, Random random, long now, int step) {
    return switch (times) {
      case WALL, ON_TIME -> now;
      case MIXED -> now + random.nextInt(3_000) - 2_000;
      // A day ago, and a hundred times as fast.
      case REPLAY -> now - 86_400_000L + step * 700L + random.nextInt(500);
    };
  }

  @ParameterizedTest
  @CsvSource({
    "WALL, 1",
    "WALL, 2",
    "ON_TIME, 3",
    "ON_TIME, 4",
    "ON_TIME, 5",
    "MIXED, 6",
    "MIXED, 7",
    "MIXED, 8",
    "REPLAY, 9",
    "REPLAY, 10"
  })
  void recordsLeaveWhenAndInTheOrderTheOracleSays(Times times, long seed) {
    Random random = new Random(seed);
    List<RateLimit> limits = new ArrayList<>();
    limits.add(
        new RateLimit(
            3 + random.nextInt(4),
            Duration.ofSeconds(1),
            10,
            random.nextBoolean() ? Mode.STRICT : Mode.STANDARD));
    if (random.nextBoolean()) {
      limits.add(new RateLimit(8, Duration.ofSeconds(4), 20, Mode.STRICT));
    }
    int maxOfKey = 1 + random.nextInt(12);
    long maxTime = random.nextBoolean() ? 3_600_000 : 1_500;
    Oracle oracle = new Oracle(limits, maxOfKey, maxTime);
    try (TaskFixture task = new TaskFixture(limiter(limits, times, maxOfKey, maxTime))) {
      task.context.config.put("processing.guarantee", "exactly_once_v2");
      List<Long> leftAt = new ArrayList<>();
      task.context.downstream =
          record -> {
            task.forwarded.add(record);
            leftAt.add(task.context.now);
          };
      task.start();
      Told told = new Told();
      for (int step = 0; step < STEPS; step++) {
        int action = random.nextInt(20);
        if (action < 14) {
          String key = "k" + random.nextInt(KEYS);
          long cost = random.nextInt(40) == 0 ? 100 : 1 + random.nextInt(3);
          long at = time(times, random, task.context.now, step);
          oracle.record(key, step, at, cost, task.context.now);
          send(task, key, step, at, cost);
        } else if (action < 19 || times == Times.MIXED) {
          // How far records that are not held have moved a key's clock is forgotten by a restart:
          // records that are behind and ahead have a test of their own below.
          // Not only at whole intervals.
          long pass = 1L + random.nextInt(random.nextBoolean() ? 30 : 700);
          task.pass(pass);
          oracle.punctuate(task.context.now);
        } else {
          told.note(task);
          task.revive(List.copyOf(task.log.changes));
          oracle.restart();
        }
        assertThat(numbers(task)).as("step %s", step).isEqualTo(oracle.passed);
        assertThat(task.processor.parts().held.records()).isEqualTo(oracle.waiting());
        told.isConserved(task, oracle, step);
      }
      assertThat(oracle.left).isGreaterThan(50);
      for (int i = 0; oracle.waiting() > 0; i++) {
        assertThat(i).as("every record leaves at last").isLessThan(1_000);
        task.pass(100);
        oracle.punctuate(task.context.now);
      }
      assertThat(numbers(task)).isEqualTo(oracle.passed);
      told.isConserved(task, oracle, STEPS);
      assertThat(task.held.map).isEmpty();
      assertThat(task.processor.parts().held.bytes()).isZero();
      task.commit();
      told.note(task);
      assertThat(told.events).isEqualTo(oracle.blocked);
      inOrderOfTheirKeys(task);
      for (int i = 0; i < limits.size(); i++) {
        neverOver(limits.get(i), oracle.logs.get(i));
        if (times == Times.WALL || times == Times.ON_TIME) {
          neverOverByTheWallClock(limits.get(i), task.forwarded, leftAt);
        }
      }
    }
  }

  /** Units by the bucket that they were charged in, of each key. */
  private static void charged(
      TaskFixture task,
      FixedKeyRecord<?, ?> record,
      Map<Object, NavigableMap<Long, Long>> charges) {
    byte[] key = String.valueOf(record.key()).getBytes(StandardCharsets.UTF_8);
    RuleJudge rule = task.processor.parts().judge.rules()[0];
    var table = task.log.store.windows(0).table();
    int row = table.find(rule.hasher.high(key, 0, key.length), rule.hasher.low(key, 0, key.length));
    charges
        .computeIfAbsent(record.key(), unused -> new TreeMap<>())
        .merge(table.slab().head(row), cost(record), Long::sum);
  }

  private static long cost(FixedKeyRecord<?, ?> record) {
    Header cost = record.headers().lastHeader("cost");
    return Long.parseLong(new String(cost.value(), StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23, 24, 25, 26})
  void whateverTheTimesAndRestartsNothingIsLostOrOverTheLimitOrOutOfOrder(long seed) {
    Random random = new Random(seed);
    RateLimit limit = new RateLimit(5, Duration.ofSeconds(1), 10, Mode.STRICT);
    Map<Object, NavigableMap<Long, Long>> charges = new HashMap<>();
    long blocked = 0;
    long records = 0;
    try (TaskFixture task =
        new TaskFixture(
            limiter(List.of(limit), Times.MIXED, 20, random.nextBoolean() ? 3_600_000 : 2_000))) {
      task.context.config.put("processing.guarantee", "exactly_once_v2");
      task.context.downstream =
          record -> {
            task.forwarded.add(record);
            charged(task, record, charges);
          };
      task.start();
      for (int step = 0; step < STEPS; step++) {
        int action = random.nextInt(20);
        if (action < 14) {
          records++;
          long time = task.context.now + random.nextInt(12_000) - 8_000;
          send(task, "k" + random.nextInt(KEYS), step, time, 1 + random.nextInt(3));
        } else if (action < 19) {
          task.pass(1L + random.nextInt(1_500));
        } else {
          task.commit();
          blocked += task.counters().get(LimiterCounters.BLOCKED);
          task.revive(List.copyOf(task.log.changes));
        }
        assertThat(
                task.forwarded.size()
                    + blocked
                    + task.counters().get(LimiterCounters.BLOCKED)
                    + task.processor.parts().held.records())
            .as("step %s", step)
            .isEqualTo(records);
      }
      for (int i = 0; !task.processor.parts().held.isEmpty(); i++) {
        assertThat(i).as("every record leaves at last").isLessThan(1_000);
        task.pass(100);
      }
      inOrderOfTheirKeys(task);
    }
    for (NavigableMap<Long, Long> of : charges.values()) {
      for (long bucket : of.keySet()) {
        long span =
            of.subMap(bucket, bucket + limit.span()).values().stream().mapToLong(u -> u).sum();
        assertThat(span).isLessThanOrEqualTo(limit.limit());
      }
    }
    assertThat(charges).hasSize(KEYS);
  }

  /** What earlier lives of the task have told. */
  private static final class Told {
    private long records;
    private long admitted;
    private long blocked;
    private long events;

    void note(TaskFixture task) {
      task.commit();
      LimiterCounters counters = task.counters();
      records += counters.get(LimiterCounters.RECORDS);
      admitted += counters.get(LimiterCounters.ADMITTED);
      blocked += counters.get(LimiterCounters.BLOCKED);
      events += task.events().stream().mapToLong(BlockedEvent::count).sum();
    }

    void isConserved(TaskFixture task, Oracle oracle, int step) {
      LimiterCounters now = task.counters();
      long in = records + now.get(LimiterCounters.RECORDS);
      long out = admitted + now.get(LimiterCounters.ADMITTED);
      long over = blocked + now.get(LimiterCounters.BLOCKED);
      assertThat(out).isEqualTo(oracle.left);
      assertThat(over).as("step %s", step).isEqualTo(oracle.blocked);
      assertThat(in).isEqualTo(out + over + task.processor.parts().held.records());
    }
  }

  private static void send(TaskFixture task, String key, int number, long time, long cost) {
    task.context.nextOffset();
    byte[] units = String.valueOf(cost).getBytes(StandardCharsets.UTF_8);
    FixedKeyRecord<Object, Object> record =
        StubContext.<Object, Object>record(key, String.valueOf(number), time);
    task.processor.process(record.withHeaders(new RecordHeaders().add("cost", units)));
  }

  /** What has left, by key, each in the order in which they did. */
  private static Map<String, List<Integer>> numbers(TaskFixture task) {
    Map<String, List<Integer>> numbers = new TreeMap<>();
    for (FixedKeyRecord<?, ?> record : task.forwarded) {
      numbers
          .computeIfAbsent(String.valueOf(record.key()), unused -> new ArrayList<>())
          .add(Integer.parseInt(String.valueOf(record.value())));
    }
    return numbers;
  }

  private static void inOrderOfTheirKeys(TaskFixture task) {
    numbers(task).values().forEach(each -> assertThat(each).isSorted().doesNotHaveDuplicates());
  }

  /** The oracle's logs hold what left, at the times that it was judged at. */
  private static void neverOver(RateLimit limit, ExactLog log) {
    if (limit.mode() == Mode.STRICT) {
      for (int i = 0; i < KEYS; i++) {
        assertThat(log.worstSpan("k" + i)).isLessThanOrEqualTo(limit.limit());
      }
    }
  }

  /** Where records come on time, their keys' clock is the wall clock, held or not. */
  private static void neverOverByTheWallClock(
      RateLimit limit, List<FixedKeyRecord<?, ?>> records, List<Long> leftAt) {
    if (limit.mode() != Mode.STRICT) {
      return;
    }
    for (int first = 0; first < records.size(); first++) {
      Object key = records.get(first).key();
      long units = 0;
      for (int i = first; i < records.size(); i++) {
        if (leftAt.get(i) - leftAt.get(first) < limit.windowMillis()
            && records.get(i).key().equals(key)) {
          units += cost(records.get(i));
        }
      }
      assertThat(units).isLessThanOrEqualTo(limit.limit());
    }
  }
}
