package io.headgate.connect;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/** Makes records and options for tests. */
final class Records {

  static final long TIME = 1_700_000_000_000L;

  private Records() {}

  static SourceRecord source(@Nullable Object key, @Nullable Object value, @Nullable Long time) {
    return new SourceRecord(
        Map.of("file", "f"), Map.of("at", 1L), "lines", null, null, key, null, value, time);
  }

  static SinkRecord sink(@Nullable Object key, @Nullable Object value, long offset) {
    return new SinkRecord(
        "lines", 3, null, key, null, value, offset, TIME, TimestampType.CREATE_TIME);
  }

  /** A limit of two a minute, and what else is said. */
  static Map<String, String> options(String... more) {
    Map<String, String> options = new HashMap<>(Map.of("limits", "2/1m"));
    for (int i = 0; i < more.length; i += 2) {
      options.put(more[i], more[i + 1]);
    }
    return options;
  }
}
