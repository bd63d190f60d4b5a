package io.headgate.chaos;

import static org.awaitility.Awaitility.await;

import com.github.dockerjava.api.DockerClient;
import io.headgate.testkit.FreePorts;
import io.headgate.testkit.KafkaCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Uuid;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.utility.DockerImageName;

/** Brokers in containers on a network of their own, each a controller too. */
final class ContainerCluster implements KafkaCluster {

  private static final DockerImageName IMAGE = DockerImageName.parse("apache/kafka:4.3.1");
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final int CLIENT_PORT = 9092;

  private final Network network = Network.newNetwork();
  private final List<GenericContainer<?>> containers = new ArrayList<>();
  private final String bootstrapServers;

  private ContainerCluster(int brokers) {
    List<Integer> ports = FreePorts.choose(brokers);
    String voters =
        IntStream.rangeClosed(1, brokers)
            .mapToObj(id -> id + "@broker-" + id + ":9093")
            .collect(Collectors.joining(","));
    String clusterId = Uuid.randomUuid().toString();
    for (int id = 1; id <= brokers; id++) {
      int port = ports.get(id - 1);
      GenericContainer<?> container =
          new GenericContainer<>(IMAGE)
              .withNetwork(network)
              .withNetworkAliases("broker-" + id)
              .withEnv(settings(id, port, voters, brokers))
              .withEnv("CLUSTER_ID", clusterId);
      // The same port after a restart: it is what the broker tells its clients.
      container.setPortBindings(List.of(port + ":" + CLIENT_PORT));
      containers.add(container);
    }
    bootstrapServers =
        ports.stream().map(port -> "localhost:" + port).collect(Collectors.joining(","));
  }

  private static Map<String, String> settings(int id, int port, String voters, int brokers) {
    String inSync = String.valueOf(brokers - 1);
    String replicas = String.valueOf(brokers);
    return Map.ofEntries(
        Map.entry("KAFKA_NODE_ID", String.valueOf(id)),
        Map.entry("KAFKA_PROCESS_ROLES", "broker,controller"),
        Map.entry("KAFKA_CONTROLLER_QUORUM_VOTERS", voters),
        Map.entry("KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER"),
        Map.entry("KAFKA_INTER_BROKER_LISTENER_NAME", "BROKER"),
        Map.entry("KAFKA_LISTENERS", "CLIENT://:9092,BROKER://:19092,CONTROLLER://:9093"),
        Map.entry(
            "KAFKA_ADVERTISED_LISTENERS",
            "CLIENT://localhost:" + port + ",BROKER://broker-" + id + ":19092"),
        Map.entry(
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP",
            "CLIENT:PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT"),
        Map.entry("KAFKA_DEFAULT_REPLICATION_FACTOR", replicas),
        Map.entry("KAFKA_MIN_INSYNC_REPLICAS", inSync),
        Map.entry("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", replicas),
        Map.entry("KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS", "4"),
        Map.entry("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", replicas),
        Map.entry("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", inSync),
        Map.entry("KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS", "4"),
        Map.entry("KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS", "500"),
        Map.entry("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0"),
        Map.entry("KAFKA_BROKER_SESSION_TIMEOUT_MS", "4000"),
        Map.entry("KAFKA_BROKER_HEARTBEAT_INTERVAL_MS", "500"),
        Map.entry("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false"),
        Map.entry("KAFKA_HEAP_OPTS", "-Xms128m -Xmx384m"));
  }

  static ContainerCluster ofBrokers(int brokers) {
    ContainerCluster cluster = new ContainerCluster(brokers);
    try {
      cluster.containers.forEach(GenericContainer::start);
      cluster.awaitBrokers(brokers);
      return cluster;
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  private void awaitBrokers(int wanted) {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
      await(wanted + " brokers")
          .atMost(LIMIT)
          .ignoreExceptions()
          .until(
              () ->
                  admin.describeCluster().nodes().get(LIMIT.toSeconds(), TimeUnit.SECONDS).size()
                      == wanted);
    }
  }

  private DockerClient docker(int broker) {
    return containers.get(broker).getDockerClient();
  }

  private String id(int broker) {
    return containers.get(broker).getContainerId();
  }

  @Override
  public String bootstrapServers() {
    return bootstrapServers;
  }

  @Override
  public int size() {
    return containers.size();
  }

  @Override
  public void kill(int broker) {
    docker(broker).killContainerCmd(id(broker)).exec();
  }

  @Override
  public void stop(int broker) {
    docker(broker).stopContainerCmd(id(broker)).withTimeout(60).exec();
  }

  @Override
  public void start(int broker) {
    docker(broker).startContainerCmd(id(broker)).exec();
    awaitBrokers(size());
  }

  @Override
  public void suspend(int broker) {
    docker(broker).pauseContainerCmd(id(broker)).exec();
  }

  @Override
  public void resume(int broker) {
    docker(broker).unpauseContainerCmd(id(broker)).exec();
  }

  @Override
  public void close() {
    containers.forEach(GenericContainer::stop);
    network.close();
  }
}
