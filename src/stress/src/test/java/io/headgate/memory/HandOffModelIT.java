package io.headgate.memory;

import io.headgate.concurrent.SpscLongRing;
import io.headgate.stress.ModelChecking;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

/**
 * Pool, slab and the two rings as the lane uses them: together a queue of as many values as there
 * are slots, from one thread to one other, in every order that the two may take turns in.
 */
class HandOffModelIT {

  private static final int SLOTS = 2;

  /** The owner writes values into slots, the reader reads them and gives the slots back. */
  @Param(name = "value", gen = IntGen.class, conf = "1:9")
  public static class HandOff {
    private final GenerationalPool pool = new GenerationalPool(SLOTS);
    private final EventSlab slab = new EventSlab(SLOTS, 8);
    private final SpscLongRing ready = new SpscLongRing(SLOTS);
    private final SpscLongRing returned = new SpscLongRing(SLOTS);

    /** Sends a value; false if there is no slot. */
    @Operation(nonParallelGroup = "owner")
    public boolean send(@Param(name = "value") int value) {
      takeBack();
      if (pool.live() == SLOTS) {
        return false;
      }
      put(value);
      flush();
      return true;
    }

    /** Sends two values with one release; false if there are not two slots. */
    @Operation(nonParallelGroup = "owner")
    public boolean sendTwo(@Param(name = "value") int value) {
      takeBack();
      if (pool.live() > SLOTS - 2) {
        return false;
      }
      put(value);
      put(value + 1);
      flush();
      return true;
    }

    private void put(int value) {
      long handle = pool.acquire();
      int index = Handle.index(handle);
      slab.ensure(index);
      slab.page(index)[slab.offset(index)] = (byte) value;
      if (!ready.offerLazy(handle)) {
        throw new IllegalStateException("there is a place for every slot");
      }
    }

    private void flush() {
      ready.flush();
      // Lincheck gives the owner's turns to several threads, one after the other.
      ready.releaseProducer();
    }

    private void takeBack() {
      // Until it is empty: a drain takes what was published when it last looked.
      while (returned.drain(pool::release, SLOTS) > 0) {
        if (pool.refused() > 0) {
          throw new IllegalStateException("a handle came home twice");
        }
      }
      returned.releaseConsumer();
    }

    /** Receives a value; 0 if there is none. */
    @Operation(nonParallelGroup = "reader")
    public int receive() {
      long handle = ready.poll();
      ready.releaseConsumer();
      return handle == SpscLongRing.EMPTY ? 0 : readAndGiveBack(handle);
    }

    int readAndGiveBack(long handle) {
      int value = read(handle);
      giveBack(handle);
      return value;
    }

    final int read(long handle) {
      int index = Handle.index(handle);
      return slab.page(index)[slab.offset(index)];
    }

    final void giveBack(long handle) {
      if (!returned.offer(handle)) {
        throw new IllegalStateException("there is a place for every slot");
      }
      returned.releaseProducer();
    }
  }

  /** Gives a slot back before it has read it. */
  public static class GivesBackFirst extends HandOff {
    @Override
    int readAndGiveBack(long handle) {
      giveBack(handle);
      return read(handle);
    }
  }

  @Test
  void shouldBeAQueueOfValues() {
    ModelChecking.check(HandOff.class, 2);
  }

  @Test
  void shouldCatchTheSlotThatIsGivenBackBeforeItWasRead() {
    ModelChecking.mustFail(GivesBackFirst.class);
  }
}
