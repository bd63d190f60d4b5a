package io.headgate.service.config;

import io.headgate.rules.yaml.NearestWord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.streams.StreamsConfig;
import org.jspecify.annotations.Nullable;

/**
 * The names of Kafka's settings and what Kafka says of values, without a broker. What is none of
 * them may still be read by a plugin of Kafka's: it is not wrong, only unknown. Stateless.
 */
final class KafkaNames {

  /** Kafka Streams looks into none of these itself. */
  private static final List<String> FREE = List.of("topic.", "client.tag.");

  private static final List<ConfigDef> PLAIN =
      List.of(
          StreamsConfig.configDef(),
          ProducerConfig.configDef(),
          ConsumerConfig.configDef(),
          AdminClientConfig.configDef());

  /** The longest first: main.consumer. is not consumer. */
  private static final Map<String, ConfigDef> PREFIXED = prefixed();

  private KafkaNames() {}

  private static Map<String, ConfigDef> prefixed() {
    Map<String, ConfigDef> prefixed = new LinkedHashMap<>();
    prefixed.put("headgate.lane.producer.", ProducerConfig.configDef());
    prefixed.put(StreamsConfig.RESTORE_CONSUMER_PREFIX, ConsumerConfig.configDef());
    prefixed.put(StreamsConfig.GLOBAL_CONSUMER_PREFIX, ConsumerConfig.configDef());
    prefixed.put(StreamsConfig.MAIN_CONSUMER_PREFIX, ConsumerConfig.configDef());
    prefixed.put(StreamsConfig.CONSUMER_PREFIX, ConsumerConfig.configDef());
    prefixed.put(StreamsConfig.PRODUCER_PREFIX, ProducerConfig.configDef());
    prefixed.put(StreamsConfig.ADMIN_CLIENT_PREFIX, AdminClientConfig.configDef());
    return prefixed;
  }

  private static String prefixOf(String name) {
    for (String prefix : PREFIXED.keySet()) {
      if (name.startsWith(prefix)) {
        return prefix;
      }
    }
    return "";
  }

  private static List<ConfigDef> definitions(String prefix) {
    ConfigDef one = PREFIXED.get(prefix);
    return one == null ? PLAIN : List.of(one);
  }

  /** Says whether Kafka's clients know a setting. */
  static boolean isKnown(String name) {
    if (FREE.stream().anyMatch(name::startsWith)) {
      return true;
    }
    String prefix = prefixOf(name);
    String plain = name.substring(prefix.length());
    return definitions(prefix).stream().anyMatch(each -> each.names().contains(plain));
  }

  /** The setting that somebody may have meant, or null. */
  static @Nullable String nearest(String name) {
    String prefix = prefixOf(name);
    Map<String, String> words = new HashMap<>();
    for (ConfigDef each : definitions(prefix)) {
      each.names().forEach(known -> words.put(known.replace('.', '-'), known));
    }
    // In an order of their own: of two that are as near, the same at all times.
    String nearest = NearestWord.to(name.substring(prefix.length()), new TreeSet<>(words.keySet()));
    return nearest == null ? null : prefix + words.get(nearest);
  }

  /** What Kafka has against a value; or null. */
  static @Nullable String against(String name, String value) {
    String prefix = prefixOf(name);
    String plain = name.substring(prefix.length());
    for (ConfigDef definition : definitions(prefix)) {
      if (!definition.names().contains(plain)) {
        continue;
      }
      for (ConfigValue each : definition.validate(Map.of(plain, value))) {
        if (each.name().equals(plain) && !each.errorMessages().isEmpty()) {
          return brief(each.errorMessages(), plain);
        }
      }
      // Others may ask for something else under the same name: Kafka Streams' word goes.
      return null;
    }
    return null;
  }

  /** What it says beyond the name and the value, which a problem has already. */
  private static String brief(List<String> messages, String plain) {
    List<String> brief = new ArrayList<>();
    String about = "for configuration " + plain + ": ";
    for (String message : messages) {
      int at = message.indexOf(about);
      brief.add(at < 0 ? message : message.substring(at + about.length()));
    }
    return String.join("; ", brief);
  }
}
