package io.headgate.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster goes on without any one of its brokers, and the broker comes back. */
class ProcessClusterIT {

  private static final Duration LIMIT = Duration.ofSeconds(60);

  @SuppressWarnings("NullAway.Init")
  @TempDir
  private Path directory;

  @Test
  void oneOfThreeBrokersMayBeKilledFrozenOrStopped() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start(3, directory, Map.of());
        Admin admin = Admin.create(Map.of("bootstrap.servers", cluster.bootstrapServers()));
        var producer =
            new KafkaProducer<>(
                Map.<String, Object>of("bootstrap.servers", cluster.bootstrapServers()),
                new StringSerializer(),
                new StringSerializer())) {
      Topics.create(admin, List.of(new NewTopic("topic", 6, (short) 3)));
      send(producer, "before");

      cluster.kill(0);
      send(producer, "while one is dead");
      cluster.start(0);
      awaitAllInSync(admin);

      cluster.stop(1);
      send(producer, "while one is stopped");
      cluster.start(1);
      awaitAllInSync(admin);

      cluster.suspend(2);
      Future<RecordMetadata> sent =
          producer.send(new ProducerRecord<>("topic", "while one is frozen"));
      cluster.resume(2);
      assertThat(sent).succeedsWithin(LIMIT);

      assertThat(TopicReader.readAll(cluster.bootstrapServers(), "topic", LIMIT))
          .extracting(record -> new String(record.value(), StandardCharsets.UTF_8))
          .containsExactlyInAnyOrder(
              "before", "while one is dead", "while one is stopped", "while one is frozen");
    }
  }

  private static void send(KafkaProducer<String, String> producer, String value)
      throws ExecutionException, InterruptedException {
    Future<RecordMetadata> sent = producer.send(new ProducerRecord<>("topic", value));
    producer.flush();
    assertThat(sent.get().hasOffset()).isTrue();
  }

  private static void awaitAllInSync(Admin admin) {
    await("all replicas in sync")
        .atMost(LIMIT)
        .ignoreExceptions()
        .until(
            () ->
                admin
                    .describeTopics(List.of("topic"))
                    .allTopicNames()
                    .get(LIMIT.toSeconds(), TimeUnit.SECONDS)
                    .values()
                    .stream()
                    .flatMap(topic -> topic.partitions().stream())
                    .allMatch(partition -> partition.isr().size() == 3));
  }
}
