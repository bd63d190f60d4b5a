package io.headgate.streams;

import static io.headgate.streams.Cluster.AT_LEAST_ONCE;
import static io.headgate.streams.Cluster.EXACTLY_ONCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.headgate.RateLimit;
import io.headgate.lane.BlockedEvent;
import io.headgate.lane.BlockedEventSerde;
import io.headgate.lane.Delivery;
import io.headgate.testkit.EmbeddedKafka;
import io.headgate.testkit.TopicReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A limiter that may do what {@code src/docs/security.md} lists, and nothing else, on a broker that
 * asks who comes.
 */
class AclIT {

  private static final String USER = "limiter";
  private static final int RECORDS = 50;
  private static final int LIMIT = 20;

  private static EmbeddedKafka kafka;

  @SuppressWarnings("NullAway.Init")
  @TempDir
  private Path state;

  private final String application = Cluster.unique("acl");
  private final String input = application + ".in";
  private final String output = application + ".out";
  private final String blocked = application + ".blocked";

  @BeforeAll
  static void start() {
    kafka = EmbeddedKafka.builder().users(USER).start();
  }

  @AfterAll
  static void stop() {
    kafka.close();
  }

  @AfterEach
  void forget() throws Exception {
    kafka.admin().deleteAcls(List.of(AclBindingFilter.ANY)).all().get();
  }

  private static AclBinding may(
      AclOperation operation, ResourceType type, String name, PatternType pattern) {
    return new AclBinding(
        new ResourcePattern(type, name, pattern),
        new AccessControlEntry("User:" + USER, "*", operation, AclPermissionType.ALLOW));
  }

  private static AclBinding may(AclOperation operation, ResourceType type, String name) {
    return may(operation, type, name, PatternType.LITERAL);
  }

  /** The list of the page. */
  private List<AclBinding> documented(String guarantee) {
    String own = application + "-";
    List<AclBinding> list = new ArrayList<>();
    list.add(may(AclOperation.READ, ResourceType.GROUP, application));
    list.add(may(AclOperation.READ, ResourceType.TOPIC, input));
    list.add(may(AclOperation.WRITE, ResourceType.TOPIC, output));
    list.add(may(AclOperation.WRITE, ResourceType.TOPIC, blocked));
    list.add(may(AclOperation.CREATE, ResourceType.TOPIC, own, PatternType.PREFIXED));
    list.add(may(AclOperation.READ, ResourceType.TOPIC, own, PatternType.PREFIXED));
    list.add(may(AclOperation.WRITE, ResourceType.TOPIC, own, PatternType.PREFIXED));
    if (guarantee.equals(EXACTLY_ONCE)) {
      list.add(may(AclOperation.WRITE, ResourceType.TRANSACTIONAL_ID, own, PatternType.PREFIXED));
    }
    return list;
  }

  private void allow(List<AclBinding> list, Predicate<AclBinding> which) throws Exception {
    kafka.admin().createAcls(list.stream().filter(which).toList()).all().get();
    for (String topic : List.of(input, output, blocked)) {
      kafka.createTopic(topic, 2, Map.of());
    }
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (var producer =
        new KafkaProducer<>(
            kafka.clientSettings("admin"), new StringSerializer(), new StringSerializer())) {
      for (int i = 0; i < RECORDS; i++) {
        sent.add(producer.send(new ProducerRecord<>(input, 0, "key", "value")));
      }
    }
    assertThat(sent).allSatisfy(each -> assertThat(each).succeedsWithin(Duration.ZERO));
  }

  private App app(String guarantee, Delivery delivery, String protocol) {
    Properties config = new Properties();
    config.putAll(kafka.clientSettings(USER));
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, application);
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
    config.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
    config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 200);
    config.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, protocol);
    config.put("auto.offset.reset", "earliest");
    Headgate.Builder limiter =
        Headgate.limit(RateLimit.perHour(LIMIT))
            .named("limit")
            .blockedTo(blocked)
            .delivery(delivery);
    return new App(config, App.limited(input, limiter, output));
  }

  @ParameterizedTest
  @CsvSource({
    AT_LEAST_ONCE + ", AT_LEAST_ONCE, classic",
    AT_LEAST_ONCE + ", BEST_EFFORT, classic",
    AT_LEAST_ONCE + ", TRANSACTIONAL, classic",
    EXACTLY_ONCE + ", TRANSACTIONAL, classic",
    EXACTLY_ONCE + ", AT_LEAST_ONCE, streams"
  })
  void theListOfThePageIsEnough(String guarantee, Delivery delivery, String protocol)
      throws Exception {
    allow(documented(guarantee), acl -> true);
    try (App app = app(guarantee, delivery, protocol)) {
      await()
          .atMost(Cluster.LIMIT)
          .failFast(() -> assertThat(app.errors()).isEmpty())
          .until(() -> committed() == RECORDS);
    }
    assertThat(read(output)).isEqualTo(LIMIT);
    assertThat(told()).isEqualTo(RECORDS - LIMIT);
  }

  @Test
  void whoMayNotWriteToTheBlockedTopicIsToldSo() throws Exception {
    allow(documented(AT_LEAST_ONCE), acl -> !acl.pattern().name().equals(blocked));
    try (App app = app(AT_LEAST_ONCE, Delivery.AT_LEAST_ONCE, "classic")) {
      assertThat(app.awaitError())
          .hasStackTraceContaining("event cannot be written to topic " + blocked)
          .hasStackTraceContaining("let this application write to it");
    }
    // Records that were admitted may be; the first one that was blocked may not.
    assertThat(committed()).isLessThanOrEqualTo(LIMIT);
  }

  /** So that the test above is known to say something. */
  @Test
  void theBrokerRefusesWhatNobodyWasAllowed() {
    kafka.createTopic(input, 1, Map.of());
    Throwable refused =
        catchThrowable(() -> TopicReader.readAll(kafka.clientSettings(USER), input, Cluster.LIMIT));
    assertThat(refused).isInstanceOf(TopicAuthorizationException.class);
  }

  private long committed() throws Exception {
    var offset =
        kafka
            .admin()
            .listConsumerGroupOffsets(application)
            .partitionsToOffsetAndMetadata()
            .get()
            .get(new TopicPartition(input, 0));
    return offset == null ? 0 : offset.offset();
  }

  private static int read(String topic) {
    return TopicReader.readAll(kafka.clientSettings("admin"), topic, Cluster.LIMIT).size();
  }

  private long told() {
    try (BlockedEventSerde serde = new BlockedEventSerde()) {
      return TopicReader.readAll(kafka.clientSettings("admin"), blocked, Cluster.LIMIT).stream()
          .map(record -> serde.deserializer().deserialize(blocked, record.value()))
          .mapToLong(event -> Objects.<BlockedEvent>requireNonNull(event).count())
          .sum();
    }
  }
}
