package io.headgate.memory;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;

/**
 * The planted fault: generations that wrap, as most pools' do, here after four lives; so a handle
 * that was kept as long is taken for that of now. Must be found.
 */
public final class WrappingPoolFuzz {

  private static final int LIVES = 4;

  private WrappingPoolFuzz() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(FuzzedDataProvider data) {
    GenerationalPool pool = new GenerationalPool(PoolFuzz.SLOTS);
    long[] now = new long[PoolFuzz.SLOTS];
    PoolFuzz.attack(
        data,
        new PoolFuzz.Slots() {
          @Override
          public long acquire() {
            long handle = pool.acquire();
            if (handle != Handle.NONE) {
              now[Handle.index(handle)] = handle;
            }
            return wrapped(handle);
          }

          @Override
          public boolean isLive(long handle) {
            int index = Handle.index(handle);
            return index < now.length && pool.isLive(now[index]) && wrapped(now[index]) == handle;
          }

          @Override
          public boolean release(long handle) {
            return isLive(handle) && pool.release(now[Handle.index(handle)]);
          }
        });
  }

  private static long wrapped(long handle) {
    return Handle.of(Handle.generation(handle) % (2 * LIVES), Handle.index(handle));
  }
}
