package io.headgate.lane;

import io.headgate.memory.EventSlab;
import io.headgate.memory.GenerationalPool;
import io.headgate.memory.Handle;
import java.util.Arrays;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The judging thread's book of blocked records: writes them down as events in slots, keeps those
 * open that have no room yet or wait for more of their key, counts what there is no slot for, and
 * hands events that are closed to a {@link Sink}. The sum of all counts is exact at every step.
 *
 * <p>Belongs to the judging thread; another one may read an event that the sink was given, as long
 * as what the sink passes it on with orders the two.
 */
final class EventBook {

  // Who owns a slot: the book, until the sink has taken its handle; then the sink, until the handle
  // came back. The pool is the judging thread's alone.
  //
  // Open events go out in the order in which they were opened. While one waits for room, no other
  // event overtakes it; events that only wait for more of their key may be overtaken, but not by
  // one of the same key: a key's row holds the handle of its youngest event, and as long as that
  // is open, what comes of the key is counted there or opened behind it.
  //
  //   field             written by        mode      read by         mode      why it is enough
  //   slot bytes        judging thread    plain     whoever sends   plain     the sink orders it
  //   sources           judging thread    volatile  whoever sends   volatile  grows once a source
  //   plain counters    judging thread    plain     metrics         plain     a moment late is fine

  /** Takes events that are closed. */
  interface Sink {
    /**
     * Takes an event, if there is room for it.
     *
     * @param handle of an event that is closed; if it is taken, its slot is the sink's. One that
     *     the sink throws at is not
     * @return true if it was taken
     */
    boolean offer(long handle);

    /**
     * Gives back the slots of events that are done with.
     *
     * @param release takes their handles
     */
    void giveBack(LongConsumer release);
  }

  private static final int MAX_SOURCES = 1 << 16;

  /** Blocked records between two looks for room while there is none. */
  private static final int PATIENCE = 16;

  private final LaneSettings settings;
  private final Sink sink;
  private final Attempt attempt = new Attempt();
  private final GenerationalPool pool;
  private final LongConsumer release = this::release;
  private final EventSlab slab;

  /** Handles of open events, the oldest first: a ring of as many as there are slots. */
  private final long[] open;

  private int openFrom;
  private int openCount;
  private int untilLook;
  private boolean tallied;

  /** True while an open event waits for room, and not only for more of its key. */
  private boolean full;

  private long records;
  private long offered;
  private long recordsGrown;
  private long recordsOverflowed;

  private volatile Source[] sources = new Source[0];

  EventBook(LaneSettings settings, int slots, Sink sink) {
    this.settings = settings;
    this.sink = sink;
    this.pool = new GenerationalPool(slots);
    // The pool may retire slots and take new indices in their place; no task lives that long, but
    // the slab must not be the one to fail.
    this.slab = new EventSlab(2 * slots, settings.slotBytes());
    this.open = new long[slots];
  }

  // ------------------------------------------------------------------ judging thread

  /** As {@link Lane#report}. */
  long report(BlockedFacts facts) {
    records++;
    int source = source(facts.topic, facts.partition);
    if ((full || tallied) && --untilLook < 0) {
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
    if (!full && openCount > open.length / 2) {
      // Events that wait for more of their key are not to use up the slots.
      pump();
    }
    long handle = acquire();
    if (handle == Handle.NONE) {
      tally(facts, source);
      return Handle.NONE;
    }
    SlotLayout.write(
        page(handle), slot(handle), slab.stride(), facts, source, attempt.ordinal(facts.offset));
    if (!facts.repeat && !full && !isOpen(facts.open)) {
      if (offer(handle)) {
        return Handle.NONE;
      }
      full = true;
    }
    keepOpen(handle);
    return handle;
  }

  /** As {@link Lane#letGo}. */
  void letGo(long handle) {
    if (isOpen(handle)) {
      pump();
    }
  }

  /** As {@link Lane#pump}. */
  boolean pump() {
    while (openCount > 0) {
      long handle = open[openFrom];
      byte[] page = page(handle);
      int at = slot(handle) + SlotLayout.FLAGS;
      int flags = SlotLayout.getInt(page, at);
      boolean taken = false;
      // Closed before it is offered: afterwards the slot is the sink's.
      SlotLayout.setInt(page, at, flags & ~SlotLayout.OPEN);
      try {
        taken = sink.offer(handle);
      } finally {
        if (!taken) {
          SlotLayout.setInt(page, at, flags);
        }
      }
      if (!taken) {
        full = true;
        return false;
      }
      offered++;
      forgetOldest();
    }
    full = false;
    return !tallied || pumpTallies();
  }

  /** Says whether {@link #pump} has work. */
  boolean hasOpen() {
    return openCount > 0 || tallied;
  }

  /** Returns how many events are open; what is tallied is not among them. */
  int open() {
    return openCount;
  }

  /** Returns how many events the sink has taken. */
  long offered() {
    return offered;
  }

  /**
   * Closes the book: what is still open, and what is tallied, is given up.
   *
   * @param lost is told of the records of each event that is
   */
  void abandon(LongConsumer lost) {
    while (openCount > 0) {
      lost.accept(count(open[openFrom]));
      forgetOldest();
    }
    for (Source source : sources) {
      if (source.count() > 0) {
        lost.accept(source.count());
        source.clear();
      }
    }
    tallied = false;
    full = false;
  }

  /** Takes a slot back that the sink is done with. */
  void release(long handle) {
    boolean released = pool.release(handle);
    assert released : "a handle came back that is not lent out";
  }

  private boolean offer(long handle) {
    try {
      boolean taken = sink.offer(handle);
      if (taken) {
        offered++;
      }
      return taken;
    } catch (RuntimeException e) {
      pool.release(handle);
      throw e;
    }
  }

  private boolean isOpen(long handle) {
    // Live says that the slot is still of this key; open, that it was not offered meanwhile.
    return handle != Handle.NONE
        && pool.isLive(handle)
        && (SlotLayout.getInt(page(handle), slot(handle) + SlotLayout.FLAGS) & SlotLayout.OPEN)
            != 0;
  }

  private boolean isOpen(long handle, BlockedFacts facts, int source) {
    return isOpen(handle)
        && SlotLayout.getShort(page(handle), slot(handle) + SlotLayout.SOURCE) == source
        && SlotLayout.getShort(page(handle), slot(handle) + SlotLayout.RULE) == facts.rule;
  }

  private long acquire() {
    long handle = pool.acquire();
    if (handle == Handle.NONE) {
      sink.giveBack(release);
      handle = pool.acquire();
    }
    if (handle != Handle.NONE) {
      slab.ensure(Handle.index(handle));
    }
    return handle;
  }

  private void keepOpen(long handle) {
    byte[] page = page(handle);
    int at = slot(handle) + SlotLayout.FLAGS;
    SlotLayout.setInt(page, at, SlotLayout.getInt(page, at) | SlotLayout.OPEN);
    int end = openFrom + openCount;
    open[end < open.length ? end : end - open.length] = handle;
    openCount++;
  }

  private void forgetOldest() {
    openFrom = openFrom + 1 == open.length ? 0 : openFrom + 1;
    openCount--;
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
      if (!offer(handle)) {
        pool.release(handle);
        return false;
      }
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

  // ------------------------------------------------------------------ whoever sends

  /** Reads an event that the sink was given. */
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

  // ------------------------------------------------------------------ any thread

  String attempt() {
    return attempt.mark;
  }

  LaneStats stats(long acked, long eventsLost, long recordsLost, int waiting) {
    return new LaneStats(
        records,
        offered,
        acked,
        eventsLost,
        recordsLost,
        recordsGrown,
        recordsOverflowed,
        waiting,
        pool.live(),
        slab.bytes(),
        pool.refused());
  }

  private byte[] page(long handle) {
    return slab.page(Handle.index(handle));
  }

  private int slot(long handle) {
    return slab.offset(Handle.index(handle));
  }
}
