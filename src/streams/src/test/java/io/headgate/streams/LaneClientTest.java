package io.headgate.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the lane's producer and a commit's patience are made of. */
class LaneClientTest {

  private static final String EXACTLY_ONCE = StreamsConfig.EXACTLY_ONCE_V2;

  /** What a task sees of an application's settings. */
  private static Map<String, Object> application(Map<String, ?> settings) {
    Map<String, Object> all = new HashMap<>(settings);
    all.put(StreamsConfig.APPLICATION_ID_CONFIG, "application");
    all.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "localhost:1");
    Map<String, Object> seen = new HashMap<>(new StreamsConfig(all).originals());
    seen.putAll(new StreamsConfig(all).values());
    return seen;
  }

  private static long patience(Map<String, ?> settings) {
    return LaneClient.commitPatience(application(settings)).toMillis();
  }

  static Stream<Arguments> patiences() {
    String guarantee = StreamsConfig.PROCESSING_GUARANTEE_CONFIG;
    return Stream.of(
        arguments(Map.of(), 150_000),
        arguments(Map.of("max.poll.interval.ms", "8000"), 4_000),
        arguments(Map.of("max.poll.interval.ms", 8_000), 4_000),
        arguments(
            Map.of("max.poll.interval.ms", "8000", "consumer.max.poll.interval.ms", "6000"), 3_000),
        arguments(
            Map.of(
                "consumer.max.poll.interval.ms", "6000",
                "main.consumer.max.poll.interval.ms", " 4000 "),
            2_000),
        // Half of what the broker allows a transaction, if that is less.
        arguments(Map.of(guarantee, EXACTLY_ONCE), 5_000),
        arguments(Map.of(guarantee, EXACTLY_ONCE, "transaction.timeout.ms", 3_000), 1_500),
        arguments(
            Map.of(
                guarantee,
                EXACTLY_ONCE,
                "transaction.timeout.ms",
                3_000,
                "producer.transaction.timeout.ms",
                "30000"),
            15_000),
        arguments(Map.of(guarantee, EXACTLY_ONCE, "max.poll.interval.ms", 1_000), 500));
  }

  @ParameterizedTest
  @MethodSource("patiences")
  void aCommitWaitsForHalfOfWhatEndsIt(Map<String, ?> settings, long millis) {
    assertThat(patience(settings)).isEqualTo(millis);
  }

  private static Map<String, Object> producer(Map<String, ?> settings) {
    return LaneClient.producerConfig(application(settings));
  }

  @Test
  void eventsAreDurableAndNotHeldBack() {
    assertThat(producer(Map.of()))
        .containsEntry("acks", "all")
        .containsEntry("enable.idempotence", true)
        .containsEntry("linger.ms", 1)
        .containsEntry("compression.type", "lz4")
        .containsEntry("delivery.timeout.ms", 60_000)
        .doesNotContainKeys("transactional.id", "transaction.timeout.ms");
  }

  @Test
  void anEventFailsBeforeTheCommitGivesUp() {
    for (Map<String, ?> settings :
        Stream.<Map<String, ?>>of(
                Map.of(),
                Map.of(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, EXACTLY_ONCE),
                Map.of("max.poll.interval.ms", 4_000))
            .toList()) {
      Map<String, Object> producer = producer(settings);
      int delivery = (int) producer.getOrDefault("delivery.timeout.ms", 0);
      assertThat((long) delivery).isLessThan(patience(settings));
      assertThat((int) producer.getOrDefault("request.timeout.ms", 0)).isLessThan(delivery);
      assertThat((int) producer.getOrDefault("max.block.ms", 0)).isLessThan(delivery);
    }
  }

  @Test
  void theLanesOwnSettingsWin() {
    assertThat(
            producer(
                Map.of(
                    "batch.size", 1,
                    "producer.batch.size", 2,
                    "producer.buffer.memory", 3,
                    "headgate.lane.producer.batch.size", 4,
                    "headgate.lane.producer.linger.ms", 5,
                    "producer.interceptor.classes", "ofTheProducer")))
        .containsEntry("batch.size", 4)
        .containsEntry("linger.ms", 5)
        .containsEntry("buffer.memory", 3)
        .containsEntry("interceptor.classes", "ofTheProducer");
  }

  @Test
  void whatAPlainNameMeansForOtherClientsIsNotTheLanes() {
    assertThat(producer(Map.of("interceptor.classes", "ofAConsumer")))
        .doesNotContainKey("interceptor.classes");
  }

  static Stream<Map<String, ?>> producersOfTheApplication() {
    return Stream.of(
        Map.of(),
        Map.of("producer.acks", "1", "producer.enable.idempotence", "false"),
        Map.of("producer.enable.idempotence", "false", "producer.retries", "0"),
        Map.of(
            "producer.enable.idempotence", "false",
            "producer.max.in.flight.requests.per.connection", "10"),
        Map.of("producer.transactional.id", "mine"),
        Map.of("producer.linger.ms", "600000"),
        Map.of("producer.delivery.timeout.ms", "1", "producer.linger.ms", "0"),
        Map.of("producer.request.timeout.ms", "600000"),
        Map.of("producer.partitioner.class", "mine.Own"),
        Map.of("producer.compression.type", "none"));
  }

  /** Kafka's own check of settings that exclude each other. */
  @ParameterizedTest
  @MethodSource("producersOfTheApplication")
  void whateverTheApplicationsProducerIsLikeTheLanesIsSound(Map<String, ?> settings) {
    Map<String, Object> config = producer(settings);
    config.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    config.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    ProducerConfig sound = new ProducerConfig(config);
    assertThat(sound.getString(ProducerConfig.ACKS_CONFIG)).isEqualTo("-1");
    assertThat(sound.getBoolean(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG)).isTrue();
  }

  @Test
  void theClientIsNamedAfterTheApplicationAndNotItsThread() throws InterruptedException {
    AtomicReference<String> name = new AtomicReference<>();
    Thread thread =
        new Thread(() -> name.set(LaneClient.clientId()), "application-1234-StreamThread-12");
    thread.start();
    thread.join();
    assertThat(name.get()).isEqualTo("application-1234-headgate-lane");
  }
}
