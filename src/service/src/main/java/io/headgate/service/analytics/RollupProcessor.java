package io.headgate.service.analytics;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/**
 * Rolls up one partition of the blocked topic into a store whose changelog is what reports read.
 * Belongs to its task's thread.
 */
final class RollupProcessor implements Processor<byte[], byte[], Void, Void> {

  /** The store's name, which is part of the topic's: never changed. */
  static final String STORE = "periods";

  private static final String TRIGGER = "periods-to-write";
  private static final Duration SWEEP = Duration.ofSeconds(30);
  private static final byte[] CHANGED = {1};

  /** A task's parts, from one init to the next. */
  private record Parts(
      ProcessorContext<Void, Void> context,
      KeyValueStore<Bytes, byte[]> periods,
      RollupBook book) {}

  /** Makes the processors and their stores. */
  static final class Supplier implements ProcessorSupplier<byte[], byte[], Void, Void> {
    private final RollupSettings settings;
    private final InstantSource clock;
    private final Set<StoreBuilder<?>> stores =
        Set.of(
            Stores.keyValueStoreBuilder(
                    Stores.inMemoryKeyValueStore(STORE), Serdes.Bytes(), Serdes.ByteArray())
                .withCachingDisabled()
                .withLoggingEnabled(TOPIC),
            CommitTrigger.builder(TRIGGER));

    Supplier(RollupSettings settings, InstantSource clock) {
      this.settings = settings;
      this.clock = clock;
    }

    @Override
    public Processor<byte[], byte[], Void, Void> get() {
      return new RollupProcessor(settings, clock);
    }

    @Override
    public Set<StoreBuilder<?>> stores() {
      return stores;
    }
  }

  /**
   * Settings of the store's topic. A report reads it all, and only segments that are full are
   * compacted: so they are small. A cell is stamped with its event's time on the blocked topic,
   * which a broker may find too far ahead.
   */
  private static final Map<String, String> TOPIC =
      Map.of(
          TopicConfig.SEGMENT_BYTES_CONFIG, String.valueOf(4 << 20),
          TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG, "0.1",
          TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG, String.valueOf(Long.MAX_VALUE));

  private final RollupSettings settings;
  private final InstantSource clock;
  private @Nullable Parts parts;

  /** True once the store was looked through since the start. */
  private boolean swept;

  private RollupProcessor(RollupSettings settings, InstantSource clock) {
    this.settings = settings;
    this.clock = clock;
  }

  @Override
  public void init(ProcessorContext<Void, Void> context) {
    KeyValueStore<Bytes, byte[]> periods = context.getStateStore(STORE);
    KeyValueStore<Bytes, byte[]> trigger = context.getStateStore(TRIGGER);
    RollupBook book =
        new RollupBook(
            settings,
            clock,
            new RollupBook.Store() {
              @Override
              public byte @Nullable [] read(Bytes key) {
                return periods.get(key);
              }

              @Override
              public void write(Bytes key, byte[] value) {
                periods.put(key, value);
              }

              @Override
              public void changed(Bytes key) {
                trigger.put(key, CHANGED);
              }
            });
    CommitTrigger.listen(trigger, book::flush);
    parts = new Parts(context, periods, book);
    swept = false;
    knowRules(periods, book);
    var unused = context.schedule(SWEEP, PunctuationType.WALL_CLOCK_TIME, now -> sweep());
  }

  private static void knowRules(KeyValueStore<Bytes, byte[]> periods, RollupBook book) {
    book.forgetRules();
    try (KeyValueIterator<Bytes, byte[]> all = periods.all()) {
      while (all.hasNext()) {
        PeriodKey key = PeriodKey.read(all.next().key.get());
        if (key.kind() != PeriodKind.ABOUT && key.kind() != PeriodKind.UNREADABLE) {
          book.know(key);
        }
      }
    }
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    Parts mine = parts();
    RecordMetadata from =
        mine.context
            .recordMetadata()
            .orElseThrow(() -> new IllegalStateException("a record from no topic"));
    if (!swept) {
      sweep();
    }
    mine.book.count(record.value(), from.offset(), record.timestamp());
  }

  private Parts parts() {
    Parts mine = parts;
    if (mine == null) {
      throw new IllegalStateException("not initialised");
    }
    return mine;
  }

  /** Writes what the roll-up is made of: it may have been of something else before. */
  private static void tellAbout(Parts mine) {
    About about = mine.book.about();
    Bytes key = Bytes.wrap(About.KEY.toBytes());
    byte[] written = mine.periods.get(key);
    if (written != null) {
      about = about.after(About.read(written));
    }
    mine.periods.put(key, about.toBytes());
  }

  /** Deletes what is kept no longer: with the first record, or some time after the start. */
  private void sweep() {
    Parts mine = parts();
    if (!swept) {
      tellAbout(mine);
    }
    swept = true;
    boolean any = false;
    for (PeriodKind kind : PeriodKind.values()) {
      if (kind == PeriodKind.ABOUT) {
        continue;
      }
      List<Bytes> gone = new ArrayList<>();
      Bytes from = Bytes.wrap(PeriodKey.lowest(kind));
      Bytes to = Bytes.wrap(PeriodKey.before(kind, mine.book.oldest(kind)));
      try (KeyValueIterator<Bytes, byte[]> old = mine.periods.range(from, to)) {
        old.forEachRemaining(entry -> gone.add(entry.key));
      }
      for (Bytes key : gone) {
        mine.book.expire(PeriodKey.read(key.get()));
        mine.periods.delete(key);
        any = true;
      }
    }
    if (any) {
      knowRules(mine.periods, mine.book);
    }
  }
}
