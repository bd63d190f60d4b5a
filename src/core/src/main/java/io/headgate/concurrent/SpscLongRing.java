package io.headgate.concurrent;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.LongConsumer;

/**
 * A bounded queue of non-zero longs from exactly one producer thread to exactly one consumer
 * thread, in order, without locks and without allocation. {@code offer} never waits; {@code poll}
 * and {@code drain} never block, but may hang back for a moment while elements come in a stream.
 *
 * <p>Whatever the producer wrote before it published an element, the consumer sees when it has
 * taken it: data first, then the bell. Publishing can be put off ({@link #offerLazy}, then {@link
 * #flush}) so that a batch costs one release; {@link #drain} takes a batch with one acquire and
 * gives its places back with one release.
 *
 * <p>A side may pass to another thread only through some other hand-over that orders the two, told
 * here by {@link #releaseProducer} or {@link #releaseConsumer}; {@code -ea} checks that one thread
 * stays one thread.
 */
public final class SpscLongRing extends SpscRingEnd {

  // Lamport's ring (1983) with FastForward's and Agrona's lessons: each side keeps its own index
  // in a plain field, with a copy of the other side's that it refreshes only when the copy says
  // full or empty; and the two sides' fields stand 128 bytes apart, since processors fetch lines
  // in pairs.
  //
  //   field           written by  mode     read by   mode     why that is enough
  //   slots[i]        producer    plain    consumer  plain    between release and acquire of tail
  //   tail            producer    release  consumer  acquire  publishes slots and what they name
  //   head            consumer    release  producer  acquire  a place is reused after it was read
  //   next, headCopy  producer    plain    producer  plain    one thread
  //   take, tailCopy  consumer    plain    consumer  plain    one thread
  //   found           consumer    plain    consumer  plain    one thread

  // A consumer close behind the producer takes its cache lines away while it writes them, and both
  // wait for lines more than they work. So while elements come in a stream, a consumer that has
  // caught up hangs back for a moment, once (the temporal slipping of FastForward, Giacomoni et
  // al., 2008). An element that comes alone is not held up.

  /** Fewer elements ahead than 128 lines are close; of a small ring, less than a quarter of it. */
  static final int CLOSE = 1024;

  /** As many elements at once are a stream. */
  private static final int STREAM = 2;

  /** How long a consumer hangs back: one to three microseconds, as processors differ. */
  private static final int PAUSES = 64;

  /** What {@link #poll} says when the ring is empty, and the one value that cannot be offered. */
  public static final long EMPTY = 0;

  private static final VarHandle TAIL = index(SpscRingProducer.class, "tail");
  private static final VarHandle HEAD = index(SpscRingConsumer.class, "head");

  /**
   * Makes an empty ring.
   *
   * @param minCapacity elements that it must hold, 1 to 2^24; rounded up to a power of two, at
   *     least 2
   */
  public SpscLongRing(int minCapacity) {
    super(capacityFor(minCapacity));
  }

  /**
   * Adds and publishes an element. Producer only.
   *
   * @param element any value but {@link #EMPTY}
   * @return false if the ring is full
   */
  public boolean offer(long element) {
    if (!offerLazy(element)) {
      return false;
    }
    flush();
    return true;
  }

  /**
   * Adds an element that the consumer sees after the next {@link #flush}. Producer only.
   *
   * @param element any value but {@link #EMPTY}
   * @return false if the ring is full
   */
  public boolean offerLazy(long element) {
    assert element != EMPTY && isProducer();
    long at = next;
    if (at - headCopy > mask) {
      headCopy = (long) HEAD.getAcquire((SpscRingConsumer) this);
      if (at - headCopy > mask) {
        return false;
      }
    }
    slots[(int) at & mask] = element;
    next = at + 1;
    return true;
  }

  /** Publishes what was added lazily. Producer only. */
  public void flush() {
    // Release: the elements, and all that was written before them, come first.
    TAIL.setRelease((SpscRingProducer) this, next);
  }

  /**
   * Takes the oldest element. Consumer only.
   *
   * @return the element, or {@link #EMPTY}
   */
  public long poll() {
    assert isConsumer();
    long at = take;
    if (at == tailCopy && look() == 0) {
      return EMPTY;
    }
    long element = slots[(int) at & mask];
    take = at + 1;
    // Release: the element was read before its place is offered again.
    HEAD.setRelease((SpscRingConsumer) this, at + 1);
    return element;
  }

  /**
   * Takes up to a number of elements, oldest first. If the consumer throws, the element it was
   * given counts as taken and the rest stays. Consumer only.
   *
   * @param consumer is given each element
   * @param limit elements at the most
   * @return how many were taken, 0 if the ring was empty
   */
  public int drain(LongConsumer consumer, int limit) {
    assert isConsumer();
    long from = take;
    long ahead = from == tailCopy ? look() : tailCopy - from;
    int count = (int) Math.min(limit, ahead);
    if (count <= 0) {
      return 0;
    }
    long at = from;
    long end = from + count;
    try {
      while (at < end) {
        consumer.accept(slots[(int) at++ & mask]);
      }
    } finally {
      take = at;
      HEAD.setRelease((SpscRingConsumer) this, at);
    }
    return count;
  }

  /** Looks how far the producer has come; returns how many elements there are to take. */
  private long look() {
    long ahead = (long) TAIL.getAcquire((SpscRingProducer) this) - take;
    if (ahead < close && found >= STREAM) {
      for (int i = 0; i < PAUSES; i++) {
        Thread.onSpinWait();
      }
      ahead = (long) TAIL.getAcquire((SpscRingProducer) this) - take;
    }
    found = ahead;
    tailCopy = take + ahead;
    return ahead;
  }

  /**
   * Returns how many published elements wait: exact for neither side while the other works. Any
   * thread.
   *
   * @return elements, 0 to the capacity
   */
  public int size() {
    long head = (long) HEAD.getAcquire((SpscRingConsumer) this);
    long tail = (long) TAIL.getAcquire((SpscRingProducer) this);
    return (int) Math.max(0, Math.min(tail - head, capacity()));
  }

  /**
   * Returns how many elements the ring holds at the most.
   *
   * @return a power of two
   */
  public int capacity() {
    return mask + 1;
  }

  /** Lets another thread be the producer from now on, for the check under {@code -ea}. */
  public void releaseProducer() {
    producer = 0;
  }

  /** Lets another thread be the consumer from now on, for the check under {@code -ea}. */
  public void releaseConsumer() {
    consumer = 0;
  }

  private boolean isProducer() {
    long thread = Thread.currentThread().getId();
    if (producer == 0) {
      producer = thread;
    }
    return producer == thread;
  }

  private boolean isConsumer() {
    long thread = Thread.currentThread().getId();
    if (consumer == 0) {
      consumer = thread;
    }
    return consumer == thread;
  }

  private static int capacityFor(int minCapacity) {
    if (minCapacity < 1 || minCapacity > 1 << 24) {
      throw new IllegalArgumentException(
          "ring of " + minCapacity + ": expected 1 to " + (1 << 24) + " elements");
    }
    return Math.max(2, Integer.highestOneBit(minCapacity * 2 - 1));
  }

  private static VarHandle index(Class<?> owner, String name) {
    try {
      return MethodHandles.lookup()
          .findVarHandle(owner, name, long.class)
          .withInvokeExactBehavior();
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }
}

// A class per line group: the JVM lays out a class's fields after its superclass's, but for such
// as fit into a gap that the superclass leaves. So whatever is written is a long: no gap is as
// wide.

abstract class SpscRingBegin {
  final long[] slots;
  final int mask;
  final int close;

  SpscRingBegin(int capacity) {
    slots = new long[capacity];
    mask = capacity - 1;
    close = Math.min(SpscLongRing.CLOSE, capacity >> 2);
  }
}

abstract class SpscRingPad1 extends SpscRingBegin {
  long a00, a01, a02, a03, a04, a05, a06, a07;
  long a08, a09, a10, a11, a12, a13, a14, a15;

  SpscRingPad1(int capacity) {
    super(capacity);
  }
}

abstract class SpscRingProducer extends SpscRingPad1 {
  long tail;
  long next;
  long headCopy;
  long producer;

  SpscRingProducer(int capacity) {
    super(capacity);
  }
}

abstract class SpscRingPad2 extends SpscRingProducer {
  long b00, b01, b02, b03, b04, b05, b06, b07;
  long b08, b09, b10, b11, b12, b13, b14, b15;

  SpscRingPad2(int capacity) {
    super(capacity);
  }
}

abstract class SpscRingConsumer extends SpscRingPad2 {
  long head;
  long take;
  long tailCopy;
  long found;
  long consumer;

  SpscRingConsumer(int capacity) {
    super(capacity);
  }
}

abstract class SpscRingEnd extends SpscRingConsumer {
  long c00, c01, c02, c03, c04, c05, c06, c07;
  long c08, c09, c10, c11, c12, c13, c14, c15;

  SpscRingEnd(int capacity) {
    super(capacity);
  }
}
