package io.headgate.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import org.junit.jupiter.api.Test;

class RulesChangeTest {

  private static final RateLimit SECOND = RateLimit.perSecond(10);
  private static final RateLimit HOUR = RateLimit.perHour(500);

  private static Rule rule(String name, RateLimit... limits) {
    return Rule.named(name).limits(limits).build();
  }

  private static RuleSet set(Rule... rules) {
    RuleSet.Builder set = RuleSet.builder();
    for (Rule rule : rules) {
      set.rule(rule);
    }
    return set.build();
  }

  private static final RuleSet RUNNING = set(rule("a", SECOND, HOUR), rule("b", SECOND));

  private static void assertRefused(RuleSet next, String... reasons) {
    RulesChange change = RulesChange.between(RUNNING, next);
    assertThat(change.reasons()).containsExactly(reasons);
    assertThat(change.keepsCounts()).isFalse();
  }

  @Test
  void shouldKeepCountsWhenNothingThatCountsChanges() {
    Rule a =
        Rule.named("a")
            .when(Conditions.keyPrefix("x"))
            .limits(RateLimit.perSecond(99), RateLimit.perHour(1))
            .cost(Cost.VALUE_BYTES)
            .overLimit(OverLimit.tag())
            .overflow(OverflowPolicy.BLOCK)
            .late(LatePolicy.ADMIT)
            .exemptKeys("k")
            .exempt(true)
            .shadow(true)
            .enforcePercent(3)
            .classOf(KeySource.header("plan"))
            .build();
    RuleSet next = RuleSet.builder().rule(rule("b", SECOND)).rule(a).shadow(true).build();

    RulesChange change = RulesChange.between(RUNNING, next);

    assertThat(change.reasons()).isEmpty();
    assertThat(change.keepsCounts()).isTrue();
    assertThat(RulesChange.between(RUNNING, RUNNING).keepsCounts()).isTrue();
  }

  @Test
  void shouldSayWhatDoesNotFit() {
    assertRefused(
        set(rule("a", SECOND, HOUR), rule("c", SECOND)), "rule b is gone", "rule c is new");
    assertRefused(
        set(rule("a", HOUR, SECOND), rule("b", SECOND)),
        "rule a has its limits in another order: [1s in 50 buckets, strict, 1h in 60 buckets,"
            + " strict] before, [1h in 60 buckets, strict, 1s in 50 buckets, strict] now");
    assertRefused(
        set(rule("a", SECOND, HOUR), rule("b", SECOND.withBuckets(10))),
        "rule b counts in other windows: [1s in 50 buckets, strict] before, [1s in 10 buckets,"
            + " strict] now");
    assertRefused(
        set(rule("a", SECOND, HOUR), rule("b", SECOND.withMode(Mode.STANDARD))),
        "rule b counts in other windows: [1s in 50 buckets, strict] before, [1s in 50 buckets,"
            + " standard] now");
    assertRefused(
        set(rule("a", SECOND, HOUR), rule("b", RateLimit.parse("10/2s"))),
        "rule b counts in other windows: [1s in 50 buckets, strict] before, [2s in 50 buckets,"
            + " strict] now");
    assertRefused(
        set(rule("a", SECOND), rule("b", SECOND)),
        "rule a counts in other windows: [1s in 50 buckets, strict, 1h in 60 buckets, strict]"
            + " before, [1s in 50 buckets, strict] now");
  }

  @Test
  void shouldSayAllThatDoesNotFit() {
    assertRefused(
        RuleSet.builder()
            .key(KeySource.header("tenant"))
            .rule(rule("c", SECOND))
            .rule(rule("a", SECOND))
            .build(),
        "the limit key was record and is header tenant",
        "rule a counts in other windows: [1s in 50 buckets, strict, 1h in 60 buckets, strict]"
            + " before, [1s in 50 buckets, strict] now",
        "rule b is gone",
        "rule c is new");
  }
}
