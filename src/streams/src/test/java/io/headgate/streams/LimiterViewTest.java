package io.headgate.streams;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.lane.EventKey;
import io.headgate.lane.TopKey;
import io.headgate.rules.Conditions;
import io.headgate.rules.KeySource;
import io.headgate.rules.Rule;
import io.headgate.rules.RuleSet;
import io.headgate.testkit.ExactLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What can be seen of a limiter from outside is what it would say of the next record. */
class LimiterViewTest {

  private static final long NOW = TaskFixture.NOW;
  private static final RateLimit LIMIT = new RateLimit(5, Duration.ofSeconds(10), 10, Mode.STRICT);

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

  private static LimiterView view(TaskFixture... of) {
    return view(new StoreReader(), of);
  }

  private static LimiterView view(StoreReader reader, TaskFixture... of) {
    return new LimiterView(
        (partition, stale) -> List.of(of).stream().map(task -> task.log.store).toList(),
        null,
        false,
        null,
        reader,
        () -> of[0].context.now);
  }

  private static KeyUsage one(List<KeyUsage> usage) {
    assertThat(usage).hasSize(1);
    return usage.get(0);
  }

  @Test
  void aKeyThatWasNeverSeenHasUsedNothing() {
    TaskFixture task = task(Headgate.limit(LIMIT));
    assertThat(view(task).peek("k"))
        .containsExactly(new KeyUsage("default", 10_000, 5, 0, 5, 0, 0, -1, false, false));
    task.process("other", "v", NOW);
    assertThat(view(task).peek("k"))
        .containsExactly(new KeyUsage("default", 10_000, 5, 0, 5, 0, 0, NOW, false, false));
  }

  @Test
  void aKeysUsageIsToldToTheMillisecond() {
    TaskFixture task = task(Headgate.limit(LIMIT));
    long bucket = NOW - NOW % 1_000;
    for (int i = 0; i < 4; i++) {
      task.process("k", "v", bucket + 100);
    }
    task.process("k", "v", bucket + 2_700);
    // Five used: four leave when bucket + 11 s begins, the fifth two seconds later.
    assertThat(view(task).peek("k"))
        .containsExactly(
            new KeyUsage("default", 10_000, 5, 5, 0, 10_300, 8_300, bucket + 2_700, true, false));
    assertThat(view(task).peekAt("k", bucket + 10_999))
        .containsExactly(
            new KeyUsage("default", 10_000, 5, 5, 0, 2_001, 1, bucket + 10_999, true, false));
    assertThat(view(task).peekAt("k", bucket + 11_000))
        .containsExactly(
            new KeyUsage("default", 10_000, 5, 1, 4, 2_000, 0, bucket + 11_000, true, false));
    assertThat(view(task).peekAt("k", bucket + 13_000))
        .containsExactly(
            new KeyUsage("default", 10_000, 5, 0, 5, 0, 0, bucket + 13_000, true, false));
    assertThat(one(view(task).peekAt("k", 0)).asOfMillis())
        .as("a key's clock never runs back")
        .isEqualTo(bucket + 2_000);
    // And so it is.
    task.context.now = bucket + 11_000;
    assertThat(task.process("k", "v", bucket + 10_999)).isFalse();
    assertThat(task.process("k", "v", bucket + 11_000)).isTrue();
  }

  /** Two limits on each key, against two exact logs, at each step of some hours of traffic. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void everyLimitSaysWhatItsExactLogSays(long seed) {
    RateLimit perMinute = new RateLimit(7, Duration.ofMinutes(1), 6, Mode.STRICT);
    RateLimit perHour = new RateLimit(40, Duration.ofHours(1), 60, Mode.STANDARD);
    Rule rule = Rule.named("users").limits(perMinute, perHour).build();
    TaskFixture task = task(Headgate.rules(RuleSet.builder().rule(rule).build()));
    LimiterView view = view(task);
    ExactLog minute = new ExactLog(7, 60_000, 6, true);
    ExactLog hour = new ExactLog(40, 3_600_000, 60, false);
    Random random = new Random(seed);
    long time = NOW - 20_000_000;
    long newest = Long.MIN_VALUE;
    for (int i = 0; i < 3_000; i++) {
      time += random.nextInt(3_000);
      long late = random.nextInt(5) == 0 ? random.nextInt(300_000) : 0;
      String key = "key-" + random.nextInt(4);
      boolean minuteRoom = minute.hasRoom(key, time - late, 1);
      boolean room = hour.hasRoom(key, time - late, 1) && minuteRoom;
      if (room) {
        minute.charge(key, 1);
        hour.charge(key, 1);
      }
      newest = Math.max(newest, time - late);
      assertThat(task.process(key, "v", time - late)).isEqualTo(room);
      String asked = "key-" + random.nextInt(5);
      List<KeyUsage> usage = view.peek(asked);
      assertThat(usage).hasSize(2);
      assertThat(usage.get(0).used()).isEqualTo(minute.used(asked, newest));
      assertThat(usage.get(1).used()).isEqualTo(hour.used(asked, newest));
      assertThat(usage)
          .allSatisfy(
              each -> {
                assertThat(each.remaining()).isEqualTo(each.limit() - each.used());
                assertThat(each.retryAfterMillis() == 0).isEqualTo(each.remaining() > 0);
                assertThat(each.resetMillis() == 0).isEqualTo(each.used() == 0);
              });
      KeyUsage perMinuteNow = usage.get(0);
      long free = perMinuteNow.asOfMillis() + perMinuteNow.retryAfterMillis();
      assertThat(view.peekAt(asked, free).get(0).remaining()).isPositive();
      if (perMinuteNow.retryAfterMillis() > 0) {
        assertThat(view.peekAt(asked, free - 1).get(0).remaining()).isZero();
      }
    }
  }

  @Test
  void withEventTimeItIsAsOfTheTasksNewestRecord() {
    TaskFixture task = task(Headgate.limit(LIMIT));
    task.process("k", "v", NOW);
    task.context.now = NOW + 1_000_000;
    assertThat(one(view(task).peek("k")).used()).as("the wall clock says nothing").isOne();
    task.process("other", "v", NOW + 20_000);
    assertThat(one(view(task).peek("k")).used()).isZero();
    assertThat(one(view(task).peek("k")).asOfMillis()).isEqualTo(NOW + 20_000);
  }

  @Test
  void withTheWallClockItIsAsOfNow() {
    TaskFixture task = task(Headgate.limit(LIMIT).time(TimeSource.WALL_CLOCK));
    task.process("k", "v", 0);
    assertThat(one(view(task).peek("k")).used()).isOne();
    task.context.now = NOW + 20_000;
    assertThat(one(view(task).peek("k")).used()).isZero();
    assertThat(one(view(task).peek("k")).asOfMillis()).isEqualTo(NOW + 20_000);
  }

  @Test
  void lookingChangesNothing() {
    TaskFixture task = task(Headgate.limit(LIMIT));
    task.process("k", "v", NOW);
    task.commit();
    task.log.takeChanges();
    view(task).peekAt("k", NOW + 1_000_000);
    view(task).peek("never seen");
    task.commit();
    assertThat(task.log.takeChanges()).isEmpty();
    assertThat(task.log.store.keys()).isOne();
    assertThat(one(view(task).peek("k")).used()).isOne();
  }

  @Test
  void theUnitsAreThoseThatTheKeyHasNow() {
    Rule byPlan = Rule.named("r").limits(LIMIT).classOf(KeySource.field("/plan")).build();
    LiveRules live = LiveRules.of(RuleSet.builder().rule(byPlan).build());
    TaskFixture task = task(Headgate.rules(live));
    LimiterView view = view(task);
    assertThat(one(view.peek("me")).limit()).isEqualTo(5);
    assertThat(live.override("r/key/me", "{\"limits\":[\"9/10s\"]}")).isEmpty();
    assertThat(live.override("r/class/gold", "{\"limits\":[\"7/10s\"]}")).isEmpty();
    assertThat(one(view.peek("me")).limit()).isEqualTo(9);
    assertThat(one(view.peek("other")).limit()).isEqualTo(5);
    assertThat(one(view.withClass("gold").peek("other")).limit()).isEqualTo(7);
    assertThat(one(view.withClass("gold").peek("me")).limit()).isEqualTo(9);
    for (int i = 0; i < 4; i++) {
      task.process("other", "{}", NOW);
    }
    assertThat(live.override("r", "{\"limits\":[\"3/10s\"]}")).isEmpty();
    KeyUsage lowered = one(view.peek("other"));
    assertThat(lowered.limit()).isEqualTo(3);
    assertThat(lowered.used()).isEqualTo(4);
    assertThat(lowered.remaining()).isZero();
    assertThat(lowered.retryAfterMillis()).isPositive();
  }

  @Test
  void eachRuleHasItsOwn() {
    Rule bots = Rule.named("bots").when(Conditions.keyPrefix("bot-")).limits(LIMIT).build();
    Rule users = Rule.named("users").limits(RateLimit.perHour(3)).build();
    TaskFixture task = task(Headgate.rules(RuleSet.builder().rule(bots).rule(users).build()));
    task.process("bot-1", "v", NOW);
    assertThat(view(task).peek("bot-1"))
        .extracting(KeyUsage::rule, KeyUsage::used, KeyUsage::known)
        .containsExactly(tuple("bots", 1L, true), tuple("users", 0L, false));
  }

  @Test
  void aKeyBeyondMaxKeysIsToldOfTheRowItWouldShare() {
    TaskFixture task = task(Headgate.limit(LIMIT).maxKeys(1));
    task.process("one", "v", NOW);
    assertThat(one(view(task).peek("three")).shared()).isFalse();
    task.process("two", "v", NOW);
    task.process("two", "v", NOW);
    KeyUsage three = one(view(task).peek("three"));
    assertThat(three.used()).isEqualTo(2);
    assertThat(three.known()).isFalse();
    assertThat(three.shared()).isTrue();
    assertThat(one(view(task).peek("one")).used()).isOne();
    assertThat(one(view(task).peekAt("three", NOW + 20_000)).shared()).isFalse();
  }

  @Test
  void keysAreAskedForAsTheyAreInTheStream() {
    TaskFixture task = task(Headgate.limit(LIMIT));
    UUID id = new UUID(1, 2);
    for (Object key : List.of("é", 7L, 8, id, "bytes".getBytes(UTF_8))) {
      task.process(key);
      assertThat(one(view(task).peek(key)).used()).isOne();
    }
    assertThat(one(view(task).peek(id.toString())).used()).isOne();
    assertThat(one(view(task).peek("bytes")).used()).isOne();
    assertThat(one(view(task).peek(7)).used()).as("a number of another width").isZero();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> view(task).peek(List.of()))
        .withMessage(
            "limiter headgate has no keySerde(...) for keys of %s: name one, or ask with the key's"
                + " bytes",
            List.of().getClass().getName());
  }

  @Test
  void keysOfAnyTypeAreAskedForByTheLimitersSerde() {
    Serde<List<?>> serde =
        Serdes.serdeFrom(
            (topic, key) -> key.toString().getBytes(UTF_8), (topic, data) -> List.of());
    TaskFixture task = task(Headgate.limit(LIMIT).keySerde(serde));
    task.process(List.of(1, 2));
    assertThat(one(view(task).peek(List.of(1, 2))).used()).isOne();
    assertThat(one(view(task).peek("[1, 2]")).used()).isOne();
  }

  @Test
  void ofSeveralTasksTheOneThatKnowsTheKeyIsHeard() {
    TaskFixture first = task(Headgate.limit(LIMIT));
    TaskFixture second = task(Headgate.limit(LIMIT));
    first.process("other", "v", NOW + 5_000);
    second.process("k", "v", NOW);
    assertThat(one(view(first, second).peek("k")).used()).isOne();
    assertThat(one(view(second, first).peek("k")).asOfMillis()).isEqualTo(NOW);
    // One that cannot be read does not matter, unless the key may be there.
    first.stop();
    assertThat(one(view(first, second).peek("k")).used()).isOne();
    LimiterView view = view(first, second);
    assertThatExceptionOfType(InvalidStateStoreException.class)
        .isThrownBy(() -> view.peek("unknown"));
  }

  @Test
  void aTaskThatDoesNotRunIsSeenWithStandbysOnly() {
    TaskFixture task = task(Headgate.limit(LIMIT));
    task.process("k", "v", NOW);
    task.commit();
    List<StoreFixture.Change> changelog = task.log.takeChanges();
    TaskFixture standby = new TaskFixture(Headgate.limit(LIMIT));
    tasks.add(standby);
    standby.log.restore(changelog);
    LimiterView view = view(standby);
    assertThatExceptionOfType(InvalidStateStoreException.class)
        .isThrownBy(() -> view.peek("k"))
        .withMessage(
            "store headgate-windows: its task does not run yet, or not any more; ask again, perhaps"
                + " another instance");
    assertThat(one(view.withStandbys().peek("k")).used()).isOne();
    standby.start();
    assertThat(one(view.peek("k")).used()).isOne();
    standby.log.store.close();
    assertThatExceptionOfType(InvalidStateStoreException.class)
        .isThrownBy(() -> view.withStandbys().peek("k"))
        .withMessage("store headgate-windows is closed; ask again, perhaps another instance");
  }

  @Test
  void whoMeetsNothingButWritesIsToldSo() {
    TaskFixture task = task(Headgate.limit(LIMIT));
    task.process("k", "v", NOW);
    LimiterView view = view(new StoreReader(1_000_000), task);
    task.log.store.lock().beginWrite();
    assertThatExceptionOfType(InvalidStateStoreException.class)
        .isThrownBy(() -> view.peek("k"))
        .withMessage("store headgate-windows is being written to all the time; ask again");
    task.log.store.lock().endWrite();
    assertThat(one(view.peek("k")).used()).isOne();
  }

  /** Were the lock left behind, nobody could look in any more. */
  @Test
  void aRecordThatCannotBeJudgedLeavesTheRowsReadable() {
    Rule rule =
        Rule.named("r")
            .limits(LIMIT)
            .classOf(KeySource.field("/plan"))
            .when(
                view -> {
                  throw new IllegalStateException("no condition");
                })
            .build();
    TaskFixture task = task(Headgate.rules(RuleSet.builder().rule(rule).build()));
    assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> task.process("k"));
    assertThat(one(view(task).peek("k")).used()).isZero();
  }

  @Test
  void theKeysThatAreBlockedMostAreToldInTheirOrder() {
    TaskFixture task = task(Headgate.limit(LIMIT));
    for (int i = 0; i < 20; i++) {
      task.process(i % 4 == 0 ? "some" : "most", "v", NOW);
    }
    task.commit();
    assertThat(view(task).topBlocked(5))
        .extracting(TopKey::key, TopKey::lowerBound)
        .containsExactly(tuple("most", 10L));
    for (int i = 0; i < 3; i++) {
      task.process("some", "v", NOW);
    }
    task.commit();
    assertThat(view(task).topBlocked(5)).extracting(TopKey::key).containsExactly("most", "some");
    assertThat(view(task).topBlocked(1)).extracting(TopKey::key).containsExactly("most");
    assertThat(view(task).topShadow(5)).isEmpty();
    assertThatIllegalArgumentException().isThrownBy(() -> view(task).topBlocked(-1));
  }

  @Test
  void shadowRulesHaveABlockListOfTheirOwn() {
    Rule rule = Rule.named("r").limits(LIMIT).shadow(true).build();
    TaskFixture task = task(Headgate.rules(RuleSet.builder().rule(rule).build()));
    for (int i = 0; i < 8; i++) {
      task.process("k", "v", NOW);
    }
    task.commit();
    assertThat(view(task).topBlocked(5)).isEmpty();
    assertThat(view(task).topShadow(5)).extracting(TopKey::lowerBound).containsExactly(3L);
  }

  @ParameterizedTest
  @EnumSource(EventKey.class)
  void howManyKeysAreToldIsASetting(EventKey shown) {
    TaskFixture task = task(Headgate.limit(LIMIT).topKeys(2).eventKey(shown));
    for (int i = 0; i < 60; i++) {
      task.process("key-" + i % 3, "v", NOW);
    }
    task.commit();
    assertThat(view(task).topBlocked(10)).hasSize(shown == EventKey.NONE ? 0 : 2);
    TaskFixture none = task(Headgate.limit(LIMIT).topKeys(0).named("none"));
    for (int i = 0; i < 60; i++) {
      none.process("key-" + i % 3, "v", NOW);
    }
    none.commit();
    assertThat(view(none).topBlocked(10)).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Headgate.limit(LIMIT).topKeys(65_537))
        .withMessage("top.keys 65537: expected 0 to 65536");
  }
}
