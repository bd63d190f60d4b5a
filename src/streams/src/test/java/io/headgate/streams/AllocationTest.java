package io.headgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.headgate.RateLimit;
import io.headgate.lane.Emit;
import io.headgate.rules.Conditions;
import io.headgate.rules.Rule;
import io.headgate.rules.RuleSet;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.junit.jupiter.api.Test;

/**
 * The stream thread's side of a record allocates nothing: neither the verdict nor, if it is
 * blocked, the report to the lane.
 *
 * <p>The thread's own counter of allocated bytes is read around rounds of a hundred thousand
 * records. While code is warming up, and when a page of rows or slots is made for the first time,
 * there are bytes that are not any record's: so rounds are tried until one is without, fifty at the
 * most. A single object per record would be more than a million bytes in every round; the few that
 * are let pass cover the reading of the counter.
 */
class AllocationTest {

  private static final int KEYS = 10_000;
  private static final int ROUND = 100_000;
  private static final int ROUNDS = 50;
  private static final long SLACK = 4_096;

  /** Acknowledges at once and remembers nothing, however many events come. */
  private static final class Sink extends MockProducer<byte[], byte[]> {
    private static final Future<RecordMetadata> DONE = CompletableFuture.completedFuture(null);

    Sink() {
      super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public synchronized Future<RecordMetadata> send(
        ProducerRecord<byte[], byte[]> record, Callback callback) {
      callback.onCompletion(null, null);
      return DONE;
    }
  }

  private static List<FixedKeyRecord<Object, Object>> records() {
    List<FixedKeyRecord<Object, Object>> records = new ArrayList<>();
    for (int i = 0; i < KEYS; i++) {
      records.add(StubContext.record("user-" + i + "-\u00e9", "value", TaskFixture.NOW + i / 100));
    }
    return records;
  }

  /**
   * The smallest number of bytes that any round allocated, up to the first that is small enough.
   */
  private static long leastBytes(Headgate.Builder builder) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    List<FixedKeyRecord<Object, Object>> records = records();
    StoreFixture store = new StoreFixture(builder.laneProducer(config -> new Sink()), false);
    StubContext<Object, Object> context = new StubContext<>(store.store);
    context.now = TaskFixture.NOW;
    RateLimitProcessor<Object, Object, Object> processor =
        new RateLimitProcessor<>(store.settings, Exit.unchanged(store.settings));
    processor.init(context);
    try {
      long least = Long.MAX_VALUE;
      for (int round = 0; round < ROUNDS && least >= SLACK; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < ROUND; i++) {
          processor.process(records.get(i % KEYS));
        }
        least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      }
      return least;
    } finally {
      processor.close();
      store.close();
      context.close();
    }
  }

  @Test
  void admittedRecordsAllocateNothing() {
    assertThat(leastBytes(Headgate.limit(RateLimit.perMinute(1_000_000)))).isLessThan(SLACK);
  }

  @Test
  void blockedRecordsAllocateNothing() {
    assertThat(leastBytes(Headgate.limit(RateLimit.perMinute(1)).maxEventsPerSecond(1_000_000_000)))
        .isLessThan(SLACK);
  }

  @Test
  void blockedRecordsThatFindNoRoomAllocateNothing() {
    assertThat(leastBytes(Headgate.limit(RateLimit.perMinute(1)).ring(8, 64).maxEventsPerSecond(1)))
        .isLessThan(SLACK);
  }

  @Test
  void blockedRecordsThatAreSummedUpAllocateNothing() {
    assertThat(
            leastBytes(
                Headgate.limit(RateLimit.perMinute(1))
                    .emit(Emit.FIRST_AND_SUMMARY)
                    .maxEventsPerSecond(1_000_000_000)))
        .isLessThan(SLACK);
  }

  @Test
  void recordsThatShareARowAllocateNothing() {
    assertThat(leastBytes(Headgate.limit(RateLimit.perMinute(1)).ring(8, 64).maxKeys(1)))
        .isLessThan(SLACK);
  }

  private static Headgate.Builder byRules(long units) {
    Rule bots =
        Rule.named("bots")
            .when(Conditions.keyPrefix("bot-"))
            .limits(RateLimit.perSecond(5), RateLimit.perHour(50))
            .build();
    Rule users =
        Rule.named("users").limits(RateLimit.perMinute(units), RateLimit.perHour(units)).build();
    LiveRules live = LiveRules.of(RuleSet.builder().rule(bots).rule(users).build());
    assertThat(live.override("users/key/user-1-\u00e9", "{\"limits\":[\"3/1m\"]}")).isEmpty();
    return Headgate.rules(live).maxEventsPerSecond(1_000_000_000);
  }

  @Test
  void recordsThatTwoLimitsOfASecondRuleAdmitAllocateNothing() {
    assertThat(leastBytes(byRules(1_000_000))).isLessThan(SLACK);
  }

  @Test
  void recordsThatOneOfTwoLimitsOfASecondRuleBlocksAllocateNothing() {
    assertThat(leastBytes(byRules(1))).isLessThan(SLACK);
  }

  /** Were the counter blind, all of the above would say nothing. */
  @Test
  void theCounterSeesAnAllocation() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    byte[][] kept = new byte[100][];
    for (int i = 0; i < kept.length; i++) {
      kept[i] = new byte[1_000];
    }
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isGreaterThan(100_000);
    assertThat(kept[99]).hasSize(1_000);
  }
}
