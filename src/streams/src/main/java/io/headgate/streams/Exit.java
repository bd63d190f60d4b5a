package io.headgate.streams;

import io.headgate.rules.OverLimit;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.jspecify.annotations.Nullable;

/**
 * What leaves a limiter for a record that was judged.
 *
 * @param <K> type of the keys
 * @param <V> type of the values that come
 * @param <W> type of the values that leave
 */
interface Exit<K, V, W> {

  /**
   * Makes what is forwarded.
   *
   * @param outcome of the record, as {@link Judge} numbers them
   * @param judge that judged it, and nothing since
   * @return null for nothing
   */
  @Nullable FixedKeyRecord<K, W> of(FixedKeyRecord<K, V> record, int outcome, Judge judge);

  /** Values leave as they came; blocked records leave, tagged, only if the rules say so. */
  static <K, V> Exit<K, V, V> unchanged(LimiterSettings settings) {
    boolean headers = settings.headers;
    return (record, outcome, judge) -> {
      if (outcome != Judge.BLOCKED) {
        return headers ? tagged(record, outcome, judge) : record;
      }
      return overLimit(settings, judge).equals(OverLimit.tag())
          ? tagged(record, outcome, judge)
          : null;
    };
  }

  /** Every record leaves, its value with what was said of it. */
  static <K, V> Exit<K, V, Judged<V>> judged(LimiterSettings settings) {
    boolean headers = settings.headers;
    return (record, outcome, judge) -> {
      RuleJudge rule = judge.decided();
      OverLimit over = overLimit(settings, judge);
      Judged<V> value =
          new Judged<>(
              record.value(),
              RateLimitHeaders.outcome(outcome),
              rule == null ? null : rule.rule().name(),
              over);
      boolean tags = headers || (outcome == Judge.BLOCKED && !over.equals(OverLimit.drop()));
      return (tags ? tagged(record, outcome, judge) : record).withValue(value);
    };
  }

  private static OverLimit overLimit(LimiterSettings settings, Judge judge) {
    RuleJudge rule = judge.decided();
    OverLimit said = rule == null ? null : rule.rule().overLimit();
    return said == null ? settings.overLimit : said;
  }

  private static <K, V> FixedKeyRecord<K, V> tagged(
      FixedKeyRecord<K, V> record, int outcome, Judge judge) {
    return record.withHeaders(RateLimitHeaders.of(record.headers(), outcome, judge));
  }
}
