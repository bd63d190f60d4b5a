package io.headgate.service.run;

import io.headgate.service.config.ServiceConfig;
import io.headgate.streams.Headgate;
import io.headgate.streams.LimitsTopic;
import io.headgate.streams.LiveRules;
import java.util.regex.Pattern;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;

/**
 * What Kafka Streams runs: sources, the limiter, outputs. Records are bytes all the way; only rules
 * that ask for a field read a value.
 */
final class LimiterTopology {

  private LimiterTopology() {}

  /**
   * Builds it.
   *
   * @param config what the service does
   * @param rules which record falls under which limit, now and later
   * @return the topology
   * @throws IllegalStateException if settings exclude each other, in one line that says which
   */
  static Topology build(ServiceConfig config, LiveRules rules) {
    StreamsBuilder builder = new StreamsBuilder();
    if (config.limits() != null) {
      LimitsTopic.follow(builder, config.limits(), rules);
    }
    Serde<byte[]> bytes = Serdes.ByteArray();
    Consumed<byte[], byte[]> consumed = Consumed.with(bytes, bytes).withName("sources");
    Pattern pattern = config.sources().pattern();
    KStream<byte[], byte[]> records =
        pattern == null
            ? builder.stream(config.sources().names(), consumed)
            : builder.stream(pattern, consumed);
    boolean marked = !rules.rules().key().isRecordKey();
    if (marked) {
      records = records.processValues(SourceMark.Marker::new, Named.as("mark-source"));
    }
    Headgate.apply(records, limiter(config, rules), bytes, marked ? SourceMark.bytes() : bytes)
        .processValues(
            () -> new Placer(config.sources(), config.output(), marked), Named.as("place"))
        .to(
            (key, placed, context) -> placed.topic(),
            Produced.with(bytes, Placed.serde(marked))
                .withStreamPartitioner(new SamePartition())
                .withName("output"));
    return builder.build();
  }

  private static Headgate.Builder limiter(ServiceConfig config, LiveRules rules) {
    Headgate.Builder limiter =
        Headgate.rules(rules)
            .named(config.application())
            .blockedTo(config.blocked().topic())
            .delivery(config.blocked().delivery())
            .emit(config.blocked().emit())
            .eventKey(config.blocked().key())
            .time(config.time())
            .noKeyPolicy(config.noKey())
            .maxKeys(config.maxKeys());
    return config.hashSeed() == null ? limiter : limiter.hashSeed(config.hashSeed());
  }
}
