package io.headgate.examples;

import io.headgate.RateLimit;
import io.headgate.streams.Headgate;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/** The snippet of the README, as a topology that runs. */
final class DropIn {

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
}
