/*
 * The limiter in a Kafka Streams application: a hundred requests a minute for each user.
 *
 *   ./headgate example DropIn
 *
 *   admitted {ann=100, bob=1}
 *   blocked  {ann=50}
 */
package io.headgate.examples;

import io.headgate.RateLimit;
import io.headgate.lane.BlockedEventSerde;
import io.headgate.streams.Headgate;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/** The snippet of the README, and what it does. */
public final class DropIn {

  private DropIn() {}

  static Topology topology() {
    // snippet begins
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream("requests", Consumed.with(Serdes.String(), Serdes.String()))
        .processValues(
            Headgate.limit(RateLimit.perMinute(100)) // per record key, over the whole cluster
                .named("requests-limit")
                .blockedTo("requests-blocked") // one event per blocked record
                .build())
        .to("requests-admitted", Produced.with(Serdes.String(), Serdes.String()));
    // snippet ends
    return builder.build();
  }

  @SuppressWarnings("FutureReturnValueIgnored") // What was sent is read back.
  public static void main(String... args) throws Exception {
    Map<String, Object> kafka = Map.of("bootstrap.servers", args[0], "application.id", "requests");
    try (Admin admin = Admin.create(kafka)) {
      var topics = Stream.of("requests", "requests-admitted", "requests-blocked");
      admin.createTopics(topics.map(t -> new NewTopic(t, 1, (short) 1)).toList()).all().get();
    }
    Map<String, Long> admitted = new TreeMap<>();
    Map<String, Long> blocked = new TreeMap<>();
    try (var streams = new KafkaStreams(topology(), new StreamsConfig(kafka));
        var producer = new KafkaProducer<>(kafka, new StringSerializer(), new StringSerializer());
        var consumer =
            new KafkaConsumer<>(kafka, new StringDeserializer(), new ByteArrayDeserializer());
        var events = new BlockedEventSerde().deserializer()) {
      streams.start();
      long now = System.currentTimeMillis();
      for (int i = 0; i < 150; i++) {
        producer.send(new ProducerRecord<>("requests", null, now, "ann", "request " + i));
      }
      producer.send(new ProducerRecord<>("requests", null, now, "bob", "request"));

      // What came in was admitted, or is counted in an event: so it is known when all is there.
      var outputs = Stream.of("requests-admitted", "requests-blocked");
      consumer.assign(outputs.map(topic -> new TopicPartition(topic, 0)).toList());
      consumer.seekToBeginning(consumer.assignment());
      for (long missing = 151; missing > 0; ) {
        for (var record : consumer.poll(Duration.ofSeconds(1))) {
          boolean event = record.topic().equals("requests-blocked");
          long count = event ? events.deserialize("", record.value()).count() : 1;
          (event ? blocked : admitted).merge(record.key(), count, Long::sum);
          missing -= count;
        }
      }
    }
    System.out.println("admitted " + admitted);
    System.out.println("blocked  " + blocked);
  }
}
