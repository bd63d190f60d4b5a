package io.headgate.streams;

import io.headgate.rules.Outcome;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * What a limiter writes into the headers of a record: decimal digits and names, as UTF-8. On
 * records that pass only with {@link Headgate.Builder#withHeaders}; on blocked ones that pass for
 * {@link io.headgate.rules.OverLimit#tag}, always.
 */
public final class RateLimitHeaders {

  /** The record's {@link Outcome}. */
  public static final String OUTCOME = "headgate-outcome";

  /** Name of the rule that decided; not there if none did. */
  public static final String RULE = "headgate-rule";

  /** Units per window of the limit that has the least left, or that refused. */
  public static final String LIMIT = "headgate-limit";

  /** Units that are left of it. */
  public static final String REMAINING = "headgate-remaining";

  /** Milliseconds until nothing in its window counts any more. */
  public static final String RESET_MS = "headgate-reset-ms";

  /** Milliseconds until the same record would pass; of blocked records only. -1 for never. */
  public static final String RETRY_AFTER_MS = "headgate-retry-after-ms";

  /** How many records of the key were blocked since the last that passed; not there if none. */
  public static final String SUPPRESSED = "headgate-suppressed";

  /** Milliseconds that the record was held; not there if it was not. */
  public static final String HELD_MS = "headgate-held-ms";

  private RateLimitHeaders() {}

  /** An outcome of {@link Judge} by its number. */
  static Outcome outcome(int outcome) {
    return switch (outcome) {
      case Judge.ADMITTED -> Outcome.ADMITTED;
      case Judge.BLOCKED -> Outcome.BLOCKED;
      case Judge.BYPASSED -> Outcome.BYPASSED;
      case Judge.SHADOW_BLOCKED -> Outcome.SHADOW_BLOCKED;
      default -> throw new IllegalArgumentException("outcome " + outcome);
    };
  }

  /** The headers of a record with what was said of it. */
  static Headers of(Headers headers, int outcome, Judge judge) {
    Headers more = new RecordHeaders(headers);
    put(more, OUTCOME, outcome(outcome).name());
    RuleJudge rule = judge.decided();
    if (rule == null) {
      return more;
    }
    put(more, RULE, rule.rule().name());
    boolean blocked = outcome == Judge.BLOCKED;
    LimitJudge limit = blocked ? rule.refusing() : rule.tightest();
    put(more, LIMIT, limit.limit());
    put(more, REMAINING, limit.left());
    put(more, RESET_MS, limit.resetMillis());
    if (blocked) {
      put(more, RETRY_AFTER_MS, limit.retryAfterMillis(judge.cost()));
    } else if (rule.suppressed() > 0) {
      put(more, SUPPRESSED, rule.suppressed());
    }
    return more;
  }

  /** The headers of a record that was held. */
  static Headers held(Headers headers, long millis) {
    Headers more = new RecordHeaders(headers);
    put(more, HELD_MS, millis);
    return more;
  }

  private static void put(Headers headers, String name, long number) {
    put(headers, name, Long.toString(number));
  }

  private static void put(Headers headers, String name, String text) {
    // Of another limiter upstream: this one's word is the latest.
    headers.remove(name);
    headers.add(name, text.getBytes(StandardCharsets.UTF_8));
  }
}
