package io.headgate.connect;

import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.transforms.Transformation;

/**
 * Does nothing: what {@link ConnectBench} measures the limiter against.
 *
 * @param <R> the kind of record
 */
public final class NoOp<R extends ConnectRecord<R>> implements Transformation<R> {

  /** Makes one. */
  public NoOp() {}

  @Override
  public R apply(R record) {
    return record;
  }

  @Override
  public ConfigDef config() {
    return new ConfigDef();
  }

  @Override
  public void configure(Map<String, ?> configs) {}

  @Override
  public void close() {}
}
