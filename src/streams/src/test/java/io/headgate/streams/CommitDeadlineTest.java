package io.headgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.streams.CommitDeadline.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** One bound for all waits of a commit, whichever tasks wait. */
class CommitDeadlineTest {

  private static final long PATIENCE = 1_000;

  private final CommitDeadline deadline = new CommitDeadline();

  /** A task as the deadline sees it. */
  private static final class Task implements Member {
    long time;
    long records;
    int poisoned;

    /** A record comes at a time of the thread's clock. */
    void process(long at) {
      time = at;
      records++;
    }

    @Override
    public long taskTime() {
      return time;
    }

    @Override
    public long records() {
      return records;
    }

    @Override
    public void poison() {
      poisoned++;
    }
  }

  private List<Task> joined(int count) {
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Task task = new Task();
      deadline.join(task, PATIENCE);
      tasks.add(task);
    }
    return tasks;
  }

  @Test
  void tasksOfOneCommitShareADeadline() {
    List<Task> tasks = joined(3);
    tasks.get(0).process(50);
    tasks.get(2).process(51);
    assertThat(deadline.nanos(0)).isEqualTo(PATIENCE);
    // The first has waited almost all of it: the others get what is left.
    assertThat(deadline.nanos(990)).isEqualTo(PATIENCE);
    assertThat(deadline.nanos(5_000)).isEqualTo(PATIENCE);
  }

  @Test
  void theNextCommitHasItsOwn() {
    List<Task> tasks = joined(2);
    tasks.get(0).process(50);
    assertThat(deadline.nanos(0)).isEqualTo(PATIENCE);
    tasks.get(1).process(51);
    assertThat(deadline.nanos(10)).isEqualTo(PATIENCE + 10);
    tasks.get(0).process(60);
    assertThat(deadline.nanos(2_000)).isEqualTo(PATIENCE + 2_000);
  }

  @Test
  void underAClockThatStandsRecordsTellTheNextCommit() {
    Task task = joined(1).get(0);
    task.process(50);
    assertThat(deadline.nanos(0)).isEqualTo(PATIENCE);
    task.process(50);
    assertThat(deadline.nanos(5_000)).isEqualTo(PATIENCE + 5_000);
    // Nothing came since: the same commit, however long it takes.
    assertThat(deadline.nanos(5_999)).isEqualTo(PATIENCE + 5_000);
    assertThat(deadline.nanos(9_000)).isEqualTo(PATIENCE + 5_000);
  }

  @Test
  void recordsThatCachesPushDuringACommitDoNotRenewItsFirstHalf() {
    List<Task> tasks = joined(2);
    tasks.get(0).process(50);
    assertThat(deadline.nanos(0)).isEqualTo(PATIENCE);
    tasks.get(1).process(50);
    assertThat(deadline.nanos(PATIENCE / 2)).isEqualTo(PATIENCE);
  }

  @Test
  void aClockThatWentBackIsANewCommitToo() {
    Task task = joined(1).get(0);
    task.process(50);
    assertThat(deadline.nanos(0)).isEqualTo(PATIENCE);
    task.process(40);
    assertThat(deadline.nanos(100)).isEqualTo(PATIENCE + 100);
  }

  @Test
  void nanoTimeMayBeNegative() {
    Task task = joined(1).get(0);
    task.process(50);
    assertThat(deadline.nanos(-5_000)).isEqualTo(PATIENCE - 5_000);
    assertThat(deadline.nanos(-4_500)).isEqualTo(PATIENCE - 5_000);
    task.process(51);
    long late = Long.MAX_VALUE - 10;
    assertThat(deadline.nanos(late) - late).isEqualTo(PATIENCE);
    assertThat(deadline.nanos(late + 20) - late).isEqualTo(PATIENCE);
  }

  @Test
  void whoHasLeftIsNeitherAskedNorPoisoned() {
    List<Task> tasks = joined(3);
    Task gone = tasks.get(1);
    tasks.get(0).process(50);
    deadline.leave(gone);
    assertThat(deadline.nanos(0)).isEqualTo(PATIENCE);
    gone.process(99);
    assertThat(deadline.nanos(10)).isEqualTo(PATIENCE);

    deadline.poisonAll();

    assertThat(tasks).extracting(task -> task.poisoned).containsExactly(1, 0, 1);
    deadline.leave(gone);
    deadline.poisonAll();
    assertThat(tasks).extracting(task -> task.poisoned).containsExactly(2, 0, 2);
  }

  /** As tests do that drive one topology after the other with one clock. */
  @Test
  void aTaskThatJoinsIsInNoCommitOfBefore() {
    Task first = joined(1).get(0);
    first.process(50);
    assertThat(deadline.nanos(0)).isEqualTo(PATIENCE);
    Task second = new Task();
    deadline.join(second, PATIENCE / 10);
    assertThat(deadline.nanos(5)).isEqualTo(5 + PATIENCE / 10);
    assertThat(deadline.nanos(6)).isEqualTo(5 + PATIENCE / 10);
    deadline.leave(first);
    deadline.leave(second);
    Task third = new Task();
    third.process(50);
    deadline.join(third, PATIENCE);
    assertThat(deadline.nanos(9_000)).isEqualTo(9_000 + PATIENCE);
  }

  @Test
  void eachThreadHasItsOwn() throws InterruptedException {
    AtomicReference<CommitDeadline> other = new AtomicReference<>();
    Thread thread = new Thread(() -> other.set(CommitDeadline.ofThread()));
    thread.start();
    thread.join();
    assertThat(other.get()).isNotNull().isNotSameAs(CommitDeadline.ofThread());
    assertThat(CommitDeadline.ofThread()).isSameAs(CommitDeadline.ofThread());
  }
}
