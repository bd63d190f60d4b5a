package io.headgate.service.config;

import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;
import org.jspecify.annotations.Nullable;

/**
 * Settings of Kafka's, as they were given: plain ones for all clients, and those under {@code
 * producer.}, {@code consumer.} and {@code admin.} for one kind of them. Immutable.
 *
 * <p>Holds secrets: says their names only.
 */
public final class KafkaSettings {

  /** Its constant is deprecated, since Kafka Streams 5 asks the handler always. */
  private static final String GLOBAL_HANDLER = "processing.exception.handler.global.enabled";

  private final Map<String, String> all;

  /**
   * Copies settings.
   *
   * @param all by name, in their order
   */
  public KafkaSettings(Map<String, String> all) {
    this.all = Collections.unmodifiableMap(new LinkedHashMap<>(all));
  }

  /**
   * Returns one setting.
   *
   * @param name its name, prefix included
   * @return its value, or null
   */
  public @Nullable String get(String name) {
    return all.get(name);
  }

  /**
   * Returns where the brokers are.
   *
   * @return {@code host:port}, with commas; empty if it is not said
   */
  public String bootstrapServers() {
    return all.getOrDefault(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, "");
  }

  /**
   * Makes the settings of a Kafka Streams application.
   *
   * @param applicationId its id
   * @return all settings; the caller's
   */
  public Properties streams(String applicationId) {
    Properties properties = new Properties();
    // The table of live limits as well, as from Kafka Streams 5 on; 4.3 warns until it is said.
    properties.setProperty(GLOBAL_HANDLER, "true");
    all.forEach(properties::setProperty);
    properties.setProperty(StreamsConfig.APPLICATION_ID_CONFIG, applicationId);
    return properties;
  }

  /**
   * Makes the settings of an admin client.
   *
   * @return those that an admin client knows; the caller's
   */
  public Map<String, Object> admin() {
    return client(AdminClientConfig.configNames(), StreamsConfig.ADMIN_CLIENT_PREFIX);
  }

  /**
   * Makes the settings of a consumer.
   *
   * @return those that a consumer knows, without a group; the caller's
   */
  public Map<String, Object> consumer() {
    Map<String, Object> settings =
        client(ConsumerConfig.configNames(), StreamsConfig.CONSUMER_PREFIX);
    settings.remove(ConsumerConfig.GROUP_ID_CONFIG);
    // Kafka Streams has a protocol of this name too, which a consumer has not.
    settings.remove(ConsumerConfig.GROUP_PROTOCOL_CONFIG);
    return settings;
  }

  /**
   * Makes the settings of a producer.
   *
   * @return those that a producer knows; the caller's
   */
  public Map<String, Object> producer() {
    Map<String, Object> settings =
        client(ProducerConfig.configNames(), StreamsConfig.PRODUCER_PREFIX);
    settings.remove(ProducerConfig.TRANSACTIONAL_ID_CONFIG);
    return settings;
  }

  private Map<String, Object> client(Set<String> names, String prefix) {
    Map<String, Object> settings = new HashMap<>();
    all.forEach(
        (name, value) -> {
          if (names.contains(name)) {
            settings.putIfAbsent(name, value);
          } else if (name.startsWith(prefix)) {
            settings.put(name.substring(prefix.length()), value);
          }
        });
    return settings;
  }

  /** Says which settings there are, not what they are. */
  @Override
  public String toString() {
    return "settings " + all.keySet();
  }
}
