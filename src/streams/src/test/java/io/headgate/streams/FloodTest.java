package io.headgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.lane.BlockedEvent;
import io.headgate.lane.BlockedEventSerde;
import io.headgate.lane.BlockedFacts;
import io.headgate.lane.TopKeys;
import io.headgate.rules.OverflowPolicy;
import io.headgate.streams.StoreFixture.Change;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Far more keys than there are rows for, each of them once: memory stays in its bound, the policy
 * decides what it says, and every record is counted where it went.
 */
class FloodTest {

  private static final int MAX_KEYS = 100_000;
  private static final int ALL = 10_000_000;
  private static final int COMMIT = 1_000_000;
  private static final long LIMIT = 3;

  /** Acknowledges at once and remembers nothing but sums. */
  private static final class Sums extends MockProducer<byte[], byte[]> {
    private static final Future<RecordMetadata> DONE = CompletableFuture.completedFuture(null);

    final AtomicLong records = new AtomicLong();
    final AtomicLong withoutKey = new AtomicLong();
    private final BlockedEventSerde serde = new BlockedEventSerde();

    Sums() {
      super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public synchronized Future<RecordMetadata> send(
        ProducerRecord<byte[], byte[]> sent, Callback callback) {
      BlockedEvent event =
          Objects.requireNonNull(serde.deserializer().deserialize(sent.topic(), sent.value()));
      records.addAndGet(event.count());
      if (event.overflow()) {
        withoutKey.addAndGet(event.count());
      }
      callback.onCompletion(null, null);
      return DONE;
    }
  }

  /** One task, its changelog as a cleaner would leave it, and no list of anything that grows. */
  private static final class Flood implements AutoCloseable {
    final Sums events = new Sums();
    final Map<Bytes, Bytes> changelog = new HashMap<>();
    final StoreFixture log;
    final StubContext<Object, Object> context;
    final RateLimitProcessor<Object, Object, Object> processor;
    final long mostBytes;
    long forwarded;
    long tombstones;
    private long next;

    Flood(Headgate.Builder builder) {
      log = new StoreFixture(builder.laneProducer(config -> events), true);
      context = new StubContext<>(log.store);
      context.now = TaskFixture.NOW;
      context.downstream = record -> forwarded++;
      processor = new RateLimitProcessor<>(log.settings, Exit.unchanged(log.settings));
      processor.init(context);
      mostBytes = RateLimitStore.maxBytes(log.settings);
    }

    /** A record of a key that there was none of before. */
    void process(long time) {
      context.now = time;
      context.nextOffset();
      processor.process(StubContext.record(next++, "value", time));
    }

    void commit() {
      isWithinBounds();
      log.store.beforeCommit();
      for (Change change : log.takeChanges()) {
        if (change.isTombstone()) {
          tombstones++;
          changelog.remove(change.key());
        } else {
          changelog.put(change.key(), Objects.requireNonNull(change.value()));
        }
      }
      isWithinBounds();
    }

    private void isWithinBounds() {
      assertThat(metric("state-bytes")).isPositive().isLessThanOrEqualTo(mostBytes);
      assertThat(metric("event-slots")).isLessThanOrEqualTo(log.settings.lane.slots());
      assertThat(metric("events-waiting")).isLessThanOrEqualTo(log.settings.lane.ring());
      assertThat(metric("keys")).isLessThanOrEqualTo(log.settings.maxKeys);
    }

    long metric(String name) {
      return context.metrics().metrics().values().stream()
          .filter(metric -> metric.metricName().group().equals("stream-headgate-metrics"))
          .filter(metric -> metric.metricName().name().equals(name))
          .mapToLong(metric -> ((Number) metric.metricValue()).longValue())
          .sum();
    }

    /** Each record has one outcome, and each blocked one is counted in an event. */
    void everyRecordIsCountedOnce(long records) {
      assertThat(metric("records-total")).isEqualTo(records);
      assertThat(metric("admitted-total") + metric("bypassed-total") + metric("blocked-total"))
          .isEqualTo(records);
      assertThat(forwarded).isEqualTo(metric("admitted-total") + metric("bypassed-total"));
      assertThat(events.records.get()).isEqualTo(metric("blocked-total"));
      assertThat(events.withoutKey.get()).isEqualTo(metric("events-overflow-total"));
      // Each key came once: it took a row, or there was none for it.
      assertThat(metric("overflow-total"))
          .isEqualTo(records - metric("keys") - metric("reclaimed-total"));
      assertThat(log.store.windows(0).table().refused()).isZero();
    }

    /** What is left on the changelog are the rows that there are, and nothing that was. */
    void changelogHoldsWhatTheTaskDoes() {
      Bytes shared = Bytes.wrap(StoreFixture.PLAIN.key(0, 0));
      long others = changelog.containsKey(shared) ? 2 : 1;
      assertThat(changelog).containsKey(Bytes.wrap(StoreFixture.PLAIN.reservedKey()));
      assertThat(changelog.size() - others).isEqualTo(metric("keys"));
    }

    @Override
    public void close() {
      processor.close();
      log.close();
      context.close();
    }
  }

  private static Headgate.Builder limiter(OverflowPolicy policy) {
    return Headgate.limit(new RateLimit(LIMIT, Duration.ofSeconds(10), 10, Mode.STRICT))
        .maxKeys(MAX_KEYS)
        .overflowPolicy(policy);
  }

  @ParameterizedTest
  @EnumSource(OverflowPolicy.class)
  void tenMillionKeysInTheRowsOfAHundredThousand(OverflowPolicy policy) {
    try (Flood flood = new Flood(limiter(policy))) {
      for (int i = 1; i <= ALL; i++) {
        flood.process(TaskFixture.NOW);
        if (i % COMMIT == 0) {
          flood.commit();
        }
      }

      flood.everyRecordIsCountedOnce(ALL);
      flood.changelogHoldsWhatTheTaskDoes();
      long beyond = ALL - MAX_KEYS;
      assertThat(flood.metric("keys")).isEqualTo(MAX_KEYS);
      assertThat(flood.metric("overflow-total")).isEqualTo(beyond);
      assertThat(flood.metric("admitted-total"))
          .isEqualTo(MAX_KEYS + (policy == OverflowPolicy.SHARED_ROW ? LIMIT : 0));
      assertThat(flood.metric("bypassed-total"))
          .isEqualTo(policy == OverflowPolicy.ADMIT ? beyond : 0);
      assertThat(flood.metric("blocked-total"))
          .isEqualTo(
              switch (policy) {
                case SHARED_ROW -> beyond - LIMIT;
                case ADMIT -> 0;
                case BLOCK -> beyond;
              });
      if (policy != OverflowPolicy.ADMIT) {
        assertThat(flood.events.withoutKey.get()).as("the slots ran out").isPositive();
      }
      assertThat(flood.tombstones).isZero();
    }
  }

  /** Twenty seconds until a row may go; so many keys a millisecond, and so many in that time. */
  @ParameterizedTest
  @CsvSource({
    // The rows suffice; of those that are over, a look at eight may miss all.
    "4, SHARED_ROW, 10_000_000",
    // They do not: half of the keys get none.
    "10, SHARED_ROW, 2_000_000",
    "10, ADMIT, 2_000_000",
    "10, BLOCK, 2_000_000"
  })
  void asTimeGoesOnRowsThatAreOverMakeRoom(int rate, OverflowPolicy policy, String count) {
    int records = Integer.parseInt(count.replace("_", ""));
    try (Flood flood = new Flood(limiter(policy))) {
      for (int i = 1; i <= records; i++) {
        flood.process(TaskFixture.NOW + i / rate);
        // Not at the same place of each round of the rows.
        if (i % (COMMIT - 70_001) == 0) {
          flood.commit();
        }
      }
      flood.commit();

      flood.everyRecordIsCountedOnce(records);
      flood.changelogHoldsWhatTheTaskDoes();
      assertThat(flood.metric("reclaimed-total")).isGreaterThan(records / 4);
      assertThat(flood.tombstones).isPositive();
      long overflow = flood.metric("overflow-total");
      if (rate == 4) {
        assertThat(overflow).isLessThan(records / 100);
      } else {
        assertThat(overflow).isGreaterThan(records / 4);
        assertThat(flood.metric("bypassed-total"))
            .isEqualTo(policy == OverflowPolicy.ADMIT ? overflow : 0);
        if (policy == OverflowPolicy.BLOCK) {
          assertThat(flood.metric("blocked-total")).isEqualTo(overflow);
        }
      }
    }
  }

  /** Without a commit in between, what the next one has to write is all that could pile up. */
  @ParameterizedTest
  @ValueSource(ints = {1, 50, 1_000})
  void whatACommitHasToWriteDoesNotPileUp(int maxKeys) {
    try (Flood flood = new Flood(limiter(OverflowPolicy.SHARED_ROW).maxKeys(maxKeys))) {
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 100_000; i++) {
          // Each row is over when the next key wants it.
          flood.process(TaskFixture.NOW + (round * 100_000L + i) * 60_000L);
          assertThat(flood.log.store.bytes()).isLessThanOrEqualTo(flood.mostBytes);
        }
        flood.commit();
        flood.changelogHoldsWhatTheTaskDoes();
      }
      flood.everyRecordIsCountedOnce(300_000);
    }
  }

  @Test
  void theStartUpLogSaysWhatAllOfItCostsAtTheMost() {
    try (TaskFixture task = new TaskFixture(limiter(OverflowPolicy.BLOCK).ring(1_000, 5_000))) {
      LimiterSettings settings = task.log.settings;
      TaskParts<Object, Object> parts = TaskParts.open(settings, task.context, () -> {});
      try {
        // Fingerprint, head, total, handle, version, flags; eleven counters of a byte each.
        long row = 48 + 16;
        long lanes =
            5_000L * (256 + 12 + 8)
                + 65_536
                + 8 * (1_024 + 8_192)
                + TopKeys.maxBytes(settings.lane.topKeys());
        assertThat(parts.costs(settings))
            .contains("a key costs " + row + " bytes and its index entry")
            .contains("100000 keys at the most")
            .contains("5000 slots of 256 bytes")
            .endsWith("in all at most " + (RateLimitStore.maxBytes(settings) + lanes) + " bytes");
        assertThat(RateLimitStore.maxBytes(settings))
            .as("rows, index, lists")
            .isBetween((row + 14 + 24) * MAX_KEYS, (row + 54 + 24) * MAX_KEYS + 65_536);
      } finally {
        parts.close();
      }
    }
  }

  @Test
  void aLanesSlotsCostNoMoreThanTheStartUpLogSays() {
    for (int[] sizes : new int[][] {{1, 1, 128}, {8, 700, 256}, {64, 3_000, 40_000}}) {
      Headgate.Builder builder =
          limiter(OverflowPolicy.BLOCK)
              .ring(sizes[0], sizes[1])
              .slotBytes(sizes[2])
              .maxEventsPerSecond(1);
      try (TaskFixture task = new TaskFixture(builder)) {
        TaskLane lane = TaskLane.open(task.log.settings, task.context);
        BlockedFacts facts = new BlockedFacts();
        for (int i = 0; i < 2 * sizes[1]; i++) {
          facts.offset = i;
          lane.lane.report(facts);
        }
        assertThat(lane.lane.stats().slotsInUse()).isPositive();
        assertThat(lane.lane.stats().slotBytes()).isLessThanOrEqualTo(lane.maxBytes());
        lane.close();
      }
    }
  }
}
