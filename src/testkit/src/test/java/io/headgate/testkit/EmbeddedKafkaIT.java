package io.headgate.testkit;

import static io.headgate.testkit.Clients.LIMIT;
import static io.headgate.testkit.Clients.consumer;
import static io.headgate.testkit.Clients.producer;
import static io.headgate.testkit.Clients.send;
import static io.headgate.testkit.Clients.sent;
import static io.headgate.testkit.Clients.transaction;
import static io.headgate.testkit.Clients.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.FinalizedVersionRange;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The embedded broker against clients that know nothing of it. */
class EmbeddedKafkaIT {
  @Test
  void mistakesAreNamed() {
    try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
      String servers = kafka.bootstrapServers();
      kafka.createTopic("orders", 1, Map.of());

      assertThatIllegalStateException()
          .isThrownBy(() -> kafka.createTopic("orders", 1, Map.of()))
          .withCauseInstanceOf(TopicExistsException.class);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> TopicReader.readAll(servers, "order", LIMIT))
          .withMessageContaining("order");
      assertThatIllegalStateException().isThrownBy(kafka::startAgain).withMessageContaining("runs");
      kafka.stop();
      assertThatExceptionOfType(TimeoutException.class)
          .isThrownBy(() -> TopicReader.readAll(servers, "orders", Duration.ofSeconds(1)));
    }
  }

  @Test
  void aRestartKeepsDataPortsAndAdmin() throws Exception {
    try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
      kafka.createTopic("orders", 2, Map.of());
      try (var producer = producer(kafka, Map.of())) {
        send(producer, "orders", "before", 100);
        String servers = kafka.bootstrapServers();
        String clusterId = kafka.admin().describeCluster().clusterId().get();

        kafka.restart();

        assertThat(kafka.bootstrapServers()).isEqualTo(servers);
        assertThat(kafka.admin().describeCluster().clusterId().get()).isEqualTo(clusterId);
        // The same producer goes on, as a client of a real broker would.
        send(producer, "orders", "after", 100);
      }
      assertThat(values(kafka, "orders"))
          .hasSize(200)
          .containsAll(sent("before", 100, "after", 100));
    }
  }

  @Test
  void aStoppedBrokerRefusesConnectionsAndStartsAgain() {
    try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
      kafka.createTopic("orders", 1, Map.of());
      try (var producer = producer(kafka, Map.of())) {
        send(producer, "orders", "v", 10);
      }

      kafka.stop();
      kafka.stop();

      assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> connect(kafka));
      kafka.startAgain();
      assertThat(values(kafka, "orders")).isEqualTo(sent("v", 10));
    }
  }

  @Test
  void twoBrokersInOneJvmAreTwoClusters() throws Exception {
    try (EmbeddedKafka one = EmbeddedKafka.start()) {
      try (EmbeddedKafka two = EmbeddedKafka.start()) {
        assertThat(two.bootstrapServers()).isNotEqualTo(one.bootstrapServers());
        one.createTopic("orders", 1, Map.of());
        two.createTopic("orders", 2, Map.of());
        try (var toOne = producer(one, Map.of());
            var toTwo = producer(two, Map.of())) {
          send(toOne, "orders", "one", 10);
          send(toTwo, "orders", "two", 20);
        }
        two.restart();
        assertThat(values(one, "orders")).isEqualTo(sent("one", 10));
        assertThat(values(two, "orders")).hasSize(20).containsAll(sent("two", 20));
        assertThat(one.admin().describeCluster().clusterId().get())
            .isNotEqualTo(two.admin().describeCluster().clusterId().get());
      }
      // The end of one is not the end of the other.
      try (var producer = producer(one, Map.of())) {
        send(producer, "orders", "more", 5);
      }
      assertThat(values(one, "orders")).isEqualTo(sent("one", 10, "more", 5));
    }
  }

  @Test
  void closeLeavesNeitherThreadsNorFiles() throws IOException {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    EmbeddedKafka kafka = EmbeddedKafka.start();
    kafka.createTopic("orders", 4, Map.of());
    try (var producer = producer(kafka, Map.of(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "t"))) {
      producer.initTransactions();
      transaction(producer, "v", 10);
      producer.commitTransaction();
    }
    Path directory = kafka.directory();
    assertThat(directory).isNotEmptyDirectory();
    assertThat(threadsSince(before)).isNotEmpty();

    kafka.close();
    kafka.close();

    assertThat(directory).doesNotExist();
    await().atMost(LIMIT).untilAsserted(() -> assertThat(threadsSince(before)).isEmpty());
    assertThatIllegalStateException().isThrownBy(kafka::admin).withMessageContaining("closed");
    assertThatIllegalStateException().isThrownBy(kafka::stop).withMessageContaining("closed");
    assertThatIllegalStateException().isThrownBy(kafka::restart).withMessageContaining("closed");
  }

  @Test
  void closeEndsAStoppedBrokerAndAnInterruptedTest() {
    EmbeddedKafka stopped = EmbeddedKafka.start();
    stopped.stop();
    stopped.close();
    assertThat(stopped.directory()).doesNotExist();

    Set<Thread> before = Thread.getAllStackTraces().keySet();
    EmbeddedKafka kafka = EmbeddedKafka.start();
    Thread.currentThread().interrupt();
    kafka.close();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(kafka.directory()).doesNotExist();
    await().atMost(LIMIT).untilAsserted(() -> assertThat(threadsSince(before)).isEmpty());
  }

  @Test
  void aBrokerThatCannotStartIsOneExceptionAndNothingStays() throws IOException {
    Set<Path> directories = brokerDirectories();
    Set<Thread> before = Thread.getAllStackTraces().keySet();

    // Seen before anything of the broker runs.
    assertThatIllegalStateException()
        .isThrownBy(() -> EmbeddedKafka.builder().property("num.io.threads", "-1").start())
        .withMessageContaining("did not start")
        .withMessageContaining("num.io.threads");
    // Seen in the controller, where Kafka's own main class ends the JVM.
    assertThatIllegalStateException()
        .isThrownBy(
            () -> EmbeddedKafka.builder().property("authorizer.class.name", "no.Such").start())
        .withMessageContaining("did not start")
        .withMessageContaining("no.Such");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EmbeddedKafka.builder().property("listeners", "PLAINTEXT://:9092"))
        .withMessageContaining("listeners");

    assertThat(brokerDirectories()).isEqualTo(directories);
    await().atMost(LIMIT).untilAsserted(() -> assertThat(threadsSince(before)).isEmpty());
  }

  @Test
  void aPortTakenMeanwhileIsAnErrorAndTheBrokerStaysStopped() throws Exception {
    try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
      kafka.stop();
      int port = port(kafka);
      try (var squatter = new ServerSocket()) {
        squatter.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        assertThatExceptionOfType(UncheckedIOException.class)
            .isThrownBy(kafka::startAgain)
            .withMessageContaining(Integer.toString(port));
      }
      kafka.startAgain();
      kafka.createTopic("orders", 1, Map.of());
    }
  }

  @Test
  void allGroupProtocolsAreEnabledAndOverridesReachTheBroker() throws Exception {
    try (EmbeddedKafka kafka = EmbeddedKafka.builder().property("num.partitions", "7").start()) {
      Map<String, FinalizedVersionRange> features =
          kafka.admin().describeFeatures().featureMetadata().get().finalizedFeatures();
      assertThat(features).containsKeys("group.version", "streams.version", "transaction.version");
      kafka.admin().createTopics(List.of(new NewTopic("seven", -1, (short) -1))).all().get();
      await()
          .atMost(LIMIT)
          .ignoreExceptions()
          .until(
              () -> kafka.admin().describeTopics(List.of("seven")).allTopicNames().get().values(),
              topics -> topics.stream().allMatch(topic -> topic.partitions().size() == 7));
      kafka.createTopic("orders", 1, Map.of());
      try (var producer = producer(kafka, Map.of())) {
        send(producer, "orders", "v", 10);
      }
      for (String protocol : List.of("classic", "consumer")) {
        try (var consumer = consumer(kafka, protocol)) {
          consumer.subscribe(List.of("orders"));
          await()
              .atMost(LIMIT)
              .until(() -> consumer.poll(Duration.ofMillis(100)).count(), count -> count == 10);
        }
      }
    }
  }

  private static int port(EmbeddedKafka kafka) {
    String servers = kafka.bootstrapServers();
    return Integer.parseInt(servers.substring(servers.indexOf(':') + 1));
  }

  private static void connect(EmbeddedKafka kafka) throws IOException {
    new Socket(InetAddress.getLoopbackAddress(), port(kafka)).close();
  }

  /** Without the tick threads of the JVM-wide metrics registry, which all brokers share. */
  private static Set<String> threadsSince(Set<Thread> before) {
    Set<Thread> threads = new HashSet<>(Thread.getAllStackTraces().keySet());
    threads.removeAll(before);
    Set<String> names = new HashSet<>();
    threads.stream()
        .filter(thread -> thread.isAlive() && !isOfTheJvm(thread.getThreadGroup()))
        .map(Thread::getName)
        .filter(name -> !name.startsWith("metrics-meter-tick"))
        .filter(name -> !name.startsWith("awaitility"))
        .forEach(names::add);
    return names;
  }

  private static boolean isOfTheJvm(@Nullable ThreadGroup group) {
    return group == null
        || group.getName().equals("system")
        || group.getName().equals("InnocuousThreadGroup");
  }

  private static Set<Path> brokerDirectories() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return Set.copyOf(
          files.filter(f -> f.getFileName().toString().startsWith("headgate-kafka-")).toList());
    }
  }
}
