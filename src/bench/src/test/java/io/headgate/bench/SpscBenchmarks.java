package io.headgate.bench;

import com.lmax.disruptor.BusySpinWaitStrategy;
import com.lmax.disruptor.EventPoller;
import com.lmax.disruptor.RingBuffer;
import io.headgate.concurrent.SpscLongRing;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.agrona.concurrent.OneToOneConcurrentArrayQueue;
import org.jctools.queues.MessagePassingQueue;
import org.jctools.queues.SpscArrayQueue;
import org.jctools.queues.varhandle.SpscVarHandleArrayQueue;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/**
 * From one thread to one other: a {@link Sender} sends, the benchmark takes. Queues of objects
 * carry objects that exist, and nobody looks into them; ours carries longs.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(Sender.BATCH)
public class SpscBenchmarks {

  /** A queue of objects, filled one by one. */
  abstract static class Objects<Q extends Queue<Object>> {
    final Q queue;
    final Sender sender;
    private final Object[] items = new Object[1024];

    Objects(Q queue) {
      this.queue = queue;
      for (int i = 0; i < items.length; i++) {
        items[i] = new Object();
      }
      this.sender = new Sender(this::send);
    }

    private void send() {
      for (int i = 0; i < Sender.BATCH; i++) {
        Object item = items[i & items.length - 1];
        while (!queue.offer(item)) {
          Sender.pause();
        }
      }
    }

    @TearDown
    public void stop() throws InterruptedException {
      sender.stop();
    }
  }

  // ------------------------------------------------------------------ the JDK

  /** The JDK's bounded queue. */
  @State(Scope.Thread)
  public static class Blocking extends Objects<ArrayBlockingQueue<Object>> {
    final List<Object> taken = new ArrayList<>(Sender.CAPACITY);

    public Blocking() {
      super(new ArrayBlockingQueue<>(Sender.CAPACITY));
    }
  }

  @Benchmark
  public void arrayBlockingQueue(Blocking state, Blackhole hole) {
    state.sender.ask();
    for (int left = Sender.BATCH; left > 0; ) {
      int count = state.queue.drainTo(state.taken, left);
      if (count == 0) {
        Sender.pause();
        continue;
      }
      for (int i = 0; i < count; i++) {
        hole.consume(state.taken.get(i));
      }
      state.taken.clear();
      left -= count;
    }
  }

  // ------------------------------------------------------------------ JCTools

  /** JCTools without Unsafe. */
  @State(Scope.Thread)
  public static class JctoolsVarHandle extends Objects<SpscVarHandleArrayQueue<Object>> {
    public JctoolsVarHandle() {
      super(new SpscVarHandleArrayQueue<>(Sender.CAPACITY));
    }
  }

  @Benchmark
  public void jctoolsPoll(JctoolsVarHandle state, Blackhole hole) {
    state.sender.ask();
    for (int left = Sender.BATCH; left > 0; left--) {
      Object item = state.queue.poll();
      while (item == null) {
        Sender.pause();
        item = state.queue.poll();
      }
      hole.consume(item);
    }
  }

  /** JCTools with Unsafe. */
  @State(Scope.Thread)
  public static class Jctools extends Objects<SpscArrayQueue<Object>> {
    public Jctools() {
      super(new SpscArrayQueue<>(Sender.CAPACITY));
    }
  }

  @Benchmark
  public void jctoolsDrain(Jctools state, Blackhole hole) {
    MessagePassingQueue.Consumer<Object> sink = hole::consume;
    state.sender.ask();
    for (int left = Sender.BATCH; left > 0; ) {
      int count = state.queue.drain(sink, left);
      if (count == 0) {
        Sender.pause();
      }
      left -= count;
    }
  }

  // ------------------------------------------------------------------ Agrona

  /** Agrona's queue. */
  @State(Scope.Thread)
  public static class Agrona extends Objects<OneToOneConcurrentArrayQueue<Object>> {
    public Agrona() {
      super(new OneToOneConcurrentArrayQueue<>(Sender.CAPACITY));
    }
  }

  @Benchmark
  public void agronaDrain(Agrona state, Blackhole hole) {
    Consumer<Object> sink = hole::consume;
    state.sender.ask();
    for (int left = Sender.BATCH; left > 0; ) {
      int count = state.queue.drain(sink, left);
      if (count == 0) {
        Sender.pause();
      }
      left -= count;
    }
  }

  // ------------------------------------------------------------------ Disruptor

  /** The Disruptor's ring: claims and publishes in batches, polls in batches. */
  @State(Scope.Thread)
  public static class Disruptor {

    /** An event of the ring. */
    static final class Cell {
      long value;
    }

    final RingBuffer<Cell> ring =
        RingBuffer.createSingleProducer(Cell::new, Sender.CAPACITY, new BusySpinWaitStrategy());
    final EventPoller<Cell> poller = ring.newPoller();
    final Sender sender;

    public Disruptor() {
      ring.addGatingSequences(poller.getSequence());
      sender = new Sender(this::send);
    }

    private void send() {
      for (int i = 0; i < Sender.BATCH; i += Sender.PUBLISH) {
        // Asked first, since next() parks when there is no room.
        while (!ring.hasAvailableCapacity(Sender.PUBLISH)) {
          Sender.pause();
        }
        long last = ring.next(Sender.PUBLISH);
        long first = last - Sender.PUBLISH + 1;
        for (long sequence = first; sequence <= last; sequence++) {
          ring.get(sequence).value = sequence;
        }
        ring.publish(first, last);
      }
    }

    @TearDown
    public void stop() throws InterruptedException {
      sender.stop();
    }
  }

  @Benchmark
  public void disruptorPoller(Disruptor state, Blackhole hole) throws Exception {
    long end = state.poller.getSequence().get() + Sender.BATCH;
    EventPoller.Handler<Disruptor.Cell> sink =
        (cell, sequence, endOfBatch) -> {
          hole.consume(cell.value);
          return true;
        };
    state.sender.ask();
    while (state.poller.getSequence().get() < end) {
      if (state.poller.poll(sink) != EventPoller.PollState.PROCESSING) {
        Sender.pause();
      }
    }
  }

  // ------------------------------------------------------------------ ours

  /** Our ring, published one by one. */
  @State(Scope.Thread)
  public static class Single {
    final SpscLongRing ring = new SpscLongRing(Sender.CAPACITY);
    final Sender sender = new Sender(this::send);

    private void send() {
      for (int i = 1; i <= Sender.BATCH; i++) {
        while (!ring.offer(i)) {
          Sender.pause();
        }
      }
    }

    @TearDown
    public void stop() throws InterruptedException {
      sender.stop();
    }
  }

  @Benchmark
  public void headgatePoll(Single state, Blackhole hole) {
    state.sender.ask();
    for (int left = Sender.BATCH; left > 0; left--) {
      long item = state.ring.poll();
      while (item == SpscLongRing.EMPTY) {
        Sender.pause();
        item = state.ring.poll();
      }
      hole.consume(item);
    }
  }

  /** Our ring, published in batches. */
  @State(Scope.Thread)
  public static class Batched {
    final SpscLongRing ring = new SpscLongRing(Sender.CAPACITY);
    final Sender sender = new Sender(this::send);

    private void send() {
      for (int i = 1; i <= Sender.BATCH; i++) {
        while (!ring.offerLazy(i)) {
          ring.flush();
          Sender.pause();
        }
        if (i % Sender.PUBLISH == 0) {
          ring.flush();
        }
      }
      ring.flush();
    }

    @TearDown
    public void stop() throws InterruptedException {
      sender.stop();
    }
  }

  @Benchmark
  public void headgateDrain(Batched state, Blackhole hole) {
    LongConsumer sink = hole::consume;
    state.sender.ask();
    for (int left = Sender.BATCH; left > 0; ) {
      int count = state.ring.drain(sink, left);
      if (count == 0) {
        Sender.pause();
      }
      left -= count;
    }
  }
}
