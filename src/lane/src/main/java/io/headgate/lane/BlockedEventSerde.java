package io.headgate.lane;

import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the values of the blocked topic, for consumers and for topologies:
 *
 * <pre>{@code
 * builder.stream("blocked", Consumed.with(Serdes.ByteArray(), new BlockedEventSerde()))
 * }</pre>
 *
 * <p>What is no blocked event is a {@link SerializationException} in one line that names the field.
 * Safe for any thread.
 */
public final class BlockedEventSerde implements Serde<BlockedEvent> {

  /** Reads events. Has a constructor without arguments, so a consumer's config may name it. */
  public static final class EventDeserializer implements Deserializer<BlockedEvent> {
    /** Makes a deserializer. */
    public EventDeserializer() {}

    @Override
    public @Nullable BlockedEvent deserialize(String topic, byte @Nullable [] data) {
      return data == null ? null : BlockedEventJson.read(data);
    }
  }

  /** Writes events. Has a constructor without arguments, so a producer's config may name it. */
  public static final class EventSerializer implements Serializer<BlockedEvent> {
    /** Makes a serializer. */
    public EventSerializer() {}

    @Override
    public byte @Nullable [] serialize(String topic, @Nullable BlockedEvent event) {
      return event == null ? null : BlockedEventJson.write(event);
    }
  }

  /** Makes a serde. */
  public BlockedEventSerde() {}

  @Override
  public Serializer<BlockedEvent> serializer() {
    return new EventSerializer();
  }

  @Override
  public Deserializer<BlockedEvent> deserializer() {
    return new EventDeserializer();
  }
}
