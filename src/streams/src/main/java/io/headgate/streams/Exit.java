package io.headgate.streams;

import io.headgate.rules.OverLimit;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;

/**
 * What leaves a limiter for a record that was judged.
 *
 * @param <K> type of the keys
 * @param <V> type of the values that come
 * @param <W> type of the values that leave
 */
interface Exit<K, V, W> {

  /** How a record leaves. */
  enum Way {
    /** The very record that came; its values are of the type that came. */
    AS_IT_CAME,
    /** What {@link #of} makes of it. */
    ANEW,
    NOWHERE
  }

  /**
   * Tells how the last record leaves, without a look at it.
   *
   * @param outcome of the record, as {@link Judge} numbers them
   * @param judge that judged it, and nothing since
   */
  Way way(int outcome, Judge judge);

  /** Makes what is forwarded of a record that leaves anew. */
  FixedKeyRecord<K, W> of(FixedKeyRecord<K, V> record, int outcome, Judge judge);

  /** Values leave as they came; blocked records leave, tagged, only if the rules say so. */
  static <K, V> Exit<K, V, V> unchanged(LimiterSettings settings) {
    Way passed = settings.headers ? Way.ANEW : Way.AS_IT_CAME;
    return new Exit<>() {
      @Override
      public Way way(int outcome, Judge judge) {
        if (outcome != Judge.BLOCKED) {
          return outcome == Judge.HELD ? Way.NOWHERE : passed;
        }
        return settings.overLimit(judge.decided()).action() == OverLimit.Action.TAG
            ? Way.ANEW
            : Way.NOWHERE;
      }

      @Override
      public FixedKeyRecord<K, V> of(FixedKeyRecord<K, V> record, int outcome, Judge judge) {
        return tagged(record, outcome, judge);
      }
    };
  }

  /** Every record leaves, its value with what was said of it. */
  static <K, V> Exit<K, V, Judged<V>> judged(LimiterSettings settings) {
    boolean headers = settings.headers;
    return new Exit<>() {
      @Override
      public Way way(int outcome, Judge judge) {
        return outcome == Judge.HELD ? Way.NOWHERE : Way.ANEW;
      }

      @Override
      public FixedKeyRecord<K, Judged<V>> of(
          FixedKeyRecord<K, V> record, int outcome, Judge judge) {
        RuleJudge rule = judge.decided();
        OverLimit over = settings.overLimit(rule);
        Judged<V> value =
            new Judged<>(
                record.value(),
                RateLimitHeaders.outcome(outcome),
                rule == null ? null : rule.rule().name(),
                over);
        boolean drops =
            over.action() == OverLimit.Action.DROP || over.action() == OverLimit.Action.HOLD;
        boolean tags = headers || (outcome == Judge.BLOCKED && !drops);
        return (tags ? tagged(record, outcome, judge) : record).withValue(value);
      }
    };
  }

  private static <K, V> FixedKeyRecord<K, V> tagged(
      FixedKeyRecord<K, V> record, int outcome, Judge judge) {
    return record.withHeaders(RateLimitHeaders.of(record.headers(), outcome, judge));
  }
}
