package io.headgate.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.utils.Exit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread group of one run of one broker.
 *
 * <p>A thread belongs to the group of the thread that created it. The broker is started from a
 * thread of this group, hence the group knows every thread the broker has left behind, whatever its
 * name, and an exit of the JVM that Kafka asks for can be blamed on the right broker.
 *
 * <p>Thread-safe.
 */
final class BrokerThreads extends ThreadGroup {
  private static final Logger LOG = LoggerFactory.getLogger(BrokerThreads.class);

  /**
   * Yammer's tick threads belong to the JVM-wide metrics registry and are shared by all brokers.
   */
  private static final String SHARED_THREAD_PREFIX = "metrics-";

  static {
    // Kafka halts the JVM on a fatal error, which would end a test run without a word. Threads that
    // belong to no embedded broker keep Kafka's own behaviour.
    Exit.setHaltProcedure(
        (status, message) -> {
          refuseExit("halt", status, message);
          Runtime.getRuntime().halt(status);
        });
    Exit.setExitProcedure(
        (status, message) -> {
          refuseExit("exit", status, message);
          System.exit(status);
        });
  }

  private final AtomicReference<@Nullable Throwable> firstFault = new AtomicReference<>();

  BrokerThreads(String name) {
    super(name);
  }

  private static void refuseExit(String how, int status, @Nullable String message) {
    if (Thread.currentThread().getThreadGroup() instanceof BrokerThreads broker) {
      String text = how + " of the JVM with status " + status;
      throw broker.fault(message == null ? text : text + ": " + message, null);
    }
  }

  /**
   * Records a fatal fault of the broker; the first one wins, later ones are mostly its echoes.
   *
   * @param message what Kafka said
   * @param cause what Kafka threw, if anything
   * @return the fault as an exception, for a caller that has to throw
   */
  RuntimeException fault(String message, @Nullable Throwable cause) {
    RuntimeException fault =
        new IllegalStateException(getName() + " has a fatal fault: " + message, cause);
    LOG.error("{}", fault.getMessage(), cause);
    firstFault.compareAndSet(null, fault);
    return fault;
  }

  /** {@return the first fatal fault of the broker, or null} */
  @Nullable Throwable firstFault() {
    return firstFault.get();
  }

  /**
   * Runs an action in a new thread of this group and waits for it, not interruptibly: a broker that
   * is half started or half stopped because a test ran into its timeout would disturb all tests
   * after it. An interrupt is kept for the caller.
   *
   * @param what names the thread
   * @param limit how long to wait
   * @param action what to run
   * @throws TimeoutException if the action still runs after the limit; it is interrupted then
   * @throws ExecutionException if the action failed
   */
  void call(String what, Duration limit, Action action)
      throws TimeoutException, ExecutionException {
    CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    Thread thread =
        new Thread(
            this,
            () -> {
              try {
                action.run();
                done.complete(null);
              } catch (Throwable e) {
                done.completeExceptionally(e);
              }
            },
            getName() + "-" + what);
    thread.setDaemon(true);
    thread.start();
    long deadline = System.nanoTime() + limit.toNanos();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          done.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
          return;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (TimeoutException e) {
      thread.interrupt();
      throw e;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Waits, not interruptibly, until no thread of the group is left.
   *
   * @param limit how long to wait
   * @return the threads that are still there after the limit; empty if all is well
   */
  List<Thread> awaitEnd(Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    boolean interrupted = false;
    List<Thread> left = alive();
    while (!left.isEmpty() && deadline - System.nanoTime() > 0) {
      try {
        // One millisecond more than left, since a join of zero waits for ever.
        left.get(0).join(TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime()) + 1);
      } catch (InterruptedException e) {
        interrupted = true;
      }
      left = alive();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return left;
  }

  private List<Thread> alive() {
    // A group that grows while it is counted is enumerated cut off, which the slack makes unlikely
    // and the next round repairs.
    Thread[] threads = new Thread[activeCount() + 64];
    enumerate(threads);
    List<Thread> alive = new ArrayList<>();
    Arrays.stream(threads)
        .filter(Objects::nonNull)
        .filter(thread -> thread != Thread.currentThread())
        .filter(thread -> !thread.getName().startsWith(SHARED_THREAD_PREFIX))
        .forEach(alive::add);
    return alive;
  }

  /** Something that may throw anything. */
  @FunctionalInterface
  interface Action {
    void run() throws Exception;
  }
}
