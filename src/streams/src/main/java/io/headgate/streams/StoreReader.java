package io.headgate.streams;

import io.headgate.concurrent.SequenceLock;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.streams.errors.InvalidStateStoreException;

/**
 * Reads what a task knows of a key, from any thread and without a lock that its stream thread would
 * have to take: again and again until nobody wrote meanwhile, but not for ever.
 */
final class StoreReader {

  // A read of some hundred nanoseconds meets a judgement of the same length; between two of them
  // the stream thread has other things to do. What takes longer is rare (a page or a table that
  // grows, a sweep, a stream thread whose processor was taken away): so a reader first pauses, and
  // then parks.

  private static final int PAUSES = 200;
  private static final long PARK_NANOS = 20_000;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final long patienceNanos;

  StoreReader() {
    this(PATIENCE_NANOS);
  }

  /** One with another patience, for tests. */
  StoreReader(long patienceNanos) {
    this.patienceNanos = patienceNanos;
  }

  /**
   * Reads a key's windows.
   *
   * @param key its bytes
   * @param stale true to read also what belongs to no running processor: a standby's, or what is
   *     being restored
   * @return what all limits know of it, at one moment
   * @throws InvalidStateStoreException if the task is not there, or does nothing but write: ask
   *     again
   */
  KeyWindows read(RateLimitStore store, byte[] key, boolean stale) {
    KeyWindows windows = new KeyWindows(store.windows(), key);
    SequenceLock lock = store.lock();
    long begin = System.nanoTime();
    for (int tries = 0; ; tries++) {
      long stamp = lock.beginRead();
      if ((stamp & 1) == 0) {
        // Both before anything else: who closes the store says so before he empties it.
        boolean open = store.isOpen();
        boolean running = store.lane() != null;
        boolean read = open && windows.read();
        if (lock.endRead(stamp)) {
          if (!open || (!running && !stale)) {
            throw new InvalidStateStoreException(
                "store "
                    + store.name()
                    + (open ? ": its task does not run yet, or not any more" : " is closed")
                    + "; ask again, perhaps another instance");
          }
          if (!read) {
            throw new IllegalStateException("store " + store.name() + " is in no sound state");
          }
          return windows;
        }
      }
      if (tries < PAUSES) {
        Thread.onSpinWait();
      } else if (System.nanoTime() - begin > patienceNanos) {
        throw new InvalidStateStoreException(
            "store " + store.name() + " is being written to all the time; ask again");
      } else {
        LockSupport.parkNanos(PARK_NANOS);
      }
    }
  }
}
