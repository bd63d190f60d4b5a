package io.headgate.streams;

import io.headgate.KeyHasher;
import io.headgate.RateLimit;
import java.nio.ByteBuffer;

/**
 * One limit of one rule, and how its rows are told from others' on the changelog.
 *
 * @param rule number of the rule, from 0
 * @param ruleName its name
 * @param index number of the limit among the rule's, from 0
 * @param limit window, buckets and mode, and units unless they are changed while it runs
 * @param tag what its keys on the changelog end with; 0 for none, as that of a limiter without a
 *     list of rules
 */
record LimitSpec(int rule, String ruleName, int index, RateLimit limit, int tag) {

  /** The rule of a limiter that has no list of them; the rows of its first limit have no tag. */
  static final String DEFAULT = "default";

  private static final KeyHasher TAGS = KeyHasher.seeded("changelog");

  static LimitSpec of(int rule, String ruleName, int index, RateLimit limit) {
    return new LimitSpec(
        rule,
        ruleName,
        index,
        limit,
        index == 0 && ruleName.equals(DEFAULT) ? 0 : tag(ruleName, limit.windowMillis()));
  }

  /** Of the rule's name and the window, whatever the order and the number of units. */
  private static int tag(String rule, long windowMillis) {
    byte[] window = ByteBuffer.allocate(Long.BYTES).putLong(windowMillis).array();
    int tag = (int) TAGS.derive(rule).high(window, 0, window.length);
    return tag == 0 ? 1 : tag;
  }

  @Override
  public String toString() {
    return "rule " + ruleName + ", " + limit;
  }
}
