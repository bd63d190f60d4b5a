package io.headgate.testkit;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Brokers in processes of their own, on this machine's loopback interface: each is a controller
 * too, topics have as many replicas as there are brokers, and one of three may be gone.
 */
public final class ProcessCluster implements KafkaCluster {

  private static final Duration START_LIMIT = Duration.ofSeconds(90);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(60);

  /** Small, and quick to start: a machine has several of them. */
  private static final List<String> JVM_OPTIONS =
      List.of(
          "-Xms96m",
          "-Xmx256m",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
          "-Dorg.slf4j.simpleLogger.showDateTime=true");

  private final List<Node> nodes = new ArrayList<>();
  private final String bootstrapServers;

  private ProcessCluster(Path directory, List<Properties> brokers, List<String> jvmOptions)
      throws IOException {
    List<String> addresses = new ArrayList<>();
    for (int i = 0; i < brokers.size(); i++) {
      Path file = directory.resolve("broker-" + i + ".properties");
      try (Writer writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
        brokers.get(i).store(writer, null);
      }
      Path log = directory.resolve("broker-" + i + ".log");
      nodes.add(new Node("broker-" + i, jvmOptions, file, log));
      addresses.add(BrokerSettings.clientAddress(brokers.get(i)));
    }
    bootstrapServers = String.join(",", addresses);
  }

  /**
   * Starts a cluster and waits until each broker serves clients.
   *
   * @param brokers how many
   * @param directory for its data and logs; the caller deletes it
   * @param overrides broker settings that differ from the defaults
   * @return the running cluster
   * @throws IllegalStateException if it does not start; nothing runs then
   */
  public static ProcessCluster start(int brokers, Path directory, Map<String, String> overrides) {
    return start(brokers, directory, overrides, JVM_OPTIONS);
  }

  /**
   * Starts a cluster whose brokers are not small, and waits until each of them serves clients.
   *
   * @param brokers how many
   * @param directory for its data and logs; the caller deletes it
   * @param overrides broker settings that differ from the defaults
   * @param jvmOptions of each broker
   * @return the running cluster
   * @throws IllegalStateException if it does not start; nothing runs then
   */
  public static ProcessCluster start(
      int brokers, Path directory, Map<String, String> overrides, List<String> jvmOptions) {
    try {
      List<Properties> properties = properties(brokers, directory, overrides);
      String clusterId = Uuid.randomUuid().toString();
      for (Properties each : properties) {
        BrokerSettings.format(each, clusterId);
      }
      ProcessCluster cluster = new ProcessCluster(directory, properties, jvmOptions);
      try {
        // All at once: none is ready before there is a majority.
        cluster.nodes.forEach(Node::launch);
        cluster.nodes.forEach(Node::awaitReady);
        return cluster;
      } catch (RuntimeException e) {
        cluster.close();
        throw e;
      }
    } catch (Exception e) {
      throw new IllegalStateException("the cluster did not start: " + e.getMessage(), e);
    }
  }

  private static List<Properties> properties(
      int brokers, Path directory, Map<String, String> overrides) {
    Map<String, String> settings = new TreeMap<>();
    String replicas = String.valueOf(brokers);
    String inSync = String.valueOf(Math.max(1, brokers - 1));
    settings.put("default.replication.factor", replicas);
    settings.put("min.insync.replicas", inSync);
    settings.put("offsets.topic.replication.factor", replicas);
    settings.put("transaction.state.log.replication.factor", replicas);
    settings.put("transaction.state.log.min.isr", inSync);
    settings.put("share.coordinator.state.topic.replication.factor", replicas);
    settings.put("share.coordinator.state.topic.min.isr", inSync);
    // A broker that is gone is missed soon: until then nobody leads what it led.
    settings.put("broker.session.timeout.ms", "4000");
    settings.put("broker.heartbeat.interval.ms", "500");
    settings.putAll(overrides);
    settings.keySet().forEach(BrokerSettings::checkNotReserved);
    List<BoundListeners> ports = new ArrayList<>();
    try {
      for (int i = 0; i < brokers; i++) {
        ports.add(BoundListeners.onFreePorts());
      }
      String voters =
          IntStream.range(0, brokers)
              .mapToObj(i -> BrokerSettings.voter(i + 1, ports.get(i)))
              .collect(Collectors.joining(","));
      List<Properties> properties = new ArrayList<>();
      for (int i = 0; i < brokers; i++) {
        Path data = directory.resolve("broker-" + i);
        properties.add(BrokerSettings.properties(i + 1, data, ports.get(i), voters, settings));
      }
      return properties;
    } finally {
      // From here to the brokers' own binding the ports are anybody's; they were free a moment ago.
      ports.forEach(BoundListeners::close);
    }
  }

  /** One broker: its settings, and its process while it runs. */
  private static final class Node {
    private final String name;
    private final List<String> jvmOptions;
    private final Path properties;
    private final Path log;
    private CountDownLatch ready = new CountDownLatch(1);
    private @Nullable ChildJvm process;

    Node(String name, List<String> jvmOptions, Path properties, Path log) {
      this.name = name;
      this.jvmOptions = jvmOptions;
      this.properties = properties;
      this.log = log;
    }

    void launch() {
      if (process != null) {
        throw new IllegalStateException(name + " runs");
      }
      CountDownLatch latch = new CountDownLatch(1);
      ready = latch;
      process =
          ChildJvm.start(
              name,
              jvmOptions,
              BrokerProcess.class,
              List.of(properties.toString()),
              log,
              line -> {
                if (line.equals(BrokerProcess.READY)) {
                  latch.countDown();
                }
              });
    }

    void awaitReady() {
      try {
        if (!ready.await(START_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
          throw new IllegalStateException(name + " is not ready in time, see " + log);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }

    ChildJvm running() {
      ChildJvm running = process;
      if (running == null || !running.isAlive()) {
        throw new IllegalStateException(name + " does not run, see " + log);
      }
      return running;
    }
  }

  @Override
  public String bootstrapServers() {
    return bootstrapServers;
  }

  @Override
  public int size() {
    return nodes.size();
  }

  @Override
  public void kill(int broker) {
    Node node = nodes.get(broker);
    node.running().kill();
    node.process = null;
  }

  @Override
  public void stop(int broker) {
    Node node = nodes.get(broker);
    node.running().stop(STOP_LIMIT);
    node.process = null;
  }

  @Override
  public void start(int broker) {
    nodes.get(broker).launch();
    nodes.get(broker).awaitReady();
  }

  @Override
  public void suspend(int broker) {
    nodes.get(broker).running().suspend();
  }

  @Override
  public void resume(int broker) {
    nodes.get(broker).running().resume();
  }

  @Override
  public void close() {
    for (Node node : nodes) {
      if (node.process != null) {
        node.process.close();
        node.process = null;
      }
    }
  }
}
