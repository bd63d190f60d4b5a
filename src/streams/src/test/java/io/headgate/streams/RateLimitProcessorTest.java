package io.headgate.streams;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.headgate.KeyHasher;
import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.lane.BlockedEvent;
import io.headgate.lane.BlockedEvent.KeyForm;
import io.headgate.lane.Emit;
import io.headgate.rules.LatePolicy;
import io.headgate.rules.Rule;
import io.headgate.rules.RuleSet;
import io.headgate.streams.StubContext.Place;
import io.headgate.streams.StubContext.Scheduled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One task's operator: every record has one outcome, and every blocked one is in an event. */
class RateLimitProcessorTest {

  private static final long NOW = TaskFixture.NOW;

  private final List<TaskFixture> tasks = new ArrayList<>();

  @AfterEach
  void closeTasks() {
    tasks.forEach(TaskFixture::close);
  }

  private static RateLimit twoInTenSeconds() {
    return new RateLimit(2, Duration.ofSeconds(10), 10, Mode.STRICT);
  }

  private static Headgate.Builder limiter() {
    return Headgate.limit(twoInTenSeconds()).maxKeys(1000);
  }

  private TaskFixture task(Headgate.Builder builder) {
    TaskFixture task = new TaskFixture(builder).start();
    tasks.add(task);
    return task;
  }

  private static long counted(TaskFixture task) {
    return task.events().stream().mapToLong(BlockedEvent::count).sum();
  }

  private static long metric(TaskFixture task, String name) {
    return task.context.metrics().metrics().values().stream()
        .filter(metric -> metric.metricName().group().equals("stream-headgate-metrics"))
        .filter(metric -> metric.metricName().name().equals(name))
        .mapToLong(metric -> ((Number) metric.metricValue()).longValue())
        .sum();
  }

  @Test
  void admittedRecordsPassAsTheyAreAndBlockedOnesDoNot() {
    TaskFixture task = task(limiter());
    FixedKeyRecord<Object, Object> record = StubContext.record("k", "value", NOW);
    for (int i = 0; i < 3; i++) {
      task.context.nextOffset();
      task.processor.process(record);
    }
    assertThat(task.forwarded).hasSize(2).allSatisfy(passed -> assertThat(passed).isSameAs(record));
  }

  @Test
  void anEventSaysEverythingOfItsRecord() {
    TaskFixture task = task(limiter().named("logins").cost(String.class, String::length));
    task.context.metadata = Optional.of(new Place("orders", 7, 41));
    task.process("k", "ab", NOW - 3);
    task.process("k", "abc", NOW - 1_003);
    task.commit();

    BlockedEvent event = task.events().get(0);
    assertThat(task.events()).hasSize(1);
    byte[] key = "k".getBytes(UTF_8);
    KeyHasher hasher = task.log.store.hasher().derive(LimitSpec.DEFAULT);
    String fingerprint = String.format("%016x%016x", hasher.high(key, 0, 1), hasher.low(key, 0, 1));
    assertThat(event)
        .isEqualTo(
            new BlockedEvent(
                "logins",
                "default",
                "k",
                KeyForm.TEXT,
                fingerprint,
                1,
                3,
                2,
                10_000,
                "orders",
                7,
                43,
                43,
                NOW - 1_003,
                NOW - 1_003,
                0,
                event.attempt(),
                false,
                false,
                false,
                false,
                false,
                false,
                true));
    assertThat(task.producer.history().get(0).topic()).isEqualTo("blocked");
    assertThat(task.producer.history().get(0).key()).isEqualTo(key);
    assertThat(task.producer.history().get(0).timestamp()).as("the lane's own").isNull();
  }

  @Test
  void flagsOfTheVerdictAreInTheEvent() {
    TaskFixture task =
        task(
            limiter()
                .maxKeys(1)
                .maxFuture(Duration.ZERO)
                .noKeyPolicy(NoKeyPolicy.SHARED_ROW)
                .latePolicy(LatePolicy.BLOCK));
    task.process("own", "value", NOW);
    task.process("own", "value", NOW + 1);
    task.process("own", "value", NOW + 1);
    task.process("own", "value", NOW - 60_000);
    task.process("other", "value", NOW);
    task.process(null, "value", NOW);
    task.process(null, "value", NOW + 1);
    task.commit();
    List<BlockedEvent> events = task.events();
    assertThat(events)
        .extracting(
            BlockedEvent::key, BlockedEvent::future, BlockedEvent::late, BlockedEvent::sharedRow)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("own", true, false, false),
            org.assertj.core.groups.Tuple.tuple("own", false, true, false),
            org.assertj.core.groups.Tuple.tuple(null, true, false, true));
    assertThat(events.get(2).keyForm()).isEqualTo(KeyForm.NONE);
    assertThat(events.get(2).fingerprint()).isNull();
  }

  @Test
  void everyRecordIsForwardedOrInAnEvent() {
    Random random = new Random(7);
    for (int[] sizes : new int[][] {{8192, 16384}, {1, 1}, {2, 64}, {64, 2}}) {
      TaskFixture task =
          task(
              limiter()
                  .ring(sizes[0], sizes[1])
                  .maxKeys(40)
                  .maxEventsPerSecond(sizes[0])
                  .noKeyPolicy(NoKeyPolicy.BLOCK));
      Map<Object, Long> blocked = new HashMap<>();
      int records = 5_000;
      for (int i = 0; i < records; i++) {
        Object key =
            switch (random.nextInt(20)) {
              case 0 -> null;
              case 1 -> (long) random.nextInt(5);
              default -> "key-" + random.nextInt(80);
            };
        task.context.now += random.nextInt(20);
        if (!task.process(key, "value", task.context.now - random.nextInt(8_000))) {
          blocked.merge(String.valueOf(key), 1L, Long::sum);
        }
        if (random.nextInt(300) == 0) {
          task.commit();
          assertThat(task.forwarded.size() + counted(task)).isEqualTo(i + 1L);
        }
      }
      task.commit();
      assertThat(task.forwarded.size() + counted(task)).isEqualTo(records);
      Map<Object, Long> reported = new HashMap<>();
      long overflow = 0;
      for (BlockedEvent event : task.events()) {
        if (event.overflow()) {
          assertThat(event.key()).isNull();
          overflow += event.count();
        } else {
          reported.merge(String.valueOf(event.key()), event.count(), Long::sum);
        }
      }
      assertThat(overflow).isEqualTo(metric(task, "events-overflow-total"));
      if (sizes[0] == 8192) {
        assertThat(overflow).isZero();
        assertThat(reported).isEqualTo(blocked);
      } else {
        reported.forEach(
            (key, count) -> assertThat(count).isLessThanOrEqualTo(blocked.getOrDefault(key, 0L)));
      }
      assertThat(metric(task, "records-total")).isEqualTo(records);
      assertThat(metric(task, "blocked-total")).isEqualTo(counted(task));
      assertThat(metric(task, "admitted-total") + metric(task, "bypassed-total"))
          .isEqualTo(task.forwarded.size());
      task.stop();
    }
  }

  @Test
  void recordsWithoutAKeyPassUnlimitedByDefault() {
    TaskFixture task = task(limiter());
    for (int i = 0; i < 5; i++) {
      assertThat(task.process(null, "value", NOW)).isTrue();
    }
    assertThat(metric(task, "bypassed-total")).isEqualTo(5);
    assertThat(metric(task, "keyless-total")).isEqualTo(5);
  }

  @Test
  void aCostOfZeroPassesAndOneAboveTheLimitNever() {
    TaskFixture task = task(limiter().cost(Long.class, cost -> cost));
    assertThat(task.process("k", 3L, NOW)).isFalse();
    assertThat(task.process("k", 2L, NOW)).isTrue();
    assertThat(task.process("k", 0L, NOW)).isTrue();
    assertThat(task.process("k", 1L, NOW)).isFalse();
    task.commit();
    assertThat(task.events()).extracting(BlockedEvent::cost).containsExactly(3L, 1L);
  }

  @Test
  void aValueThatIsNotThereCostsOne() {
    TaskFixture task = task(limiter().cost(Long.class, cost -> cost));
    assertThat(task.process("k", null, NOW)).isTrue();
    assertThat(task.process("k", null, NOW)).isTrue();
    assertThat(task.process("k", null, NOW)).isFalse();
  }

  @Test
  void aNegativeCostIsAnError() {
    TaskFixture task = task(limiter().named("bytes").cost(Long.class, cost -> cost));
    assertThatExceptionOfType(StreamsException.class)
        .isThrownBy(() -> task.process("k", -1L, NOW))
        .withMessage("limiter bytes: cost -1, expected 0 or more");
    assertThat(task.forwarded).isEmpty();
    assertThat(task.process("k", 2L, NOW)).as("it was not charged").isTrue();
  }

  /** What an exception handler of the application that goes on without them leaves. */
  @Test
  void recordsThatCannotBeJudgedHaveNoOutcomeAndAreCounted() {
    TaskFixture task = task(limiter().cost(Long.class, cost -> cost));
    for (int i = 0; i < 3; i++) {
      assertThatExceptionOfType(StreamsException.class)
          .isThrownBy(() -> task.process("k", -1L, NOW));
      assertThatExceptionOfType(StreamsException.class)
          .isThrownBy(() -> task.process("k", "text", NOW));
      assertThatExceptionOfType(StreamsException.class)
          .isThrownBy(() -> task.process(2.5, 1L, NOW));
      assertThatExceptionOfType(StreamsException.class)
          .isThrownBy(() -> task.process(null, -1L, NOW));
      task.process("k", 1L, NOW);
    }
    task.commit();
    assertThat(metric(task, "failed-total")).isEqualTo(12);
    assertThat(metric(task, "records-total")).isEqualTo(3);
    assertThat(metric(task, "keyless-total")).isZero();
    assertThat(task.forwarded.size() + counted(task)).isEqualTo(3);
    assertThat(task.log.store.windows(0).table().size())
        .as("only the key that was judged")
        .isEqualTo(1);
  }

  @Test
  void aRecordWhoseForwardThrowsWasJudged() {
    TaskFixture task = task(limiter());
    task.context.downstream =
        record -> {
          throw new IllegalStateException("downstream");
        };
    assertThatIllegalStateException().isThrownBy(() -> task.process("k"));
    assertThat(metric(task, "failed-total")).isZero();
    assertThat(metric(task, "admitted-total")).isEqualTo(1);
  }

  @Test
  void aValueOfAnotherTypeThanTheCostIsAnError() {
    TaskFixture task = task(limiter().cost(Long.class, cost -> cost));
    assertThatExceptionOfType(StreamsException.class)
        .isThrownBy(() -> task.process("k", "text", NOW))
        .withMessageContaining("java.lang.Long")
        .withMessageContaining("java.lang.String");
  }

  /** Kafka Streams gives them a place without a topic. */
  @Test
  void blockedRecordsOfAPunctuatorAreEventsWithoutAPlace() {
    TaskFixture task = task(limiter());
    for (int i = 0; i < 5; i++) {
      task.context.metadata = Optional.of(new Place(null, -1, -1));
      task.processor.process(StubContext.record("k", "value", NOW));
      task.context.metadata = Optional.empty();
      task.processor.process(StubContext.record("k", "value", NOW));
    }
    task.commit();
    assertThat(counted(task)).isEqualTo(8);
    assertThat(task.events())
        .allSatisfy(
            event -> {
              assertThat(event.topic()).isEmpty();
              assertThat(event.partition()).isEqualTo(3);
              assertThat(event.firstOffset()).isEqualTo(-1);
            });
  }

  @Test
  void eventsThatFindNoRoomAreOfferedAgainUntilTheyHave() {
    TaskFixture task = task(limiter().ring(1, 100).maxEventsPerSecond(1));
    for (int key = 0; key < 20; key++) {
      for (int i = 0; i < 4; i++) {
        task.process("key-" + key);
      }
    }
    assertThat(task.context.schedules).hasSize(1);
    Scheduled pump = task.context.schedules.get(0);
    pump.punctuator.punctuate(NOW);
    assertThat(pump.cancelled).as("they still wait").isFalse();

    task.commit();
    pump.punctuator.punctuate(NOW);
    assertThat(pump.cancelled).as("nothing waits any more").isTrue();
    assertThat(counted(task)).isEqualTo(40);

    for (int key = 0; key < 20; key++) {
      task.process("key-" + key);
      task.process("key-" + key);
    }
    assertThat(task.context.schedules).as("and again").hasSize(2);
  }

  /** A task that is suspended and resumed keeps its punctuations. */
  @Test
  void aClosedTaskPumpsNoMore() {
    TaskFixture task = task(limiter().ring(1, 100).maxEventsPerSecond(1));
    for (int i = 0; i < 100; i++) {
      task.process("key-" + i % 10);
    }
    assertThat(task.context.schedules).hasSize(1);
    task.stop();
    assertThat(task.context.schedules.get(0).cancelled).isTrue();
  }

  private static Headgate.Builder summarising() {
    return limiter().emit(Emit.FIRST_AND_SUMMARY);
  }

  private static void process(TaskFixture task, @Nullable Object key, int times, long time) {
    for (int i = 0; i < times; i++) {
      task.process(key, "value", time);
    }
  }

  private static List<Long> counts(TaskFixture task) {
    return task.events().stream().map(BlockedEvent::count).toList();
  }

  /** Windows are tumbling ones of the key's own clock; one begins at NOW. */
  @Test
  void theFirstBlockOfAWindowIsToldAtOnceAndTheRestInOneSummary() {
    TaskFixture task = task(summarising());
    task.context.now = NOW + 60_000;
    process(task, "k", 2 + 5, NOW);
    assertThat(metric(task, "events-offered-total")).isEqualTo(1);
    assertThat(metric(task, "events-grown-total")).isEqualTo(3);
    task.commit();
    assertThat(counts(task)).containsExactly(1L, 4L);

    // Still the same window, whatever was committed; and so is a late record's, which is judged at
    // the key's newest time.
    process(task, "k", 3, NOW + 9_999);
    process(task, "k", 1, NOW - 1_000);
    task.commit();
    assertThat(counts(task)).containsExactly(1L, 4L, 4L);

    process(task, "k", 3, NOW + 10_000);
    process(task, "k", 1, NOW);
    task.commit();
    assertThat(counts(task)).containsExactly(1L, 4L, 4L, 1L, 3L);
  }

  @Test
  void aSummaryGoesOutAfterTheIntervalToo() {
    TaskFixture task = task(summarising().summaryInterval(Duration.ofMillis(250)));
    process(task, "k", 2 + 1, NOW);
    assertThat(task.context.schedules).as("nothing is open").isEmpty();
    process(task, "k", 2, NOW);
    assertThat(task.context.schedules).hasSize(1);
    Scheduled pump = task.context.schedules.get(0);
    assertThat(pump.interval).isEqualTo(Duration.ofMillis(250));

    pump.punctuator.punctuate(NOW);

    assertThat(pump.cancelled).isTrue();
    assertThat(metric(task, "events-offered-total")).isEqualTo(2);
    process(task, "k", 2, NOW);
    assertThat(task.context.schedules).hasSize(2);
    task.commit();
    assertThat(counts(task)).containsExactly(1L, 2L, 2L);
  }

  @Test
  void withEveryEventsThatWaitLookForRoomMoreOften() {
    TaskFixture task = task(limiter().ring(1, 100).summaryInterval(Duration.ofHours(1)));
    process(task, "k", 200, NOW);
    assertThat(task.context.schedules)
        .extracting(schedule -> schedule.interval)
        .containsOnly(Duration.ofMillis(100));
  }

  @Test
  void aTaskThatStartsAgainTellsAFirstAnew() {
    TaskFixture task = task(summarising());
    process(task, "k", 2 + 3, NOW);
    task.commit();
    task.stop();
    task.start();
    process(task, "k", 3, NOW);
    task.commit();
    assertThat(counts(task)).as("of the new life's producer").containsExactly(1L, 2L);
  }

  @Test
  void recordsWithoutARowOfTheirOwnAreToldOneByOne() {
    for (NoKeyPolicy policy : List.of(NoKeyPolicy.BLOCK, NoKeyPolicy.SHARED_ROW)) {
      TaskFixture task = task(summarising().noKeyPolicy(policy));
      process(task, null, 2 + 5, NOW);
      task.commit();
      assertThat(counts(task)).containsOnly(1L).hasSizeBetween(5, 7);
    }
    TaskFixture full = task(summarising().maxKeys(1));
    process(full, "own", 1, NOW);
    for (int i = 0; i < 10; i++) {
      process(full, "key-" + i % 2, 1, NOW);
    }
    full.commit();
    assertThat(counts(full)).containsOnly(1L).hasSize(8);
  }

  /** Its row is another's by then, and with it the handle of what waits. */
  @Test
  void aKeyThatLosesItsRowDoesNotOvertakeItself() {
    TaskFixture task = task(summarising().maxKeys(1).rowGrace(Duration.ZERO));
    task.context.now = NOW + 60_000;
    process(task, "k", 2 + 3, NOW);
    process(task, "other", 1, NOW + 30_000);
    process(task, "other", 1, NOW + 60_000);
    process(task, "k", 2 + 3, NOW + 60_000);
    task.commit();
    assertThat(task.events())
        .filteredOn(event -> "k".equals(event.key()))
        .extracting(BlockedEvent::firstOffset)
        .hasSizeGreaterThan(2)
        .isSorted();
    assertThat(counted(task) + task.forwarded.size()).isEqualTo(12);
  }

  @Test
  void everyRecordIsForwardedOrInAnEventOfItsKeyWhenTheyAreSummedUp() {
    Random random = new Random(11);
    for (int[] sizes : new int[][] {{8192, 16384}, {1, 1}, {2, 64}, {64, 2}}) {
      TaskFixture task = task(summarising().ring(sizes[0], sizes[1]).maxKeys(40));
      Map<String, Long> blocked = new HashMap<>();
      for (int i = 0; i < 5_000; i++) {
        String key = "key-" + random.nextInt(60);
        task.context.now += random.nextInt(20);
        if (!task.process(key, "value", task.context.now - random.nextInt(8_000))) {
          blocked.merge(key, 1L, Long::sum);
        }
        if (random.nextInt(300) == 0) {
          task.commit();
          assertThat(task.forwarded.size() + counted(task)).isEqualTo(i + 1L);
        }
        if (random.nextInt(50) == 0) {
          task.context.schedules.forEach(each -> each.punctuator.punctuate(NOW));
        }
      }
      task.commit();
      assertThat(task.forwarded.size() + counted(task)).isEqualTo(5_000);
      if (sizes[0] == 8192) {
        Map<String, Long> reported = new HashMap<>();
        Map<String, Long> last = new HashMap<>();
        for (BlockedEvent event : task.events()) {
          String key = String.valueOf(event.key());
          reported.merge(key, event.count(), Long::sum);
          Long before = last.put(key, event.firstOffset());
          assertThat(before == null || before < event.firstOffset()).isTrue();
        }
        assertThat(reported).isEqualTo(blocked);
        assertThat(task.events()).hasSizeLessThan((int) counted(task));
      }
      task.stop();
    }
  }

  @Test
  void withoutInitThereIsAClearError() {
    TaskFixture task = new TaskFixture(limiter());
    tasks.add(task);
    assertThatIllegalStateException()
        .isThrownBy(() -> task.process("k"))
        .withMessageContaining("before init");
  }

  @Test
  void anApplicationWithoutADefaultKeySerdeNeedsNoneForTheUsualTypes() {
    TaskFixture task = new TaskFixture(limiter());
    tasks.add(task);
    task.context.keySerde =
        () -> {
          throw new ConfigException("Please specify a key serde");
        };
    task.start();
    assertThat(task.process("k")).isTrue();
    assertThat(task.process(1L)).isTrue();
    assertThatExceptionOfType(StreamsException.class)
        .isThrownBy(() -> task.process(2.5))
        .withMessageContaining("java.lang.Double")
        .withMessageContaining("keySerde");
  }

  @Test
  void theLimitersOwnKeySerdeComesBeforeTheDefault() {
    TaskFixture task = task(limiter().keySerde(Serdes.Double()));
    assertThat(task.process(2.5)).isTrue();
    assertThat(task.process(2.5)).isTrue();
    assertThat(task.process(2.5)).isFalse();
    assertThat(task.process(3.5)).isTrue();
  }

  @Test
  void closingTwiceIsHarmless() {
    TaskFixture task = task(limiter());
    task.process("k");
    task.processor.close();
    task.processor.close();
    assertThat(task.producer.closed()).isTrue();
  }

  /** Kafka Streams closes no processor of a task that failed to start, but its stores. */
  @Test
  void aStoreThatIsClosedWithoutItsProcessorEndsTheLane() {
    TaskFixture task = task(limiter());
    MockProducer<byte[], byte[]> first = task.producer;
    task.log.store.close();
    assertThat(first.closed()).isTrue();
    assertThat(task.context.metrics().metrics().keySet())
        .noneMatch(name -> name.group().equals("stream-headgate-metrics"));
    task.processor.close();

    task.log.init();
    task.start();

    assertThat(task.producer).isNotSameAs(first);
    for (int i = 0; i < 3; i++) {
      task.process("k");
    }
    task.commit();
    assertThat(counted(task)).isEqualTo(1);
    assertThat(task.producer.closed()).as("nothing was given back twice").isFalse();
  }

  @Test
  void limitersOfOneApplicationHaveOneBudget() {
    TaskFixture task = task(limiter().maxEventsPerSecond(10));
    LimiterSettings other =
        new LimiterSettings(
            limiter()
                .maxEventsPerSecond(20)
                .blockedTo("blocked")
                .laneProducer(config -> task.producer));
    RateLimitProcessor<Object, Object, Object> second =
        new RateLimitProcessor<>(other, Exit.unchanged(other));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> second.init(task.context))
        .withMessageContaining("lane.max.events.per.second")
        .withMessageContaining("10")
        .withMessageContaining("20");
  }

  @Test
  void theTimeThatEventsTakeIsAMetric() {
    TaskFixture task = task(limiter());
    assertThat(latency(task, "event-latency-max")).isNaN();
    for (int i = 0; i < 5; i++) {
      task.process("k");
    }
    task.commit();
    assertThat(latency(task, "event-latency-avg")).isPositive();
    assertThat(latency(task, "event-latency-max"))
        .isGreaterThanOrEqualTo(latency(task, "event-latency-avg"));
    task.stop();
    assertThat(task.context.metrics().metrics().values())
        .noneMatch(metric -> metric.metricName().name().startsWith("event-latency"));
  }

  private static double latency(TaskFixture task, String name) {
    return task.context.metrics().metrics().values().stream()
        .filter(metric -> metric.metricName().name().equals(name))
        .mapToDouble(metric -> (double) metric.metricValue())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void whatShadowRulesReportIsCountedApart() {
    Rule rule = Rule.named("r").limits(twoInTenSeconds()).shadow(true).build();
    TaskFixture task = task(Headgate.rules(RuleSet.builder().rule(rule).build()));
    for (int i = 0; i < 5; i++) {
      assertThat(task.process("k")).isTrue();
    }
    assertThat(metric(task, "shadow-reported-total")).isEqualTo(3);
    assertThat(metric(task, "shadow-blocked-total")).isEqualTo(3);
    assertThat(metric(task, "blocked-total")).isZero();
    assertThat(metric(task, "events-grown-total")).isZero();
    assertThat(metric(task, "shadow-events-overflow-total")).isZero();
    assertThat(metric(task, "shadow-records-lost-total")).isZero();
  }
}
