package io.headgate.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** A bound here is how long a broken thread may hold the build up; none is waited for otherwise. */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class AgentThreadTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long HOUR_NANOS = Duration.ofHours(1).toNanos();

  /** Notes what it is asked to do, and does what the test says. */
  private static final class Recorder implements Agent {
    final Queue<String> calls = new ConcurrentLinkedQueue<>();
    final CountDownLatch entered = new CountDownLatch(1);
    final CountDownLatch worked = new CountDownLatch(3);
    final CountDownLatch closed = new CountDownLatch(1);
    final IntSupplier work;
    volatile boolean failsOnStart;

    Recorder(IntSupplier work) {
      this.work = work;
    }

    private void note(String call) {
      calls.add(call + " on " + Thread.currentThread().getName());
    }

    @Override
    public void onStart() {
      note("start");
      if (failsOnStart) {
        throw new IllegalStateException("no start");
      }
    }

    @Override
    public int doWork() {
      if (worked.getCount() == 3) {
        note("first work");
      }
      entered.countDown();
      worked.countDown();
      return work.getAsInt();
    }

    @Override
    public void onClose() {
      note("close");
      closed.countDown();
    }

    @Override
    public void onError(Throwable error) {
      note("error " + error.getMessage());
    }

    @Override
    public String roleName() {
      return "recorder";
    }
  }

  private static IdleStrategy shortParks() {
    return new IdleStrategy(1_000, 1_000_000);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void shouldStartThenWorkAgainAndAgainThenCloseOnAThreadOfTheRolesName() {
    Recorder agent = new Recorder(() -> 0);
    AgentThread thread = new AgentThread(agent, shortParks());
    assertThat(thread.isRunning()).isFalse();
    assertThat(agent.calls).isEmpty();

    thread.start();
    await(agent.worked);
    assertThat(thread.isRunning()).isTrue();
    assertThat(thread.close(PATIENCE)).isTrue();

    assertThat(thread.isRunning()).isFalse();
    assertThat(agent.calls)
        .containsExactly("start on recorder", "first work on recorder", "close on recorder");
  }

  @Test
  void shouldCloseOnceHoweverOftenItIsAsked() {
    Recorder agent = new Recorder(() -> 1);
    try (AgentThread thread = new AgentThread(agent, shortParks())) {
      thread.start();
      await(agent.worked);
      assertThat(thread.close(PATIENCE)).isTrue();
      assertThat(thread.close(Duration.ZERO)).isTrue();
    }
    assertThat(agent.calls).filteredOn(call -> call.startsWith("close")).hasSize(1);
  }

  @Test
  void shouldTellTheAgentOfWhatItsWorkThrewThenCloseItAndEnd() {
    Recorder agent =
        new Recorder(
            () -> {
              throw new IllegalStateException("no work");
            });
    AgentThread thread = new AgentThread(agent, shortParks());
    thread.start();
    await(agent.closed);
    assertThat(thread.close(PATIENCE)).isTrue();

    assertThat(agent.worked.getCount()).isEqualTo(2);
    assertThat(agent.calls)
        .containsExactlyElementsOf(
            List.of(
                "start on recorder",
                "first work on recorder",
                "error no work on recorder",
                "close on recorder"));
  }

  @Test
  void shouldTellTheAgentOfErrorsTooAndNotOfExceptionsAlone() {
    Recorder agent =
        new Recorder(
            () -> {
              throw new AssertionError("no memory, say");
            });
    AgentThread thread = new AgentThread(agent, shortParks());
    thread.start();
    await(agent.closed);
    assertThat(thread.close(PATIENCE)).isTrue();

    assertThat(agent.calls).contains("error no memory, say on recorder");
  }

  @Test
  void shouldNotWorkWhenTheStartFailedButCloseAllTheSame() {
    Recorder agent = new Recorder(() -> 0);
    agent.failsOnStart = true;
    AgentThread thread = new AgentThread(agent, shortParks());
    thread.start();
    await(agent.closed);
    assertThat(thread.close(PATIENCE)).isTrue();

    assertThat(agent.calls)
        .containsExactly("start on recorder", "error no start on recorder", "close on recorder");
  }

  @Test
  void shouldGiveUpWaitingForAnAgentThatHangs() {
    CountDownLatch hang = new CountDownLatch(1);
    Recorder agent =
        new Recorder(
            () -> {
              await(hang);
              return 0;
            });
    AgentThread thread = new AgentThread(agent, shortParks());
    thread.start();
    await(agent.entered);

    assertThat(thread.close(Duration.ofMillis(1))).isFalse();
    assertThat(thread.close(Duration.ZERO)).isFalse();
    assertThat(thread.isRunning()).isTrue();
    assertThat(agent.closed.getCount()).isEqualTo(1);
    hang.countDown();
    assertThat(thread.close(PATIENCE)).isTrue();
    assertThat(agent.closed.getCount()).isZero();
    // It was asked to end before: not one more duty cycle.
    assertThat(agent.worked.getCount()).isEqualTo(2);
  }

  @Test
  void shouldStopWaitingWhenTheCloserIsInterruptedAndKeepTheInterrupt() {
    CountDownLatch hang = new CountDownLatch(1);
    Recorder agent =
        new Recorder(
            () -> {
              await(hang);
              return 0;
            });
    AgentThread thread = new AgentThread(agent, shortParks());
    thread.start();
    await(agent.entered);

    Thread.currentThread().interrupt();
    boolean ended = thread.close(Duration.ofDays(1));

    assertThat(Thread.interrupted()).isTrue();
    assertThat(ended).isFalse();
    hang.countDown();
    assertThat(thread.close(PATIENCE)).isTrue();
  }

  @Test
  void shouldNotWaitForItselfWhenTheAgentClosesItsOwnThread() {
    AgentThread[] self = new AgentThread[1];
    Recorder agent = new Recorder(() -> self[0].close(Duration.ofDays(1)) ? 1 : 0);
    AgentThread thread = new AgentThread(agent, shortParks());
    self[0] = thread;
    thread.start();
    await(agent.closed);

    assertThat(thread.close(PATIENCE)).isTrue();
    assertThat(agent.worked.getCount()).isEqualTo(2);
  }

  @Test
  void shouldBeClosedBeforeItEverStarts() {
    Recorder agent = new Recorder(() -> 0);
    AgentThread thread = new AgentThread(agent, shortParks());

    assertThat(thread.close(PATIENCE)).isTrue();
    assertThat(agent.calls).isEmpty();

    thread.start();
    await(agent.closed);
    assertThat(thread.close(PATIENCE)).isTrue();
    assertThat(agent.calls).containsExactly("start on recorder", "close on recorder");
  }

  @Test
  void shouldStartOnlyOnce() {
    Recorder agent = new Recorder(() -> 0);
    AgentThread thread = new AgentThread(agent, shortParks());
    thread.start();

    assertThatExceptionOfType(IllegalThreadStateException.class).isThrownBy(thread::start);
    assertThat(thread.close(PATIENCE)).isTrue();
  }

  @Test
  void shouldEndAParkWhenThereIsWorkAndWhenItCloses() {
    CountDownLatch seen = new CountDownLatch(1);
    AtomicBoolean there = new AtomicBoolean();
    AtomicReference<Thread> worker = new AtomicReference<>();
    Recorder agent =
        new Recorder(
            () -> {
              worker.set(Thread.currentThread());
              if (there.compareAndSet(true, false)) {
                seen.countDown();
                return 1;
              }
              return 0;
            });
    // Parks that end by themselves long after this test gave up.
    AgentThread thread = new AgentThread(agent, new IdleStrategy(HOUR_NANOS, HOUR_NANOS));
    thread.start();
    awaitParked(worker);

    there.set(true);
    thread.wakeUp();
    await(seen);

    awaitParked(worker);
    assertThat(thread.close(PATIENCE)).isTrue();
    assertThat(agent.calls).contains("close on recorder");
  }

  @Test
  void shouldParkAfterLittleWorkIfPaced() {
    AtomicReference<Thread> worker = new AtomicReference<>();
    AtomicInteger turns = new AtomicInteger();
    Recorder agent =
        new Recorder(
            () -> {
              worker.set(Thread.currentThread());
              // Enough for three turns, and then too little.
              return turns.incrementAndGet() <= 3 ? 10 : 9;
            });
    AgentThread thread = new AgentThread(agent, IdleStrategy.paced(HOUR_NANOS, 10));
    thread.start();

    awaitParked(worker);
    assertThat(turns).hasValue(4);
    thread.wakeUp();
    while (turns.get() < 5) {
      Thread.onSpinWait();
    }

    awaitParked(worker);
    assertThat(turns).hasValue(5);
    assertThat(thread.close(PATIENCE)).isTrue();
  }

  private static void awaitParked(AtomicReference<Thread> worker) {
    while (true) {
      Thread thread = worker.get();
      if (thread != null && thread.getState() == Thread.State.TIMED_WAITING) {
        return;
      }
      Thread.onSpinWait();
    }
  }
}
