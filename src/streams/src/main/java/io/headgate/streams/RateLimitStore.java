package io.headgate.streams;

import io.headgate.KeyHasher;
import io.headgate.RateLimit;
import io.headgate.lane.Lane;
import io.headgate.lane.LaneException;
import io.headgate.window.BucketClock;
import io.headgate.window.WindowSlab;
import io.headgate.window.WindowTable;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Objects;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.errors.TaskMigratedException;
import org.apache.kafka.streams.processor.BatchingStateRestoreCallback;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.query.Position;
import org.jspecify.annotations.Nullable;

/**
 * A task's windows, in memory, with a changelog that is written at commits only: first the lane's
 * events must be on their topic, then the rows that changed are written, then Kafka Streams flushes
 * and commits them together with the offsets.
 *
 * <p>Life: {@code init} (stream thread), restore (state updater's thread), {@code attach} when the
 * processor starts, {@code beforeCommit} at each commit, {@code detach} when it closes, {@code
 * close}; and round again with the same instance after a failure. Kafka Streams hands the store
 * from one thread to the next, and orders them.
 */
class RateLimitStore implements StateStore {

  /**
   * Flags of a row that say in which window of its key's clock a block was last told of: one more
   * than the low 24 bits of the window's number, 0 for none yet.
   */
  private static final int TOLD = ~0x7f;

  private static final int TOLD_SHIFT = 7;

  /** Rows examined for reclaim at a commit, beside as many as were written. */
  private static final int SWEEP = 1024;

  private final LimiterSettings settings;
  private final boolean logging;
  private final RateLimit limit;
  private final BucketClock clock;
  private final Position position = Position.emptyPosition();

  private @Nullable TaskChangelog changelog;
  private @Nullable RowCodec codec;
  private @Nullable KeyHasher hasher;
  private WindowTable table;
  private Changes changes;
  private boolean reservedLogged;
  private volatile boolean open;

  private final Changes.Writer writer = new LogWriter();

  /** The task's lane, while its processor lives. */
  private @Nullable Lane lane;

  /** Ends what the processor opened, if Kafka Streams closes the store without it. */
  private @Nullable Runnable end;

  /** Set when a commit failed: none is waited for or written until the task is made anew. */
  private boolean poisoned;

  /** The latest time of any record that was believed, milliseconds. */
  private long streamTime = Long.MIN_VALUE;

  RateLimitStore(LimiterSettings settings, boolean logging) {
    this.settings = settings;
    this.logging = logging;
    this.limit = settings.limit;
    this.clock = new BucketClock(limit.bucketMillis());
    this.table = newTable();
    this.changes = newChanges();
  }

  private WindowTable newTable() {
    return new WindowTable(settings.rowLayout(), settings.maxKeys, this::onReclaim);
  }

  private Changes newChanges() {
    return new Changes(table.slab(), rows(settings));
  }

  /** One for each key, and the one that keys share. */
  private static long rows(LimiterSettings settings) {
    return settings.maxKeys + 1L;
  }

  // ------------------------------------------------------------------ for the processor

  WindowTable table() {
    return table;
  }

  BucketClock clock() {
    return clock;
  }

  KeyHasher hasher() {
    return Objects.requireNonNull(hasher, "init comes first");
  }

  /** Called once before the first record of a processor's life. */
  void attach(Lane newLane, Runnable newEnd) {
    if (lane != null) {
      throw new IllegalStateException(
          "limiter \""
              + settings.name
              + "\" stands at two places of one topology: build one for each, with names of their"
              + " own");
    }
    lane = newLane;
    end = newEnd;
    // Handles of another life's pool could be taken for this one's. What was told then is told
    // anew: its events may be lost with that life.
    WindowSlab slab = table.slab();
    for (int row = 0; row < slab.rows(); row++) {
      slab.openEvent(row, 0);
      slab.unmark(row, TOLD);
    }
  }

  /**
   * Called once after the last record of a processor's life; a commit has gone before, or failed.
   */
  void detach() {
    lane = null;
    end = null;
  }

  /** Notes that a row changed since the last commit. */
  void touch(int row) {
    changes.touch(row);
  }

  /** Bytes of rows, index, and the lists of what the next commit writes. */
  long bytes() {
    return table.bytes() + changes.bytes();
  }

  /** What {@link #bytes} never passes. */
  static long maxBytes(LimiterSettings settings) {
    return WindowTable.maxBytes(settings.rowLayout(), settings.maxKeys)
        + Changes.maxBytes(rows(settings));
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
    long grace = settings.rowGraceMillis;
    long span = limit.windowMillis() + Math.min(grace, Long.MAX_VALUE - limit.windowMillis());
    // Of a task that has seen no time yet, nothing is over.
    return streamTime < Long.MIN_VALUE + span ? Long.MIN_VALUE : clock.bucket(streamTime - span);
  }

  private void onReclaim(int row) {
    if (lane != null) {
      lane.letGo(table.slab().openEvent(row));
    }
    changes.reclaimed(row);
  }

  // ------------------------------------------------------------------ commit

  /** Waits for the lane, then writes what changed. Called by Kafka Streams before each commit. */
  final void beforeCommit() {
    if (poisoned) {
      // Kafka Streams ignores this where it closes a task that failed. Where it closes a clean one,
      // beside one that failed, going on would commit offsets without their events and rows.
      throw new TaskMigratedException(
          "limiter "
              + settings.name
              + ": a commit of this thread has failed, and so does this one");
    }
    try {
      eventsThenRows();
    } catch (LaneException e) {
      poisonThread();
      String message = "limiter " + settings.name + ": " + e.getMessage();
      // Migrated is what Kafka Streams retries from the last commit, on a new producer if need be.
      throw e.isRetriable()
          ? new TaskMigratedException(message, e)
          : new StreamsException(message, e);
    } catch (RuntimeException | Error e) {
      poisonThread();
      throw e;
    }
  }

  /** The order that all else rests on: a test runs its scenarios on stores that have another. */
  void eventsThenRows() {
    awaitEvents();
    writeChanges();
  }

  final void awaitEvents() {
    if (lane != null) {
      lane.awaitAcked(CommitDeadline.ofThread().nanos(System.nanoTime()));
    }
  }

  void poisonThread() {
    poison();
    CommitDeadline.ofThread().poisonAll();
  }

  /** Stops this store from waiting and writing until its task is made anew. */
  void poison() {
    poisoned = true;
  }

  final void writeChanges() {
    table.sweep(SWEEP + changes.rows(), horizon());
    if (!logging) {
      changes.forget();
      return;
    }
    if (!reservedLogged && changes.rows() > 0) {
      log().write(RowCodec.reservedKey(), rowCodec().reservedValue());
      reservedLogged = true;
    }
    changes.writeTo(writer);
  }

  /** Writes rows, and that they are gone, to the changelog. */
  private final class LogWriter implements Changes.Writer {
    @Override
    public void put(int row) {
      WindowSlab slab = table.slab();
      byte[] key = RowCodec.key(slab.high(row), slab.low(row));
      log().write(key, rowCodec().encode(slab, row));
    }

    @Override
    public void delete(long high, long low) {
      log().write(RowCodec.key(high, low), null);
    }
  }

  private TaskChangelog log() {
    return Objects.requireNonNull(changelog);
  }

  private RowCodec rowCodec() {
    return Objects.requireNonNull(codec);
  }

  /** A clean task has become a standby or the other way round: every change is in the changelog. */
  void afterRecycle() {
    assert changes.isEmpty() : "recycled with changes that were not written";
  }

  // ------------------------------------------------------------------ restore

  private void restore(byte[] key, byte @Nullable [] value) {
    RowCodec rows = rowCodec();
    if (RowCodec.isReserved(key)) {
      if (value != null) {
        rows.checkReserved(value);
        reservedLogged = true;
      }
      return;
    }
    if (key.length != RowCodec.KEY_BYTES) {
      throw rows.broken("a key of " + key.length + " bytes");
    }
    ByteBuffer fingerprint = ByteBuffer.wrap(key);
    long high = fingerprint.getLong();
    long low = fingerprint.getLong();
    boolean shared = high == 0 && low == 0;
    int row = shared ? WindowTable.SHARED_ROW : table.find(high, low);
    WindowSlab slab = table.slab();
    long head = 0;
    if (value != null) {
      head = rows.decode(value);
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
                + name()
                + ": its changelog holds more than max.keys = "
                + settings.maxKeys
                + " keys; raise max.keys again");
      }
    }
    rows.load(slab, row);
    changes.restored(row);
  }

  private void restoreAll(Collection<KeyValue<byte[], byte[]>> records) {
    for (KeyValue<byte[], byte[]> record : records) {
      restore(record.key, record.value);
    }
  }

  // ------------------------------------------------------------------ StateStore

  @Override
  public String name() {
    return settings.storeName;
  }

  @Override
  public void init(StateStoreContext context, StateStore root) {
    clear();
    KeyHasher keys = settings.hasher(context.applicationId());
    hasher = keys;
    codec = new RowCodec(name(), limit, keys);
    changelog = logging ? TaskChangelog.of(context, name(), position) : null;
    context.register(root, (BatchingStateRestoreCallback) this::restoreAll);
    open = true;
  }

  private void clear() {
    table = newTable();
    changes = newChanges();
    reservedLogged = false;
    poisoned = false;
    streamTime = Long.MIN_VALUE;
    detach();
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      if (end != null) {
        // The task failed while its processors started: Kafka Streams closes none of them.
        end.run();
      }
      clear();
    }
  }

  @Override
  public boolean persistent() {
    return false;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public Position getPosition() {
    return position;
  }
}
