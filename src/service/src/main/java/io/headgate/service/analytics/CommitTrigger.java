package io.headgate.service.analytics;

import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.query.PositionBound;
import org.apache.kafka.streams.query.Query;
import org.apache.kafka.streams.query.QueryConfig;
import org.apache.kafka.streams.query.QueryResult;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/**
 * A store that keeps nothing and stands behind Kafka Streams' cache of writes: what is put into the
 * cache arrives here before the next commit, or sooner if the cache is full. So a key that is put
 * once between two commits is a call, in time, to write down what changed under it. Belongs to the
 * task's thread.
 */
final class CommitTrigger implements KeyValueStore<Bytes, byte[]> {

  // A store's own flush comes after the commit of offsets, and under exactly-once not at all while
  // a task runs (StreamTask.prepareCommit and postCommit of Kafka Streams 4.1 to 4.3). A store
  // behind the cache is written to before: by ProcessorStateManager.flushCache, from prepareCommit,
  // under both guarantees. This needs no class of Kafka Streams' that is internal.
  //
  // Which task's trigger it is, its processor asks with a query: the layers that Kafka Streams puts
  // around a store pass on a query that they do not know.

  /** Asks for the trigger itself. */
  private static final class Itself implements Query<CommitTrigger> {}

  private final String name;
  private Consumer<Bytes> listener = key -> {};
  private boolean open;

  private CommitTrigger(String name) {
    this.name = name;
  }

  /** A builder of the store: behind the cache, without a changelog. */
  static StoreBuilder<KeyValueStore<Bytes, byte[]>> builder(String name) {
    KeyValueBytesStoreSupplier supplier =
        new KeyValueBytesStoreSupplier() {
          @Override
          public String name() {
            return name;
          }

          @Override
          public KeyValueStore<Bytes, byte[]> get() {
            return new CommitTrigger(name);
          }

          @Override
          public String metricsScope() {
            return "trigger";
          }
        };
    return Stores.keyValueStoreBuilder(supplier, Serdes.Bytes(), Serdes.ByteArray())
        .withCachingEnabled()
        .withLoggingDisabled();
  }

  /**
   * Sets who is called.
   *
   * @param store the task's store of this kind, as its processor got it
   */
  static void listen(KeyValueStore<Bytes, byte[]> store, Consumer<Bytes> listener) {
    QueryResult<CommitTrigger> result =
        store.query(new Itself(), PositionBound.unbounded(), new QueryConfig(false));
    if (!result.isSuccess()) {
      throw new IllegalStateException(
          "this version of Kafka Streams does not pass a query on to a store ("
              + result.getFailureMessage()
              + "); use kafka-streams 4.1.x to 4.3.x");
    }
    result.getResult().listener = listener;
  }

  @Override
  public void put(Bytes key, byte[] value) {
    listener.accept(key);
  }

  @Override
  public void putAll(List<KeyValue<Bytes, byte[]>> entries) {
    entries.forEach(entry -> put(entry.key, entry.value));
  }

  @Override
  public byte @Nullable [] putIfAbsent(Bytes key, byte[] value) {
    put(key, value);
    return null;
  }

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
    throw new UnsupportedOperationException("a trigger keeps nothing");
  }

  @Override
  public KeyValueIterator<Bytes, byte[]> all() {
    throw new UnsupportedOperationException("a trigger keeps nothing");
  }

  @Override
  public long approximateNumEntries() {
    return 0;
  }

  @Override
  public <R> QueryResult<R> query(Query<R> query, PositionBound bound, QueryConfig config) {
    if (query instanceof Itself) {
      @SuppressWarnings("unchecked") // the result of that query is of this class
      R itself = (R) this;
      return QueryResult.forResult(itself);
    }
    return QueryResult.forUnknownQueryType(query, this);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void init(StateStoreContext context, StateStore root) {
    listener = key -> {};
    open = true;
    context.register(root, (key, value) -> {});
  }

  @Override
  public Position getPosition() {
    return Position.emptyPosition();
  }

  /** Nothing to do, and to be implemented before Kafka Streams 4.3. */
  @Override
  @SuppressWarnings("deprecation")
  public void flush() {}

  @Override
  public boolean persistent() {
    return false;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public void close() {
    open = false;
    listener = key -> {};
  }
}
