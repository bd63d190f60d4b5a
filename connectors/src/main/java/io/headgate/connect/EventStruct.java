package io.headgate.connect;

import io.headgate.lane.BlockedEvent;
import io.headgate.lane.BlockedEvent.KeyForm;
import java.util.Date;
import java.util.Locale;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Timestamp;
import org.apache.kafka.connect.errors.DataException;

/**
 * A blocked event as a Struct, field by field by the names of its JSON: flags are always there,
 * times are timestamps. Stateless.
 */
final class EventStruct {

  /** The schema, by its name and version; fields are added at its end alone. */
  static final Schema SCHEMA =
      SchemaBuilder.struct()
          .name("io.headgate.BlockedEvent")
          .version(BlockedEvent.SCHEMA_VERSION)
          .field("limiter", Schema.STRING_SCHEMA)
          .field("rule", Schema.STRING_SCHEMA)
          .field("outcome", Schema.STRING_SCHEMA)
          .field("key", Schema.OPTIONAL_STRING_SCHEMA)
          .field("keyForm", Schema.STRING_SCHEMA)
          .field("fingerprint", Schema.OPTIONAL_STRING_SCHEMA)
          .field("count", Schema.INT64_SCHEMA)
          .field("cost", Schema.INT64_SCHEMA)
          .field("limit", Schema.INT64_SCHEMA)
          .field("windowMs", Schema.INT64_SCHEMA)
          .field("topic", Schema.STRING_SCHEMA)
          .field("partition", Schema.INT32_SCHEMA)
          .field("firstOffset", Schema.INT64_SCHEMA)
          .field("lastOffset", Schema.INT64_SCHEMA)
          .field("firstTime", Timestamp.SCHEMA)
          .field("lastTime", Timestamp.SCHEMA)
          .field("ordinal", Schema.INT32_SCHEMA)
          .field("attempt", Schema.STRING_SCHEMA)
          .field("overflow", Schema.BOOLEAN_SCHEMA)
          .field("keyCut", Schema.BOOLEAN_SCHEMA)
          .field("sharedRow", Schema.BOOLEAN_SCHEMA)
          .field("future", Schema.BOOLEAN_SCHEMA)
          .field("late", Schema.BOOLEAN_SCHEMA)
          .field("firstOver", Schema.BOOLEAN_SCHEMA)
          .build();

  private static final String BLOCKED = "BLOCKED";
  private static final String SHADOW_BLOCKED = "SHADOW_BLOCKED";

  private EventStruct() {}

  @SuppressWarnings("JavaUtilDate") // Connect's own type for times
  static Struct of(BlockedEvent event) {
    return new Struct(SCHEMA)
        .put("limiter", event.limiter())
        .put("rule", event.rule())
        .put("outcome", event.shadow() ? SHADOW_BLOCKED : BLOCKED)
        .put("key", event.key())
        .put("keyForm", event.keyForm().name().toLowerCase(Locale.ROOT))
        .put("fingerprint", event.fingerprint())
        .put("count", event.count())
        .put("cost", event.cost())
        .put("limit", event.limit())
        .put("windowMs", event.windowMillis())
        .put("topic", event.topic())
        .put("partition", event.partition())
        .put("firstOffset", event.firstOffset())
        .put("lastOffset", event.lastOffset())
        .put("firstTime", new Date(event.firstTime()))
        .put("lastTime", new Date(event.lastTime()))
        .put("ordinal", event.ordinal())
        .put("attempt", event.attempt())
        .put("overflow", event.overflow())
        .put("keyCut", event.keyCut())
        .put("sharedRow", event.sharedRow())
        .put("future", event.future())
        .put("late", event.late())
        .put("firstOver", event.firstOver());
  }

  /**
   * Reads an event.
   *
   * @throws DataException if a field is missing or of another type, in one line that names it
   */
  @SuppressWarnings("JavaUtilDate") // Connect's own type for times
  static BlockedEvent read(Struct struct) {
    try {
      return new BlockedEvent(
          struct.getString("limiter"),
          struct.getString("rule"),
          struct.getString("key"),
          KeyForm.valueOf(struct.getString("keyForm").toUpperCase(Locale.ROOT)),
          struct.getString("fingerprint"),
          struct.getInt64("count"),
          struct.getInt64("cost"),
          struct.getInt64("limit"),
          struct.getInt64("windowMs"),
          struct.getString("topic"),
          struct.getInt32("partition"),
          struct.getInt64("firstOffset"),
          struct.getInt64("lastOffset"),
          ((Date) struct.get("firstTime")).getTime(),
          ((Date) struct.get("lastTime")).getTime(),
          struct.getInt32("ordinal"),
          struct.getString("attempt"),
          struct.getBoolean("overflow"),
          struct.getBoolean("keyCut"),
          struct.getBoolean("sharedRow"),
          struct.getBoolean("future"),
          struct.getBoolean("late"),
          struct.getString("outcome").equals(SHADOW_BLOCKED),
          struct.getBoolean("firstOver"));
    } catch (IllegalArgumentException | NullPointerException | ClassCastException e) {
      throw new DataException("not a blocked event: " + e.getMessage(), e);
    }
  }
}
