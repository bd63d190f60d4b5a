package io.headgate.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.headgate.lane.BlockedEvent;
import io.headgate.lane.BlockedEventSerde.EventDeserializer;
import io.headgate.testkit.Checkout;
import io.headgate.testkit.EmbeddedKafka;
import io.headgate.testkit.TopicReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's snippet is the one that is compiled, and does what the README says. */
class DropInIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path stateDir;

  @Test
  void shouldBeTheSnippetOfTheReadme() throws Exception {
    Path source =
        Checkout.root().resolve("examples/src/main/java/io/headgate/examples/DropIn.java");
    String snippet = between(Files.readAllLines(source), "// snippet begins", "// snippet ends");
    String readme =
        between(Files.readAllLines(Checkout.root().resolve("README.md")), "```java", "```");
    assertThat(readme).isEqualTo(snippet);
  }

  /** The lines between two marks, without their common indentation. */
  private static String between(List<String> lines, String begin, String end) {
    int from = indexOf(lines, begin, 0) + 1;
    return String.join("\n", lines.subList(from, indexOf(lines, end, from))).stripIndent();
  }

  private static int indexOf(List<String> lines, String mark, int from) {
    for (int i = from; i < lines.size(); i++) {
      if (lines.get(i).strip().equals(mark)) {
        return i;
      }
    }
    throw new AssertionError("no line is " + mark);
  }

  @Test
  void shouldAdmitAHundredAMinuteAndAccountForTheRest() throws Exception {
    try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
      for (String topic : List.of("requests", "requests-admitted", "requests-blocked")) {
        kafka.createTopic(topic, 2, Map.of());
      }
      long now = System.currentTimeMillis();
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      try (KafkaProducer<String, String> producer =
          new KafkaProducer<>(
              Map.of("bootstrap.servers", kafka.bootstrapServers()),
              new StringSerializer(),
              new StringSerializer())) {
        for (int i = 0; i < 150; i++) {
          sent.add(producer.send(new ProducerRecord<>("requests", null, now, "ann", "a" + i)));
        }
        sent.add(producer.send(new ProducerRecord<>("requests", null, now, "bob", "b")));
      }
      for (Future<RecordMetadata> record : sent) {
        record.get();
      }
      Properties config = new Properties();
      config.put(StreamsConfig.APPLICATION_ID_CONFIG, "drop-in");
      config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
      config.put(StreamsConfig.STATE_DIR_CONFIG, stateDir.toString());
      config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 200);
      try (KafkaStreams streams = new KafkaStreams(DropIn.topology(), config)) {
        streams.start();
        await().atMost(PATIENCE).until(() -> read(kafka, "requests-admitted").size() == 101);
        await().atMost(PATIENCE).until(() -> blocked(kafka) == 50);
      }
      assertThat(read(kafka, "requests-admitted")).hasSize(101);
      assertThat(blocked(kafka)).isEqualTo(50);
    }
  }

  private static long blocked(EmbeddedKafka kafka) {
    long count = 0;
    try (EventDeserializer events = new EventDeserializer()) {
      for (byte[] value : read(kafka, "requests-blocked")) {
        BlockedEvent event = events.deserialize("requests-blocked", value);
        assertThat(event).isNotNull();
        assertThat(event.key()).isEqualTo("ann");
        assertThat(event.limiter()).isEqualTo("requests-limit");
        count += event.count();
      }
    }
    return count;
  }

  private static List<byte[]> read(EmbeddedKafka kafka, String topic) {
    return TopicReader.readAll(kafka.bootstrapServers(), topic, PATIENCE).stream()
        .map(record -> record.value())
        .toList();
  }
}
