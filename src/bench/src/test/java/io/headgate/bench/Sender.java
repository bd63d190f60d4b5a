package io.headgate.bench;

import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The producer's side of a hand-over, the same for every queue: a thread that sends a batch each
 * time it is asked to. The benchmark's own thread asks, and is the consumer.
 */
final class Sender {

  /** Elements of a batch: so many that asking costs nothing. */
  static final int BATCH = 1 << 17;

  /** Places of every queue. */
  static final int CAPACITY = 8192;

  /** Elements that are published at a time, where a queue can put publishing off. */
  static final int PUBLISH = 32;

  private static final int PAUSES = 16;

  /** Sends elements. */
  @FunctionalInterface
  interface Work {
    /** Sends {@link #BATCH} elements, and pauses whenever there is no room. */
    void send();
  }

  private final AtomicLong asked = new AtomicLong();
  private final Work work;
  private final Thread thread;
  private volatile boolean closed;

  Sender(Work work) {
    this.work = work;
    // One of Netty's, which its Recycler wants and nobody else minds.
    this.thread = new FastThreadLocalThread(this::run, "sender");
    this.thread.setDaemon(true);
    this.thread.start();
  }

  /** Asks for a batch, which the caller then takes to its end. */
  void ask() {
    asked.incrementAndGet();
  }

  /**
   * What either side does when there is nothing to take or no room: so long that the other side
   * gets on with it, whose lines each look takes away.
   */
  static void pause() {
    for (int i = 0; i < PAUSES; i++) {
      Thread.onSpinWait();
    }
  }

  /** Ends the thread, which must not be in the middle of a batch. */
  void stop() throws InterruptedException {
    closed = true;
    thread.join();
  }

  private void run() {
    long served = 0;
    while (!closed) {
      if (asked.get() == served) {
        Thread.onSpinWait();
      } else {
        work.send();
        served++;
      }
    }
  }
}
