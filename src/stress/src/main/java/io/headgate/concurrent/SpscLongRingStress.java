package io.headgate.concurrent;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJJ_Result;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** What the consumer of a {@link SpscLongRing} may see of what the producer does. */
public final class SpscLongRingStress {

  private SpscLongRingStress() {}

  /** Elements come once, whole and in their order. */
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "Both polls came before the first offer.")
  @Outcome(id = "0, -1", expect = ACCEPTABLE, desc = "The first poll came too early.")
  @Outcome(id = "-1, 0", expect = ACCEPTABLE, desc = "The second poll came too early.")
  @Outcome(id = "-1, -4294967296", expect = ACCEPTABLE, desc = "Both elements, in order.")
  @Outcome(expect = FORBIDDEN, desc = "Lost, doubled, torn, or out of order.")
  @State
  public static class Fifo {
    private final SpscLongRing ring = new SpscLongRing(2);

    /** Offers two elements, of different halves each. */
    @Actor
    public void producer() {
      ring.offer(-1L);
      ring.offer(-4294967296L);
    }

    /** Polls twice. */
    @Actor
    public void consumer(JJ_Result r) {
      r.r1 = ring.poll();
      r.r2 = ring.poll();
    }
  }

  /** Data first, then the bell. */
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "Nothing was there yet.")
  @Outcome(id = "1, 42", expect = ACCEPTABLE, desc = "The element, and what it stands for.")
  @Outcome(expect = FORBIDDEN, desc = "The bell rang before the data was there.")
  @State
  public static class Publication {
    private final SpscLongRing ring = new SpscLongRing(2);
    private final long[] slot = new long[1];

    /** Writes, then offers. */
    @Actor
    public void producer() {
      slot[0] = 42;
      ring.offer(1L);
    }

    /** Polls, then reads. */
    @Actor
    public void consumer(JJ_Result r) {
      r.r1 = ring.poll();
      r.r2 = r.r1 == 0 ? 0 : slot[0];
    }
  }

  /** A batch is published by its flush, whole, and taken by one drain. */
  @JCStressTest
  @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "The drain came before the flush.")
  @Outcome(id = "2, 3, 42", expect = ACCEPTABLE, desc = "The whole batch and its data.")
  @Outcome(expect = FORBIDDEN, desc = "A part of the batch, or a batch without its data.")
  @State
  public static class Batch {
    private final SpscLongRing ring = new SpscLongRing(4);
    private final long[] slot = new long[1];
    private long sum;

    /** Adds two elements and publishes them with one release. */
    @Actor
    public void producer() {
      slot[0] = 42;
      ring.offerLazy(1L);
      ring.offerLazy(2L);
      ring.flush();
    }

    /** Drains whatever is there. */
    @Actor
    public void consumer(JJJ_Result r) {
      r.r1 = ring.drain(element -> sum += element, 4);
      r.r2 = sum;
      r.r3 = r.r1 == 0 ? 0 : slot[0];
    }
  }

  /** A place is written again only after it was read. */
  @JCStressTest
  @Outcome(
      id = "1, 2",
      expect = ACCEPTABLE,
      desc = "Both were read before anything took their places.")
  @Outcome(expect = FORBIDDEN, desc = "A later element stood where an earlier one was due.")
  @State
  public static class Reuse {
    private final SpscLongRing ring = new SpscLongRing(2);

    /** A full ring, handed to both actors by the harness. */
    public Reuse() {
      ring.offer(1L);
      ring.offer(2L);
      ring.releaseProducer();
    }

    /** Offers more as soon as there is room. */
    @Actor
    public void producer() {
      ring.offer(3L);
      ring.offer(4L);
    }

    /** Takes what was there from the start. */
    @Actor
    public void consumer(JJ_Result r) {
      r.r1 = ring.poll();
      r.r2 = ring.poll();
    }
  }

  /** The broken twin of {@link Publication}: it rings the bell first. Must be caught. */
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "Nothing was there yet.")
  @Outcome(id = "1, 42", expect = ACCEPTABLE, desc = "The element, and what it stands for.")
  @Outcome(expect = FORBIDDEN, desc = "The bell rang before the data was there.")
  @State
  public static class BellFirstTwin {
    private final SpscLongRing ring = new SpscLongRing(2);
    private final long[] slot = new long[1];

    /** Offers, then writes. */
    @Actor
    public void producer() {
      ring.offer(1L);
      slot[0] = 42;
    }

    /** Polls, then reads. */
    @Actor
    public void consumer(JJ_Result r) {
      r.r1 = ring.poll();
      r.r2 = r.r1 == 0 ? 0 : slot[0];
    }
  }

  /** The broken twin of {@link Reuse}: its producer does not look where the consumer is. */
  @JCStressTest
  @Outcome(
      id = "1, 2",
      expect = ACCEPTABLE,
      desc = "Both were read before anything took their places.")
  @Outcome(expect = FORBIDDEN, desc = "A later element stood where an earlier one was due.")
  @State
  public static class BlindProducerTwin {
    private final long[] slots = {1, 2};
    private volatile long tail = 2;

    /** Writes over what may not have been read. */
    @Actor
    public void producer() {
      slots[0] = 3;
      tail = 3;
      slots[1] = 4;
      tail = 4;
    }

    /** Takes what was there from the start. */
    @Actor
    public void consumer(JJ_Result r) {
      r.r1 = tail > 0 ? slots[0] : 0;
      r.r2 = tail > 1 ? slots[1] : 0;
    }
  }
}
