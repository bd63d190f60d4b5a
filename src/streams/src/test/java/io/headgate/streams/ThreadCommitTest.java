package io.headgate.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.headgate.RateLimit;
import io.headgate.lane.BlockedFacts;
import io.headgate.lane.Lane;
import io.headgate.lane.LaneStats;
import io.headgate.lane.TopKeys;
import io.headgate.streams.CommitDeadline.Member;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.apache.kafka.streams.errors.TaskMigratedException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The tasks of one thread, whose commits are prepared one after the other: they wait as one. */
class ThreadCommitTest {

  private static final int TASKS = 5;

  /** Until when each task was told to wait, in the order of their waits. */
  private final List<Long> waits = new ArrayList<>();

  private final List<Runnable> atTheEnd = new ArrayList<>();

  @AfterEach
  void end() {
    atTheEnd.forEach(Runnable::run);
  }

  /** A lane that takes note of its waits, and waits for none. */
  private final class NotedLane implements Lane {
    private final boolean fails;

    NotedLane(boolean fails) {
      this.fails = fails;
    }

    @Override
    public void hasten() {}

    @Override
    public void awaitAcked(long deadlineNanos) {
      waits.add(deadlineNanos);
      if (fails) {
        throw new IllegalStateException("the lane has failed");
      }
    }

    @Override
    public long report(BlockedFacts facts) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void letGo(long handle) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean pump() {
      return true;
    }

    @Override
    public boolean hasOpen() {
      return false;
    }

    @Override
    public void close() {}

    @Override
    public LaneStats stats() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void onLatency(LongConsumer nanos) {}

    @Override
    public TopKeys topKeys() {
      throw new UnsupportedOperationException();
    }
  }

  /** A task in whose thread the clock stands, and that has had one record. */
  private record Task(RateLimitStore store) implements Member {
    @Override
    public long taskTime() {
      return TaskFixture.NOW;
    }

    @Override
    public long records() {
      return 1;
    }

    @Override
    public void poison() {
      store.poison();
    }
  }

  /** Stores of tasks that this thread has; the lane of one of them may fail. */
  private List<RateLimitStore> stores(Duration patience, int failing) {
    List<RateLimitStore> stores = new ArrayList<>();
    CommitDeadline deadline = CommitDeadline.ofThread();
    for (int i = 0; i < TASKS; i++) {
      StoreFixture fixture = new StoreFixture(Headgate.limit(RateLimit.perMinute(1)), true);
      fixture.store.attach(new NotedLane(i == failing), () -> {});
      Task task = new Task(fixture.store);
      deadline.join(task, patience.toNanos());
      atTheEnd.add(() -> deadline.leave(task));
      atTheEnd.add(fixture::close);
      stores.add(fixture.store);
    }
    return stores;
  }

  /** All until the same moment: whoever takes how long, together no longer than one patience. */
  @Test
  void allWaitUntilTheSameMoment() {
    Duration patience = Duration.ofHours(1);
    List<RateLimitStore> stores = stores(patience, -1);

    long before = System.nanoTime();
    stores.forEach(RateLimitStore::beforeCommit);
    long after = System.nanoTime();

    assertThat(waits).hasSize(TASKS).containsOnly(waits.get(0));
    assertThat(waits.get(0) - patience.toNanos() - before).isBetween(0L, after - before);
  }

  @Test
  void onceOneHasFailedNoOtherWaits() {
    List<RateLimitStore> stores = stores(Duration.ofHours(1), 1);
    stores.get(0).beforeCommit();
    assertThatIllegalStateException().isThrownBy(stores.get(1)::beforeCommit);
    assertThat(waits).hasSize(2);
    for (RateLimitStore store : stores) {
      assertThatExceptionOfType(TaskMigratedException.class).isThrownBy(store::beforeCommit);
    }
    assertThat(waits).as("and no more").hasSize(2);
  }
}
