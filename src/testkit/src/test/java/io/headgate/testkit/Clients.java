package io.headgate.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Clients of a broker, for the tests of this package. */
final class Clients {
  static final Duration LIMIT = Duration.ofSeconds(30);

  private Clients() {}

  static KafkaProducer<String, String> producer(EmbeddedKafka kafka, Map<String, Object> more) {
    Map<String, Object> config = new HashMap<>(more);
    config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
    return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
  }

  static KafkaConsumer<String, String> consumer(EmbeddedKafka kafka, String protocol) {
    return new KafkaConsumer<>(
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            kafka.bootstrapServers(),
            ConsumerConfig.GROUP_ID_CONFIG,
            protocol + "-group",
            ConsumerConfig.GROUP_PROTOCOL_CONFIG,
            protocol,
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
            "earliest"),
        new StringDeserializer(),
        new StringDeserializer());
  }

  static void transaction(KafkaProducer<String, String> producer, String prefix, int count) {
    producer.beginTransaction();
    send(producer, "orders", prefix, count);
  }

  static void send(KafkaProducer<String, String> producer, String topic, String prefix, int count) {
    sendAll(
        producer,
        IntStream.range(0, count)
            .mapToObj(i -> new ProducerRecord<>(topic, prefix + i, prefix + i)));
  }

  /** Returns when the broker has acknowledged all records, and fails if it has not. */
  static void sendAll(
      KafkaProducer<String, String> producer, Stream<ProducerRecord<String, String>> records) {
    List<Future<RecordMetadata>> results = records.map(producer::send).toList();
    producer.flush();
    assertThat(results).allSatisfy(result -> assertThat(result).succeedsWithin(LIMIT));
  }

  static List<String> sent(Object... prefixesAndCounts) {
    return IntStream.range(0, prefixesAndCounts.length / 2)
        .boxed()
        .flatMap(
            pair ->
                IntStream.range(0, (int) prefixesAndCounts[2 * pair + 1])
                    .mapToObj(i -> prefixesAndCounts[2 * pair] + "" + i))
        .toList();
  }

  static List<String> values(EmbeddedKafka kafka, String topic) {
    return TopicReader.readAll(kafka.bootstrapServers(), topic, LIMIT).stream()
        .map(r -> new String(r.value(), UTF_8))
        .toList();
  }
}
