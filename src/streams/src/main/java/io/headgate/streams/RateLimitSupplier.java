package io.headgate.streams;

import java.util.Set;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorSupplier;
import org.apache.kafka.streams.state.StoreBuilder;
import org.jspecify.annotations.Nullable;

/** Makes a processor a task, and names the stores that each brings. */
final class RateLimitSupplier<K, V, W> implements FixedKeyProcessorSupplier<K, V, W> {

  private final LimiterSettings settings;
  private final Exit<K, V, W> exit;

  /** Of a limiter that holds records. */
  private final @Nullable HeldSerdes<K, V> serdes;

  /** The same instances always: Kafka Streams tells stores of one name apart by their builders. */
  private final Set<StoreBuilder<?>> stores;

  RateLimitSupplier(LimiterSettings settings, Exit<K, V, W> exit) {
    this(settings, exit, null);
  }

  /**
   * As the other one.
   *
   * @param serdes what held records are written by; null if none is held
   */
  RateLimitSupplier(
      LimiterSettings settings, Exit<K, V, W> exit, @Nullable HeldSerdes<K, V> serdes) {
    this.settings = settings;
    this.exit = exit;
    this.serdes = serdes;
    StoreBuilder<?> windows = new RateLimitStoreBuilder(settings);
    this.stores =
        serdes == null
            ? Set.of(windows)
            : Set.of(windows, HeldRecords.storeBuilder(settings.heldName));
  }

  @Override
  public FixedKeyProcessor<K, V, W> get() {
    return new RateLimitProcessor<>(settings, exit, serdes);
  }

  @Override
  public Set<StoreBuilder<?>> stores() {
    return stores;
  }
}
