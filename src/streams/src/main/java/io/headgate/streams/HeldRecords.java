package io.headgate.streams;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/**
 * A task's held records, in the order in which each key's came. They lie in a key-value store of
 * the task, whose changelog is the topic that they wait in; in memory there is only {@link
 * HeldKeys}. Belongs to the task's stream thread.
 */
final class HeldRecords<K, V> {

  // When is a record taken out that has been forwarded? Under exactly-once at once: that it is gone
  // and that it came out are in one transaction. Under at-least-once the two are in different
  // partitions, and a crash may leave either; so it is taken out after the commit that has flushed
  // what was forwarded. A crash before that lets it come out again, and none lets it vanish.

  /** What Kafka's own parts of a record may add to it, bytes. */
  private static final int OVERHEAD = 512;

  private static final int DEFAULT_REQUEST = 1_048_576;

  private final KeyValueStore<Bytes, byte[]> store;
  private final HeldFormat<K, V> format;
  private final HeldKeys keys;
  private final LimiterSettings settings;
  private final boolean exactlyOnce;
  private final int maxRecordBytes;

  /**
   * Of the next record, whatever its key: none is given twice, as a key that holds anew may have
   * records in the store that have left.
   */
  private long nextSequence;

  /** Records that have left and are still in the store. */
  private final List<Bytes> left = new ArrayList<>();

  HeldRecords(
      LimiterSettings settings,
      KeyValueStore<Bytes, byte[]> store,
      HeldSerdes<K, V> serdes,
      HeldKeys keys,
      String applicationId,
      Map<String, Object> config) {
    this.settings = settings;
    this.store = store;
    this.keys = keys;
    this.format =
        new HeldFormat<>(
            settings.heldName,
            applicationId + "-" + settings.heldName + "-changelog",
            serdes,
            ThreadLocalRandom.current().nextInt());
    this.exactlyOnce = Guarantee.isExactlyOnce(config);
    this.maxRecordBytes = maxRequest(config) - OVERHEAD;
  }

  /** What the task's producer sends at the most: a larger record would stop the application. */
  private static int maxRequest(Map<String, Object> config) {
    String name = ProducerConfig.MAX_REQUEST_SIZE_CONFIG;
    Object own = config.get(StreamsConfig.PRODUCER_PREFIX + name);
    Object said = own == null ? config.get(name) : own;
    return said == null ? DEFAULT_REQUEST : Integer.parseInt(said.toString().trim());
  }

  /** Makes the store, with a compacted changelog. */
  static StoreBuilder<?> storeBuilder(String name) {
    // Kafka Streams stamps a changelog record with the time of the task's last record. One from the
    // future must not make the broker refuse it.
    return Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(name), Serdes.Bytes(), Serdes.ByteArray())
        .withCachingDisabled()
        .withLoggingEnabled(
            Map.of(
                TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG, String.valueOf(Long.MAX_VALUE)));
  }

  /** Learns what the store has; every key is due then. */
  void load() {
    try (KeyValueIterator<Bytes, byte[]> all = store.all()) {
      while (all.hasNext()) {
        KeyValue<Bytes, byte[]> next = all.next();
        int tag = format.tag(next.key);
        long high = format.high(next.key);
        long low = format.low(next.key);
        HeldKey key = keys.find(tag, high, low);
        if (key == null) {
          key = keys.open(tag, high, low);
        }
        key.clock(format.clockOffset(next.value));
        nextSequence = Math.max(nextSequence, format.sequence(next.key) + 1);
        keys.added(key, next.value.length);
      }
    }
  }

  /**
   * Holds a record behind those of its key.
   *
   * @param rule that judged it last, and its key
   * @param maxOfKey how many records the key may have
   * @param now the wall clock, milliseconds
   * @param clockOffset what the key's clock is less that
   * @return its key; null if it would be beyond a bound, and nothing is different then
   */
  @Nullable HeldKey add(
      RuleJudge rule,
      @Nullable K recordKey,
      @Nullable V value,
      Headers headers,
      long time,
      @Nullable RecordMetadata from,
      boolean shadowed,
      int maxOfKey,
      long now,
      long clockOffset) {
    HeldKey key = keys.find(rule);
    if (keys.records() >= settings.holdMaxRecords || (key != null && key.records >= maxOfKey)) {
      return null;
    }
    long offset = key == null ? clockOffset : Math.max(key.clockOffset, clockOffset);
    byte[] bytes = format.encode(recordKey, value, headers, time, from, shadowed, now, offset);
    if (bytes.length > maxRecordBytes || keys.bytes() + bytes.length > settings.holdMaxBytes) {
      return null;
    }
    boolean opened = key == null;
    if (key == null) {
      key = keys.open(rule.tag, rule.high(), rule.low());
    }
    key.clock(offset);
    Bytes at = format.at(key, nextSequence++);
    if (opened) {
      // What it held before may have left and still be in the store.
      key.from = at;
    }
    store.put(at, bytes);
    keys.added(key, bytes.length);
    return key;
  }

  /** The first record of a key. */
  HeldRecord<K, V> first(HeldKey key) {
    try (KeyValueIterator<Bytes, byte[]> records = store.range(key.from, HeldFormat.lastOf(key))) {
      if (!records.hasNext()) {
        throw new IllegalStateException(
            "store " + settings.heldName + " has lost " + key.records + " records of a key");
      }
      KeyValue<Bytes, byte[]> next = records.next();
      return format.decode(next.key, next.value);
    }
  }

  /** Notes that the first record of a key has left. */
  void remove(HeldKey key, HeldRecord<K, V> record) {
    key.from = HeldFormat.behind(record.at());
    keys.removed(key, record.size());
    if (exactlyOnce) {
      store.delete(record.at());
    } else {
      left.add(record.at());
    }
  }

  /**
   * Follows a commit: takes out what had left before it.
   *
   * @return whether there was anything
   */
  boolean committed() {
    if (left.isEmpty()) {
      return false;
    }
    left.forEach(store::delete);
    left.clear();
    return true;
  }
}
