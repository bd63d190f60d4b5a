package io.headgate.streams;

import java.util.Set;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorSupplier;
import org.apache.kafka.streams.state.StoreBuilder;

/** Makes a processor a task, and names the store that each brings. */
final class RateLimitSupplier<K, V> implements FixedKeyProcessorSupplier<K, V, V> {

  private final LimiterSettings settings;

  /** One instance: Kafka Streams tells stores of one name apart by their builders. */
  private final RateLimitStoreBuilder store;

  RateLimitSupplier(LimiterSettings settings) {
    this.settings = settings;
    this.store = new RateLimitStoreBuilder(settings);
  }

  @Override
  public FixedKeyProcessor<K, V, V> get() {
    return new RateLimitProcessor<>(settings);
  }

  @Override
  public Set<StoreBuilder<?>> stores() {
    return Set.of(store);
  }
}
