package io.headgate.lane;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.headgate.memory.Handle;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * One task's lane and its agent, both in the hands of the test's thread: nothing moves unless the
 * test says so. Remembers each key's open event, as the row of its window does.
 */
final class LaneRig {

  static final String TOPIC = "blocked";
  static final String SOURCE = "orders-in";
  static final List<String> RULES = List.of("per-second", "per-hour");
  static final long UNLIMITED = Long.MAX_VALUE;

  final MockProducer<byte[], byte[]> producer;
  final LaneAgent agent;
  final AnalyticsLane lane;
  final BlockedFacts facts = new BlockedFacts();
  private final Map<String, Long> open = new HashMap<>();
  private final boolean summarises;

  /** Keys of which a block was told in this window. */
  private final Set<String> told = new HashSet<>();

  /** The agent's clock. */
  long nanos = -1;

  int wakeUps;
  long offset;

  /** The window whose limit refuses what is reported next. */
  long windowMillis = 1_000;

  /** What a thread that is woken does; the judging thread is inside awaitAcked or close then. */
  Runnable onWakeUp = () -> {};

  LaneRig(LaneSettings settings, long maxEventsPerSecond, MockProducer<byte[], byte[]> producer) {
    this.producer = producer;
    summarises = settings.emit() == Emit.FIRST_AND_SUMMARY;
    agent = new LaneAgent("lane", producer, maxEventsPerSecond, () -> nanos);
    lane =
        new AnalyticsLane(
            settings,
            () -> {
              wakeUps++;
              onWakeUp.run();
            },
            new TopKeys(settings.topKeys(), () -> nanos),
            () -> nanos);
    agent.add(lane);
  }

  /** A lane whose events are acked as soon as they are sent. */
  static LaneRig acking(int ring, int slots) {
    return new LaneRig(
        settings(ring, slots, EventKey.PLAIN, Delivery.AT_LEAST_ONCE), UNLIMITED, producer(true));
  }

  /** A lane whose events are acked when the test says so. */
  static LaneRig byHand(int ring, int slots, Delivery delivery) {
    return new LaneRig(settings(ring, slots, EventKey.PLAIN, delivery), UNLIMITED, producer(false));
  }

  /** A lane of four slots that sends by a producer of the test's. */
  static LaneRig of(MockProducer<byte[], byte[]> producer, Delivery delivery) {
    return new LaneRig(settings(4, 4, EventKey.PLAIN, delivery), UNLIMITED, producer);
  }

  /** A lane that goes on where no retry helps; its events are acked when the test says so. */
  static LaneRig failingOpen(int ring, int slots, MockProducer<byte[], byte[]> producer) {
    return new LaneRig(
        settings(
            ring,
            slots,
            EventKey.PLAIN,
            Delivery.AT_LEAST_ONCE,
            Emit.EVERY,
            LaneFailurePolicy.BEST_EFFORT),
        UNLIMITED,
        producer);
  }

  /** One whose keys' blocks are summed up; its events are acked as soon as they are sent. */
  static LaneRig summarising(int ring, int slots) {
    return new LaneRig(
        settings(ring, slots, Delivery.AT_LEAST_ONCE, Emit.FIRST_AND_SUMMARY),
        UNLIMITED,
        producer(true));
  }

  static MockProducer<byte[], byte[]> producer(boolean autoComplete) {
    return new MockProducer<>(
        autoComplete, null, new ByteArraySerializer(), new ByteArraySerializer());
  }

  static LaneSettings settings(int ring, int slots, EventKey eventKey, Delivery delivery) {
    return settings(ring, slots, eventKey, delivery, Emit.EVERY, LaneFailurePolicy.STOP);
  }

  static LaneSettings settings(int ring, int slots, Delivery delivery, Emit emit) {
    return settings(ring, slots, EventKey.PLAIN, delivery, emit, LaneFailurePolicy.STOP);
  }

  private static LaneSettings settings(
      int ring,
      int slots,
      EventKey eventKey,
      Delivery delivery,
      Emit emit,
      LaneFailurePolicy onFailure) {
    return new LaneSettings(
        TOPIC, "orders", RULES, ring, slots, 128, eventKey, delivery, emit, onFailure);
  }

  /** A deadline that no test reaches that goes well. */
  static long inTime() {
    return System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
  }

  /** A record of a key is blocked, at the next offset and a time that is ten times that. */
  long report(String key) {
    return report(key, 0, SOURCE, 0, 1);
  }

  long report(String key, int rule, String topic, int partition, long cost) {
    facts.open = open.getOrDefault(key, Handle.NONE);
    long handle = reportStale(key, rule, topic, partition, cost);
    open.put(key, handle);
    return handle;
  }

  /** Every key's next window begins. */
  void nextWindow() {
    told.clear();
  }

  /** A key's row is given to another key, and its next block is the first of another row. */
  void reclaim(String key) {
    lane.letGo(open.getOrDefault(key, Handle.NONE));
    open.remove(key);
    told.remove(key);
  }

  /** Makes a key's row hold a handle, as if it had been left there. */
  void remember(String key, long handle) {
    open.put(key, handle);
  }

  /** The same with whatever stands in the facts as the key's open event. */
  long reportStale(String key, int rule, String topic, int partition, long cost) {
    byte[] bytes = key.getBytes(UTF_8);
    facts.key = bytes;
    facts.keyLength = bytes.length;
    facts.keyKind = SlotLayout.KEY_TEXT;
    facts.fingerprintHigh = key.hashCode();
    facts.fingerprintLow = key.length();
    facts.rule = rule;
    facts.limit = 10;
    facts.windowMillis = windowMillis;
    facts.topic = topic;
    facts.partition = partition;
    facts.offset = offset;
    facts.time = offset * 10;
    facts.cost = cost;
    facts.repeat = summarises && !told.add(key);
    offset++;
    return lane.report(facts);
  }

  /** Both sides work until there is nothing more to do. */
  void work() {
    int work;
    do {
      lane.pump();
      work = agent.doWork();
    } while (work > 0);
  }

  /** What the thread's owner does when the duty cycle throws. */
  void end(Throwable error) {
    assertThatExceptionOfType(error.getClass()).isThrownBy(agent::doWork);
    agent.onError(error);
    agent.onClose();
  }

  /** A commit that goes well: the agent does all its work when it is woken, so nothing is late. */
  void commit() {
    onWakeUp = this::work;
    lane.awaitAcked(System.nanoTime() - 1);
    onWakeUp = () -> {};
  }

  /** A commit that waits in vain, and why. */
  LaneException failureOfCommit(long deadlineNanos) {
    return failureOfCommit(lane, deadlineNanos);
  }

  static LaneException failureOfCommit(AnalyticsLane lane, long deadlineNanos) {
    return Objects.requireNonNull(
        catchThrowableOfType(LaneException.class, () -> lane.awaitAcked(deadlineNanos)));
  }

  List<ProducerRecord<byte[], byte[]>> records() {
    return producer.history();
  }

  /** All events that were sent so far. */
  List<BlockedEvent> sent() {
    return producer.history().stream()
        .map(record -> BlockedEventJson.read(record.value()))
        .toList();
  }

  long sentCount() {
    return sent().stream().mapToLong(BlockedEvent::count).sum();
  }

  LaneStats stats() {
    return lane.stats();
  }

  /** Slots that could be taken now, found by taking them: the last thing to do with a rig. */
  int freeSlots() {
    int free = 0;
    facts.flags = 0;
    long before = stats().recordsOverflowed();
    while (true) {
      report("free-" + free);
      if (stats().recordsOverflowed() > before) {
        return free;
      }
      free++;
    }
  }
}
