package io.headgate.service.ingest;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Lines between who reads them and who judges them: of bounded number and size. Whoever reads waits
 * for room, or is told when there is some. Any thread.
 */
final class LineQueue {

  private static final int MAX_LINES = 8_192;
  private static final long MAX_BYTES = 16 << 20;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition some = lock.newCondition();
  private final Condition room = lock.newCondition();

  // All of it is guarded by the lock.
  private final ArrayDeque<Line> lines = new ArrayDeque<>();
  private long bytes;
  private boolean ended;
  private boolean tellsRoom;
  private @Nullable Runnable listener;

  /** Sets who is told when there is room again, in the thread that takes: after {@link #add}. */
  void onRoom(Runnable newListener) {
    lock.lock();
    try {
      listener = newListener;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Adds a line as soon as there is room.
   *
   * @return false if none is taken any more
   * @throws InterruptedException if the thread is interrupted while it waits
   */
  boolean put(Line line) throws InterruptedException {
    lock.lock();
    try {
      while (isFull() && !ended) {
        room.await();
      }
      return append(line);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Adds a line, also if there is no room: the caller then stops until it is told that there is.
   *
   * @return true if there is room for more, or if none is taken any more, as this one is not
   */
  boolean add(Line line) {
    lock.lock();
    try {
      boolean more = !append(line) || !isFull();
      tellsRoom |= !more;
      return more;
    } finally {
      lock.unlock();
    }
  }

  private boolean append(Line line) {
    if (ended) {
      return false;
    }
    lines.add(line);
    bytes += line.bytes().length;
    some.signal();
    return true;
  }

  private boolean isFull() {
    return lines.size() >= MAX_LINES || bytes >= MAX_BYTES;
  }

  /** Ends it: what is in it can be taken, and nothing is added any more. */
  void end() {
    Runnable told;
    lock.lock();
    try {
      ended = true;
      some.signalAll();
      room.signalAll();
      told = tellsRoom ? listener : null;
      tellsRoom = false;
    } finally {
      lock.unlock();
    }
    if (told != null) {
      told.run();
    }
  }

  /** Says whether there is nothing to take, and never will be. */
  boolean isDone() {
    lock.lock();
    try {
      return ended && lines.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes lines, and waits for one if there is none.
   *
   * @param most lines to take
   * @param millis how long to wait at the most
   * @return lines in their order; none if none came
   * @throws InterruptedException if the thread is interrupted while it waits
   */
  List<Line> take(int most, long millis) throws InterruptedException {
    List<Line> taken = new ArrayList<>();
    Runnable told = null;
    lock.lock();
    try {
      long left = TimeUnit.MILLISECONDS.toNanos(millis);
      while (lines.isEmpty() && !ended && left > 0) {
        left = some.awaitNanos(left);
      }
      while (taken.size() < most && !lines.isEmpty()) {
        Line line = lines.remove();
        bytes -= line.bytes().length;
        taken.add(line);
      }
      if (lines.size() <= MAX_LINES / 2 && bytes <= MAX_BYTES / 2) {
        room.signalAll();
        if (tellsRoom) {
          tellsRoom = false;
          told = listener;
        }
      }
    } finally {
      lock.unlock();
    }
    if (told != null) {
      told.run();
    }
    return taken;
  }
}
