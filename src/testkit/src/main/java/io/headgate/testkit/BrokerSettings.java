package io.headgate.testkit;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import kafka.server.KafkaConfig;
import org.apache.kafka.metadata.storage.Formatter;

/** The configuration of a broker, and the formatting of its storage directory. */
final class BrokerSettings {
  /** What holds a broker together; another value would break {@link EmbeddedKafka} itself. */
  private static final Set<String> RESERVED =
      Set.of(
          "process.roles",
          "node.id",
          "broker.id",
          "listeners",
          "advertised.listeners",
          "listener.security.protocol.map",
          "inter.broker.listener.name",
          "security.inter.broker.protocol",
          "controller.listener.names",
          "controller.quorum.voters",
          "controller.quorum.bootstrap.servers",
          "log.dir",
          "log.dirs",
          "metadata.log.dir");

  /** What a single node needs, and what keeps one small; each may be overridden. */
  private static final Map<String, String> DEFAULTS =
      Map.ofEntries(
          // One node holds one replica.
          Map.entry("default.replication.factor", "1"),
          Map.entry("min.insync.replicas", "1"),
          Map.entry("offsets.topic.replication.factor", "1"),
          Map.entry("transaction.state.log.replication.factor", "1"),
          Map.entry("transaction.state.log.min.isr", "1"),
          Map.entry("share.coordinator.state.topic.replication.factor", "1"),
          Map.entry("share.coordinator.state.topic.min.isr", "1"),
          // Fifty partitions of each internal topic take longer to create than the broker to start.
          Map.entry("offsets.topic.num.partitions", "4"),
          Map.entry("transaction.state.log.num.partitions", "4"),
          Map.entry("share.coordinator.state.topic.num.partitions", "2"),
          // A mistyped topic name is an error, not a new topic.
          Map.entry("auto.create.topics.enable", "false"),
          Map.entry("num.partitions", "1"),
          // A test's group is complete when its last member says so, not three seconds later.
          Map.entry("group.initial.rebalance.delay.ms", "0"),
          Map.entry("group.streams.initial.rebalance.delay.ms", "0"),
          // The newer group protocols tell a member of a rebalance at its next heartbeat, whose
          // interval the broker sets; by default a test would wait up to five seconds for each.
          Map.entry("group.consumer.heartbeat.interval.ms", "500"),
          Map.entry("group.consumer.min.heartbeat.interval.ms", "100"),
          Map.entry("group.streams.heartbeat.interval.ms", "500"),
          Map.entry("group.streams.min.heartbeat.interval.ms", "100"),
          // Session timeouts stay Kafka's own, but a test that kills a member may ask for short
          // ones.
          Map.entry("group.min.session.timeout.ms", "500"),
          Map.entry("group.consumer.min.session.timeout.ms", "1000"),
          Map.entry("group.streams.min.session.timeout.ms", "1000"),
          // Few threads and small buffers: a test has few cores and shares them with the broker.
          Map.entry("num.network.threads", "2"),
          Map.entry("num.io.threads", "2"),
          Map.entry("background.threads", "2"),
          Map.entry("num.recovery.threads.per.data.dir", "1"),
          Map.entry("group.coordinator.threads", "1"),
          Map.entry("log.cleaner.threads", "1"),
          Map.entry("log.cleaner.dedupe.buffer.size", "2097152"),
          // A broker that cannot start says so instead of waiting for ever.
          Map.entry("server.max.startup.time.ms", "60000"));

  private BrokerSettings() {}

  /**
   * Refuses a property that the embedded broker sets itself.
   *
   * @param name the property's name
   * @throws IllegalArgumentException if it is one of those
   */
  static void checkNotReserved(String name) {
    if (RESERVED.contains(name)) {
      throw new IllegalArgumentException(name + " is set by the embedded broker itself");
    }
  }

  /**
   * {@return the properties of a broker that is a cluster of its own}
   *
   * @param nodeId the node id, unique in this JVM
   * @param directory the storage directory
   * @param listeners the ports
   * @param overrides what the test wants otherwise
   */
  static Properties properties(
      int nodeId, Path directory, BoundListeners listeners, Map<String, String> overrides) {
    return properties(nodeId, directory, listeners, voter(nodeId, listeners), overrides);
  }

  /** {@return where a broker's clients find it} */
  static String clientAddress(Properties properties) {
    String listener = properties.getProperty("listeners").split(",", -1)[0];
    return listener.substring(listener.indexOf("://") + 3);
  }

  /** {@return how a node is named among the voters of its cluster} */
  static String voter(int nodeId, BoundListeners listeners) {
    return nodeId + "@" + BoundListeners.HOST + ":" + listeners.controllerPort();
  }

  /**
   * {@return the properties of one broker of a cluster}
   *
   * @param nodeId the node id, unique in the cluster
   * @param directory the storage directory
   * @param listeners the ports
   * @param voters all nodes of the cluster, as {@link #voter} names them, by commas
   * @param overrides what the test wants otherwise
   */
  static Properties properties(
      int nodeId,
      Path directory,
      BoundListeners listeners,
      String voters,
      Map<String, String> overrides) {
    String client = BoundListeners.HOST + ":" + listeners.clientPort();
    String controller = BoundListeners.HOST + ":" + listeners.controllerPort();
    Properties properties = new Properties();
    properties.putAll(DEFAULTS);
    properties.putAll(overrides);
    properties.setProperty("process.roles", "broker,controller");
    properties.setProperty("node.id", Integer.toString(nodeId));
    properties.setProperty("log.dirs", directory.toString());
    properties.setProperty(
        "listeners",
        BoundListeners.CLIENT
            + "://"
            + client
            + ","
            + BoundListeners.CONTROLLER
            + "://"
            + controller);
    properties.setProperty("controller.listener.names", BoundListeners.CONTROLLER);
    properties.setProperty("controller.quorum.voters", voters);
    return properties;
  }

  /**
   * Formats an empty storage directory for a new cluster, with the feature levels that this Kafka
   * release gives a new cluster by default.
   *
   * @param properties the broker's properties
   * @param clusterId the same for all nodes of a cluster
   * @throws Exception if a property is wrong or the directory cannot be written
   */
  static void format(Properties properties, String clusterId) throws Exception {
    KafkaConfig config = KafkaConfig.fromProps(properties, false);
    try (PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
      Formatter formatter =
          new Formatter()
              .setPrintStream(nowhere)
              .setNodeId(config.nodeId())
              .setClusterId(clusterId)
              .setUnstableFeatureVersionsEnabled(config.unstableFeatureVersionsEnabled())
              .setControllerListenerName(BoundListeners.CONTROLLER)
              .setMetadataLogDirectory(config.metadataLogDir());
      config.logDirs().forEach(formatter::addDirectory);
      formatter.run();
    }
  }
}
