package io.headgate.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.headgate.KeyHasher;
import io.headgate.RateLimit;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class RuleTest {

  private static final RateLimit LIMIT = RateLimit.perSecond(10);

  private static Rule.Builder rule() {
    return Rule.named("r").limits(LIMIT);
  }

  @Test
  void shouldHaveTheDefaults() {
    Rule rule = rule().build();

    assertThat(rule.name()).isEqualTo("r");
    assertThat(rule.when()).isEqualTo(Conditions.always());
    assertThat(rule.limits()).containsExactly(LIMIT);
    assertThat(rule.cost()).isEqualTo(Cost.ONE);
    assertThat(rule.overLimit()).isNull();
    assertThat(rule.overflow()).isEqualTo(OverflowPolicy.SHARED_ROW);
    assertThat(rule.late()).isEqualTo(LatePolicy.JUDGE);
    assertThat(rule.exemptKeys()).isEmpty();
    assertThat(rule.exempt()).isFalse();
    assertThat(rule.shadow()).isFalse();
    assertThat(rule.enforcePercent()).isEqualTo(100);
    assertThat(rule.classOf()).isNull();
    assertThat(rule).hasToString("rule r: 10/1s in 50 buckets, strict");
  }

  @Test
  void shouldRefuseWhatIsNoRule() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Rule.named("a/b"))
        .withMessage("rule name \"a/b\": expected 1 to 100 letters, digits, '.', '_' or '-'");
    assertThatIllegalArgumentException().isThrownBy(() -> Rule.named(""));
    assertThatIllegalArgumentException().isThrownBy(() -> Rule.named("a".repeat(101)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Rule.named("r").build())
        .withMessage("rule \"r\" has no limits: expected 1 to 8, or exempt");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Rule.named("r").limits(LIMIT, RateLimit.perHour(5), LIMIT.withBuckets(1)).build())
        .withMessageStartingWith("rule \"r\" has two limits of one window: 10/1s");
    RateLimit[] nine = new RateLimit[9];
    for (int i = 0; i < 9; i++) {
      nine[i] = RateLimit.parse("1/" + (i + 1) + "s");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Rule.named("r").limits(nine).build())
        .withMessage("rule \"r\" has 9 limits: expected at most 8");
    assertThatIllegalArgumentException().isThrownBy(() -> rule().enforcePercent(101));
    assertThatIllegalArgumentException().isThrownBy(() -> rule().enforcePercent(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> OverLimit.route("a topic"));
    assertThatIllegalArgumentException().isThrownBy(() -> OverLimit.route(".."));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OverLimit.hold(0, Duration.ofSeconds(1)))
        .withMessage("hold.max.records.per.key 0: expected 1 or more");
    for (Duration time :
        List.of(Duration.ZERO, Duration.ofNanos(1_500_000), Duration.ofDays(365).plusMillis(1))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> OverLimit.hold(1, time))
          .withMessageEndingWith("expected 1 ms to 365 days in whole milliseconds");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new OverLimit(OverLimit.Action.HOLD, null, null));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new OverLimit(OverLimit.Action.DROP, null, OverLimit.hold().bounds()));
    assertThat(OverLimit.hold()).hasToString("hold up to 1000 a key for PT1H");
    assertThat(Rule.named("r").exempt(true).build().limits()).isEmpty();
  }

  @Test
  void shouldDifferInEachPart() {
    List<UnaryOperator<Rule.Builder>> changes =
        List.of(
            b -> b,
            b -> b.when(Conditions.keyIs("a")),
            b -> b.limits(RateLimit.perSecond(11)),
            b -> b.cost(Cost.VALUE_BYTES),
            b -> b.overLimit(OverLimit.tag()),
            b -> b.overLimit(OverLimit.route("a")),
            b -> b.overLimit(OverLimit.route("b")),
            b -> b.overLimit(OverLimit.hold()),
            b -> b.overLimit(OverLimit.hold(5, Duration.ofMinutes(1))),
            b -> b.overflow(OverflowPolicy.ADMIT),
            b -> b.late(LatePolicy.BLOCK),
            b -> b.exemptKeys("x"),
            b -> b.exempt(true),
            b -> b.shadow(true),
            b -> b.enforcePercent(50),
            b -> b.classOf(KeySource.header("plan")));
    for (int i = 0; i < changes.size(); i++) {
      for (int k = 0; k < changes.size(); k++) {
        Rule one = changes.get(i).apply(rule()).build();
        Rule other = changes.get(k).apply(rule()).build();
        assertThat(one.equals(other)).as("%s and %s", one, other).isEqualTo(i == k);
        assertThat(one.toString().equals(other.toString())).isEqualTo(i == k);
        if (i == k) {
          assertThat(one).hasSameHashCodeAs(other);
        }
      }
    }
  }

  @Test
  void shouldBeEnforcedForAboutItsShareOfKeysAndForMoreWhenItIsRaised() {
    KeyHasher hasher = KeyHasher.seeded(3);
    int keys = 100_000;
    int before = 0;
    boolean[] enforced = new boolean[keys];
    for (int percent : new int[] {0, 1, 10, 50, 99, 100}) {
      Rule rule = rule().enforcePercent(percent).build();
      int count = 0;
      for (int i = 0; i < keys; i++) {
        boolean now = rule.enforcedFor(hasher.high(i));
        assertThat(now || !enforced[i]).isTrue();
        enforced[i] = now;
        count += now ? 1 : 0;
      }
      assertThat(count).isBetween(percent * 1_000 - 600, percent * 1_000 + 600);
      assertThat(count).isGreaterThanOrEqualTo(before);
      before = count;
    }
    assertThat(before).isEqualTo(keys);
    assertThat(rule().enforcePercent(0).build().enforcedFor(hasher.high(1))).isFalse();
    assertThat(rule().shadow(true).build().enforcedFor(hasher.high(1))).isFalse();
  }
}
