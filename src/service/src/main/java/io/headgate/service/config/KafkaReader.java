package io.headgate.service.config;

import io.headgate.rules.yaml.Problems;
import io.headgate.rules.yaml.YamlAt;
import io.headgate.rules.yaml.YamlMapping;
import io.headgate.rules.yaml.YamlReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.jspecify.annotations.Nullable;

/** Reads Kafka's settings. What is none becomes a problem, or a warning. Belongs to one thread. */
final class KafkaReader {

  private static final String EXPECTED =
      "settings of Kafka's, such as bootstrap.servers: host:9092";

  private final Problems problems;
  private final YamlReader yaml;
  private final List<String> warnings;

  KafkaReader(Problems problems, YamlReader yaml, List<String> warnings) {
    this.problems = problems;
    this.yaml = yaml;
    this.warnings = warnings;
  }

  @Nullable KafkaSettings read(YamlAt at) {
    int before = problems.count();
    YamlMapping found = yaml.entries(at, EXPECTED, "the name of a setting");
    if (found == null) {
      return null;
    }
    Map<String, String> all = new LinkedHashMap<>();
    for (Map.Entry<String, YamlAt> entry : found.values().entrySet()) {
      String value = value(entry.getValue());
      if (value != null) {
        check(entry.getKey(), entry.getValue(), value);
        all.put(entry.getKey(), value);
      }
    }
    if (found.whole() && !found.has(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG)) {
      problems.add(
          at,
          "no bootstrap.servers",
          "bootstrap.servers: host:9092, some of the brokers' addresses");
    }
    if (problems.count() > before) {
      return null;
    }
    KafkaSettings settings = new KafkaSettings(all);
    checkTogether(at, settings);
    return problems.count() > before ? null : settings;
  }

  private @Nullable String value(YamlAt at) {
    if (!at.isList()) {
      return yaml.text(at, "a text, or a list of some");
    }
    List<String> parts = new ArrayList<>();
    List<YamlAt> items = yaml.list(at, "a list");
    if (items == null) {
      return null;
    }
    for (YamlAt item : items) {
      String part = yaml.text(item, "a text");
      if (part == null) {
        return null;
      }
      parts.add(part);
    }
    return String.join(",", parts);
  }

  private void check(String name, YamlAt at, String value) {
    if (name.equals(StreamsConfig.APPLICATION_ID_CONFIG)) {
      problems.add(at, "application.id", "application: NAME at the top, which is it");
      return;
    }
    if (!KafkaNames.isKnown(name)) {
      String nearest = KafkaNames.nearest(name);
      warnings.add(
          at.path()
              + ": no setting that Kafka's clients know"
              + (nearest == null ? "" : "; did you mean " + nearest + "?"));
      return;
    }
    String against = KafkaNames.against(name, value);
    if (against != null) {
      // What is filled in may be a secret, which Kafka's own words would show.
      problems.add(at, at.found(), "a value that Kafka takes", at.isFilled() ? "" : against);
    }
  }

  /** What only settings together can have wrong. */
  private void checkTogether(YamlAt at, KafkaSettings settings) {
    try {
      StreamsConfig unused = new StreamsConfig(settings.streams("check"));
      Map<String, Object> producer = new HashMap<>(settings.producer());
      producer.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
      producer.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
      ProducerConfig unusedToo = new ProducerConfig(producer);
    } catch (ConfigException e) {
      problems.add(
          at, "settings that exclude each other", "others", String.valueOf(e.getMessage()));
    }
  }
}
