package io.headgate.streams;

import java.util.Map;
import org.apache.kafka.streams.StreamsConfig;

/** What an application's settings say of its processing guarantee. Stateless. */
final class Guarantee {

  private Guarantee() {}

  /** Whether output, state and offsets of a commit count together or not at all. */
  static boolean isExactlyOnce(Map<String, ?> app) {
    return StreamsConfig.EXACTLY_ONCE_V2.equals(app.get(StreamsConfig.PROCESSING_GUARANTEE_CONFIG));
  }
}
