package io.headgate.streams;

import io.headgate.lane.BlockedEvent;
import io.headgate.lane.BlockedEventSerde;
import io.headgate.streams.StubContext.Scheduled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.state.internals.CachedStateStore;
import org.jspecify.annotations.Nullable;

/**
 * One task's limiter without Kafka Streams: its processor on a stub, its store with a changelog in
 * a list, and a lane to a producer in memory. The thread that calls is its stream thread.
 */
final class TaskFixture implements AutoCloseable {

  static final long NOW = 1_700_000_000_000L;

  /** What the lane of the last start sends to. */
  MockProducer<byte[], byte[]> producer;

  final StoreFixture log;
  final StubContext<Object, Object> context;
  final RateLimitProcessor<Object, Object, Object> processor;
  final List<FixedKeyRecord<?, ?>> forwarded = new ArrayList<>();

  /** What looks for commands while no record comes; not among the context's. */
  Scheduled commands = new Scheduled(Duration.ZERO, time -> {});

  /** What it holds, if it holds anything; keys and values are text. */
  final MapStore held;

  private final boolean acks;
  private boolean started;

  /** A task whose events are acknowledged at once. */
  TaskFixture(Headgate.Builder builder) {
    this(builder, true);
  }

  /**
   * A task.
   *
   * @param builder its limiter
   * @param acks false if the test acknowledges events itself
   */
  TaskFixture(Headgate.Builder builder, boolean acks) {
    this(builder, acks, PreCommitHook::hooked);
  }

  TaskFixture(Headgate.Builder builder, boolean acks, StoreFixture.Maker maker) {
    this.acks = acks;
    producer = newProducer(acks);
    log =
        new StoreFixture(
            new LimiterSettings(builder.blockedTo("blocked").laneProducer(config -> producer)),
            true,
            StoreFixture.APPLICATION,
            maker);
    context = new StubContext<>(log.store);
    context.now = NOW;
    context.downstream = forwarded::add;
    held = new MapStore(log.settings.heldName);
    context.otherStores.put(log.settings.heldName, held);
    processor =
        new RateLimitProcessor<>(log.settings, Exit.unchanged(log.settings), serdes(log.settings));
  }

  @SuppressWarnings("unchecked")
  private static @Nullable HeldSerdes<Object, Object> serdes(LimiterSettings settings) {
    Serde<Object> text = (Serde<Object>) (Serde<?>) Serdes.String();
    return settings.holds ? new HeldSerdes<>(text, text) : null;
  }

  /** The wall clock goes on, and every punctuation that was asked for runs once. */
  void pass(long millis) {
    context.now += millis;
    for (StubContext.Scheduled each : List.copyOf(context.schedules)) {
      if (!each.cancelled) {
        each.punctuator.punctuate(context.now);
      }
    }
  }

  /** What Kafka Streams does after each commit under at-least-once. */
  void committed() {
    log.committed();
  }

  private static MockProducer<byte[], byte[]> newProducer(boolean acks) {
    return new MockProducer<>(acks, null, new ByteArraySerializer(), new ByteArraySerializer());
  }

  TaskFixture start() {
    if (producer.closed()) {
      producer = newProducer(acks);
    }
    int before = context.schedules.size();
    processor.init(context);
    commands = context.schedules.remove(before);
    started = true;
    return this;
  }

  /** A record from the next offset; true if it was passed on. */
  boolean process(@Nullable Object key, @Nullable Object value, long time) {
    context.nextOffset();
    int before = forwarded.size();
    processor.process(StubContext.record(key, value, time));
    return forwarded.size() > before;
  }

  boolean process(Object key) {
    return process(key, "value", context.now);
  }

  /** What the task has counted since it started. */
  LimiterCounters counters() {
    return processor.parts().counters;
  }

  /** What Kafka Streams calls before each commit. */
  void commit() {
    if (log.store instanceof CachedStateStore<?, ?> hook) {
      hook.flushCache();
    } else {
      log.store.beforeCommit();
    }
  }

  /** A task that failed is closed, dirty or not, and its store taken up again as it is. */
  void revive(List<StoreFixture.Change> changelog) {
    try {
      commit();
    } catch (StreamsException swallowed) {
      // As Kafka Streams does where it closes a task that failed.
    }
    stop();
    log.store.close();
    log.init();
    log.restore(changelog);
    start();
  }

  /** The events that the producer was given; all of them after a commit. */
  List<BlockedEvent> events() {
    try (BlockedEventSerde serde = new BlockedEventSerde()) {
      return producer.history().stream()
          .map(
              sent ->
                  Objects.requireNonNull(
                      serde.deserializer().deserialize(sent.topic(), sent.value())))
          .toList();
    }
  }

  void stop() {
    if (started) {
      started = false;
      processor.close();
    }
  }

  @Override
  public void close() {
    stop();
    log.close();
    context.close();
  }

  /** Bounds the wait of a commit. */
  TaskFixture patience(long millis) {
    context.config.put("max.poll.interval.ms", String.valueOf(2 * millis));
    context.config.put(LaneClient.PREFIX + ProducerConfig.LINGER_MS_CONFIG, "0");
    return this;
  }
}
