package io.headgate.lane;

import io.headgate.concurrent.IdleStrategy;
import io.headgate.concurrent.SpscLongRing;
import io.headgate.memory.EventSlab;
import io.headgate.memory.GenerationalPool;
import io.headgate.memory.Handle;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One task's side of the lane: takes the facts of blocked records and never waits while doing so.
 * It waits only in {@link #awaitAcked}, which a commit calls.
 *
 * <p>While there is room, each blocked record is an event. When the ring is full, the key's event
 * stays open in its slot and its count grows, until there is room again or a commit; when even the
 * slots run out, records are counted in one event per source partition, without their keys. The sum
 * of all counts is exact at every step.
 *
 * <p>All methods are the judging thread's, except {@link #stats} and what the lane's thread calls.
 */
public final class AnalyticsLane implements Lane {

  // Who owns a slot: this side, until its handle has been offered on `ready`; then the lane's
  // thread, until it has offered the handle on `returned`. The pool is this side's alone.
  //
  //   field             written by        mode      read by         mode      why it is enough
  //   slot bytes        judging thread    plain     lane thread     plain     the rings order it
  //   sources           judging thread    volatile  lane thread     volatile  grows once a source
  //   flushing, closed  judging thread    volatile  lane thread     volatile  once a commit
  //   acked, lost       producer's, lane  atomic    judging thread  volatile  counts
  //   failure           producer's, lane  volatile  judging thread  volatile  first one wins
  //   plain counters    judging thread    plain     metrics         plain     a moment late is fine

  private static final int MAX_SOURCES = 1 << 16;

  /** Blocked records between two looks for room while there is none. */
  private static final int PATIENCE = 16;

  private final LaneSettings settings;
  private final Runnable wakeUp;
  private final Attempt attempt = new Attempt();
  private final SpscLongRing ready;
  private final SpscLongRing returned;
  private final GenerationalPool pool;
  private final LongConsumer release = this::release;
  private final EventSlab slab;
  private final IdleStrategy idle = new IdleStrategy(20_000, 200_000);

  /** Handles of open events, the oldest first: a ring of as many as there are slots. */
  private final long[] open;

  private int openFrom;
  private int openCount;
  private int untilLook;
  private boolean tallied;

  private long records;
  private long offered;
  private long recordsGrown;
  private long recordsOverflowed;

  private volatile Source[] sources = new Source[0];
  private volatile boolean flushing;
  private volatile boolean closed;
  private final AtomicLong acked = new AtomicLong();
  private final AtomicLong eventsLost = new AtomicLong();
  private final AtomicLong recordsLost = new AtomicLong();
  private volatile @Nullable LaneException failure;

  /** True once nobody takes from the ring any more. Guarded by this object, as only the end is. */
  private boolean abandoned;

  AnalyticsLane(LaneSettings settings, Runnable wakeUp) {
    if (settings.delivery() == Delivery.TRANSACTIONAL) {
      throw new IllegalArgumentException("delivery TRANSACTIONAL has no lane's thread");
    }
    this.settings = settings;
    this.wakeUp = wakeUp;
    this.ready = new SpscLongRing(settings.ring());
    // As many places as there are slots: giving back never fails.
    this.returned = new SpscLongRing(settings.slots());
    this.pool = new GenerationalPool(settings.slots());
    // The pool may retire slots and take new indices in their place; no task lives that long, but
    // the slab must not be the one to fail.
    this.slab = new EventSlab(2 * settings.slots(), settings.slotBytes());
    this.open = new long[settings.slots()];
  }

  // ------------------------------------------------------------------ judging thread

  @Override
  public long report(BlockedFacts facts) {
    records++;
    int source = source(facts.topic, facts.partition);
    if ((openCount > 0 || tallied) && --untilLook < 0) {
      untilLook = PATIENCE;
      pump();
    }
    if (isOpen(facts.open, facts, source)) {
      SlotLayout.add(page(facts.open), slot(facts.open), facts);
      recordsGrown++;
      return facts.open;
    }
    if (tallied) {
      // Slots have run out and the tally waits for one: what comes later must not overtake it.
      tally(facts, source);
      return Handle.NONE;
    }
    long handle = acquire();
    if (handle == Handle.NONE) {
      tally(facts, source);
      return Handle.NONE;
    }
    SlotLayout.write(
        page(handle), slot(handle), slab.stride(), facts, source, attempt.ordinal(facts.offset));
    if (openCount == 0 && ready.offer(handle)) {
      offered++;
      return Handle.NONE;
    }
    keepOpen(handle);
    return handle;
  }

  @Override
  public boolean pump() {
    while (openCount > 0) {
      long handle = open[openFrom];
      byte[] page = page(handle);
      int slot = slot(handle);
      int flags = SlotLayout.getInt(page, slot + SlotLayout.FLAGS);
      // Closed before it is offered: afterwards the slot is the lane's.
      SlotLayout.setInt(page, slot + SlotLayout.FLAGS, flags & ~SlotLayout.OPEN);
      if (!ready.offer(handle)) {
        SlotLayout.setInt(page, slot + SlotLayout.FLAGS, flags);
        return false;
      }
      offered++;
      openFrom = openFrom + 1 == open.length ? 0 : openFrom + 1;
      openCount--;
    }
    return !tallied || pumpTallies();
  }

  @Override
  public boolean hasOpen() {
    return openCount > 0 || tallied;
  }

  /**
   * Waits until the broker has every event reported so far. {@link Delivery#BEST_EFFORT} does not
   * wait: what the ring has no room for stays open.
   */
  @Override
  public void awaitAcked(long deadlineNanos) {
    if (settings.delivery() == Delivery.BEST_EFFORT) {
      pump();
      return;
    }
    if (!hasOpen() && acked.get() == offered && failure == null) {
      return;
    }
    flushing = true;
    try {
      wakeUp.run();
      while (true) {
        LaneException failed = failure;
        if (failed != null) {
          throw failed;
        }
        if (pump() && acked.get() == offered) {
          return;
        }
        if (System.nanoTime() - deadlineNanos > 0) {
          throw new LaneException(
              "events of blocked records are not on topic "
                  + settings.topic()
                  + " in time: "
                  + (offered - acked.get())
                  + " without an ack, "
                  + openCount
                  + " without a place; is the broker slow, or lane delivery.timeout.ms too long?",
              true,
              null);
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
      for (; openCount > 0; openCount--) {
        long handle = open[openFrom];
        countLost(SlotLayout.getLong(page(handle), slot(handle) + SlotLayout.COUNT));
        openFrom = openFrom + 1 == open.length ? 0 : openFrom + 1;
      }
      for (Source source : sources) {
        if (source.count() > 0) {
          countLost(source.count());
        }
      }
      if (abandoned) {
        ready.drain(handle -> countLost(count(handle)), Integer.MAX_VALUE);
      }
    }
    closed = true;
    wakeUp.run();
  }

  private void countLost(long count) {
    eventsLost.incrementAndGet();
    recordsLost.addAndGet(count);
  }

  private boolean isOpen(long handle, BlockedFacts facts, int source) {
    if (handle == Handle.NONE || !pool.isLive(handle)) {
      return false;
    }
    byte[] page = page(handle);
    int slot = slot(handle);
    // Live says that the slot is still of this key; open, that it was not offered meanwhile.
    return (SlotLayout.getInt(page, slot + SlotLayout.FLAGS) & SlotLayout.OPEN) != 0
        && SlotLayout.getShort(page, slot + SlotLayout.SOURCE) == source
        && SlotLayout.getShort(page, slot + SlotLayout.RULE) == facts.rule;
  }

  private long acquire() {
    long handle = pool.acquire();
    if (handle == Handle.NONE) {
      returned.drain(release, Integer.MAX_VALUE);
      handle = pool.acquire();
    }
    if (handle != Handle.NONE) {
      slab.ensure(Handle.index(handle));
    }
    return handle;
  }

  private void release(long handle) {
    boolean released = pool.release(handle);
    assert released : "the lane gave back a handle that is not lent out";
  }

  private void keepOpen(long handle) {
    byte[] page = page(handle);
    int at = slot(handle) + SlotLayout.FLAGS;
    SlotLayout.setInt(page, at, SlotLayout.getInt(page, at) | SlotLayout.OPEN);
    int end = openFrom + openCount;
    open[end < open.length ? end : end - open.length] = handle;
    openCount++;
  }

  private void tally(BlockedFacts facts, int source) {
    sources[source].tally(facts);
    tallied = true;
    recordsOverflowed++;
  }

  private boolean pumpTallies() {
    Source[] all = sources;
    for (int i = 0; i < all.length; i++) {
      Source source = all[i];
      if (source.count() == 0) {
        continue;
      }
      long handle = acquire();
      if (handle == Handle.NONE) {
        return false;
      }
      int number = attempt.ordinal(source.firstOffset());
      source.write(page(handle), slot(handle), slab.stride(), i, number);
      if (!ready.offer(handle)) {
        pool.release(handle);
        return false;
      }
      offered++;
      source.clear();
    }
    tallied = false;
    return true;
  }

  private int source(String topic, int partition) {
    Source[] all = sources;
    for (int i = 0; i < all.length; i++) {
      if (all[i].is(topic, partition)) {
        return i;
      }
    }
    if (all.length == MAX_SOURCES) {
      throw new IllegalStateException("more than " + MAX_SOURCES + " source partitions in a task");
    }
    Source[] more = Arrays.copyOf(all, all.length + 1);
    more[all.length] = new Source(topic, partition);
    sources = more;
    return all.length;
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

  /** Ends the lane's thread's side: it takes nothing more, and what best effort left is lost. */
  synchronized void abandon() {
    if (settings.delivery() == Delivery.BEST_EFFORT) {
      ready.drain(
          handle -> {
            countLost(count(handle));
            giveBack(handle);
          },
          Integer.MAX_VALUE);
      flushReturned();
    }
    ready.releaseConsumer();
    abandoned = true;
  }

  BlockedEvent event(long handle) {
    int flags = SlotLayout.getInt(page(handle), slot(handle) + SlotLayout.FLAGS);
    assert (flags & SlotLayout.OPEN) == 0 : "an event was offered before it was closed";
    Source source = sources[SlotLayout.getShort(page(handle), slot(handle) + SlotLayout.SOURCE)];
    return SlotLayout.read(
        page(handle), slot(handle), flags, settings, source.topic, source.partition, attempt.mark);
  }

  byte @Nullable [] kafkaKey(long handle) {
    return SlotLayout.kafkaKey(page(handle), slot(handle), settings.eventKey());
  }

  long count(long handle) {
    return SlotLayout.getLong(page(handle), slot(handle) + SlotLayout.COUNT);
  }

  LaneSettings settings() {
    return settings;
  }

  boolean isFlushing() {
    return flushing;
  }

  /** True once nothing that is still in the ring should be sent. */
  boolean isDone() {
    return closed && (settings.delivery() == Delivery.AT_LEAST_ONCE || ready.size() == 0);
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

  void onFailure(LaneException error, long count) {
    if (settings.delivery() == Delivery.BEST_EFFORT) {
      countLost(count);
    } else {
      onEnd(error);
    }
  }

  /** The lane's thread has ended, or an event failed: no commit goes through any more. */
  void onEnd(LaneException error) {
    if (settings.delivery() == Delivery.AT_LEAST_ONCE && failure == null) {
      // Two at once: either is a true first failure.
      failure = error;
    }
  }

  // ------------------------------------------------------------------ any thread

  @Override
  public LaneStats stats() {
    return new LaneStats(
        records,
        offered,
        acked.get(),
        eventsLost.get(),
        recordsLost.get(),
        recordsGrown,
        recordsOverflowed,
        ready.size(),
        pool.live(),
        slab.bytes(),
        pool.refused());
  }

  /**
   * Returns the mark of this task's life, which its events carry.
   *
   * @return 16 hexadecimal digits
   */
  public String attempt() {
    return attempt.mark;
  }

  private byte[] page(long handle) {
    return slab.page(Handle.index(handle));
  }

  private int slot(long handle) {
    return slab.offset(Handle.index(handle));
  }
}
