package io.headgate.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.lane.BlockedEvent;
import io.headgate.rules.Conditions;
import io.headgate.rules.LatePolicy;
import io.headgate.rules.OverLimit;
import io.headgate.rules.Rule;
import io.headgate.rules.RuleSet;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Records that are held: their bounds, what becomes of them when rules change, and failures. */
class HoldTest {

  private static final long NOW = TaskFixture.NOW;
  private static final RateLimit TWO = new RateLimit(2, Duration.ofSeconds(10), 10, Mode.STRICT);
  private static final OverLimit HOUR = OverLimit.hold(100, Duration.ofHours(1));

  private final List<TaskFixture> tasks = new ArrayList<>();

  @AfterEach
  void closeTasks() {
    tasks.forEach(TaskFixture::close);
  }

  private TaskFixture task(Headgate.Builder builder) {
    TaskFixture task = new TaskFixture(builder.maxKeys(100));
    tasks.add(task);
    return task.start();
  }

  private TaskFixture task(OverLimit over) {
    return task(Headgate.limit(TWO).overLimit(over));
  }

  private static Rule.Builder rule(String name) {
    return Rule.named(name).limits(TWO).overLimit(HOUR);
  }

  private static RuleSet set(Rule.Builder... rules) {
    RuleSet.Builder set = RuleSet.builder();
    for (Rule.Builder rule : rules) {
      set.rule(rule.build());
    }
    return set.build();
  }

  private static List<Object> values(TaskFixture task) {
    return task.forwarded.stream().<Object>map(FixedKeyRecord::value).toList();
  }

  /** Records of one key, with the numbers from one on to another as values. */
  private static void send(TaskFixture task, String key, int from, int to) {
    for (int i = from; i <= to; i++) {
      task.process(key, String.valueOf(i), task.context.now);
    }
  }

  private static int held(TaskFixture task) {
    return task.processor.parts().held.records();
  }

  private static long count(TaskFixture task, int counter) {
    return task.counters().get(counter);
  }

  private static long ofRule(TaskFixture task, int rule, int counter) {
    return task.processor.parts().judge.rules()[rule].counters.get(counter);
  }

  private static void isConserved(TaskFixture task, long heldBefore) {
    assertThat(count(task, LimiterCounters.RECORDS) + heldBefore)
        .isEqualTo(
            count(task, LimiterCounters.ADMITTED)
                + count(task, LimiterCounters.BYPASSED)
                + count(task, LimiterCounters.SHADOW_BLOCKED)
                + count(task, LimiterCounters.BLOCKED)
                + held(task));
  }

  private static String header(FixedKeyRecord<?, ?> record, String name) {
    return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
  }

  // ------------------------------------------------------------------ the way of a record

  @Test
  void recordsOverTheLimitComeBackInTheirOrderWhenTheWindowOpens() {
    TaskFixture task = task(HOUR);
    send(task, "k", 1, 5);
    assertThat(values(task)).containsExactly("1", "2");
    assertThat(held(task)).isEqualTo(3);
    assertThat(count(task, LimiterCounters.BLOCKED)).isZero();
    isConserved(task, 0);
    // Strict: the bucket of the first two has left the window after eleven buckets.
    task.pass(10_999);
    assertThat(values(task)).hasSize(2);
    task.pass(1);
    assertThat(values(task)).containsExactly("1", "2", "3", "4");
    task.pass(11_000);
    assertThat(values(task)).containsExactly("1", "2", "3", "4", "5");
    assertThat(held(task)).isZero();
    assertThat(count(task, LimiterCounters.ADMITTED)).isEqualTo(5);
    assertThat(count(task, LimiterCounters.HELD)).isEqualTo(3);
    assertThat(count(task, LimiterCounters.RELEASED)).isEqualTo(3);
    assertThat(ofRule(task, 0, RuleCounters.ADMITTED)).isEqualTo(5);
    isConserved(task, 0);
    task.commit();
    assertThat(task.events()).isEmpty();
    assertThat(task.context.schedules).allMatch(each -> each.cancelled);
  }

  @Test
  void aRecordComesBackWithItsOwnTimeAndHeaders() {
    TaskFixture task = task(Headgate.limit(TWO).overLimit(HOUR).withHeaders());
    send(task, "k", 1, 2);
    FixedKeyRecord<Object, Object> record = StubContext.record("k", null, NOW - 5);
    RecordHeaders headers = new RecordHeaders();
    headers.add("mine", "stays".getBytes(StandardCharsets.UTF_8)).add("empty", null);
    task.processor.process(record.withHeaders(headers));
    task.pass(11_000);
    FixedKeyRecord<?, ?> back = task.forwarded.get(2);
    assertThat(back.key()).isEqualTo("k");
    assertThat(back.value()).isNull();
    assertThat(back.timestamp()).isEqualTo(NOW - 5);
    assertThat(header(back, "mine")).isEqualTo("stays");
    assertThat(back.headers().lastHeader("empty").value()).isNull();
    assertThat(header(back, RateLimitHeaders.OUTCOME)).isEqualTo("ADMITTED");
    assertThat(header(back, RateLimitHeaders.HELD_MS)).isEqualTo("11000");
  }

  @Test
  void aKeyThatIsResetLetsItsOwnRecordsGo() {
    TaskFixture task = task(HOUR);
    send(task, "k", 1, 5);
    send(task, "other", 6, 8);
    task.log.store.reset("k".getBytes(StandardCharsets.UTF_8), null);
    task.pass(100);
    assertThat(values(task)).containsExactly("1", "2", "6", "7", "3", "4");
    assertThat(held(task)).isEqualTo(2);
    isConserved(task, 0);
  }

  @Test
  void keysDoNotWaitForEachOther() {
    TaskFixture task = task(HOUR);
    send(task, "k", 1, 3);
    send(task, "other", 4, 5);
    assertThat(values(task)).containsExactly("1", "2", "4", "5");
  }

  /** In event time a backlog that drains is not held up by the wall clock. */
  @Test
  void recordsThatAreAheadMoveTheirKeysClockOn() {
    TaskFixture task = task(HOUR);
    long past = NOW - 1_000_000;
    for (int i = 0; i < 6; i++) {
      task.process("k", String.valueOf(i), past + i);
    }
    assertThat(values(task)).containsExactly("0", "1");
    task.process("k", "6", past + 20_000);
    assertThat(values(task)).containsExactly("0", "1", "2", "3");
    task.process("k", "7", past + 40_000);
    assertThat(values(task)).containsExactly("0", "1", "2", "3", "4", "5");
    task.process("k", "8", past + 60_000);
    assertThat(values(task)).containsExactly("0", "1", "2", "3", "4", "5", "6", "7");
    assertThat(held(task)).isEqualTo(1);
  }

  /** What is released is no news of the time: the rows of other keys are not reclaimed for it. */
  @Test
  void theClockOfAKeyThatHoldsIsNotTheTasks() {
    TaskFixture task = task(HOUR);
    send(task, "k", 1, 3);
    long before = task.log.store.windows(0).streamTime();
    task.pass(600_000);
    assertThat(values(task)).hasSize(3);
    assertThat(task.log.store.windows(0).streamTime()).isEqualTo(before);
  }

  @Test
  void allLimitsOfARuleMustHaveRoom() {
    RateLimit slow = new RateLimit(3, Duration.ofSeconds(60), 6, Mode.STRICT);
    TaskFixture task = task(Headgate.rules(set(Rule.named("r").limits(TWO, slow).overLimit(HOUR))));
    send(task, "k", 1, 4);
    task.pass(11_000);
    assertThat(values(task)).as("the first limit has room for two").hasSize(3);
    task.pass(59_000);
    assertThat(values(task)).containsExactly("1", "2", "3", "4");
  }

  @Test
  void recordsWithoutAKeyAreOneKey() {
    TaskFixture task =
        task(Headgate.limit(TWO).overLimit(HOUR).noKeyPolicy(NoKeyPolicy.SHARED_ROW));
    for (int i = 1; i <= 4; i++) {
      task.process(null, String.valueOf(i), NOW);
    }
    assertThat(held(task)).isEqualTo(2);
    task.pass(11_000);
    assertThat(values(task)).containsExactly("1", "2", "3", "4");
    assertThat(task.forwarded.get(3).key()).isNull();
  }

  // ------------------------------------------------------------------ bounds

  private static List<BlockedEvent> events(TaskFixture task) {
    task.commit();
    return task.events();
  }

  private static void blockedAtABound(TaskFixture task, long records) {
    assertThat(count(task, LimiterCounters.BLOCKED)).isEqualTo(records);
    assertThat(ofRule(task, 0, RuleCounters.BLOCKED)).isEqualTo(records);
    assertThat(count(task, LimiterCounters.HOLD_REFUSED)).isEqualTo(records);
    assertThat(events(task).stream().mapToLong(BlockedEvent::count).sum()).isEqualTo(records);
    isConserved(task, 0);
  }

  @Test
  void beyondTheBoundOfAKeyRecordsAreBlocked() {
    TaskFixture task = task(OverLimit.hold(3, Duration.ofHours(1)));
    send(task, "k", 1, 8);
    assertThat(held(task)).isEqualTo(3);
    blockedAtABound(task, 3);
    BlockedEvent first = task.events().get(0);
    assertThat(first.key()).isEqualTo("k");
    assertThat(first.limit()).isEqualTo(2);
    assertThat(first.windowMillis()).isEqualTo(10_000);
    assertThat(first.firstOffset()).isEqualTo(6);
    send(task, "other", 9, 12);
    assertThat(held(task)).isEqualTo(5);
    task.pass(11_000);
    send(task, "k", 13, 13);
    assertThat(held(task)).as("there is room again").isEqualTo(2);
  }

  @Test
  void beyondTheRecordsOfATaskRecordsAreBlocked() {
    TaskFixture task = task(Headgate.limit(TWO).overLimit(HOUR).holdAtMost(4, 1 << 20));
    send(task, "a", 1, 5);
    send(task, "b", 6, 10);
    assertThat(held(task)).isEqualTo(4);
    blockedAtABound(task, 2);
  }

  @Test
  void beyondTheBytesOfATaskRecordsAreBlocked() {
    TaskFixture task = task(Headgate.limit(TWO).overLimit(HOUR).holdAtMost(100, 1_000));
    for (int i = 0; i < 5; i++) {
      task.process("k", "x".repeat(300), NOW);
    }
    assertThat(held(task)).isEqualTo(2);
    assertThat(task.processor.parts().held.bytes()).isBetween(600L, 1_000L);
    blockedAtABound(task, 1);
    task.process("k", "small", NOW);
    assertThat(held(task)).isEqualTo(3);
  }

  @Test
  void aRecordThatNoProducerWouldSendIsBlocked() {
    TaskFixture task = new TaskFixture(Headgate.limit(TWO).overLimit(HOUR).maxKeys(100));
    tasks.add(task);
    task.context.config.put("producer.max.request.size", "2000");
    task.start();
    send(task, "k", 1, 2);
    task.process("k", "x".repeat(2_000), NOW);
    assertThat(held(task)).isZero();
    blockedAtABound(task, 1);
  }

  @Test
  void aRecordThatHasBeenHeldForTooLongIsBlocked() {
    TaskFixture task = task(OverLimit.hold(100, Duration.ofSeconds(5)));
    send(task, "k", 1, 3);
    task.pass(4_000);
    send(task, "k", 4, 4);
    task.pass(999);
    assertThat(held(task)).isEqualTo(2);
    task.pass(1);
    assertThat(held(task)).isEqualTo(1);
    assertThat(count(task, LimiterCounters.HOLD_EXPIRED)).isEqualTo(1);
    assertThat(count(task, LimiterCounters.HOLD_REFUSED)).isZero();
    isConserved(task, 0);
    BlockedEvent event = events(task).get(0);
    assertThat(event.key()).isEqualTo("k");
    assertThat(event.firstOffset()).as("its own, not that of the last record").isEqualTo(3);
    assertThat(event.firstTime()).isEqualTo(NOW);
    task.pass(4_000);
    assertThat(held(task)).isZero();
    assertThat(values(task)).containsExactly("1", "2");
    assertThat(count(task, LimiterCounters.BLOCKED)).isEqualTo(2);
  }

  /** It was away for longer than records are held: those that have room by now still come out. */
  @Test
  void aRecordIsJudgedOnceMoreWhenItsTimeIsOver() {
    TaskFixture task = task(OverLimit.hold(100, Duration.ofSeconds(5)));
    send(task, "k", 1, 6);
    task.context.now += 3_600_000;
    task.pass(0);
    assertThat(values(task)).containsExactly("1", "2", "3", "4");
    assertThat(count(task, LimiterCounters.HOLD_EXPIRED)).isEqualTo(2);
  }

  @Test
  void whatWouldNeverPassIsNotHeld() {
    TaskFixture task =
        task(Headgate.limit(TWO).overLimit(HOUR).cost(String.class, Long::parseLong));
    task.process("k", "3", NOW);
    assertThat(held(task)).isZero();
    assertThat(count(task, LimiterCounters.BLOCKED)).isEqualTo(1);
    task.process("k", "2", NOW);
    task.process("k", "1", NOW);
    task.process("k", "3", NOW);
    assertThat(held(task)).isEqualTo(1);
    assertThat(count(task, LimiterCounters.BLOCKED)).isEqualTo(2);
    isConserved(task, 0);
  }

  @Test
  void policiesForLateRecordsComeFirst() {
    TaskFixture task =
        task(
            Headgate.limit(TWO)
                .overLimit(HOUR)
                .latePolicy(LatePolicy.BLOCK)
                .time(TimeSource.EVENT));
    send(task, "k", 1, 3);
    task.process("k", "late", NOW - 60_000);
    assertThat(held(task)).isEqualTo(1);
    assertThat(count(task, LimiterCounters.LATE_BLOCKED)).isEqualTo(1);
    assertThat(count(task, LimiterCounters.BLOCKED)).isEqualTo(1);
    assertThat(count(task, LimiterCounters.HOLD_REFUSED)).isZero();
  }

  // ------------------------------------------------------------------ other rules

  @Test
  void rulesThatDoNotHoldDropBesideThoseThatDo() {
    TaskFixture task =
        task(
            Headgate.rules(
                set(
                    rule("dropped").when(Conditions.keyPrefix("d")).overLimit(OverLimit.drop()),
                    rule("held"))));
    send(task, "d", 1, 4);
    send(task, "h", 5, 8);
    assertThat(held(task)).isEqualTo(2);
    assertThat(ofRule(task, 0, RuleCounters.BLOCKED)).isEqualTo(2);
    assertThat(ofRule(task, 1, RuleCounters.BLOCKED)).isZero();
    task.pass(11_000);
    assertThat(values(task)).containsExactly("1", "2", "5", "6", "7", "8");
    isConserved(task, 0);
  }

  @Test
  void shadowRulesAreAskedWhenARecordComesAndNotAgainWhenItLeaves() {
    RateLimit one = new RateLimit(1, Duration.ofHours(1), 10, Mode.STRICT);
    TaskFixture task =
        task(Headgate.rules(set(Rule.named("shadow").limits(one).shadow(true), rule("held"))));
    send(task, "k", 1, 3);
    assertThat(count(task, LimiterCounters.SHADOW_BLOCKED)).as("the second").isEqualTo(1);
    assertThat(held(task)).isEqualTo(1);
    task.pass(11_000);
    assertThat(values(task)).containsExactly("1", "2", "3");
    assertThat(count(task, LimiterCounters.SHADOW_BLOCKED)).isEqualTo(2);
    assertThat(ofRule(task, 0, RuleCounters.SHADOW_BLOCKED)).isEqualTo(2);
    assertThat(ofRule(task, 1, RuleCounters.ADMITTED)).isEqualTo(3);
    isConserved(task, 0);
    assertThat(events(task)).hasSize(2).allMatch(BlockedEvent::shadow);
  }

  @Test
  void exemptKeysPassAndAShadowHoldsNothing() {
    TaskFixture exempt = task(Headgate.rules(set(rule("r").exemptKeys("k"))));
    send(exempt, "k", 1, 5);
    assertThat(values(exempt)).hasSize(5);
    TaskFixture shadow =
        task(Headgate.rules(RuleSet.builder().rule(rule("r").build()).shadow(true).build()));
    send(shadow, "k", 1, 5);
    assertThat(values(shadow)).hasSize(5);
    assertThat(count(shadow, LimiterCounters.SHADOW_BLOCKED)).isEqualTo(3);
  }

  @Test
  void limitsThatAreRaisedLetHeldRecordsGoThoughNoneComes() {
    LiveRules rules = LiveRules.of(set(rule("r")));
    TaskFixture task = task(Headgate.rules(rules));
    send(task, "k", 1, 6);
    assertThat(rules.override("r/key/k", "{\"limits\":[\"4/10s\"]}")).isEmpty();
    task.pass(100);
    assertThat(values(task)).containsExactly("1", "2", "3", "4");
    assertThat(rules.override("r/key/k", "{\"limits\":[\"1/10s\"]}")).isEmpty();
    task.pass(11_000);
    assertThat(values(task)).as("and lowered ones keep them longer").hasSize(5);
    task.pass(11_000);
    assertThat(values(task)).hasSize(6);
  }

  @Test
  void aRuleThatHoldsNoMoreLetsGoWhatItHasInItsOrder() {
    LiveRules rules = LiveRules.of(set(rule("r")));
    TaskFixture task = task(Headgate.rules(rules));
    send(task, "k", 1, 4);
    assertThat(rules.replace(set(rule("r").overLimit(OverLimit.drop())))).isEmpty();
    send(task, "k", 5, 5);
    assertThat(count(task, LimiterCounters.BLOCKED)).as("there are others before it").isEqualTo(1);
    task.pass(11_000);
    assertThat(values(task)).containsExactly("1", "2", "3", "4");
    isConserved(task, 0);
    assertThat(rules.replace(set(rule("r")))).isEmpty();
    send(task, "k", 6, 6);
    assertThat(held(task)).isEqualTo(1);
  }

  @Test
  void aRuleThatIsEnforcedNoMoreLetsGoAllOfIt() {
    LiveRules rules = LiveRules.of(set(rule("r")));
    TaskFixture task = task(Headgate.rules(rules));
    send(task, "k", 1, 5);
    assertThat(rules.replace(set(rule("r").enforcePercent(0)))).isEmpty();
    task.pass(100);
    assertThat(values(task)).containsExactly("1", "2", "3", "4", "5");
    assertThat(count(task, LimiterCounters.SHADOW_BLOCKED)).isEqualTo(3);
    assertThat(events(task)).hasSize(3).allMatch(BlockedEvent::shadow);
    isConserved(task, 0);
  }

  @Test
  void keysThatBecomeExemptLetGoAllOfIt() {
    LiveRules rules = LiveRules.of(set(rule("r")));
    TaskFixture task = task(Headgate.rules(rules));
    send(task, "k", 1, 5);
    send(task, "other", 6, 8);
    assertThat(rules.replace(set(rule("r").exemptKeys("k")))).isEmpty();
    task.pass(100);
    assertThat(values(task)).containsExactly("1", "2", "6", "7", "3", "4", "5");
    assertThat(count(task, LimiterCounters.BYPASSED)).isEqualTo(3);
    isConserved(task, 0);
  }

  @Test
  void aLimiterThatStartedWithoutAPlaceToHoldRefusesARuleThatDoes() {
    LiveRules rules = LiveRules.of(set(rule("r").overLimit(OverLimit.drop())));
    task(Headgate.rules(rules));
    assertThat(rules.replace(set(rule("r"))))
        .hasValue(
            "rule r holds records, and the limiter has no place for them since none of its rules"
                + " did when it started: start it anew");
    assertThat(rules.replace(set(rule("r").overLimit(OverLimit.tag())))).isEmpty();
  }

  // ------------------------------------------------------------------ restarts

  /** Another task with what is held, and with the windows, of one that ended after a commit. */
  private TaskFixture next(TaskFixture before, Headgate.Builder builder) {
    before.commit();
    before.committed();
    before.stop();
    TaskFixture next = new TaskFixture(builder.maxKeys(100));
    tasks.add(next);
    next.held.map.putAll(before.held.map);
    next.log.restore(before.log.changes);
    next.context.now = before.context.now;
    return next.start();
  }

  @Test
  void heldRecordsComeBackWithTheTask() {
    TaskFixture task = task(HOUR);
    send(task, "k", 1, 5);
    TaskFixture next = next(task, Headgate.limit(TWO).overLimit(HOUR));
    assertThat(held(next)).isEqualTo(3);
    assertThat(next.processor.parts().held.bytes())
        .isEqualTo(task.held.map.values().stream().mapToLong(b -> b.length).sum());
    send(next, "k", 6, 6);
    assertThat(next.forwarded).as("those before it go first").isEmpty();
    next.pass(11_000);
    next.pass(11_000);
    assertThat(values(next)).containsExactly("3", "4", "5", "6");
    isConserved(next, 3);
  }

  @Test
  void theRecordsOfARuleThatIsGonePass() {
    TaskFixture task = task(Headgate.rules(set(rule("old"))));
    send(task, "k", 1, 5);
    TaskFixture next = next(task, Headgate.rules(set(rule("new"))));
    send(next, "k", 6, 6);
    next.pass(100);
    assertThat(values(next)).containsExactly("6", "3", "4", "5");
    assertThat(count(next, LimiterCounters.BYPASSED)).isEqualTo(3);
    isConserved(next, 3);
  }

  @Test
  void whatIsNoHeldRecordIsSaidSo() {
    TaskFixture task = task(HOUR);
    task.stop();
    task.held.map.put(Bytes.wrap(new byte[5]), new byte[60]);
    assertThatThrownBy(task::start)
        .isInstanceOf(StreamsException.class)
        .hasMessageContaining("store headgate-held: found a key of 5 bytes, expected held records");
    task.held.map.clear();
    byte[] newer = new byte[60];
    newer[0] = 2;
    task.held.map.put(Bytes.wrap(new byte[32]), newer);
    assertThatThrownBy(task::start).hasMessageContaining("found a record of format 2");
    task.held.map.clear();
    task.start();
  }

  /** Under at-least-once the output is on its topic before a record is taken out of the store. */
  @Test
  void atLeastOnceTakesARecordOutAfterTheCommitThatItLeftBefore() {
    TaskFixture task = task(HOUR);
    send(task, "k", 1, 4);
    task.pass(11_000);
    assertThat(held(task)).isZero();
    assertThat(task.held.map).hasSize(2);
    task.commit();
    assertThat(task.held.map).as("a crash here loses nothing").hasSize(2);
    task.committed();
    assertThat(task.held.map).isEmpty();
  }

  /**
   * What has left is in the store until the commit: it must not be taken for what came after it.
   */
  @Test
  void atLeastOnceKeepsWhatAKeyHoldsAgainBeforeTheCommit() {
    TaskFixture task = task(HOUR);
    send(task, "k", 1, 3);
    task.pass(11_000);
    assertThat(held(task)).isZero();
    send(task, "k", 4, 6);
    assertThat(held(task)).isEqualTo(2);
    task.commit();
    task.committed();
    task.pass(11_000);
    assertThat(values(task)).containsExactly("1", "2", "3", "4", "5", "6");
    isConserved(task, 0);
  }

  @Test
  void atLeastOnceLetsNothingOutTwiceThatHasLeftBeforeTheCommit() {
    TaskFixture task = task(HOUR);
    send(task, "k", 1, 3);
    task.pass(11_000);
    task.commit();
    task.committed();
    send(task, "k", 4, 5);
    task.pass(11_000);
    send(task, "k", 6, 7);
    task.pass(11_000);
    task.commit();
    task.committed();
    assertThat(values(task)).containsExactly("1", "2", "3", "4", "5", "6", "7");
    assertThat(held(task)).isZero();
    isConserved(task, 0);
  }

  @Test
  void exactlyOnceTakesARecordOutInTheTransactionThatItLeavesIn() {
    TaskFixture task = new TaskFixture(Headgate.limit(TWO).overLimit(HOUR).maxKeys(100));
    tasks.add(task);
    task.context.config.put("processing.guarantee", "exactly_once_v2");
    task.start();
    send(task, "k", 1, 4);
    assertThat(task.held.map).hasSize(2);
    task.pass(11_000);
    assertThat(task.held.map).isEmpty();
  }

  /** One that has lost its partition writes on under at-least-once: it overwrites nothing. */
  @Test
  void twoTasksThatHoldTheSameKeyDoNotOverwriteEachOther() {
    TaskFixture one = task(HOUR);
    TaskFixture other = task(HOUR);
    send(one, "k", 1, 4);
    send(other, "k", 5, 8);
    one.held.map.putAll(other.held.map);
    one.stop();
    one.start();
    assertThat(held(one)).isEqualTo(4);
    one.pass(11_000);
    one.pass(11_000);
    assertThat(values(one).subList(2, 6)).containsExactlyInAnyOrder("3", "4", "7", "8");
  }

  // ------------------------------------------------------------------ failures downstream

  private static void failing(TaskFixture task) {
    task.context.downstream =
        record -> {
          throw new TimeoutException("downstream");
        };
  }

  @Test
  void aRecordThatCouldNotBePassedOnIsTriedAgainAndChargedOnce() {
    TaskFixture task = task(HOUR);
    send(task, "k", 1, 6);
    failing(task);
    // Whoever is to say what follows, as of any record, is told.
    assertThatThrownBy(() -> task.pass(11_000)).isInstanceOf(TimeoutException.class);
    assertThat(held(task)).isEqualTo(4);
    isConserved(task, 0);
    task.context.downstream = task.forwarded::add;
    task.pass(100);
    assertThat(values(task)).containsExactly("1", "2", "3", "4");
    isConserved(task, 0);
  }

  @Test
  void aRecordThatLetsOthersGoAndIsRunAgainIsHeldOnce() {
    TaskFixture task = task(HOUR);
    send(task, "k", 1, 3);
    failing(task);
    task.context.now += 11_000;
    assertThatThrownBy(() -> send(task, "k", 4, 4)).isInstanceOf(TimeoutException.class);
    assertThat(held(task)).isEqualTo(2);
    task.context.downstream = task.forwarded::add;
    task.processor.process(StubContext.record("k", "4", task.context.now));
    assertThat(held(task)).as("run again, and held already").isEqualTo(2);
    assertThat(count(task, LimiterCounters.RETRIED)).isEqualTo(1);
    assertThat(count(task, LimiterCounters.RECORDS)).isEqualTo(4);
    task.pass(100);
    assertThat(values(task)).containsExactly("1", "2", "3", "4");
    isConserved(task, 0);
  }

  /** The bound refuses it, though the limit's last word was of another record. */
  @Test
  void aRecordAtABoundBehindOneThatCouldNotLeaveIsBlockedOnce() {
    TaskFixture task = task(OverLimit.hold(1, Duration.ofHours(1)));
    send(task, "k", 1, 3);
    failing(task);
    task.context.now += 11_000;
    assertThatThrownBy(() -> send(task, "k", 4, 4)).isInstanceOf(TimeoutException.class);
    task.context.downstream = task.forwarded::add;
    task.processor.process(StubContext.record("k", "4", task.context.now));
    assertThat(count(task, LimiterCounters.RETRIED)).isEqualTo(1);
    assertThat(count(task, LimiterCounters.RECORDS)).isEqualTo(4);
    assertThat(count(task, LimiterCounters.BLOCKED)).isEqualTo(1);
    assertThat(events(task)).extracting(BlockedEvent::firstOffset).containsExactly(4L);
    task.pass(100);
    assertThat(values(task)).containsExactly("1", "2", "3");
    isConserved(task, 0);
  }

  // ------------------------------------------------------------------ where it cannot be

  @Test
  void anOperatorThatKnowsNoSerdesHoldsNothing() {
    assertThatThrownBy(() -> Headgate.limit(TWO).blockedTo("b").overLimit(HOUR).build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "limiter \"headgate\" holds records over their limit, which are written to a store: put"
                + " it in with Headgate.apply(stream, limiter, keys, values) or"
                + " Headgate.split(stream, limiter, keys, values), which know the serdes of keys"
                + " and values");
    var stream = new StreamsBuilder().stream("in", Consumed.with(Serdes.String(), Serdes.String()));
    assertThatThrownBy(() -> Headgate.split(stream, Headgate.rules(set(rule("r"))).blockedTo("b")))
        .hasMessageContaining("which know the serdes");
  }

  @Test
  void boundsAreChecked() {
    assertThatThrownBy(() -> Headgate.limit(TWO).holdAtMost(0, 1))
        .hasMessage("hold.max.records 0: expected 1 or more");
    assertThatThrownBy(() -> Headgate.limit(TWO).holdAtMost(1, 0))
        .hasMessage("hold.max.bytes 0: expected 1 or more");
  }

  @Test
  void aRecordKnowsWhereItCameFrom() {
    Headgate.Builder builder =
        Headgate.limit(TWO).overLimit(OverLimit.hold(9, Duration.ofMillis(1)));
    TaskFixture task = task(builder);
    send(task, "k", 1, 2);
    task.context.metadata = Optional.of(new StubContext.Place("elsewhere", 7, 70));
    task.processor.process(StubContext.record("k", "3", NOW));
    task.context.metadata = Optional.of(new StubContext.Place(null, -1, -1));
    task.pass(1);
    BlockedEvent event = events(task).get(0);
    assertThat(event.topic()).isEqualTo("elsewhere");
    assertThat(event.partition()).isEqualTo(7);
    assertThat(event.firstOffset()).isEqualTo(70);
    assertThat(Objects.requireNonNull(event.key())).isEqualTo("k");
  }
}
