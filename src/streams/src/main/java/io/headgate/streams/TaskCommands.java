package io.headgate.streams;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntSupplier;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.jspecify.annotations.Nullable;

/**
 * What other threads ask a task to do, which its stream thread does between two records. Bounded;
 * open from the start of the task's processor to its end. {@link #submit} from any thread, all else
 * from the stream thread.
 */
final class TaskCommands {

  /** Commands that may wait. */
  static final int MOST = 1_024;

  private record Command(IntSupplier work, CompletableFuture<Integer> done) {}

  /** Guarded by this. */
  private final Deque<Command> queue = new ArrayDeque<>();

  /** Guarded by this. */
  private boolean open;

  /** Written under this object's monitor; the stream thread looks once a record. */
  private volatile boolean waiting;

  /**
   * Asks for some work.
   *
   * @param work what is to be done, and says how much it was
   * @return fails if the task is closed before it is done, or too much waits already; what hangs on
   *     it does not run on the stream thread
   */
  CompletableFuture<Integer> submit(IntSupplier work) {
    CompletableFuture<Integer> done = new CompletableFuture<>();
    synchronized (this) {
      if (!open) {
        done.completeExceptionally(closed(null));
      } else if (queue.size() == MOST) {
        done.completeExceptionally(
            new IllegalStateException(MOST + " commands wait for the task: ask again later"));
      } else {
        queue.add(new Command(work, done));
        waiting = true;
      }
    }
    return done;
  }

  /** Whether there is something to {@link #run}. */
  boolean isWaiting() {
    return waiting;
  }

  /** Does all that was asked for. What it throws is an error of the task. */
  void run() {
    if (!waiting) {
      return;
    }
    List<Command> commands = take();
    for (int i = 0; i < commands.size(); i++) {
      try {
        int result = commands.get(i).work.getAsInt();
        // Elsewhere: whoever waits for it may do anything then.
        var unused = commands.get(i).done.completeAsync(() -> result);
      } catch (RuntimeException | Error e) {
        fail(commands.subList(i, commands.size()), e);
        throw e;
      }
    }
  }

  private synchronized List<Command> take() {
    List<Command> commands = List.copyOf(queue);
    queue.clear();
    waiting = false;
    return commands;
  }

  synchronized void open() {
    open = true;
  }

  /** Refuses what is asked for from now on, and what was and is not done. */
  void close() {
    synchronized (this) {
      open = false;
    }
    fail(take(), null);
  }

  private static void fail(List<Command> commands, @Nullable Throwable cause) {
    for (Command command : commands) {
      // Elsewhere, as above.
      var unused =
          command.done.completeAsync(
              () -> {
                throw closed(cause);
              });
    }
  }

  private static InvalidStateStoreException closed(@Nullable Throwable cause) {
    return new InvalidStateStoreException(
        "the task is closed, or moves to another thread or instance: ask again", cause);
  }
}
