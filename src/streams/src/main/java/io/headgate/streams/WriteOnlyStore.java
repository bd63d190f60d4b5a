package io.headgate.streams;

import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * A key-value store that keeps nothing: its only use is that Kafka Streams' logging layer, wrapped
 * around it, writes each put to the changelog. The rows themselves are in the windows.
 */
abstract class WriteOnlyStore implements KeyValueStore<Bytes, byte[]> {

  private final String name;
  private final Position position;

  WriteOnlyStore(String name, Position position) {
    this.name = name;
    this.position = position;
  }

  static KeyValueBytesStoreSupplier supplier(
      String name, Supplier<? extends KeyValueStore<Bytes, byte[]>> store) {
    return new KeyValueBytesStoreSupplier() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public KeyValueStore<Bytes, byte[]> get() {
        return store.get();
      }

      @Override
      public String metricsScope() {
        return "headgate";
      }
    };
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void put(Bytes key, byte @Nullable [] value) {}

  @Override
  public byte @Nullable [] putIfAbsent(Bytes key, byte[] value) {
    return null;
  }

  @Override
  public void putAll(List<KeyValue<Bytes, byte[]>> entries) {}

  @Override
  public byte @Nullable [] delete(Bytes key) {
    return null;
  }

  @Override
  public byte @Nullable [] get(Bytes key) {
    return null;
  }

  @Override
  public KeyValueIterator<Bytes, byte[]> range(Bytes from, Bytes to) {
    throw new UnsupportedOperationException("the changelog writer of " + name + " keeps no rows");
  }

  @Override
  public KeyValueIterator<Bytes, byte[]> all() {
    throw new UnsupportedOperationException("the changelog writer of " + name + " keeps no rows");
  }

  @Override
  public long approximateNumEntries() {
    return 0;
  }

  @Override
  public void close() {}

  @Override
  public boolean persistent() {
    return false;
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public Position getPosition() {
    return position;
  }
}
