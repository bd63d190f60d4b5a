package io.headgate.streams;

import java.util.Optional;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.Stores;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Limits of single keys, classes and rules from a compacted topic, which each instance of the
 * application reads as a global table: whole before its first record, and then as it changes. A
 * record of the topic is an entry of {@link LiveRules#override}: its key names what is limited, its
 * value the limits; a tombstone removes them. An entry that makes no sense is refused, and logged
 * with the reason; those before it stay.
 */
public final class LimitsTopic {

  private static final Logger LOG = LoggerFactory.getLogger(LimitsTopic.class);

  private LimitsTopic() {}

  /**
   * Lets rules follow a topic. To be called once for each of them.
   *
   * @param builder of the topology that the limiter is part of
   * @param topic the compacted topic; it must exist
   * @param rules that change with it
   */
  public static void follow(StreamsBuilder builder, String topic, LiveRules rules) {
    // Kafka Streams wants a store for each global processor, and reads the topic through the
    // processor also when it starts; what it says is kept in the rules.
    var store =
        Stores.keyValueStoreBuilder(
                Stores.inMemoryKeyValueStore(topic + "-limits"), Serdes.String(), Serdes.String())
            .withLoggingDisabled();
    builder.addGlobalStore(
        store,
        topic,
        Consumed.with(Serdes.String(), Serdes.String()),
        () -> new Follower(topic, rules));
  }

  private static final class Follower extends ContextualProcessor<String, String, Void, Void> {
    private final String topic;
    private final LiveRules rules;
    private long refusals;

    Follower(String topic, LiveRules rules) {
      this.topic = topic;
      this.rules = rules;
    }

    @Override
    public void process(Record<String, String> record) {
      Optional<String> refusal =
          record.key() == null
              ? Optional.of("a record without a key")
              : rules.override(record.key(), record.value());
      // The first, the second, the fourth: a topic full of nonsense is no reason to fill a log.
      if (refusal.isPresent() && Long.bitCount(++refusals) == 1) {
        LOG.warn(
            "limits topic {}: {} entries refused so far, the last one since {}",
            topic,
            refusals,
            refusal.get());
      }
    }
  }
}
