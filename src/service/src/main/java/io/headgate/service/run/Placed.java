package io.headgate.service.run;

import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/** A record's value on its way out, and where it goes. Immutable. */
final class Placed {

  /** As it came. */
  private final byte @Nullable [] value;

  private final String topic;
  private final int partition;

  Placed(byte @Nullable [] value, String topic, int partition) {
    this.value = value;
    this.topic = topic;
    this.partition = partition;
  }

  /** The output topic. */
  String topic() {
    return topic;
  }

  /** Of the output topic: that of the source. */
  int partition() {
    return partition;
  }

  /**
   * Writes the value alone; nobody reads by it.
   *
   * @param marked whether records have a {@link SourceMark}, which is taken off
   */
  static Serde<Placed> serde(boolean marked) {
    return Serdes.serdeFrom(
        new Serializer<Placed>() {
          @Override
          public byte @Nullable [] serialize(String topic, Placed placed) {
            return placed.value;
          }

          @Override
          public byte @Nullable [] serialize(String topic, Headers headers, Placed placed) {
            if (marked) {
              SourceMark.remove(headers);
            }
            return placed.value;
          }
        },
        (topic, bytes) -> {
          throw new UnsupportedOperationException("records that leave are not read here");
        });
  }
}
