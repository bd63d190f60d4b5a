/*
 * An API gateway's access log against the rules of examples/rules/api-gateway.yaml.
 *
 *   ./headgate example ApiGateway
 *
 *   (exempt)   60 passed,  0 blocked,  0 kept
 *   bots        5 passed, 55 blocked, 55 kept
 *   downloads   4 passed, 56 blocked,  0 kept
 *   everyone   30 passed, 30 blocked,  0 kept
 *   office     50 passed, 10 blocked, 10 kept
 */
package io.headgate.examples;

import static io.headgate.streams.RateLimitHeaders.RETRY_AFTER_MS;
import static io.headgate.streams.RateLimitHeaders.RULE;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.headgate.lane.BlockedEventSerde;
import io.headgate.rules.RulesFile;
import io.headgate.streams.Headgate;
import java.nio.file.Path;
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
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/** Rules of a file. What is over a limit is dropped, or kept: tagged, or routed elsewhere. */
public final class ApiGateway {
  private static final String[][] REQUESTS = {
    {"10.0.0.1", "{\"agent\": \"Probe/1.0\", \"path\": \"/health\"}"},
    {"10.7.0.2", "{\"agent\": \"Firefox/140\", \"path\": \"/orders\"}"},
    {"192.0.2.66", "{\"agent\": \"FastBot/2.1\", \"path\": \"/orders\"}"},
    {"198.51.100.4", "{\"agent\": \"curl/8.5\", \"path\": \"/download/a\", \"bytes\": 250000}"},
    {"198.51.100.5", "{\"agent\": \"Firefox/140\", \"path\": \"/orders\"}"}
  };

  @SuppressWarnings("FutureReturnValueIgnored") // What was sent is read back.
  public static void main(String... args) throws Exception {
    Map<String, Object> kafka = Map.of("bootstrap.servers", args[0], "application.id", "gateway");
    try (var admin = Admin.create(kafka)) {
      var topics = Stream.of("gateway-log", "gateway-passed", "gateway-bots", "gateway-blocked");
      admin.createTopics(topics.map(t -> new NewTopic(t, 1, (short) 1)).toList()).all().get();
    }
    var text = Serdes.String();
    var bytes = Serdes.ByteArray();
    var rules = RulesFile.read(Path.of(args[1]));
    StreamsBuilder builder = new StreamsBuilder();
    var log = builder.stream("gateway-log", Consumed.with(text, text));
    var limiter = Headgate.rules(rules).named("gateway").blockedTo("gateway-blocked").withHeaders();
    Headgate.apply(log, limiter, text, text).to("gateway-passed", Produced.with(text, text));
    Map<String, long[]> table = new TreeMap<>();
    try (var streams = new KafkaStreams(builder.build(), new StreamsConfig(kafka));
        var producer = new KafkaProducer<>(kafka, text.serializer(), text.serializer());
        var consumer = new KafkaConsumer<>(kafka, text.deserializer(), bytes.deserializer());
        var events = new BlockedEventSerde().deserializer()) {
      streams.start();
      long now = System.currentTimeMillis();
      for (int i = 0; i < 60 * REQUESTS.length; i++) {
        String[] request = REQUESTS[i % REQUESTS.length];
        producer.send(new ProducerRecord<>("gateway-log", null, now, request[0], request[1]));
      }
      var topics = Stream.of("gateway-passed", "gateway-bots", "gateway-blocked");
      consumer.assign(topics.map(topic -> new TopicPartition(topic, 0)).toList());
      consumer.seekToBeginning(consumer.assignment());
      // Each request passed, or is counted in an event; those of bots and office are kept as well.
      for (long[] left = {60L * REQUESTS.length, 0}; left[0] > 0 || left[1] > 0; ) {
        for (var record : consumer.poll(Duration.ofSeconds(1))) {
          if (record.topic().equals("gateway-blocked")) {
            var event = events.deserialize("", record.value());
            table.computeIfAbsent(event.rule(), rule -> new long[3])[1] += event.count();
            left[0] -= event.count();
            left[1] += event.rule().matches("bots|office") ? event.count() : 0;
          } else {
            var header = record.headers().lastHeader(RULE); // What is exempt has none.
            String rule = header == null ? "(exempt)" : new String(header.value(), UTF_8);
            int over = record.headers().lastHeader(RETRY_AFTER_MS) == null ? 0 : 1;
            table.computeIfAbsent(rule, name -> new long[3])[2 * over]++;
            left[over]--;
          }
        }
      }
    }
    table.forEach(
        (rule, n) ->
            System.out.printf("%-10s %2d passed, %2d blocked, %2d kept%n", rule, n[0], n[1], n[2]));
  }
}
