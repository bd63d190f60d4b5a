package io.headgate.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.lane.BlockedEvent;
import io.headgate.rules.Conditions;
import io.headgate.rules.Cost;
import io.headgate.rules.KeySource;
import io.headgate.rules.OverLimit;
import io.headgate.rules.Rule;
import io.headgate.rules.RuleSet;
import io.headgate.testkit.ExactLog;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Rules: who decides, what several limits say together, and what is only counted. */
class RulesTest {

  private static final long NOW = TaskFixture.NOW;

  private final List<TaskFixture> tasks = new ArrayList<>();

  @AfterEach
  void closeTasks() {
    tasks.forEach(TaskFixture::close);
  }

  private TaskFixture task(Headgate.Builder builder) {
    TaskFixture task = new TaskFixture(builder).start();
    tasks.add(task);
    return task;
  }

  private TaskFixture task(Rule... rules) {
    return task(Headgate.rules(RuleSet.builder().rules(List.of(rules)).build()));
  }

  private static RateLimit limit(long units, int seconds) {
    return new RateLimit(units, Duration.ofSeconds(seconds), 10, Mode.STRICT);
  }

  private static ExactLog exact(RateLimit limit) {
    return new ExactLog(
        limit.limit(), limit.windowMillis(), limit.buckets(), limit.mode() == Mode.STRICT);
  }

  private static long counted(TaskFixture task, int rule, int counter) {
    return task.processor.parts().judge.rules()[rule].counters.get(counter);
  }

  private static @Nullable String header(FixedKeyRecord<?, ?> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
  }

  /** The oracle of one rule: all of its limits admit and are charged, or none is. */
  private static final class ExactRule {
    final List<RateLimit> limits;
    final List<ExactLog> logs;

    ExactRule(RateLimit... limits) {
      this.limits = List.of(limits);
      this.logs = this.limits.stream().map(RulesTest::exact).toList();
    }

    /** The first limit that refuses; null if none does. */
    @Nullable RateLimit refusing(String key, long time, long cost) {
      RateLimit refusing = null;
      for (int i = 0; i < limits.size(); i++) {
        if (!logs.get(i).hasRoom(key, time, cost) && refusing == null) {
          refusing = limits.get(i);
        }
      }
      if (refusing == null) {
        logs.forEach(log -> log.charge(key, cost));
      }
      return refusing;
    }
  }

  @Test
  void twoRulesWithThreeWindowsSayWhatTheExactLogsSay() {
    for (int seed = 0; seed < 40; seed++) {
      Random random = new Random(seed);
      RateLimit bursts = limit(1 + random.nextInt(6), 1);
      RateLimit steady = limit(5 + random.nextInt(20), 20);
      RateLimit others = limit(1 + random.nextInt(8), 3);
      TaskFixture task =
          task(
              Rule.named("bots")
                  .when(Conditions.keyPrefix("bot-"))
                  .limits(bursts, steady)
                  .cost(Cost.VALUE_BYTES)
                  .build(),
              Rule.named("others").limits(others).build());
      ExactRule bots = new ExactRule(bursts, steady);
      ExactRule rest = new ExactRule(others);
      List<String> refused = new ArrayList<>();
      long clock = NOW - 1_000_000;
      for (int i = 0; i < 2_000; i++) {
        clock += random.nextInt(150);
        boolean bot = random.nextInt(3) > 0;
        String key = (bot ? "bot-" : "user-") + random.nextInt(3);
        String value = "x".repeat(random.nextInt(4));
        long time = random.nextInt(10) == 0 ? clock - random.nextInt(2_000) : clock;

        boolean passed = task.process(key, value, time);

        RateLimit refusing =
            bot ? bots.refusing(key, time, value.length()) : rest.refusing(key, time, 1);
        assertThat(passed).as("seed %s, record %s", seed, i).isEqualTo(refusing == null);
        if (refusing != null) {
          refused.add((bot ? "bots " : "others ") + key + " " + refusing.windowMillis());
        }
      }
      task.commit();
      List<String> told = new ArrayList<>();
      for (BlockedEvent event : task.events()) {
        for (long n = 0; n < event.count(); n++) {
          told.add(event.rule() + " " + event.key() + " " + event.windowMillis());
        }
      }
      assertThat(told).as("seed %s", seed).containsExactlyInAnyOrderElementsOf(refused);
      assertThat(refused).as("seed %s", seed).isNotEmpty();
    }
  }

  @Test
  void ofSeveralLimitsNoneIsChargedForARecordThatOneRefuses() {
    TaskFixture task = task(Rule.named("both").limits(limit(1, 1), limit(3, 100)).build());
    assertThat(task.process("k", "v", NOW)).isTrue();
    for (int i = 0; i < 50; i++) {
      assertThat(task.process("k", "v", NOW)).isFalse();
    }
    // Two of the long window's three are left, whatever the short one refused.
    task.context.now = NOW + 6_000;
    assertThat(task.process("k", "v", NOW + 2_000)).isTrue();
    assertThat(task.process("k", "v", NOW + 4_000)).isTrue();
    assertThat(task.process("k", "v", NOW + 6_000)).isFalse();
    task.commit();
    assertThat(task.events().stream().filter(event -> event.windowMillis() == 100_000))
        .singleElement()
        .extracting(BlockedEvent::limit)
        .isEqualTo(3L);
  }

  @Test
  void theFirstRuleThatMatchesDecidesAlone() {
    TaskFixture task =
        task(
            Rule.named("first").when(Conditions.keyPrefix("a")).limits(limit(5, 10)).build(),
            Rule.named("second").limits(limit(1, 10)).build());
    for (int i = 0; i < 5; i++) {
      assertThat(task.process("a", "v", NOW)).isTrue();
    }
    assertThat(task.process("a", "v", NOW)).isFalse();
    assertThat(task.process("b", "v", NOW)).isTrue();
    assertThat(task.process("b", "v", NOW)).isFalse();
    assertThat(counted(task, 0, RuleCounters.ADMITTED)).isEqualTo(5);
    assertThat(counted(task, 0, RuleCounters.BLOCKED)).isEqualTo(1);
    assertThat(counted(task, 1, RuleCounters.ADMITTED)).isEqualTo(1);
    assertThat(counted(task, 1, RuleCounters.BLOCKED)).isEqualTo(1);
  }

  @Test
  void aRecordThatNoRuleMatchesIsBypassed() {
    TaskFixture task =
        task(Rule.named("only-a").when(Conditions.keyPrefix("a")).limits(limit(1, 10)).build());
    for (int i = 0; i < 3; i++) {
      assertThat(task.process("b", "v", NOW)).isTrue();
    }
    assertThat(task.counters().get(LimiterCounters.BYPASSED)).isEqualTo(3);
    assertThat(task.log.store.keys()).isZero();
  }

  @Test
  void exemptRulesAndExemptKeysAreBypassed() {
    TaskFixture task =
        task(
            Rule.named("office").when(Conditions.keyPrefix("10.")).exempt(true).build(),
            Rule.named("rest").limits(limit(1, 10)).exemptKeys("vip").build());
    for (int i = 0; i < 3; i++) {
      assertThat(task.process("10.0.0.1", "v", NOW)).isTrue();
      assertThat(task.process("vip", "v", NOW)).isTrue();
      assertThat(task.process("other", "v", NOW)).isEqualTo(i == 0);
    }
    assertThat(counted(task, 0, RuleCounters.BYPASSED)).isEqualTo(3);
    assertThat(counted(task, 1, RuleCounters.BYPASSED)).isEqualTo(3);
    assertThat(task.counters().get(LimiterCounters.BYPASSED)).isEqualTo(6);
    assertThat(task.counters().get(LimiterCounters.BLOCKED)).isEqualTo(2);
  }

  /** It is judged and counted apart, says what it would have done, and takes nothing over. */
  @Test
  void aShadowRuleBesideAnEnforcedOneChangesNoVerdict() {
    Rule enforced = Rule.named("enforced").limits(limit(3, 10)).build();
    TaskFixture task =
        task(Rule.named("tried").limits(limit(1, 10)).shadow(true).build(), enforced);
    TaskFixture alone = task(enforced);
    long blocked = 0;
    for (int i = 0; i < 200; i++) {
      String key = "k" + i % 7;
      long time = NOW + i * 100L;
      boolean passed = task.process(key, "v", time);
      assertThat(passed).isEqualTo(alone.process(key, "v", time));
      blocked += passed ? 0 : 1;
    }
    task.commit();
    long shadow = task.counters().get(LimiterCounters.SHADOW_BLOCKED);
    assertThat(shadow).isPositive();
    assertThat(task.counters().get(LimiterCounters.BLOCKED)).isEqualTo(blocked).isPositive();
    assertThat(counted(task, 0, RuleCounters.SHADOW_BLOCKED)).isEqualTo(shadow + blocked);
    assertThat(counted(task, 0, RuleCounters.BLOCKED)).isZero();
    assertThat(count(task, "tried", true)).isEqualTo(shadow + blocked);
    assertThat(count(task, "enforced", false)).isEqualTo(blocked);
    assertThat(task.counters().get(LimiterCounters.RECORDS))
        .isEqualTo(
            task.counters().get(LimiterCounters.ADMITTED)
                + shadow
                + count(task, "enforced", false));
  }

  private static long count(TaskFixture task, String rule, boolean shadow) {
    return task.events().stream()
        .filter(event -> event.rule().equals(rule) && event.shadow() == shadow)
        .mapToLong(BlockedEvent::count)
        .sum();
  }

  @Test
  void aGlobalShadowLetsRecordsWithoutAKeyPassAndTellsOfThem() {
    RuleSet dryRun =
        RuleSet.builder().shadow(true).rule(Rule.named("one").limits(limit(1, 10)).build()).build();
    TaskFixture task = task(Headgate.rules(dryRun).noKeyPolicy(NoKeyPolicy.BLOCK));
    for (int i = 0; i < 5; i++) {
      assertThat(task.process(null, "v", NOW)).isTrue();
    }
    assertThat(task.counters().get(LimiterCounters.SHADOW_BLOCKED)).isEqualTo(5);
    assertThat(task.counters().get(LimiterCounters.BLOCKED)).isZero();
    task.commit();
    assertThat(task.events())
        .hasSize(5)
        .allSatisfy(
            event -> {
              assertThat(event.shadow()).isTrue();
              assertThat(event.limit()).isZero();
            });
  }

  @Test
  void aGlobalShadowBlocksNothingAndLetsTheSameRuleDecide() {
    TaskFixture task =
        task(
            Headgate.rules(
                RuleSet.builder()
                    .shadow(true)
                    .rule(Rule.named("one").limits(limit(1, 10)).build())
                    .build()));
    for (int i = 0; i < 5; i++) {
      assertThat(task.process("k", "v", NOW)).isTrue();
    }
    assertThat(task.counters().get(LimiterCounters.SHADOW_BLOCKED)).isEqualTo(4);
    assertThat(task.counters().get(LimiterCounters.ADMITTED)).isEqualTo(1);
    task.commit();
    assertThat(task.events()).allMatch(BlockedEvent::shadow);
  }

  @Test
  void aPercentageOfTheKeysIsEnforcedAndAlwaysTheSameOnes() {
    boolean[] enforcedAtTen = enforced(10);
    boolean[] enforcedAtHalf = enforced(50);
    int ten = 0;
    int half = 0;
    for (int i = 0; i < enforcedAtTen.length; i++) {
      ten += enforcedAtTen[i] ? 1 : 0;
      half += enforcedAtHalf[i] ? 1 : 0;
      assertThat(!enforcedAtTen[i] || enforcedAtHalf[i]).as("key %s stays enforced", i).isTrue();
    }
    // Of 2,000 keys: five standard deviations are 67 and 112.
    assertThat(ten).isBetween(200 - 67, 200 + 67);
    assertThat(half).isBetween(1_000 - 112, 1_000 + 112);
    assertThat(enforced(10)).isEqualTo(enforcedAtTen);
  }

  private boolean[] enforced(int percent) {
    TaskFixture task =
        task(Rule.named("some").limits(limit(1, 10)).enforcePercent(percent).build());
    boolean[] enforced = new boolean[2_000];
    for (int i = 0; i < enforced.length; i++) {
      task.process("key-" + i, "v", NOW);
      enforced[i] = !task.process("key-" + i, "v", NOW);
    }
    return enforced;
  }

  @Test
  void recordsNearTheirLimitAreCounted() {
    TaskFixture task = task(Rule.named("ten").limits(limit(10, 10)).build());
    for (int i = 0; i < 12; i++) {
      task.process("k", "v", NOW);
    }
    // From the eighth of ten on.
    assertThat(counted(task, 0, RuleCounters.NEAR)).isEqualTo(3);
  }

  @Test
  void blockedRecordsThatAreTaggedPassWithHeaders() {
    TaskFixture task =
        task(Rule.named("two").limits(limit(2, 10)).overLimit(OverLimit.tag()).build());
    for (int i = 0; i < 3; i++) {
      assertThat(task.process("k", "v", NOW + i)).isTrue();
    }
    assertThat(task.counters().get(LimiterCounters.BLOCKED)).isEqualTo(1);
    assertThat(task.forwarded.get(1).headers()).isEmpty();
    FixedKeyRecord<?, ?> tagged = task.forwarded.get(2);
    assertThat(header(tagged, RateLimitHeaders.OUTCOME)).isEqualTo("BLOCKED");
    assertThat(header(tagged, RateLimitHeaders.RULE)).isEqualTo("two");
    assertThat(header(tagged, RateLimitHeaders.LIMIT)).isEqualTo("2");
    assertThat(header(tagged, RateLimitHeaders.REMAINING)).isEqualTo("0");
    long retry =
        Long.parseLong(Objects.requireNonNull(header(tagged, RateLimitHeaders.RETRY_AFTER_MS)));
    task.context.now = NOW + retry;
    // At that moment it passes, and not a bucket before.
    assertThat(task.process("k", "v", NOW + 2 + retry - 1_000)).isTrue();
    assertThat(task.counters().get(LimiterCounters.BLOCKED)).isEqualTo(2);
    assertThat(task.process("k", "v", NOW + 2 + retry)).isTrue();
    assertThat(task.counters().get(LimiterCounters.BLOCKED)).isEqualTo(2);
    task.commit();
    assertThat(task.events().stream().mapToLong(BlockedEvent::count).sum()).isEqualTo(2);
  }

  @Test
  void aKeyThatIsBlockedAgainAndAgainIsToldWhenItsWindowIsEmpty() {
    TaskFixture task =
        task(Rule.named("two").limits(limit(2, 10)).overLimit(OverLimit.tag()).build());
    task.context.now = NOW + 9_000;
    assertThat(task.process("k", "v", NOW)).isTrue();
    assertThat(task.process("k", "v", NOW)).isTrue();
    long first = 0;
    for (int after = 1_000; after <= 9_000; after += 1_000) {
      assertThat(task.process("k", "v", NOW + after)).isTrue();
      FixedKeyRecord<?, ?> tagged = task.forwarded.get(task.forwarded.size() - 1);
      long reset =
          Long.parseLong(Objects.requireNonNull(header(tagged, RateLimitHeaders.RESET_MS)));
      first = after == 1_000 ? reset : first;
      // Both units are of one bucket: with them goes all that counts.
      assertThat(header(tagged, RateLimitHeaders.RETRY_AFTER_MS)).isEqualTo("" + reset);
      assertThat(reset).isEqualTo(first - (after - 1_000));
    }
    assertThat(task.counters().get(LimiterCounters.BLOCKED)).isEqualTo(9);
  }

  @Test
  void headersOfWhatPassesTellOfTheTightestLimitAndOfWhatWasSuppressed() {
    TaskFixture task =
        task(
            Headgate.rules(
                    RuleSet.builder()
                        .rule(Rule.named("both").limits(limit(2, 1), limit(100, 100)).build())
                        .build())
                .withHeaders());
    task.process("k", "v", NOW);
    FixedKeyRecord<?, ?> first = task.forwarded.get(0);
    assertThat(header(first, RateLimitHeaders.OUTCOME)).isEqualTo("ADMITTED");
    assertThat(header(first, RateLimitHeaders.LIMIT)).isEqualTo("2");
    assertThat(header(first, RateLimitHeaders.REMAINING)).isEqualTo("1");
    assertThat(header(first, RateLimitHeaders.SUPPRESSED)).isNull();
    assertThat(header(first, RateLimitHeaders.RETRY_AFTER_MS)).isNull();
    for (int i = 0; i < 5; i++) {
      task.process("k", "v", NOW);
    }
    assertThat(task.forwarded).hasSize(2);
    task.context.now = NOW + 5_000;
    task.process("k", "v", NOW + 5_000);
    task.process("k", "v", NOW + 5_000);
    assertThat(header(task.forwarded.get(2), RateLimitHeaders.SUPPRESSED)).isEqualTo("4");
    assertThat(header(task.forwarded.get(3), RateLimitHeaders.SUPPRESSED)).isNull();
    // The long window holds four by then.
    long reset = Long.parseLong(Objects.requireNonNull(header(first, RateLimitHeaders.RESET_MS)));
    assertThat(reset).isBetween(1_000L, 1_100L);
  }

  @Test
  void theFirstBlockOfAKeyInAWindowIsMarked() {
    TaskFixture task = task(Headgate.limit(limit(1, 10)));
    for (int i = 0; i < 4; i++) {
      task.process("k", "v", NOW + i);
    }
    task.commit();
    assertThat(task.events().stream().map(BlockedEvent::firstOver).toList())
        .containsExactly(true, false, false);
  }

  @Test
  void whatAnOperatorAloneCannotDoIsRefused() {
    Rule routes =
        Rule.named("r").limits(limit(1, 1)).overLimit(OverLimit.route("elsewhere")).build();
    assertThatThrownBy(
            () -> Headgate.rules(RuleSet.builder().rule(routes).build()).blockedTo("b").build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("rule r routes blocked records to topic elsewhere")
        .hasMessageContaining("Headgate.apply");
    LiveRules live =
        LiveRules.of(RuleSet.builder().rule(Rule.named("r").limits(limit(1, 1)).build()).build());
    assertThat(live.replace(RuleSet.builder().rule(routes).build())).isEmpty();
    live =
        LiveRules.of(RuleSet.builder().rule(Rule.named("r").limits(limit(1, 1)).build()).build());
    Headgate.rules(live).blockedTo("b").build();
    assertThat(live.replace(RuleSet.builder().rule(routes).build()))
        .as("while it runs as at the start")
        .hasValue(
            "rule r routes blocked records, and the limiter alone has no way to a topic: put it in"
                + " with Headgate.apply(...)");
    RuleSet byHeader =
        RuleSet.builder()
            .key(KeySource.header("tenant"))
            .rule(Rule.named("r").limits(limit(1, 1)).build())
            .build();
    assertThatThrownBy(() -> Headgate.rules(byHeader).blockedTo("b").build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("tenant")
        .hasMessageContaining("not the record key");
    assertThatThrownBy(
            () ->
                Headgate.rules(RuleSet.of(limit(1, 1)))
                    .cost(String.class, String::length)
                    .blockedTo("b")
                    .build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("say it in each rule");
  }
}
