package io.headgate.streams;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.streams.state.StoreBuilder;

/** Makes a {@link RateLimitStore} a task, with a compacted changelog. */
final class RateLimitStoreBuilder implements StoreBuilder<RateLimitStore> {

  private final LimiterSettings settings;
  private final Map<String, String> logConfig = new HashMap<>();
  private boolean logging = true;

  RateLimitStoreBuilder(LimiterSettings settings) {
    this.settings = settings;
    // Kafka Streams stamps a changelog record with the time of the task's last record. One from the
    // future must not make the broker refuse the row.
    logConfig.put(
        TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG, String.valueOf(Long.MAX_VALUE));
  }

  @Override
  public StoreBuilder<RateLimitStore> withCachingEnabled() {
    // The store writes at commits only, as a cache would make it: there is nothing to enable.
    return this;
  }

  @Override
  public StoreBuilder<RateLimitStore> withCachingDisabled() {
    return this;
  }

  @Override
  public StoreBuilder<RateLimitStore> withLoggingEnabled(Map<String, String> config) {
    logging = true;
    logConfig.putAll(config);
    return this;
  }

  @Override
  public StoreBuilder<RateLimitStore> withLoggingDisabled() {
    logging = false;
    return this;
  }

  @Override
  public RateLimitStore build() {
    return PreCommitHook.hooked(settings, logging);
  }

  @Override
  public Map<String, String> logConfig() {
    return logConfig;
  }

  @Override
  public boolean loggingEnabled() {
    return logging;
  }

  @Override
  public String name() {
    return settings.storeName;
  }
}
