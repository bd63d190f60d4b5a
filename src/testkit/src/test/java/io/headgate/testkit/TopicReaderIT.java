package io.headgate.testkit;

import static io.headgate.testkit.Clients.LIMIT;
import static io.headgate.testkit.Clients.producer;
import static io.headgate.testkit.Clients.sendAll;
import static io.headgate.testkit.Clients.sent;
import static io.headgate.testkit.Clients.transaction;
import static io.headgate.testkit.Clients.values;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/** What a reader of a whole topic gets from a real broker. */
class TopicReaderIT {
  @Test
  void recordsAreReadBackInTheOrderOfTheirPartition() {
    try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
      kafka.createTopic("orders", 3, Map.of("retention.ms", "-1"));
      try (var producer = producer(kafka, Map.of())) {
        sendAll(
            producer,
            IntStream.range(0, 3_000)
                .mapToObj(i -> new ProducerRecord<>("orders", i % 3, "k" + i, "v" + i)));
      }

      var records = TopicReader.readAll(kafka.bootstrapServers(), "orders", LIMIT);

      for (int p = 0; p < 3; p++) {
        int partition = p;
        assertThat(records)
            .filteredOn(r -> r.partition() == partition)
            .extracting(r -> new String(r.value(), UTF_8))
            .containsExactlyElementsOf(
                IntStream.range(0, 1_000).mapToObj(i -> "v" + (3 * i + partition)).toList());
      }
      assertThat(TopicReader.forEach(kafka.bootstrapServers(), "orders", LIMIT, r -> {}))
          .isEqualTo(3_000);
    }
  }

  @Test
  void onlyCommittedRecordsAreRead() {
    try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
      kafka.createTopic("orders", 1, Map.of());
      try (var producer = producer(kafka, Map.of(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "t"))) {
        producer.initTransactions();
        transaction(producer, "a", 10);
        producer.commitTransaction();
        transaction(producer, "b", 10);
        producer.abortTransaction();
        transaction(producer, "c", 10);
        producer.commitTransaction();
        // The topic ends with records and a marker that no reader ever gets.
        transaction(producer, "d", 10);
        producer.abortTransaction();
        assertThat(values(kafka, "orders")).isEqualTo(sent("a", 10, "c", 10));

        // An open transaction holds back what follows until it ends.
        transaction(producer, "e", 10);
        assertThat(values(kafka, "orders")).isEqualTo(sent("a", 10, "c", 10));
        producer.commitTransaction();
      }
      assertThat(values(kafka, "orders")).isEqualTo(sent("a", 10, "c", 10, "e", 10));
    }
  }

  @Test
  void anEmptyTopicHasNoRecords() {
    try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
      kafka.createTopic("orders", 4, Map.of());

      assertThat(TopicReader.readAll(kafka.bootstrapServers(), "orders", LIMIT)).isEmpty();
    }
  }
}
