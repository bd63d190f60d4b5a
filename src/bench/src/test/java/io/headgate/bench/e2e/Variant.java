package io.headgate.bench.e2e;

import io.headgate.lane.Delivery;
import io.headgate.streams.Headgate;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.SlidingWindows;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorSupplier;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;

/** What may stand between the input and the output. */
enum Variant {
  /** Drops the same share of the records, and keeps nothing. */
  PASS_THROUGH("pass-through"),
  /** As a user gets it. */
  HEADGATE("headgate"),
  /** With events that no commit waits for. */
  BEST_EFFORT("headgate, best effort"),
  /** With events in the task's transaction. */
  TRANSACTIONAL("headgate, transactional"),
  /** With a lane that may send as much as it can. */
  UNLIMITED("headgate, lane unlimited"),
  /** A processor on an in-memory key-value store. */
  KV_MEMORY("key-value store in memory"),
  /** The same with Kafka Streams' cache. */
  KV_CACHED("key-value store, cached"),
  /** A processor on a RocksDB key-value store. */
  KV_ROCKS("key-value store on RocksDB", 4),
  /** The DSL's count by window; what it puts out is the count. */
  DSL_TUMBLING("DSL tumbling count", 4),
  /** The DSL's count by sliding window; what it puts out is the counts. */
  DSL_SLIDING("DSL sliding count", 200);

  final String label;

  /** How many times fewer records it is given, to be done in reasonable time. */
  final int slowness;

  Variant(String label) {
    this(label, 1);
  }

  Variant(String label, int slowness) {
    this.label = label;
    this.slowness = slowness;
  }

  /** Whether it judges by the limiter. */
  boolean isOurs() {
    return switch (this) {
      case HEADGATE, BEST_EFFORT, TRANSACTIONAL, UNLIMITED -> true;
      default -> false;
    };
  }

  Topology topology(Setup setup) {
    StreamsBuilder builder = new StreamsBuilder();
    KStream<String, byte[]> input =
        builder.stream(setup.input(), Consumed.with(Serdes.String(), Serdes.ByteArray()));
    output(builder, input, setup)
        .to(setup.output(), Produced.with(Serdes.String(), Serdes.ByteArray()));
    return builder.build();
  }

  private KStream<String, byte[]> output(
      StreamsBuilder builder, KStream<String, byte[]> input, Setup setup) {
    return switch (this) {
      case PASS_THROUGH -> input.processValues(() -> new DroppingProcessor(setup.load().blocked()));
      case HEADGATE -> input.processValues(limiter(headgate(setup)));
      case BEST_EFFORT ->
          input.processValues(limiter(headgate(setup).delivery(Delivery.BEST_EFFORT)));
      case TRANSACTIONAL ->
          input.processValues(limiter(headgate(setup).delivery(Delivery.TRANSACTIONAL)));
      case UNLIMITED ->
          input.processValues(limiter(headgate(setup).maxEventsPerSecond(1_000_000_000)));
      case KV_MEMORY, KV_CACHED, KV_ROCKS -> {
        var supplier =
            this == KV_ROCKS
                ? Stores.persistentKeyValueStore(StoreProcessor.STORE)
                : Stores.inMemoryKeyValueStore(StoreProcessor.STORE);
        var store = Stores.keyValueStoreBuilder(supplier, Serdes.String(), Serdes.ByteArray());
        builder.addStateStore(
            this == KV_CACHED ? store.withCachingEnabled() : store.withCachingDisabled());
        yield input.processValues(
            () -> new StoreProcessor(setup.load().limit()), StoreProcessor.STORE);
      }
      case DSL_TUMBLING ->
          withinLimit(
              input
                  .groupByKey()
                  .windowedBy(
                      TimeWindows.ofSizeWithNoGrace(Duration.ofMillis(Workload.WINDOW_MILLIS)))
                  .count(everyCount()),
              setup);
      case DSL_SLIDING ->
          withinLimit(
              input
                  .groupByKey()
                  .windowedBy(
                      SlidingWindows.ofTimeDifferenceWithNoGrace(
                          Duration.ofMillis(Workload.WINDOW_MILLIS)))
                  .count(everyCount()),
              setup);
    };
  }

  /** A cache would leave counts out, and with them verdicts. */
  private static Materialized<String, Long, WindowStore<Bytes, byte[]>> everyCount() {
    return Materialized.<String, Long, WindowStore<Bytes, byte[]>>as("counts")
        .withCachingDisabled();
  }

  private static KStream<String, byte[]> withinLimit(
      KTable<Windowed<String>, Long> counts, Setup setup) {
    return counts
        .toStream()
        .filter((window, count) -> count <= setup.load().limit())
        .map((window, count) -> KeyValue.pair(window.key(), bytes(count)));
  }

  private static Headgate.Builder headgate(Setup setup) {
    return Headgate.limit(setup.load().rateLimit())
        .blockedTo(setup.blocked())
        // Beyond the million that is the default, room for all keys.
        .maxKeys(Math.max(1_000_000, setup.keys()));
  }

  private static FixedKeyProcessorSupplier<String, byte[], byte[]> limiter(
      Headgate.Builder builder) {
    return builder.build();
  }

  private static byte[] bytes(long count) {
    return ByteBuffer.allocate(Long.BYTES).putLong(count).array();
  }
}
