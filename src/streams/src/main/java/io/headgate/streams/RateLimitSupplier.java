package io.headgate.streams;

import java.util.Set;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorSupplier;
import org.apache.kafka.streams.state.StoreBuilder;

/** Makes a processor a task, and names the store that each brings. */
final class RateLimitSupplier<K, V, W> implements FixedKeyProcessorSupplier<K, V, W> {

  private final LimiterSettings settings;
  private final Exit<K, V, W> exit;

  /** One instance: Kafka Streams tells stores of one name apart by their builders. */
  private final RateLimitStoreBuilder store;

  RateLimitSupplier(LimiterSettings settings, Exit<K, V, W> exit) {
    this.settings = settings;
    this.exit = exit;
    this.store = new RateLimitStoreBuilder(settings);
  }

  @Override
  public FixedKeyProcessor<K, V, W> get() {
    return new RateLimitProcessor<>(settings, exit);
  }

  @Override
  public Set<StoreBuilder<?>> stores() {
    return Set.of(store);
  }
}
