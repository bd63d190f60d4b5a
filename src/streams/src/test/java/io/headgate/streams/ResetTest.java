package io.headgate.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.lane.BlockedEvent;
import io.headgate.rules.Rule;
import io.headgate.rules.RuleSet;
import io.headgate.streams.StoreFixture.Change;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.errors.TaskMigratedException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A key that is reset starts with an empty window, once, and so it is after a restart. */
class ResetTest {

  private static final long NOW = TaskFixture.NOW;
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final RateLimit LIMIT = new RateLimit(2, Duration.ofSeconds(10), 10, Mode.STRICT);

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

  private TaskFixture exhausted(Headgate.Builder builder) {
    TaskFixture task = task(builder);
    assertThat(passed(task, "k", 4)).isEqualTo(2);
    return task;
  }

  private static int passed(TaskFixture task, String key, int records) {
    int passed = 0;
    for (int i = 0; i < records; i++) {
      passed += task.process(key, "v", NOW) ? 1 : 0;
    }
    return passed;
  }

  private static LimiterView view(TaskFixture... of) {
    return new LimiterView(
        (partition, stale) -> List.of(of).stream().map(task -> task.log.store).toList(),
        null,
        false,
        null,
        new StoreReader(),
        () -> NOW);
  }

  private static void assertDone(CompletionStage<Integer> reset, int limits) {
    assertThat(reset.toCompletableFuture()).succeedsWithin(SOON).isEqualTo(limits);
  }

  private static void assertClosed(CompletionStage<Integer> reset) {
    assertThat(reset.toCompletableFuture())
        .failsWithin(SOON)
        .withThrowableThat()
        .withRootCauseInstanceOf(InvalidStateStoreException.class)
        .withStackTraceContaining("the task is closed, or moves to another thread or instance");
  }

  @Test
  void theNextRecordFindsAnEmptyWindow() {
    TaskFixture task = exhausted(Headgate.limit(LIMIT));
    CompletionStage<Integer> reset = view(task).reset("k");
    assertThat(reset.toCompletableFuture()).as("nobody has done it yet").isNotDone();
    assertThat(view(task).peek("k").get(0).used()).isEqualTo(2);
    assertThat(passed(task, "k", 4)).as("once").isEqualTo(2);
    assertDone(reset, 1);
    assertThat(passed(task, "k", 4)).isZero();
  }

  @Test
  void anyRecordDoesAndOtherKeysStayAsTheyAre() {
    TaskFixture task = exhausted(Headgate.limit(LIMIT));
    passed(task, "other", 1);
    CompletionStage<Integer> reset = view(task).reset("k");
    passed(task, "third", 1);
    assertDone(reset, 1);
    assertThat(view(task).peek("k").get(0).used()).isZero();
    assertThat(view(task).peek("k").get(0).known()).isTrue();
    assertThat(view(task).peek("other").get(0).used()).isOne();
  }

  @Test
  void withoutRecordsAPunctuationDoes() {
    TaskFixture task = exhausted(Headgate.limit(LIMIT));
    CompletionStage<Integer> reset = view(task).reset("k");
    assertThat(task.commands.interval).isEqualTo(Duration.ofSeconds(1));
    task.commands.punctuator.punctuate(NOW);
    assertDone(reset, 1);
    assertThat(view(task).peek("k").get(0).used()).isZero();
    task.stop();
    assertThat(task.commands.cancelled).isTrue();
  }

  @Test
  void aCommitDoesAndWritesIt() {
    TaskFixture task = exhausted(Headgate.limit(LIMIT));
    CompletionStage<Integer> reset = view(task).reset("k");
    task.commit();
    assertDone(reset, 1);
    assertThat(task.log.takeRows()).hasSize(1);
  }

  @Test
  void aKeysClockStaysWhereItIs() {
    TaskFixture task = exhausted(Headgate.limit(LIMIT));
    assertThat(task.process("k", "v", NOW + 5_000)).isFalse();
    CompletionStage<Integer> reset = view(task).reset("k");
    // Late: it counts in the newest bucket, and not in its own.
    assertThat(task.process("k", "v", NOW)).isTrue();
    assertDone(reset, 1);
    assertThat(view(task).peekAt("k", NOW + 15_900).get(0).used()).isOne();
  }

  /** Rows are joined when they are read back: an empty one alone would bring back what was. */
  @Test
  void itSurvivesARestartWhateverIsStillOnTheChangelog() {
    TaskFixture task = exhausted(Headgate.limit(LIMIT));
    task.commit();
    List<Change> changelog = new ArrayList<>(task.log.takeChanges());
    CompletionStage<Integer> reset = view(task).reset("k");
    task.commit();
    assertDone(reset, 1);
    List<Change> after = task.log.takeChanges();
    assertThat(after).extracting(Change::isTombstone).containsExactly(true, false);
    changelog.addAll(after);
    assertThat(passed(restored(changelog), "k", 4)).isEqualTo(2);
    // The cleaner keeps the last row of each key.
    List<Change> cleaned = new ArrayList<>(changelog.subList(0, 1));
    cleaned.add(after.get(1));
    assertThat(cleaned.get(0).isReserved()).isTrue();
    assertThat(passed(restored(cleaned), "k", 4)).isEqualTo(2);
    // What came after it counts.
    assertThat(passed(task, "k", 1)).isOne();
    task.commit();
    changelog.addAll(task.log.takeChanges());
    assertThat(passed(restored(changelog), "k", 4)).isOne();
  }

  private TaskFixture restored(List<Change> changelog) {
    TaskFixture next = new TaskFixture(Headgate.limit(LIMIT));
    tasks.add(next);
    next.log.restore(changelog);
    return next.start();
  }

  @Test
  void whatWasReportedOfTheKeyIsSent() {
    // One place in the ring, and nobody who takes from it: the second block waits open, and counts.
    TaskFixture task = task(Headgate.limit(LIMIT).ring(2, 8).maxEventsPerSecond(1));
    assertThat(passed(task, "k", 30)).isEqualTo(2);
    CompletionStage<Integer> reset = view(task).reset("k");
    assertThat(passed(task, "k", 30)).isEqualTo(2);
    assertDone(reset, 1);
    task.commit();
    assertThat(task.events().stream().mapToLong(BlockedEvent::count).sum()).isEqualTo(56);
    List<Long> offsets = task.events().stream().map(BlockedEvent::firstOffset).toList();
    assertThat(offsets).as("in their order").isSorted();
    assertThat(task.counters().get(LimiterCounters.BLOCKED)).isEqualTo(56);
  }

  @Test
  void oneRuleOfSeveralMayBeMeant() {
    RateLimit hour = RateLimit.perHour(3);
    Rule first = Rule.named("aside").limits(LIMIT, hour).shadow(true).build();
    Rule second = Rule.named("users").limits(hour).build();
    TaskFixture task = task(Headgate.rules(RuleSet.builder().rule(first).rule(second).build()));
    passed(task, "k", 2);
    CompletionStage<Integer> one = view(task).reset("k", "aside");
    task.commit();
    assertDone(one, 2);
    assertThat(view(task).peek("k")).extracting(KeyUsage::used).containsExactly(0L, 0L, 2L);
    CompletionStage<Integer> all = view(task).reset("k");
    task.commit();
    assertDone(all, 3);
    assertThat(view(task).peek("k")).extracting(KeyUsage::used).containsExactly(0L, 0L, 0L);
    LimiterView view = view(task);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> view.reset("k", "user"))
        .withMessage("limiter headgate: no rule user to reset, only [aside, users]");
  }

  @Test
  void aKeyThatNobodyKnowsIsDoneAtOnce() {
    TaskFixture task = exhausted(Headgate.limit(LIMIT));
    assertDone(view(task).reset("unknown"), 0);
    assertThat(task.log.store.commands().isWaiting()).isFalse();
  }

  @Test
  void ofSeveralTasksTheOneThatKnowsTheKeyIsAsked() {
    TaskFixture first = task(Headgate.limit(LIMIT));
    TaskFixture second = exhausted(Headgate.limit(LIMIT));
    CompletionStage<Integer> reset = view(first, second).reset("k");
    assertThat(first.log.store.commands().isWaiting()).isFalse();
    second.commit();
    assertDone(reset, 1);
  }

  /** Units that other keys spent together are not this one's. */
  @Test
  void aKeyWithARowOfItsOwnDoesNotGetWhatIsShared() {
    TaskFixture task = exhausted(Headgate.limit(LIMIT).maxKeys(1));
    assertThat(passed(task, "beyond", 4)).isEqualTo(2);
    CompletionStage<Integer> reset = view(task).reset("k");
    assertThat(passed(task, "k", 4)).isEqualTo(2);
    assertDone(reset, 1);
  }

  @Test
  void whatIsNotDoneWhenTheTaskClosesFails() {
    TaskFixture task = exhausted(Headgate.limit(LIMIT));
    LimiterView view = view(task);
    CompletionStage<Integer> reset = view.reset("k");
    TaskCommands commands = task.log.store.commands();
    task.stop();
    assertClosed(reset);
    assertClosed(commands.submit(() -> 1));
    task.start();
    assertThat(passed(task, "k", 1)).as("it was not done").isZero();
    CompletionStage<Integer> again = view.reset("k");
    assertThat(passed(task, "k", 1)).isOne();
    assertDone(again, 1);
  }

  @Test
  void aTaskWhoseCommitHasFailedResetsNothingMore() {
    TaskFixture task = exhausted(Headgate.limit(LIMIT));
    task.log.store.poison();
    CompletionStage<Integer> reset = view(task).reset("k");
    assertThatExceptionOfType(TaskMigratedException.class).isThrownBy(task::commit);
    assertThat(reset.toCompletableFuture()).isNotDone();
    task.stop();
    assertClosed(reset);
  }

  @Test
  void soManyMayWaitAndNoMore() {
    TaskFixture task = exhausted(Headgate.limit(LIMIT));
    TaskCommands commands = task.log.store.commands();
    List<CompletableFuture<Integer>> asked = new ArrayList<>();
    for (int i = 0; i < TaskCommands.MOST; i++) {
      int result = i;
      asked.add(commands.submit(() -> result));
    }
    assertThat(commands.submit(() -> 1))
        .isCompletedExceptionally()
        .failsWithin(SOON)
        .withThrowableThat()
        .withMessageContaining("1024 commands wait for the task: ask again later");
    task.commit();
    for (int i = 0; i < asked.size(); i++) {
      assertDone(asked.get(i), i);
    }
  }

  /** Who waits for a reset may do anything then: also what blocks. */
  @Test
  void whatHangsOnAResetDoesNotRunOnTheStreamThread() {
    TaskFixture task = exhausted(Headgate.limit(LIMIT));
    CompletableFuture<Thread> ran = new CompletableFuture<>();
    view(task).reset("k").whenComplete((reset, error) -> ran.complete(Thread.currentThread()));
    task.commit();
    assertThat(ran).succeedsWithin(SOON).isNotSameAs(Thread.currentThread());
  }

  @Test
  void anErrorOfACommandIsAnErrorOfTheTaskAndOfThoseBehindIt() {
    TaskFixture task = exhausted(Headgate.limit(LIMIT));
    TaskCommands commands = task.log.store.commands();
    CompletableFuture<Integer> wrong =
        commands.submit(
            () -> {
              throw new IllegalStateException("wrong");
            });
    CompletableFuture<Integer> behind = commands.submit(() -> 1);
    assertThatIllegalStateException().isThrownBy(() -> task.process("k")).withMessage("wrong");
    assertThat(wrong).failsWithin(SOON).withThrowableThat().withStackTraceContaining("wrong");
    assertThat(behind).failsWithin(SOON);
  }
}
