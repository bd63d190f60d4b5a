package io.headgate.streams;

import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.state.QueryableStoreType;
import org.apache.kafka.streams.state.internals.StateStoreProvider;
import org.jspecify.annotations.Nullable;

/**
 * Asks Kafka Streams for a limiter's stores, as its interactive queries do: of the tasks that run
 * here now, each time anew. The provider that it is given for it is an internal type in a public
 * signature.
 */
final class LimiterStores implements QueryableStoreType<Supplier<List<RateLimitStore>>> {

  // KafkaStreams.store gives what `create` makes: here a function, since a list would be of one
  // moment. Asked again, the provider looks at the threads and tasks as they are then, and throws
  // while a thread rebalances or a store is closed.

  private LimiterStores() {}

  /**
   * Finds the stores.
   *
   * @param partition of this partition's task alone; of all that are here if null
   * @param stale true for those of standbys, and of tasks that are being restored, as well
   */
  static List<RateLimitStore> of(
      KafkaStreams streams, String store, @Nullable Integer partition, boolean stale) {
    StoreQueryParameters<Supplier<List<RateLimitStore>>> query =
        StoreQueryParameters.fromNameAndType(store, new LimiterStores());
    if (partition != null) {
      query = query.withPartition(partition);
    }
    return streams.store(stale ? query.enableStaleStores() : query).get();
  }

  @Override
  public boolean accepts(StateStore store) {
    return store instanceof RateLimitStore;
  }

  @Override
  public Supplier<List<RateLimitStore>> create(StateStoreProvider provider, String name) {
    return () -> provider.stores(name, new Single());
  }

  /** The stores themselves. */
  private static final class Single implements QueryableStoreType<RateLimitStore> {
    @Override
    public boolean accepts(StateStore store) {
      return store instanceof RateLimitStore;
    }

    @Override
    public RateLimitStore create(StateStoreProvider provider, String name) {
      throw new UnsupportedOperationException("stores are read one by one");
    }
  }
}
