/*
 * A budget of bytes for each tenant, raised for one of them while the application runs.
 *
 *   ./headgate example TenantBudget
 *
 *   limit 10000/1h: 10000 bytes passed,  2000 blocked
 *   limit 15000/1h:  5000 bytes passed,  7000 blocked
 */
package io.headgate.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.headgate.RateLimit;
import io.headgate.lane.BlockedEventSerde;
import io.headgate.rules.Cost;
import io.headgate.rules.Rule;
import io.headgate.rules.RuleSet;
import io.headgate.streams.Headgate;
import io.headgate.streams.LimitsTopic;
import io.headgate.streams.LiveRules;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/** A record costs the bytes of its value; limits of single keys come from a compacted topic. */
public final class TenantBudget {

  private static final Serde<String> TEXT = Serdes.String();
  private static final Serde<byte[]> BYTES = Serdes.ByteArray();

  private TenantBudget() {}

  @SuppressWarnings("FutureReturnValueIgnored") // What was sent is read back.
  public static void main(String... args) throws Exception {
    Map<String, Object> kafka = Map.of("bootstrap.servers", args[0], "application.id", "tenant");
    try (var admin = Admin.create(kafka)) {
      var compacted = Map.of("cleanup.policy", "compact");
      var limits = new NewTopic("tenant-limits", 1, (short) 1).configs(compacted);
      var others = Stream.of("tenant-uploads", "tenant-passed", "tenant-blocked");
      var topics = others.map(topic -> new NewTopic(topic, 1, (short) 1));
      admin.createTopics(Stream.concat(topics, Stream.of(limits)).toList()).all().get();
    }
    Rule budget =
        Rule.named("budget").limits(RateLimit.perHour(5_000)).cost(Cost.VALUE_BYTES).build();
    LiveRules rules = LiveRules.of(RuleSet.builder().rule(budget).build());
    StreamsBuilder builder = new StreamsBuilder();
    LimitsTopic.follow(builder, "tenant-limits", rules);
    builder.stream("tenant-uploads", Consumed.with(TEXT, BYTES))
        .processValues(Headgate.rules(rules).named("tenant").blockedTo("tenant-blocked").build())
        .to("tenant-passed", Produced.with(TEXT, BYTES));
    try (var streams = new KafkaStreams(builder.build(), new StreamsConfig(kafka));
        var producer = new KafkaProducer<>(kafka, TEXT.serializer(), BYTES.serializer());
        var consumer = new KafkaConsumer<>(kafka, TEXT.deserializer(), BYTES.deserializer());
        var events = new BlockedEventSerde().deserializer()) {
      streams.start();
      consumer.assign(
          Stream.of("tenant-passed", "tenant-blocked").map(t -> new TopicPartition(t, 0)).toList());
      consumer.seekToBeginning(consumer.assignment());
      long now = System.currentTimeMillis();
      for (String limit : new String[] {"10000/1h", "15000/1h"}) {
        // A key's limits are a record of the topic; those of a rule or a class would be, too.
        long version = rules.version();
        byte[] value = ("{\"limits\": [\"" + limit + "\"]}").getBytes(UTF_8);
        producer.send(new ProducerRecord<>("tenant-limits", "budget/key/acme", value));
        while (rules.version() == version) {
          Thread.sleep(10);
        }
        for (int i = 0; i < 12; i++) {
          producer.send(new ProducerRecord<>("tenant-uploads", null, now, "acme", new byte[1_000]));
        }
        long passed = 0;
        long blocked = 0;
        while (passed + blocked < 12_000) {
          for (var record : consumer.poll(Duration.ofSeconds(1))) {
            boolean event = record.topic().equals("tenant-blocked");
            passed += event ? 0 : record.value().length;
            blocked += event ? events.deserialize("", record.value()).cost() : 0;
          }
        }
        System.out.printf("limit %s: %5d bytes passed, %5d blocked%n", limit, passed, blocked);
      }
    }
  }
}
