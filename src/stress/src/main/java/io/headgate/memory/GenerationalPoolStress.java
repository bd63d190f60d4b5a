package io.headgate.memory;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.headgate.concurrent.SpscLongRing;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.BB_Result;

/** A slot on its way to another thread and home again, over two rings, as the lane does it. */
public final class GenerationalPoolStress {

  private GenerationalPoolStress() {}

  /** The parts of a hand-over: one slot in all, so that its second use is the same memory. */
  private static final class Rig {
    final GenerationalPool pool = new GenerationalPool(1);
    final EventSlab slab = new EventSlab(1, 8);
    final SpscLongRing ready = new SpscLongRing(2);
    final SpscLongRing returned = new SpscLongRing(2);

    void write(byte value) {
      long handle = pool.acquire();
      if (handle != Handle.NONE) {
        int index = Handle.index(handle);
        slab.ensure(index);
        slab.page(index)[slab.offset(index)] = value;
        ready.offer(handle);
      }
    }

    byte read(boolean giveBackFirst) {
      long handle = ready.poll();
      if (handle == SpscLongRing.EMPTY) {
        return 0;
      }
      if (giveBackFirst) {
        returned.offer(handle);
        // The other thread needs a while to see it: too early is too early at any speed.
        for (int i = 0; i < 500; i++) {
          Thread.onSpinWait();
        }
      }
      int index = Handle.index(handle);
      byte value = slab.page(index)[slab.offset(index)];
      if (!giveBackFirst) {
        returned.offer(handle);
      }
      return value;
    }

    void takeBack() {
      long handle = returned.poll();
      if (handle != SpscLongRing.EMPTY) {
        pool.release(handle);
      }
    }
  }

  /** The reader sees what was written for it, and never what its slot is used for next. */
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "Nothing was there yet.")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "The first use.")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "The first use, seen late.")
  @Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "Both uses, each with its own content.")
  @Outcome(
      expect = FORBIDDEN,
      desc = "A slot was reused while it was read, or read before written.")
  @State
  public static class HandOff {
    private final Rig rig = new Rig();

    /** Uses the slot, and uses it again if it is home by then. */
    @Actor
    public void owner() {
      rig.write((byte) 1);
      rig.takeBack();
      rig.write((byte) 2);
    }

    /** Reads twice, each time giving the slot back when it is done. */
    @Actor
    public void reader(BB_Result r) {
      r.r1 = rig.read(false);
      r.r2 = rig.read(false);
    }
  }

  /** The broken twin: it gives the slot back before it has read it. Must be caught. */
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "Nothing was there yet.")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "The first use.")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "The first use, seen late.")
  @Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "Both uses, each with its own content.")
  @Outcome(
      expect = FORBIDDEN,
      desc = "A slot was reused while it was read, or read before written.")
  @State
  public static class GiveBackFirstTwin {
    private final Rig rig = new Rig();

    /** Uses the slot, waits until it is home, and uses it again. */
    @Actor
    public void owner() {
      rig.write((byte) 1);
      for (int i = 0; i < 10_000 && rig.pool.live() > 0; i++) {
        rig.takeBack();
      }
      rig.write((byte) 2);
    }

    /** Reads twice, each time giving the slot back too early. */
    @Actor
    public void reader(BB_Result r) {
      r.r1 = rig.read(true);
      r.r2 = rig.read(true);
    }
  }
}
