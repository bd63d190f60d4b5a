package io.headgate.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.streams.StoreFixture.Change;
import io.headgate.streams.StoreFixture.Maker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.streams.errors.TaskMigratedException;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * First the events, then the rows, and neither after a failure: scenarios that the store passes,
 * and that twins of it fail which have one thing wrong each. A scenario that no twin fails would
 * say nothing.
 */
class CommitOrderTest {

  /** A task's life up to a commit, and what must be true of it. */
  interface Scenario {
    void run(Maker maker) throws Exception;
  }

  // ------------------------------------------------------------------ twins

  /** Commits without its events. */
  private static final class NoBarrier extends RateLimitStore {
    NoBarrier(LimiterSettings settings, boolean logging) {
      super(settings, logging);
    }

    @Override
    void eventsThenRows() {
      writeChanges();
    }
  }

  /** Writes rows of a commit that may never be. */
  private static final class RowsFirst extends RateLimitStore {
    RowsFirst(LimiterSettings settings, boolean logging) {
      super(settings, logging);
    }

    @Override
    void eventsThenRows() {
      writeChanges();
      awaitEvents();
    }
  }

  /** Forgets that a commit failed. */
  private static final class Forgetful extends RateLimitStore {
    Forgetful(LimiterSettings settings, boolean logging) {
      super(settings, logging);
    }

    @Override
    void poison() {}
  }

  /** Fails alone: the other tasks of its thread do not hear of it. */
  private static final class Silent extends RateLimitStore {
    Silent(LimiterSettings settings, boolean logging) {
      super(settings, logging);
    }

    @Override
    void poisonThread() {
      poison();
    }
  }

  /** Waits, and writes nothing. */
  private static final class Lazy extends RateLimitStore {
    Lazy(LimiterSettings settings, boolean logging) {
      super(settings, logging);
    }

    @Override
    void eventsThenRows() {
      awaitEvents();
    }
  }

  /** The right one, as it is under exactly-once. */
  private static final class ExactlyOnce extends RateLimitStore {
    ExactlyOnce(LimiterSettings settings, boolean logging) {
      super(settings, logging);
    }

    @Override
    boolean rowsAreTransactional(StateStoreContext context) {
      return true;
    }
  }

  // ------------------------------------------------------------------ scenarios

  private static TaskFixture task(Maker maker) {
    Headgate.Builder limiter =
        Headgate.limit(new RateLimit(1, Duration.ofSeconds(10), 10, Mode.STRICT)).maxKeys(100);
    return new TaskFixture(limiter, false, maker).patience(60_000).start();
  }

  /** A thread that answers for the broker as soon as there is an event, and is done. */
  private static Thread broker(TaskFixture task, Runnable answer) {
    Thread thread =
        new Thread(
            () -> {
              await().until(() -> !task.producer.history().isEmpty());
              answer.run();
            });
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static boolean waitsForAcks(Thread thread) {
    return Stream.of(thread.getStackTrace())
        .anyMatch(frame -> frame.getMethodName().equals("awaitAcked"));
  }

  /** Acks come while the commit waits for them, or else after it. */
  private static void acksComeLate(Maker maker) throws Exception {
    assertThat(orderOfLateAcks(maker)).containsExactly("ack", "row", "row", "committed");
  }

  private static List<String> orderOfLateAcks(Maker maker) throws Exception {
    List<String> order = new CopyOnWriteArrayList<>();
    Thread waiter = Thread.currentThread();
    try (TaskFixture task = task(maker)) {
      task.log.onChange = () -> order.add("row");
      task.process("k");
      task.process("k");
      Thread broker =
          broker(
              task,
              () -> {
                await().until(() -> waitsForAcks(waiter) || order.contains("committed"));
                order.add("ack");
                task.producer.completeNext();
              });
      task.commit();
      order.add("committed");
      broker.join();
    }
    return order;
  }

  private static void anAckFails(Maker maker) throws Exception {
    try (TaskFixture task = task(maker)) {
      task.process("k");
      task.process("k");
      Thread broker =
          broker(task, () -> task.producer.errorNext(new TimeoutException("no answer")));
      assertThatExceptionOfType(TaskMigratedException.class).isThrownBy(task::commit);
      broker.join();
      assertThat(task.log.changes).isEmpty();
    }
  }

  /** Kafka Streams flushes a task once more where it closes it. */
  private static void aTaskThatFailedIsFlushedAgain(Maker maker) throws Exception {
    try (TaskFixture task = task(maker)) {
      task.process("k");
      task.log.onChange =
          () -> {
            throw new IllegalStateException("no changelog");
          };
      assertThatIllegalStateException().isThrownBy(task::commit);
      task.log.onChange = () -> {};
      assertThatExceptionOfType(TaskMigratedException.class).isThrownBy(task::commit);
      assertThat(task.log.changes).isEmpty();
    }
  }

  /** What is committed beside a task that failed has neither its events nor its rows. */
  private static void aTaskBesideOneThatFailedIsCommitted(Maker maker) throws Exception {
    try (TaskFixture failing = task(maker);
        TaskFixture beside = task(maker)) {
      failing.process("k");
      failing.process("k");
      beside.process("k");
      Thread broker =
          broker(failing, () -> failing.producer.errorNext(new TimeoutException("no answer")));
      assertThatExceptionOfType(TaskMigratedException.class).isThrownBy(failing::commit);
      broker.join();
      assertThatExceptionOfType(TaskMigratedException.class).isThrownBy(beside::commit);
      assertThat(beside.log.changes).isEmpty();
    }
  }

  /**
   * A cache upstream, or a task that failed beside this one, has the same commit prepared twice.
   */
  private static void aCommitIsPreparedTwice(Maker maker) {
    try (TaskFixture task = task(maker)) {
      task.process("k");
      task.commit();
      assertThat(task.log.takeRows()).hasSize(1);
      task.commit();
      assertThat(task.log.takeChanges()).isEmpty();
    }
  }

  /** Whoever takes the changelog up knows what was admitted before the commit, and no more. */
  private static void aTaskIsClosedDirtyAndRevived(Maker maker) {
    try (TaskFixture task = task(maker)) {
      assertThat(task.process("committed")).isTrue();
      task.commit();
      List<Change> changelog = new ArrayList<>(task.log.takeChanges());
      assertThat(task.process("lost")).isTrue();

      task.revive(changelog);

      assertThat(task.process("committed")).as("it had its unit").isFalse();
      assertThat(task.process("lost")).as("its record comes again").isTrue();
    }
  }

  private static final Scenario LATE = CommitOrderTest::acksComeLate;
  private static final Scenario FAILS = CommitOrderTest::anAckFails;
  private static final Scenario AGAIN = CommitOrderTest::aTaskThatFailedIsFlushedAgain;
  private static final Scenario BESIDE = CommitOrderTest::aTaskBesideOneThatFailedIsCommitted;
  private static final Scenario TWICE = CommitOrderTest::aCommitIsPreparedTwice;
  private static final Scenario REVIVED = CommitOrderTest::aTaskIsClosedDirtyAndRevived;

  static Stream<Arguments> scenarios() {
    return Stream.of(
        arguments("acks come late", LATE),
        arguments("an ack fails", FAILS),
        arguments("a task that failed is flushed again", AGAIN),
        arguments("a task beside one that failed is committed", BESIDE),
        arguments("a commit is prepared twice", TWICE),
        arguments("a task is closed dirty and revived", REVIVED));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("scenarios")
  void theStorePasses(String name, Scenario scenario) throws Exception {
    assertThat(name).isNotEmpty();
    scenario.run(PreCommitHook::hooked);
  }

  @Test
  void rowsThatACommitCanAbortAreWrittenWhileEventsAreOnTheirWay() throws Exception {
    assertThat(orderOfLateAcks(ExactlyOnce::new)).containsExactly("row", "row", "ack", "committed");
  }

  @Test
  void anAckThatFailsFailsACommitWhoseRowsAreWritten() throws Exception {
    try (TaskFixture task = task(ExactlyOnce::new)) {
      task.process("k");
      task.process("k");
      Thread broker =
          broker(task, () -> task.producer.errorNext(new TimeoutException("no answer")));
      assertThatExceptionOfType(TaskMigratedException.class).isThrownBy(task::commit);
      broker.join();
      assertThatExceptionOfType(TaskMigratedException.class).isThrownBy(task::commit);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("exactlyOnceScenarios")
  void theStorePassesUnderExactlyOnce(String name, Scenario scenario) throws Exception {
    assertThat(name).isNotEmpty();
    scenario.run(ExactlyOnce::new);
  }

  static Stream<Arguments> exactlyOnceScenarios() {
    return Stream.of(
        arguments("a task that failed is flushed again", AGAIN),
        arguments("a commit is prepared twice", TWICE),
        arguments("a task is closed dirty and revived", REVIVED));
  }

  static Stream<Arguments> twins() {
    Maker noBarrier = NoBarrier::new;
    Maker rowsFirst = RowsFirst::new;
    Maker forgetful = Forgetful::new;
    Maker silent = Silent::new;
    Maker lazy = Lazy::new;
    return Stream.of(
        arguments("no barrier, acks come late", noBarrier, LATE),
        arguments("no barrier, an ack fails", noBarrier, FAILS),
        arguments("rows first, acks come late", rowsFirst, LATE),
        arguments("rows first, an ack fails", rowsFirst, FAILS),
        arguments("forgetful, flushed again", forgetful, AGAIN),
        arguments("forgetful, beside one that failed", forgetful, BESIDE),
        arguments("silent, beside one that failed", silent, BESIDE),
        arguments("lazy, prepared twice", lazy, TWICE),
        arguments("lazy, closed dirty and revived", lazy, REVIVED));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("twins")
  void itsTwinsDoNot(String name, Maker twin, Scenario scenario) {
    assertThatExceptionOfType(AssertionError.class).as(name).isThrownBy(() -> scenario.run(twin));
  }
}
