package io.headgate.lane;

import io.headgate.concurrent.IdleStrategy;
import io.headgate.concurrent.SpscLongRing;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One task's side of the lane: takes the facts of blocked records and never waits while doing so.
 * It waits only in {@link #awaitAcked}, which a commit calls.
 *
 * <p>While there is room, blocked records are events as {@link Emit} says. When there is none, the
 * key's event stays open and its count grows; when even the slots run out, records are counted in
 * one event per source partition, without their keys.
 *
 * <p>All methods are the judging thread's, except {@link #stats}, {@link #topKeys} and what the
 * lane's thread calls.
 */
public final class AnalyticsLane implements Lane {

  // Slots and what else belongs to the judging thread is in the book. Its sink is the ring `ready`:
  // the lane's thread owns a slot whose handle it took there, until it offers it on `returned`.
  //
  //   field             written by        mode      read by         mode      why it is enough
  //   flushing, closed  judging thread    volatile  lane thread     volatile  once a commit
  //   abandoned, ...    both              lock      both            lock      the end
  //   acked, lost       producer's, lane  atomic    judging thread  volatile  counts
  //   failure           producer's, lane  volatile  judging thread  volatile  first one wins

  private final LaneSettings settings;
  private final Runnable wakeUp;
  private final SpscLongRing ready;
  private final SpscLongRing returned;
  private final EventBook book;
  private final TopKeys topKeys;
  private final LatencyProbe probe;
  private final IdleStrategy idle = new IdleStrategy(20_000, 200_000);

  private volatile boolean flushing;
  private volatile boolean closed;
  private final AtomicLong acked = new AtomicLong();
  private final AtomicLong eventsLost = new AtomicLong();
  private final AtomicLong recordsLost = new AtomicLong();
  private final AtomicLong shadowRecordsLost = new AtomicLong();
  private volatile @Nullable LaneException failure;

  // Guarded by this object: nobody takes from the ring any more, and what is there is given up.
  private boolean abandoned;
  private boolean givenUp;

  AnalyticsLane(LaneSettings settings, Runnable wakeUp, TopKeys topKeys) {
    this(settings, wakeUp, topKeys, System::nanoTime);
  }

  AnalyticsLane(LaneSettings settings, Runnable wakeUp, TopKeys topKeys, LongSupplier nanoClock) {
    if (settings.delivery() == Delivery.TRANSACTIONAL) {
      throw new IllegalArgumentException("delivery TRANSACTIONAL has no lane's thread");
    }
    this.settings = settings;
    this.wakeUp = wakeUp;
    this.topKeys = topKeys;
    this.probe = new LatencyProbe(nanoClock);
    this.givenUp = settings.delivery() == Delivery.BEST_EFFORT;
    this.ready = new SpscLongRing(settings.ring());
    // As many places as there are slots: giving back never fails.
    this.returned = new SpscLongRing(settings.slots());
    this.book = new EventBook(settings, settings.slots(), new RingSink());
  }

  /** Hands events to the lane's thread, and their slots home. */
  private final class RingSink implements EventBook.Sink {
    @Override
    public void made(long handle) {
      probe.begin(handle);
    }

    @Override
    public boolean offer(long handle) {
      return ready.offer(handle);
    }

    @Override
    public void giveBack(LongConsumer release) {
      returned.drain(release, Integer.MAX_VALUE);
    }
  }

  // ------------------------------------------------------------------ judging thread

  @Override
  public long report(BlockedFacts facts) {
    return book.report(facts);
  }

  @Override
  public void letGo(long handle) {
    book.letGo(handle);
  }

  /** Sends what is open; or, once nobody takes it any more and none will, counts it as lost. */
  @Override
  public boolean pump() {
    boolean all = book.pump();
    while (giveUpWhatNobodyTakes() > 0) {
      // There is room now for what had none.
      all = book.pump();
    }
    return all;
  }

  @Override
  public boolean hasOpen() {
    return book.hasOpen();
  }

  @Override
  public void hasten() {
    if (settings.delivery() != Delivery.BEST_EFFORT && (hasOpen() || unsettled() > 0)) {
      flushing = true;
      pump();
      wakeUp.run();
    }
  }

  /**
   * Waits until the broker has every event reported so far, but for those that {@link
   * LaneFailurePolicy#BEST_EFFORT} gives up. {@link Delivery#BEST_EFFORT} does not wait: what the
   * ring has no room for stays open, and what comes after the lane's thread has ended is lost.
   */
  @Override
  public void awaitAcked(long deadlineNanos) {
    if (settings.delivery() == Delivery.BEST_EFFORT) {
      pump();
      return;
    }
    if (!hasOpen() && unsettled() == 0 && failure == null) {
      flushing = false;
      return;
    }
    flushing = true;
    try {
      wakeUp.run();
      long told = book.offered();
      while (true) {
        LaneException failed = failure;
        if (failed != null) {
          throw failed;
        }
        if (pump() && unsettled() == 0) {
          return;
        }
        if (System.nanoTime() - deadlineNanos > 0) {
          throw new LaneException(
              "events of blocked records are not on topic "
                  + settings.topic()
                  + " in time: "
                  + unsettled()
                  + " without an ack, "
                  + book.open()
                  + " without a place; is the broker slow, or lane delivery.timeout.ms too long?",
              true,
              null);
        }
        if (book.offered() != told) {
          // Between two turns of its own it would let them wait.
          told = book.offered();
          wakeUp.run();
        }
        idle.idle(0);
      }
    } finally {
      flushing = false;
      idle.idle(1);
    }
  }

  /**
   * Ends this side: the lane's thread forgets it. What was not acked is given up; under {@link
   * Delivery#BEST_EFFORT} the lane's thread still sends what waits in the ring. Never waits.
   */
  @Override
  public synchronized void close() {
    if (settings.delivery() == Delivery.BEST_EFFORT) {
      pump();
      book.abandon(this::countLost);
    }
    closed = true;
    wakeUp.run();
  }

  /** Events that were offered and are neither acked nor given up. */
  private long unsettled() {
    return book.offered() - acked.get() - eventsLost.get();
  }

  /**
   * A commit must not wait for a thread that has ended and that no new one can replace.
   *
   * @return how many events it took out of the ring
   */
  private synchronized int giveUpWhatNobodyTakes() {
    return abandoned && givenUp ? loseReady(book::release) : 0;
  }

  private int loseReady(LongConsumer release) {
    return ready.drain(
        handle -> {
          if (probe.isOf(handle)) {
            probe.failed();
          }
          countLost(book.count(handle), book.isShadow(handle));
          release.accept(handle);
        },
        Integer.MAX_VALUE);
  }

  private void countLost(long count, boolean shadow) {
    eventsLost.incrementAndGet();
    (shadow ? shadowRecordsLost : recordsLost).addAndGet(count);
  }

  // ------------------------------------------------------------------ lane's thread

  /** Takes handles of events that are ready; their slots are the lane's until given back. */
  int drain(LongConsumer consumer, int limit) {
    return ready.drain(consumer, limit);
  }

  boolean hasReady() {
    return ready.size() > 0;
  }

  /** Gives a slot back; the judging thread sees it after the next {@link #flushReturned}. */
  void giveBack(long handle) {
    boolean offered = returned.offerLazy(handle);
    assert offered : "more slots came back than there are";
  }

  void flushReturned() {
    returned.flush();
  }

  /** Ends the lane's thread's side: it takes nothing more, and what is given up is lost. */
  synchronized void abandon() {
    if (givenUp) {
      int unused = loseReady(this::giveBack);
      flushReturned();
    }
    ready.releaseConsumer();
    abandoned = true;
  }

  BlockedEvent event(long handle) {
    return book.event(handle);
  }

  byte @Nullable [] kafkaKey(long handle) {
    return book.kafkaKey(handle);
  }

  long count(long handle) {
    return book.count(handle);
  }

  boolean isShadow(long handle) {
    return book.isShadow(handle);
  }

  /** Takes the time of some events; whoever is told how one ended ends it there. */
  LatencyProbe probe() {
    return probe;
  }

  LaneSettings settings() {
    return settings;
  }

  boolean isFlushing() {
    return flushing;
  }

  /** True once nothing that is still in the ring is to be sent. */
  boolean isDone() {
    return isDiscarded() || (closed && ready.size() == 0);
  }

  /** True once what is not sent yet is to be thrown away: its records are judged again. */
  boolean isDiscarded() {
    return closed && settings.delivery() == Delivery.AT_LEAST_ONCE;
  }

  boolean hasFailed() {
    return failure != null;
  }

  /** False for most failures after the first: if a broker is gone, every event fails. */
  boolean isFailureNews() {
    return failure == null && Long.bitCount(eventsLost.get()) <= 1;
  }

  // ------------------------------------------------------------------ lane's or producer's thread

  void onAck() {
    acked.incrementAndGet();
  }

  /** Says whether what fails on an error is given up, rather than fail a commit. */
  boolean givesUp(LaneException error) {
    return settings.delivery() == Delivery.BEST_EFFORT
        || (settings.onFailure() == LaneFailurePolicy.BEST_EFFORT && !error.isRetriable());
  }

  void onFailure(LaneException error, long count, boolean shadow) {
    if (givesUp(error)) {
      countLost(count, shadow);
    } else {
      fail(error);
    }
  }

  /** The lane's thread has ended: no commit goes through any more, or all is given up. */
  void onEnd(LaneException error) {
    if (givesUp(error)) {
      synchronized (this) {
        givenUp = true;
      }
    } else {
      fail(error);
    }
  }

  private void fail(LaneException error) {
    // Two at once: either is a true first failure.
    failure = failure == null ? error : failure;
  }

  // ------------------------------------------------------------------ any thread

  @Override
  public LaneStats stats() {
    return book.stats(
        acked.get(), eventsLost.get(), recordsLost.get(), shadowRecordsLost.get(), ready.size());
  }

  @Override
  public void onLatency(LongConsumer nanos) {
    probe.tell(nanos);
  }

  @Override
  public TopKeys topKeys() {
    return topKeys;
  }

  /**
   * Returns the mark of this task's life, which its events carry.
   *
   * @return 16 hexadecimal digits
   */
  public String attempt() {
    return book.attempt();
  }
}
