package io.headgate.service.kafka;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.TopicConfig;

/**
 * A topic that the service needs.
 *
 * @param name its name
 * @param role what it is for, as the file has it
 * @param operation what the service does with it
 * @param partitions it is to be made with; 0 where it does not matter
 * @param settings it is to be made with
 */
record NeededTopic(
    String name,
    String role,
    AclOperation operation,
    int partitions,
    Map<String, String> settings) {

  static final int ANY = 0;

  private static final Map<String, String> COMPACTED =
      Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);

  static NeededTopic source(String name) {
    return new NeededTopic(name, "sources", AclOperation.READ, ANY, Map.of());
  }

  static NeededTopic output(String name, int partitions) {
    return new NeededTopic(name, "output", AclOperation.WRITE, partitions, Map.of());
  }

  static NeededTopic blocked(String name) {
    return new NeededTopic(name, "blocked", AclOperation.WRITE, ANY, Map.of());
  }

  static NeededTopic route(String name) {
    return new NeededTopic(name, "over-limit route", AclOperation.WRITE, ANY, Map.of());
  }

  /** One partition: entries are few, and are read whole. */
  static NeededTopic limits(String name) {
    return new NeededTopic(name, "limits", AclOperation.READ, 1, COMPACTED);
  }

  boolean isCompacted() {
    return !settings.isEmpty();
  }

  /** How somebody makes it by hand. */
  String command(String servers) {
    StringBuilder command = new StringBuilder("kafka-topics.sh --bootstrap-server ");
    command.append(servers).append(" --create --topic ").append(name);
    if (partitions != ANY) {
      command.append(" --partitions ").append(partitions);
    }
    new TreeMap<>(settings)
        .forEach((key, value) -> command.append(" --config ").append(key + "=" + value));
    return command.toString();
  }

  NewTopic make(int usualPartitions, short replication) {
    return new NewTopic(
            name,
            Optional.of(partitions == ANY ? usualPartitions : partitions),
            replication < 0 ? Optional.empty() : Optional.of(replication))
        .configs(settings);
  }
}
