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
 * hands events that are closed to a {@link Sink}. The sum of all counts is exact at every step, of
 * blocked records as of those that a shadow rule would have blocked: no event holds both.
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
  // one of the same row: a key's row holds the handle of its youngest event, and as long as that
  // is open, what comes of the key is counted there or opened behind it. Each limit of each rule
  // has rows of its own: a key's first of one may overtake its summary of another.
  //
  //   field             written by        mode      read by         mode      why it is enough
  //   slot bytes        judging thread    plain     whoever sends   plain     the sink orders it
  //   sources           judging thread    volatile  whoever sends   volatile  grows once a source
  //   plain counters    judging thread    plain     metrics         plain     a moment late is fine

  /** Takes events that are closed. */
  interface Sink {
    /**
     * An event was made of a record, and will be offered, now or later.
     *
     * @param handle of the event
     */
    void made(long handle);

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

  /** Is told of events that are given up. */
  interface Lost {
    /**
     * An event is given up.
     *
     * @param count records that it stood for
     * @param shadow true if they passed
     */
    void accept(long count, boolean shadow);
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

  // Of blocked records, and of those that passed.
  private long records;
  private long shadowRecords;
  private long recordsGrown;
  private long shadowRecordsGrown;
  private long recordsOverflowed;
  private long shadowRecordsOverflowed;

  private long offered;

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
    boolean shadow = isShadow(facts.flags);
    if (shadow) {
      shadowRecords++;
    } else {
      records++;
    }
    int source = source(facts.topic, facts.partition);
    if ((full || tallied) && --untilLook < 0) {
      untilLook = PATIENCE;
      pump();
    }
    if (isOpen(facts.open, facts, source)) {
      SlotLayout.add(page(facts.open), slot(facts.open), facts);
      if (shadow) {
        shadowRecordsGrown++;
      } else {
        recordsGrown++;
      }
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
    sink.made(handle);
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
  void abandon(Lost lost) {
    while (openCount > 0) {
      lost.accept(count(open[openFrom]), isShadow(open[openFrom]));
      forgetOldest();
    }
    for (Source source : sources) {
      abandon(source.blocked, false, lost);
      abandon(source.shadow, true, lost);
    }
    tallied = false;
    full = false;
  }

  private static void abandon(Tally tally, boolean shadow, Lost lost) {
    if (tally.count() > 0) {
      lost.accept(tally.count(), shadow);
      tally.clear();
    }
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

  /** Says whether an event is open, and its records are of one kind with another. */
  private boolean isOpen(long handle, BlockedFacts facts, int source) {
    if (!isOpen(handle)) {
      return false;
    }
    byte[] page = page(handle);
    int slot = slot(handle);
    return SlotLayout.getShort(page, slot + SlotLayout.SOURCE) == source
        && SlotLayout.getShort(page, slot + SlotLayout.RULE) == facts.rule
        && SlotLayout.getLong(page, slot + SlotLayout.WINDOW_MILLIS) == facts.windowMillis
        && isShadow(SlotLayout.getInt(page, slot + SlotLayout.FLAGS)) == isShadow(facts.flags);
  }

  private static boolean isShadow(int flags) {
    return (flags & SlotLayout.SHADOW) != 0;
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
    boolean shadow = isShadow(facts.flags);
    Tally tally = shadow ? sources[source].shadow : sources[source].blocked;
    if (tally.count() == 0) {
      tally.start(facts, attempt.ordinal(facts.offset));
    } else {
      tally.add(facts);
    }
    tallied = true;
    if (shadow) {
      shadowRecordsOverflowed++;
    } else {
      recordsOverflowed++;
    }
  }

  private boolean pumpTallies() {
    Source[] all = sources;
    for (int i = 0; i < all.length; i++) {
      if (!pumpTally(all[i].blocked, i) || !pumpTally(all[i].shadow, i)) {
        return false;
      }
    }
    tallied = false;
    return true;
  }

  private boolean pumpTally(Tally tally, int source) {
    if (tally.count() == 0) {
      return true;
    }
    long handle = acquire();
    if (handle == Handle.NONE) {
      return false;
    }
    tally.write(page(handle), slot(handle), slab.stride(), source);
    if (!offer(handle)) {
      pool.release(handle);
      return false;
    }
    tally.clear();
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

  /** Says whether the records of an event passed. */
  boolean isShadow(long handle) {
    return isShadow(SlotLayout.getInt(page(handle), slot(handle) + SlotLayout.FLAGS));
  }

  // ------------------------------------------------------------------ any thread

  String attempt() {
    return attempt.mark;
  }

  LaneStats stats(
      long acked, long eventsLost, long recordsLost, long shadowRecordsLost, int waiting) {
    return new LaneStats(
        records,
        shadowRecords,
        offered,
        acked,
        eventsLost,
        recordsLost,
        shadowRecordsLost,
        recordsGrown,
        shadowRecordsGrown,
        recordsOverflowed,
        shadowRecordsOverflowed,
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
