package io.headgate.streams;

import io.headgate.KeyHasher;
import io.headgate.RateLimit;
import io.headgate.concurrent.SequenceLock;
import io.headgate.lane.Lane;
import io.headgate.window.BucketClock;
import io.headgate.window.RowLayout;
import io.headgate.window.WindowSlab;
import io.headgate.window.WindowTable;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.apache.kafka.streams.errors.StreamsException;
import org.jspecify.annotations.Nullable;

/**
 * A task's windows of one limit of one rule: their rows, their time, and what of them the changelog
 * does not have yet. Belongs to the task's stream thread, and before its first record to whoever
 * restores it; other threads copy rows, and throw away what was torn.
 */
final class LimitWindows {

  /**
   * Flags of a row that say in which window of its key's clock a block was last told of: one more
   * than the low 24 bits of the window's number, 0 for none yet.
   */
  private static final int TOLD = ~0x7f;

  private static final int TOLD_SHIFT = 7;

  /** Rows examined for reclaim at a commit, beside as many as were written. */
  private static final int SWEEP = 1024;

  final LimitSpec spec;
  final RateLimit limit;
  final BucketClock clock;
  private final int maxKeys;

  /** Written under by whoever changes rows, since others read them. */
  private final SequenceLock lock;

  /** Whether limits may be raised while this runs. */
  private final boolean changeable;

  private final long rowGraceMillis;
  private WindowTable table;
  private Changes changes;
  private @Nullable RowCodec codec;
  private @Nullable KeyHasher hasher;
  private @Nullable Lane lane;

  /** Whether the changelog says what these rows are. */
  private boolean described;

  /** The latest time of any record that was believed, milliseconds. */
  private long streamTime = Long.MIN_VALUE;

  LimitWindows(LimitSpec spec, LimiterSettings settings, SequenceLock lock) {
    this.spec = spec;
    this.lock = lock;
    this.limit = spec.limit();
    this.clock = new BucketClock(limit.bucketMillis());
    this.maxKeys = settings.maxKeys;
    this.changeable = settings.changeable;
    this.rowGraceMillis =
        settings.rowGraceMillis < 0 ? limit.windowMillis() : settings.rowGraceMillis;
    this.table = newTable();
    this.changes = newChanges();
  }

  private WindowTable newTable() {
    return new WindowTable(layout(limit), maxKeys, this::onReclaim);
  }

  private Changes newChanges() {
    return new Changes(table.slab(), rows(maxKeys));
  }

  static RowLayout layout(RateLimit limit) {
    return new RowLayout(limit.span(), limit.limit());
  }

  /** One for each key, and the one that keys share. */
  private static long rows(int maxKeys) {
    return maxKeys + 1L;
  }

  // ------------------------------------------------------------------ judging

  WindowTable table() {
    return table;
  }

  /** Notes that a row changed since the last commit. */
  void touch(int row) {
    assert lock.isWriting() : "a row is changed, and readers do not know";
    changes.touch(row);
  }

  /**
   * Notes that a block of a row's key is told of.
   *
   * @return false if another one was in the same window of the key's clock
   */
  boolean tell(int row) {
    WindowSlab slab = table.slab();
    int window = (int) Math.floorDiv(slab.head(row), limit.buckets());
    return slab.put(row, TOLD, ((window & 0xff_ffff) + 1) << TOLD_SHIFT);
  }

  void observe(long time) {
    if (time > streamTime) {
      streamTime = time;
    }
  }

  long streamTime() {
    return streamTime;
  }

  /**
   * Rows whose head is before this bucket are over: by a window and the grace. No record that is
   * late by the grace or less has such a bucket in its window.
   */
  long horizon() {
    long span =
        limit.windowMillis() + Math.min(rowGraceMillis, Long.MAX_VALUE - limit.windowMillis());
    // Of a task that has seen no time yet, nothing is over.
    return streamTime < Long.MIN_VALUE + span ? Long.MIN_VALUE : clock.bucket(streamTime - span);
  }

  private void onReclaim(int row) {
    if (lane != null) {
      lane.letGo(table.slab().openEvent(row));
    }
    changes.reclaimed(row);
  }

  /**
   * Forgets what a key has used; its clock stays where it is. An open event of the key goes out.
   *
   * @return false if the key has no row
   */
  boolean reset(byte[] key) {
    long high = hasher().high(key, 0, key.length);
    long low = hasher().low(key, 0, key.length);
    int row = table.find(high, low);
    if (row < 0) {
      return false;
    }
    long head = table.slab().head(row);
    // Given back and taken anew, so that the changelog gets a tombstone before the empty row: who
    // reads it joins the rows of a key, and would have the counts again.
    onReclaim(row);
    table.remove(row);
    int empty = table.takeEmpty(high, low, head, Long.MIN_VALUE);
    if (empty != WindowTable.FULL) {
      touch(empty);
    }
    return true;
  }

  /** Called once before the first record of a processor's life. */
  void attach(Lane newLane) {
    lane = newLane;
    // Handles of another life's pool could be taken for this one's. What was told then is told
    // anew: its events may be lost with that life.
    WindowSlab slab = table.slab();
    for (int row = 0; row < slab.rows(); row++) {
      slab.openEvent(row, 0);
      slab.unmark(row, TOLD);
    }
  }

  void detach() {
    lane = null;
  }

  /** Bytes of rows, index, and the lists of what the next commit writes. */
  long bytes() {
    return table.bytes() + changes.bytes();
  }

  /** What {@link #bytes} never passes. */
  static long maxBytes(RateLimit limit, int maxKeys) {
    return WindowTable.maxBytes(layout(limit), maxKeys) + Changes.maxBytes(rows(maxKeys));
  }

  // ------------------------------------------------------------------ changelog

  /** Starts with empty windows. */
  void open(String store, KeyHasher newHasher) {
    clear();
    hasher = newHasher;
    codec = new RowCodec(store, spec, newHasher);
  }

  /** Says which rows are a key's: the same from every thread that knows this to be open. */
  KeyHasher hasher() {
    return Objects.requireNonNull(hasher);
  }

  void clear() {
    assert lock.isWriting();
    table = newTable();
    changes = newChanges();
    described = false;
    streamTime = Long.MIN_VALUE;
    detach();
  }

  boolean isUnchanged() {
    return changes.isEmpty();
  }

  /** Gives back some rows that are over: the more, the more rows changed. */
  void sweep() {
    assert lock.isWriting();
    table.sweep(SWEEP + changes.rows(), horizon());
  }

  /** Writes what changed since the last commit; without a changelog, forgets it. */
  void writeTo(@Nullable TaskChangelog changelog) {
    if (changelog == null) {
      changes.forget();
      return;
    }
    RowCodec rows = codec();
    if (!described && changes.rows() > 0) {
      changelog.write(rows.reservedKey(), rows.reservedValue());
      described = true;
    }
    WindowSlab slab = table.slab();
    changes.writeTo(
        new Changes.Writer() {
          @Override
          public void put(int row) {
            changelog.write(rows.key(slab.high(row), slab.low(row)), rows.encode(slab, row));
          }

          @Override
          public void delete(long high, long low) {
            changelog.write(rows.key(high, low), null);
          }
        });
  }

  private RowCodec codec() {
    return Objects.requireNonNull(codec);
  }

  /** Reads what the changelog says these rows are. */
  void restoreReserved(byte @Nullable [] value) {
    if (value != null) {
      codec().checkReserved(value);
      described = true;
    }
  }

  /** Reads a row, or that it is gone. */
  void restore(byte[] key, byte @Nullable [] value) {
    assert lock.isWriting();
    RowCodec rows = codec();
    ByteBuffer fingerprint = ByteBuffer.wrap(key);
    long high = fingerprint.getLong();
    long low = fingerprint.getLong();
    boolean shared = high == 0 && low == 0;
    int row = shared ? WindowTable.SHARED_ROW : table.find(high, low);
    WindowSlab slab = table.slab();
    long head = 0;
    if (value != null) {
      head = rows.decode(value);
      if (changeable && rows.largest() > slab.counterMax()) {
        // Its limit had been raised for some keys, and may be again before the first record.
        slab.widen(rows.largest());
      }
      if (row >= 0 && (!shared || slab.total(row) > 0)) {
        // Not simply in its place: the later write may be that of a task that had lost its
        // partition and did not know it yet.
        head = rows.join(slab, row);
      }
    }
    if (row >= 0 && !shared) {
      table.remove(row);
    }
    if (value == null) {
      return;
    }
    if (shared) {
      table.resetShared(head);
    } else {
      row = table.takeEmpty(high, low, head, Long.MIN_VALUE);
      if (row == WindowTable.FULL) {
        throw new StreamsException(
            "store "
                + rows.store()
                + ": its changelog holds more than max.keys = "
                + maxKeys
                + " keys; raise max.keys");
      }
    }
    rows.load(slab, row);
    changes.restored(row);
  }
}
