package io.headgate.memory;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Any number as a handle, at any moment of a pool's life and near the end of its generations:
 * refused, or the handle of a slot that is in use.
 */
public final class PoolFuzz {

  static final int SLOTS = 4;

  /** What is attacked. */
  interface Slots {
    long acquire();

    boolean isLive(long handle);

    boolean release(long handle);
  }

  private PoolFuzz() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(FuzzedDataProvider data) {
    // Generations are used up soon, or never.
    long soon = Handle.MAX_GENERATION - data.consumeLong(0, 8);
    GenerationalPool pool = new GenerationalPool(SLOTS, data.consumeBoolean() ? soon : 0);
    long refused =
        attack(
            data,
            new Slots() {
              @Override
              public long acquire() {
                return pool.acquire();
              }

              @Override
              public boolean isLive(long handle) {
                return pool.isLive(handle);
              }

              @Override
              public boolean release(long handle) {
                return pool.release(handle);
              }
            });
    check(pool.refused() == refused, "the count of refusals", pool.refused());
  }

  /** Takes and gives back, in any order and with any number; returns how many were refused. */
  static long attack(FuzzedDataProvider data, Slots slots) {
    Set<Long> live = new HashSet<>();
    List<Long> issued = new ArrayList<>(List.of(Handle.NONE));
    long refused = 0;
    while (data.remainingBytes() > 0) {
      int choice = data.consumeInt(0, 3);
      if (choice == 0) {
        long handle = slots.acquire();
        if (handle == Handle.NONE) {
          check(live.size() == SLOTS, "acquire", handle);
        } else {
          check(!issued.contains(handle), "acquire, for the second time,", handle);
          issued.add(handle);
          live.add(handle);
        }
        continue;
      }
      long handle = issued.get(data.consumeInt(0, issued.size() - 1));
      if (choice == 2) {
        handle ^= 1L << data.consumeInt(0, 63);
      } else if (choice == 3) {
        handle = data.consumeLong();
      }
      check(slots.isLive(handle) == live.contains(handle), "isLive", handle);
      boolean released = slots.release(handle);
      check(released == live.remove(handle), "release", handle);
      refused += released ? 0 : 1;
    }
    return refused;
  }

  private static void check(boolean holds, String what, long number) {
    if (!holds) {
      throw new AssertionError(what + ": wrong for " + Long.toHexString(number));
    }
  }
}
