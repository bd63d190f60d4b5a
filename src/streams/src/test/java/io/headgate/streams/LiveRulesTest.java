package io.headgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.rules.Conditions;
import io.headgate.rules.KeySource;
import io.headgate.rules.LatePolicy;
import io.headgate.rules.Rule;
import io.headgate.rules.RuleSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Rules that change while a task runs, or between two lives of it: what was counted stays. */
class LiveRulesTest {

  private static final long NOW = TaskFixture.NOW;

  private final List<TaskFixture> tasks = new ArrayList<>();

  @AfterEach
  void closeTasks() {
    tasks.forEach(TaskFixture::close);
  }

  private TaskFixture task(LiveRules rules) {
    TaskFixture task = new TaskFixture(Headgate.rules(rules)).start();
    tasks.add(task);
    return task;
  }

  private static RateLimit limit(long units, int seconds) {
    return new RateLimit(units, Duration.ofSeconds(seconds), 10, Mode.STRICT);
  }

  private static Rule rule(String name, RateLimit... limits) {
    return Rule.named(name).limits(limits).build();
  }

  private static RuleSet set(Rule... rules) {
    return RuleSet.builder().rules(List.of(rules)).build();
  }

  private static int passed(TaskFixture task, String key, int records) {
    int passed = 0;
    for (int i = 0; i < records; i++) {
      passed += task.process(key, "v", NOW) ? 1 : 0;
    }
    return passed;
  }

  @Test
  void aRaisedLimitCountsOnWhereItWas() {
    LiveRules live = LiveRules.of(set(rule("r", limit(3, 60))));
    TaskFixture task = task(live);
    assertThat(passed(task, "k", 10)).isEqualTo(3);
    assertThat(live.replace(set(rule("r", limit(5, 60))))).isEmpty();
    assertThat(passed(task, "k", 10)).isEqualTo(2);
    assertThat(live.version()).isEqualTo(2);
  }

  @Test
  void aLoweredLimitBlocksUntilItsWindowHasRoomAgain() {
    LiveRules live = LiveRules.of(set(rule("r", limit(5, 60))));
    TaskFixture task = task(live);
    assertThat(passed(task, "k", 4)).isEqualTo(4);
    assertThat(live.replace(set(rule("r", limit(2, 60))))).isEmpty();
    assertThat(passed(task, "k", 4)).isZero();
    assertThat(passed(task, "other", 4)).isEqualTo(2);
  }

  @Test
  void whatBecomesOfLateRecordsMayChange() {
    LiveRules live = LiveRules.of(set(rule("r", limit(5, 10))));
    TaskFixture task = task(live);
    assertThat(task.process("k", "v", NOW)).isTrue();
    assertThat(task.process("k", "v", NOW - 60_000)).as("judged as of now").isTrue();
    Rule strict = Rule.named("r").limits(limit(5, 10)).late(LatePolicy.BLOCK).build();
    assertThat(live.replace(set(strict))).isEmpty();
    assertThat(task.process("k", "v", NOW - 60_000)).isFalse();
    assertThat(task.process("k", "v", NOW)).isTrue();
  }

  @Test
  void aKeysOwnLimitIsForTheNumberOfThatNameToo() {
    LiveRules live = LiveRules.of(set(rule("r", limit(2, 60))));
    TaskFixture task = task(live);
    assertThat(live.override("r/key/42", "{\"limits\":[\"4/60s\"]}")).isEmpty();
    for (Object key : List.of("42", 42, 42L)) {
      int passed = 0;
      for (int i = 0; i < 6; i++) {
        passed += task.process(key, "v", NOW) ? 1 : 0;
      }
      assertThat(passed).as("%s of %s", key, key.getClass()).isEqualTo(4);
    }
    assertThat(passed(task, "43", 6)).isEqualTo(2);
  }

  /** 255 is the most that a counter of one byte holds. */
  @Test
  void aLimitThatItsCountersCannotHoldWidensThemAndKeepsTheCounts() {
    LiveRules live = LiveRules.of(set(rule("r", limit(255, 60))));
    TaskFixture task = task(live);
    assertThat(passed(task, "a", 300)).isEqualTo(255);
    assertThat(passed(task, "b", 100)).isEqualTo(100);
    assertThat(live.override("r", "{\"limits\":[\"70000/60s\"]}")).isEmpty();
    assertThat(passed(task, "a", 70_100)).isEqualTo(70_000 - 255);
    assertThat(passed(task, "b", 70_100)).isEqualTo(70_000 - 100);
    task.commit();
    TaskFixture next = new TaskFixture(Headgate.rules(live));
    tasks.add(next);
    next.log.restore(task.log.takeChanges());
    next.start();
    assertThat(passed(next, "a", 10)).as("it was full").isZero();
    for (TaskFixture each : List.of(task, next)) {
      // What leaves the window must be what had come into it.
      each.context.now = NOW + 66_000;
      assertThat(each.process("a", "v", NOW + 66_000)).isTrue();
      assertThat(each.log.store.windows(0).table().slab().total(row(each))).isEqualTo(1);
    }
  }

  private static int row(TaskFixture task) {
    return task.processor.parts().judge.rules()[0].limits[0].row();
  }

  @Test
  void keysComeBeforeClassesAndClassesBeforeRules() {
    Rule byPlan =
        Rule.named("r")
            .limits(limit(1, 60), limit(100, 600))
            .classOf(KeySource.field("/plan"))
            .build();
    LiveRules live = LiveRules.of(set(byPlan));
    TaskFixture task = task(live);
    assertThat(live.override("r/class/gold", "{\"limits\":[\"3/60s\"]}")).isEmpty();
    assertThat(live.override("r/key/me", "{\"limits\":[\"5/60s\"]}")).isEmpty();
    String gold = "{\"plan\":\"gold\"}";
    assertThat(passed(task, "plain", "{}")).isEqualTo(1);
    assertThat(passed(task, "rich", gold)).isEqualTo(3);
    assertThat(passed(task, "me", gold)).isEqualTo(5);
    assertThat(live.override("r", "{\"limits\":[\"2/60s\"]}")).isEmpty();
    assertThat(passed(task, "plain", "{}")).isEqualTo(1);
    assertThat(passed(task, "rich", gold)).isZero();
    assertThat(live.override("r/key/me", null)).isEmpty();
    assertThat(live.override("r/class/gold", "{\"limits\":[\"6/60s\"]}")).isEmpty();
    assertThat(passed(task, "me", gold)).isEqualTo(1);
  }

  private static int passed(TaskFixture task, String key, String value) {
    int passed = 0;
    for (int i = 0; i < 10; i++) {
      passed += task.process(key, value, NOW) ? 1 : 0;
    }
    return passed;
  }

  @Test
  void whatCannotBeChangedIsRefusedAndNothingIsDifferent() {
    LiveRules live = LiveRules.of(set(rule("r", limit(3, 60))));
    TaskFixture task = task(live);
    assertThat(live.replace(set(rule("r", limit(30, 61))))).isPresent();
    assertThat(live.replace(set(rule("other", limit(30, 60))))).isPresent();
    assertThat(live.override("r", "{\"limits\":[\"30/1s\"]}")).isPresent();
    assertThat(live.override("who", "{\"limits\":[\"30/60s\"]}")).isPresent();
    assertThat(live.override("r", "nonsense")).isPresent();
    assertThat(passed(task, "k", 10)).isEqualTo(3);
    assertThat(live.version()).isEqualTo(1);
    assertThat(live.refused()).isEqualTo(5);
    assertThat(live.lastRefusal()).isPresent();
  }

  @Test
  void rulesMayChangePlacesAndConditionsWhileTheyRun() {
    Rule a = Rule.named("a").when(Conditions.keyPrefix("a")).limits(limit(2, 60)).build();
    LiveRules live = LiveRules.of(set(a, rule("rest", limit(4, 60))));
    TaskFixture task = task(live);
    assertThat(passed(task, "abc", 10)).isEqualTo(2);
    Rule rest = Rule.named("rest").when(Conditions.keyPrefix("ab")).limits(limit(4, 60)).build();
    assertThat(live.replace(set(rest, rule("a", limit(2, 60))))).isEmpty();
    // Rule rest decides on it now, and has counted nothing of it.
    assertThat(passed(task, "abc", 10)).isEqualTo(4);
    assertThat(passed(task, "acd", 10)).isEqualTo(2);
    assertThat(live.replace(set(a, rule("rest", limit(4, 60))))).isEmpty();
    assertThat(passed(task, "abc", 10)).isZero();
  }

  @Test
  void everyLimitsWindowsComeBackFromTheChangelog() {
    RuleSet rules =
        set(
            Rule.named("a")
                .when(Conditions.keyPrefix("a"))
                .limits(limit(3, 1), limit(5, 60))
                .build(),
            rule("default", limit(4, 60), limit(90, 600)));
    TaskFixture task = task(LiveRules.of(rules));
    assertThat(passed(task, "a1", 2)).isEqualTo(2);
    assertThat(passed(task, "b1", 3)).isEqualTo(3);
    task.commit();
    var changelog = task.log.takeChanges();

    RuleSet turned =
        set(
            Rule.named("a")
                .when(Conditions.keyPrefix("a"))
                .limits(limit(5, 60), limit(3, 1))
                .build(),
            rule("default", limit(4, 60), limit(90, 600)));
    TaskFixture next = new TaskFixture(Headgate.rules(turned));
    tasks.add(next);
    next.log.restore(changelog);
    next.start();
    assertThat(next.log.store.keys()).isEqualTo(4);
    assertThat(passed(next, "a1", 10)).isEqualTo(1);
    next.context.now += 5_000;
    int later = 0;
    for (int i = 0; i < 10; i++) {
      later += next.process("a1", "v", NOW + 5_000) ? 1 : 0;
    }
    assertThat(later).as("of the long window two are left").isEqualTo(2);
    assertThat(passed(next, "b1", 10)).isEqualTo(1);
  }

  /** Else its rows would stay on the changelog for ever. */
  @Test
  void theRowsOfARuleThatIsGoneAreForgottenAndTheOthersStay() {
    TaskFixture task =
        task(
            LiveRules.of(
                set(
                    Rule.named("gone").when(Conditions.keyPrefix("a")).limits(limit(3, 60)).build(),
                    rule("default", limit(4, 60)))));
    passed(task, "a1", 2);
    passed(task, "b1", 3);
    task.commit();
    var changelog = new ArrayList<>(task.log.takeChanges());
    // Nothing is compacted yet: each row is there as often as it was written.
    changelog.addAll(List.copyOf(changelog));

    TaskFixture next = new TaskFixture(Headgate.limit(limit(4, 60)));
    tasks.add(next);
    next.log.restore(changelog);
    next.start();
    assertThat(passed(next, "b1", 10)).isEqualTo(1);
    next.commit();
    var written = next.log.takeChanges();
    assertThat(written.stream().filter(StoreFixture.Change::isTombstone))
        .as("its row and its reserved row")
        .hasSize(2);
    changelog.addAll(written);

    TaskFixture last = new TaskFixture(Headgate.limit(limit(4, 60)));
    tasks.add(last);
    last.log.restore(changelog);
    last.start();
    assertThat(passed(last, "b1", 10)).isZero();
  }

  /** A limiter that gets rules keeps what it counted without them. */
  @Test
  void aLimiterWithoutRulesBecomesTheRuleDefault() {
    TaskFixture task = new TaskFixture(Headgate.limit(limit(4, 60))).start();
    tasks.add(task);
    passed(task, "k", 3);
    task.commit();
    var changelog = task.log.takeChanges();

    TaskFixture next =
        new TaskFixture(
            Headgate.rules(
                set(
                    Rule.named("new").when(Conditions.keyPrefix("x")).limits(limit(1, 1)).build(),
                    rule("default", limit(4, 60), limit(50, 600)))));
    tasks.add(next);
    next.log.restore(changelog);
    next.start();
    assertThat(passed(next, "k", 10)).isEqualTo(1);
  }
}
