package io.headgate.connect;

import io.headgate.Verdict;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.header.Headers;

/**
 * What is written into the headers of a blocked record that passes with {@code over.limit = tag}:
 * decimal digits and names, as text. The names are those of Headgate in Kafka Streams.
 */
public final class LimitHeaders {

  /** The record's outcome: {@code BLOCKED}. */
  public static final String OUTCOME = "headgate-outcome";

  /** Name of the rule that decided: {@code default}. */
  public static final String RULE = "headgate-rule";

  /** Units per window of the limit that refused. */
  public static final String LIMIT = "headgate-limit";

  /** Units that are left of it. */
  public static final String REMAINING = "headgate-remaining";

  /** Milliseconds until nothing in its window counts any more. */
  public static final String RESET_MS = "headgate-reset-ms";

  /** Milliseconds until the same record would pass. -1 for never. */
  public static final String RETRY_AFTER_MS = "headgate-retry-after-ms";

  private LimitHeaders() {}

  /** The record with headers that say that it was blocked. */
  static <R extends ConnectRecord<R>> R tagged(R record, long limit, boolean keyless, Verdict of) {
    Headers more = record.headers().duplicate();
    put(more, OUTCOME, "BLOCKED");
    put(more, RULE, Settings.RULE);
    put(more, LIMIT, Long.toString(limit));
    if (!keyless) {
      put(more, REMAINING, Long.toString(of.remaining()));
      put(more, RESET_MS, Long.toString(of.resetMillis()));
      put(more, RETRY_AFTER_MS, Long.toString(of.retryAfterMillis()));
    }
    return record.newRecord(
        record.topic(),
        record.kafkaPartition(),
        record.keySchema(),
        record.key(),
        record.valueSchema(),
        record.value(),
        record.timestamp(),
        more);
  }

  private static void put(Headers headers, String name, String text) {
    // Of another limiter before: this one's word is the latest.
    headers.remove(name).addString(name, text);
  }
}
