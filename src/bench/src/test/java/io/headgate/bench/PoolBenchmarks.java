package io.headgate.bench;

import io.headgate.concurrent.SpscLongRing;
import io.headgate.memory.EventSlab;
import io.headgate.memory.GenerationalPool;
import io.headgate.memory.Handle;
import io.netty.util.Recycler;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jctools.queues.MessagePassingQueue;
import org.jctools.queues.SpscArrayQueue;
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
 * Buffers of 256 bytes that are lent out and come back: within one thread, and across two, where a
 * {@link Sender} writes 64 bytes of each and the benchmark reads them.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PoolBenchmarks {

  private static final int SLOT = 256;
  private static final int PAYLOAD = 64;

  /** Buffers in flight at the most: all that wait, and as many in hand. */
  private static final int SLOTS = 2 * Sender.CAPACITY;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static void write(byte[] bytes, int offset, long value) {
    for (int at = offset; at < offset + PAYLOAD; at += 8) {
      LONG.set(bytes, at, value);
    }
  }

  private static long read(byte[] bytes, int offset) {
    long sum = 0;
    for (int at = offset; at < offset + PAYLOAD; at += 8) {
      sum += (long) LONG.get(bytes, at);
    }
    return sum;
  }

  // ------------------------------------------------------------------ one thread

  /** A stack of buffers. */
  @State(Scope.Thread)
  public static class Stack {
    final ArrayDeque<byte[]> buffers = new ArrayDeque<>();

    public Stack() {
      for (int i = 0; i < SLOT; i++) {
        buffers.push(new byte[SLOT]);
      }
    }
  }

  @Benchmark
  public void sameArrayDeque(Stack state, Blackhole hole) {
    byte[] buffer = state.buffers.poll();
    hole.consume(buffer);
    if (buffer != null) {
      state.buffers.push(buffer);
    }
  }

  /** A pool and its slab. */
  @State(Scope.Thread)
  public static class Pool {
    final GenerationalPool pool = new GenerationalPool(SLOTS);
    final EventSlab slab = new EventSlab(Handle.MAX_INDEX, SLOT);
  }

  @Benchmark
  public boolean sameHeadgate(Pool state, Blackhole hole) {
    long handle = state.pool.acquire();
    hole.consume(handle);
    return state.pool.release(handle);
  }

  @Benchmark
  public boolean sameHeadgateWithPage(Pool state, Blackhole hole) {
    long handle = state.pool.acquire();
    int index = Handle.index(handle);
    state.slab.ensure(index);
    hole.consume(state.slab.page(index));
    hole.consume(state.slab.offset(index));
    return state.pool.release(handle);
  }

  // ------------------------------------------------------------------ across threads: peers

  /** A new array for each message. */
  @State(Scope.Thread)
  public static class Fresh {
    final SpscArrayQueue<byte[]> queue = new SpscArrayQueue<>(Sender.CAPACITY);
    final Sender sender = new Sender(this::send);

    private void send() {
      for (int i = 1; i <= Sender.BATCH; i++) {
        byte[] buffer = new byte[SLOT];
        write(buffer, 0, i);
        while (!queue.offer(buffer)) {
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
  @OperationsPerInvocation(Sender.BATCH)
  public void crossNewJctools(Fresh state, Blackhole hole) {
    MessagePassingQueue.Consumer<byte[]> sink = buffer -> hole.consume(read(buffer, 0));
    state.sender.ask();
    for (int left = Sender.BATCH; left > 0; ) {
      int count = state.queue.drain(sink, left);
      if (count == 0) {
        Sender.pause();
      }
      left -= count;
    }
  }

  /** Netty's recycler: keeps every buffer there is, and checks for double frees as ours does. */
  @State(Scope.Thread)
  public static class Recycled {

    /** A buffer that knows its way home. */
    static final class Buffer {
      final byte[] bytes = new byte[SLOT];
      final Recycler.Handle<Buffer> handle;

      Buffer(Recycler.Handle<Buffer> handle) {
        this.handle = handle;
      }
    }

    private static final int KEEP_ALL = 0;
    private static final int CHUNK = 32;

    private final Recycler<Buffer> recycler =
        new Recycler<>(SLOTS, KEEP_ALL, CHUNK) {
          @Override
          protected Buffer newObject(Recycler.Handle<Buffer> handle) {
            return new Buffer(handle);
          }
        };
    final SpscArrayQueue<Buffer> queue = new SpscArrayQueue<>(Sender.CAPACITY);
    final Sender sender = new Sender(this::send);

    private void send() {
      for (int i = 1; i <= Sender.BATCH; i++) {
        Buffer buffer = recycler.get();
        write(buffer.bytes, 0, i);
        while (!queue.offer(buffer)) {
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
  @OperationsPerInvocation(Sender.BATCH)
  public void crossRecyclerJctools(Recycled state, Blackhole hole) {
    MessagePassingQueue.Consumer<Recycled.Buffer> sink =
        buffer -> {
          hole.consume(read(buffer.bytes, 0));
          buffer.handle.recycle(buffer);
        };
    state.sender.ask();
    for (int left = Sender.BATCH; left > 0; ) {
      int count = state.queue.drain(sink, left);
      if (count == 0) {
        Sender.pause();
      }
      left -= count;
    }
  }

  // ------------------------------------------------------------------ across threads: ours

  /** The pool is the sender's alone; handles go out over one ring and come home over another. */
  @State(Scope.Thread)
  public static class Lane {
    final EventSlab slab = new EventSlab(Handle.MAX_INDEX, SLOT);
    final SpscLongRing ready = new SpscLongRing(Sender.CAPACITY);
    final SpscLongRing returned = new SpscLongRing(SLOTS);
    private final GenerationalPool pool = new GenerationalPool(SLOTS);
    private final LongConsumer release = pool::release;
    final Sender sender = new Sender(this::send);

    private void send() {
      for (int i = 1; i <= Sender.BATCH; i++) {
        long handle = pool.acquire();
        while (handle == Handle.NONE) {
          ready.flush();
          if (takeBack() == 0) {
            Sender.pause();
          }
          handle = pool.acquire();
        }
        int index = Handle.index(handle);
        slab.ensure(index);
        write(slab.page(index), slab.offset(index), i);
        while (!ready.offerLazy(handle)) {
          ready.flush();
          Sender.pause();
        }
        if (i % Sender.PUBLISH == 0) {
          ready.flush();
          takeBack();
        }
      }
      ready.flush();
    }

    private int takeBack() {
      return returned.drain(release, Integer.MAX_VALUE);
    }

    @TearDown
    public void stop() throws InterruptedException {
      sender.stop();
    }
  }

  @Benchmark
  @OperationsPerInvocation(Sender.BATCH)
  public void crossHeadgate(Lane state, Blackhole hole) {
    LongConsumer sink =
        handle -> {
          int index = Handle.index(handle);
          hole.consume(read(state.slab.page(index), state.slab.offset(index)));
          // There is a place for every slot.
          hole.consume(state.returned.offerLazy(handle));
        };
    state.sender.ask();
    for (int left = Sender.BATCH; left > 0; ) {
      int count = state.ready.drain(sink, left);
      if (count == 0) {
        Sender.pause();
      } else {
        state.returned.flush();
      }
      left -= count;
    }
  }
}
