package io.headgate.connect;

import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.metrics.Monitorable;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.components.Versioned;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.transforms.predicates.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Says of a record whether it is over a limit, for any transform: with Kafka's own {@code Filter}
 * it is a limiter that drops. Asking is what counts: each record is charged as it is asked for, and
 * told of if it is over.
 *
 * <p>Connect makes one predicate for each transform that names it, and each judges and charges for
 * itself: name it once. Where several transforms are to follow one verdict, tag records with {@link
 * RateLimit} and have them ask for the header.
 *
 * <p>A record that Connect runs through its transforms again keeps what was said of it, as with
 * {@link RateLimit}. Belongs to the task's thread.
 *
 * @param <R> the kind of record
 */
public final class OverLimit<R extends ConnectRecord<R>>
    implements Predicate<R>, Monitorable, Versioned {

  private static final ConfigDef CONFIG = Options.ofPredicate();

  private @Nullable Gate gate;
  private @Nullable R last;
  private boolean over;

  /** Makes a predicate that is not configured yet. */
  public OverLimit() {}

  @Override
  public void configure(Map<String, ?> configs) {
    AbstractConfig config = Settings.read(CONFIG, configs);
    boolean ofKey = config.getString(Options.FIELDS_OF).equals("key");
    gate = new Gate(new Settings(config, ofKey ? Place.Part.KEY : Place.Part.VALUE));
  }

  @Override
  public void withPluginMetrics(PluginMetrics metrics) {
    configured().register(metrics);
  }

  @Override
  @SuppressWarnings(
      "ReferenceEquality") // the same object is what comes again, an equal one is news
  public boolean test(R record) {
    if (record != last) {
      over = configured().judge(record) == Gate.Outcome.BLOCKED;
      last = record;
    }
    return over;
  }

  private Gate configured() {
    return Objects.requireNonNull(gate, "configure comes first");
  }

  @Override
  public ConfigDef config() {
    return CONFIG;
  }

  @Override
  public String version() {
    return Version.TEXT;
  }

  @Override
  public void close() {
    last = null;
    if (gate != null) {
      gate.close();
      gate = null;
    }
  }
}
