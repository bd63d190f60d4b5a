package io.headgate.connect;

import io.headgate.lane.BlockedEvent;
import io.headgate.lane.BlockedEventSerde.EventDeserializer;
import io.headgate.lane.BlockedEventSerde.EventSerializer;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.connect.components.Versioned;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.storage.Converter;
import org.jspecify.annotations.Nullable;

/**
 * Shows the values of the blocked topic to a sink, as Structs with a schema, and writes such
 * Structs back as events: {@code value.converter=io.headgate.connect.BlockedEventConverter}. What
 * is no event is a {@link DataException}, which {@code errors.tolerance} may pass over. Safe for
 * any thread.
 */
public final class BlockedEventConverter implements Converter, Versioned {

  private static final ConfigDef CONFIG = new ConfigDef();

  private final EventDeserializer reader = new EventDeserializer();
  private final EventSerializer writer = new EventSerializer();

  /** Makes a converter. */
  public BlockedEventConverter() {}

  @Override
  public void configure(Map<String, ?> configs, boolean isKey) {
    if (isKey) {
      throw new ConfigException(
          "key.converter: found "
              + getClass().getName()
              + ", expected one for keys; events are values: for their keys take"
              + " org.apache.kafka.connect.converters.ByteArrayConverter");
    }
  }

  @Override
  public SchemaAndValue toConnectData(String topic, byte @Nullable [] value) {
    try {
      BlockedEvent event = reader.deserialize(topic, value);
      return event == null
          ? SchemaAndValue.NULL
          : new SchemaAndValue(EventStruct.SCHEMA, EventStruct.of(event));
    } catch (SerializationException e) {
      throw new DataException("topic " + topic + ": " + e.getMessage(), e);
    }
  }

  // Kafka Connect has null for null; its API says so in words alone.
  @Override
  @SuppressWarnings("NullAway")
  public byte @Nullable [] fromConnectData(
      String topic, @Nullable Schema schema, @Nullable Object value) {
    if (value == null) {
      return null;
    }
    if (!(value instanceof Struct struct)) {
      throw new DataException(
          "topic "
              + topic
              + ": found a value of type "
              + value.getClass().getSimpleName()
              + ", expected a Struct as this converter makes it");
    }
    return writer.serialize(topic, EventStruct.read(struct));
  }

  @Override
  public ConfigDef config() {
    return CONFIG;
  }

  @Override
  public String version() {
    return Version.TEXT;
  }
}
