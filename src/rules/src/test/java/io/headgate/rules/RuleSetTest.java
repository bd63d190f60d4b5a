package io.headgate.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.headgate.RateLimit;
import org.junit.jupiter.api.Test;

class RuleSetTest {

  private static final RateLimit LIMIT = RateLimit.perSecond(10);

  private static Rule rule(String name, Condition when) {
    return Rule.named(name).when(when).limits(LIMIT).build();
  }

  @Test
  void shouldFindTheNextRuleThatMatches() {
    RuleSet set =
        RuleSet.builder()
            .rule(rule("a", Conditions.keyPrefix("a")))
            .rule(rule("b", Conditions.keyPrefix("ab")))
            .rule(rule("c", Conditions.keyPrefix("abc")))
            .rule(rule("rest", Conditions.always()))
            .build();
    RecordView view = Records.key("abx");

    assertThat(set.match(view, 0)).isZero();
    assertThat(set.match(view, 1)).isEqualTo(1);
    assertThat(set.match(view, 2)).isEqualTo(3);
    assertThat(set.match(view, 4)).isEqualTo(-1);
    assertThat(set.match(Records.key(null), 0)).isEqualTo(3);
  }

  @Test
  void shouldFindNoRuleWhenNoneMatches() {
    RuleSet set = RuleSet.builder().rule(rule("a", Conditions.keyIs("a"))).build();

    assertThat(set.match(Records.key("b"), 0)).isEqualTo(-1);
  }

  @Test
  void shouldMakeOneRuleOfALimit() {
    RuleSet set = RuleSet.of(LIMIT);

    assertThat(set.size()).isOne();
    assertThat(set.rule(0)).isEqualTo(rule("default", Conditions.always()));
    assertThat(set.key().isRecordKey()).isTrue();
    assertThat(set.shadow()).isFalse();
    assertThat(set.indexOf("default")).isZero();
    assertThat(set.indexOf("other")).isEqualTo(-1);
    assertThat(set).hasToString("rules by record\n  rule default: 10/1s in 50 buckets, strict");
  }

  @Test
  void shouldRefuseNoRulesTooManyAndTwoOfOneName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RuleSet.builder().build())
        .withMessage("0 rules: expected 1 to 1000");
    Rule rule = rule("a", Conditions.always());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RuleSet.builder().rule(rule).rule(rule).build())
        .withMessage("rules[1]: the name \"a\" is that of rules[0] too; give each its own");
    RuleSet.Builder many = RuleSet.builder();
    for (int i = 0; i <= RuleSet.MAX_RULES; i++) {
      many.rule(rule("r" + i, Conditions.always()));
    }
    assertThatIllegalArgumentException().isThrownBy(many::build);
  }

  @Test
  void shouldBeEqualWhenItSaysTheSame() {
    RuleSet.Builder builder = RuleSet.builder().rule(rule("a", Conditions.keyIs("a")));
    RuleSet set = builder.build();

    assertThat(builder.build()).isEqualTo(set).hasSameHashCodeAs(set);
    assertThat(builder.shadow(true).build()).isNotEqualTo(set);
    assertThat(builder.shadow(false).key(KeySource.header("h")).build()).isNotEqualTo(set);
    assertThat(builder.key(KeySource.recordKey()).rule(rule("b", Conditions.always())).build())
        .isNotEqualTo(set);
  }
}
