package io.headgate.connect;

import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.metrics.Monitorable;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.components.Versioned;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.transforms.Transformation;
import org.jspecify.annotations.Nullable;

/**
 * Limits records by key: what is over a limit is dropped, tagged, or routed to another topic, and
 * told of on the blocked topic. {@link Key} looks for fields in the record's key, {@link Value} in
 * its value. Runs beside any connector.
 *
 * <p>Connect runs a source record through its transforms again if it could not be sent: the very
 * same object comes back next, and keeps what was said of it. Belongs to the task's thread, which
 * is the one that calls {@link #apply} and {@link #close}.
 *
 * @param <R> the kind of record
 */
public abstract class RateLimit<R extends ConnectRecord<R>>
    implements Transformation<R>, Monitorable, Versioned {

  private static final ConfigDef CONFIG = Options.ofTransform();

  /** What is done with a record over its limit. */
  private enum Action {
    DROP,
    TAG,
    ROUTE
  }

  private final Place.Part part;
  private @Nullable Gate gate;
  private Action action = Action.DROP;
  private @Nullable String topic;

  private @Nullable R lastIn;
  private @Nullable R lastOut;

  private RateLimit(Place.Part part) {
    this.part = part;
  }

  /**
   * {@link RateLimit} with the fields of the record's key.
   *
   * @param <R> the kind of record
   */
  public static final class Key<R extends ConnectRecord<R>> extends RateLimit<R> {
    /** Makes a transform that is not configured yet. */
    public Key() {
      super(Place.Part.KEY);
    }
  }

  /**
   * {@link RateLimit} with the fields of the record's value.
   *
   * @param <R> the kind of record
   */
  public static final class Value<R extends ConnectRecord<R>> extends RateLimit<R> {
    /** Makes a transform that is not configured yet. */
    public Value() {
      super(Place.Part.VALUE);
    }
  }

  @Override
  public final void configure(Map<String, ?> configs) {
    AbstractConfig config = Settings.read(CONFIG, configs);
    action =
        switch (config.getString(Options.OVER_LIMIT)) {
          case "tag" -> Action.TAG;
          case "route" -> Action.ROUTE;
          default -> Action.DROP;
        };
    topic = config.getString(Options.ROUTE_TOPIC);
    gate = new Gate(new Settings(config, part));
  }

  @Override
  public final void withPluginMetrics(PluginMetrics metrics) {
    configured().register(metrics);
  }

  // Null drops a record, which Connect's API says in words alone; and the same object is what comes
  // again, while an equal one is news.
  @Override
  @SuppressWarnings({"NullAway", "ReferenceEquality"})
  public final @Nullable R apply(R record) {
    if (record != lastIn) {
      lastOut = configured().judge(record) == Gate.Outcome.BLOCKED ? blocked(record) : record;
      lastIn = record;
    }
    return lastOut;
  }

  private @Nullable R blocked(R record) {
    return switch (action) {
      case DROP -> null;
      case TAG -> configured().tagged(record);
      case ROUTE ->
          record.newRecord(
              topic,
              // Whatever partition a source chose, the other topic may not have it; a sink's is the
              // one that it was read from.
              record instanceof SinkRecord ? record.kafkaPartition() : null,
              record.keySchema(),
              record.key(),
              record.valueSchema(),
              record.value(),
              record.timestamp());
    };
  }

  private Gate configured() {
    return Objects.requireNonNull(gate, "configure comes first");
  }

  @Override
  public final ConfigDef config() {
    return CONFIG;
  }

  @Override
  public final String version() {
    return Version.TEXT;
  }

  @Override
  public final void close() {
    lastIn = null;
    lastOut = null;
    if (gate != null) {
      gate.close();
      gate = null;
    }
  }
}
