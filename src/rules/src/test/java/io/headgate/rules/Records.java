package io.headgate.rules;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/** Views of records for tests. */
final class Records {

  private Records() {}

  static RecordView key(@Nullable Object key) {
    return new RecordView().set("topic", key, null, new RecordHeaders(), 0);
  }

  static RecordView value(@Nullable Object value) {
    return new RecordView().set("topic", "key", value, new RecordHeaders(), 0);
  }

  static RecordView topic(String topic) {
    return new RecordView().set(topic, "key", null, new RecordHeaders(), 0);
  }

  /** A record with headers, names and values in turn; a null value is a header without one. */
  static RecordView headers(@Nullable String... namesAndValues) {
    Headers headers = new RecordHeaders();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      String value = namesAndValues[i + 1];
      headers.add(String.valueOf(namesAndValues[i]), value == null ? null : value.getBytes(UTF_8));
    }
    return new RecordView().set("topic", "key", null, headers, 0);
  }
}
