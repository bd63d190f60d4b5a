/*
 * Who was blocked, by day and rule: a consumer of the blocked topic. The same question in SQL is in
 * examples/sql; without a program ./headgate report answers it.
 *
 *   ./headgate example BlockedReader
 *
 *   2026-01-05  bots   keys 2, records 50
 *   2026-01-05  people keys 1, records  4
 *   2026-01-06  bots   keys 1, records 25
 *   2026-01-06  people keys 2, records  8
 */
package io.headgate.examples;

import io.headgate.lane.BlockedEvent;
import io.headgate.lane.BlockedEventSerde.EventDeserializer;
import io.headgate.rules.RulesFile;
import io.headgate.streams.Headgate;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;

/** Reads events to the end of their topic. Each of their fields is in src/docs/blocked-event.md. */
public final class BlockedReader {

  @SuppressWarnings("FutureReturnValueIgnored") // The last record tells when all are there.
  public static void main(String... args) throws Exception {
    Map<String, Object> kafka = Map.of("bootstrap.servers", args[0], "application.id", "visits");
    try (var admin = Admin.create(kafka)) {
      var old = Map.of("retention.ms", "-1"); // Or visits of long ago would be deleted.
      var topics = Stream.of("visits", "visits-blocked").map(t -> new NewTopic(t, 1, (short) 1));
      admin.createTopics(topics.map(topic -> topic.configs(old)).toList()).all().get();
    }
    // Something to read: visits of two days, with bots among them.
    String bots = "{name: bots, when: {key: {prefix: bot}}, limits: [5/1h]}";
    var rules = RulesFile.parse("", "rules: [" + bots + ", {name: people, limits: [3/1h]}]");
    var text = Serdes.String();
    CountDownLatch last = new CountDownLatch(1);
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream("visits", Consumed.with(text, text))
        .processValues(Headgate.rules(rules).blockedTo("visits-blocked").build())
        .filter((key, value) -> key.equals("last"))
        .foreach((key, value) -> last.countDown());
    try (var streams = new KafkaStreams(builder.build(), new StreamsConfig(kafka));
        var producer = new KafkaProducer<>(kafka, text.serializer(), text.serializer())) {
      streams.start();
      String visits = "5 ann 7, 5 bot-1 40, 5 bot-2 20, 6 ann 5, 6 cid 9, 6 bot-1 30, 6 last 1";
      for (String visit : visits.split(", ", -1)) {
        String[] words = visit.split(" ", -1);
        long time = Instant.parse("2026-01-0" + words[0] + "T12:00:00Z").toEpochMilli();
        for (int i = 0; i < Integer.parseInt(words[2]); i++) {
          producer.send(new ProducerRecord<>("visits", null, time, words[1], "/"));
        }
      }
      last.await();
    } // Closing it commits, and a commit waits until the events are written.

    Map<String, Set<String>> keys = new TreeMap<>();
    Map<String, Long> records = new TreeMap<>();
    try (var consumer = new KafkaConsumer<>(kafka, text.deserializer(), new EventDeserializer())) {
      var topic = new TopicPartition("visits-blocked", 0);
      consumer.assign(Set.of(topic));
      consumer.seekToBeginning(Set.of(topic));
      long end = consumer.endOffsets(Set.of(topic)).getOrDefault(topic, 0L);
      while (consumer.position(topic) < end) {
        for (var record : consumer.poll(Duration.ofSeconds(1))) {
          BlockedEvent event = record.value();
          Instant time = Instant.ofEpochMilli(event.firstTime());
          String line = time.toString().substring(0, 10) + "  " + event.rule();
          if (!event.shadow()) { // Else the rule is on trial, and its records passed.
            records.merge(line, event.count(), Long::sum);
            keys.computeIfAbsent(line, first -> new HashSet<>()).add(event.fingerprint());
          }
        }
      }
    }
    keys.values().forEach(who -> who.remove(null)); // Of some floods no key is known.
    keys.forEach(
        (line, who) ->
            System.out.printf("%-18s keys %d, records %2d%n", line, who.size(), records.get(line)));
  }
}
