package io.headgate.streams;

import io.headgate.KeyHasher;
import io.headgate.concurrent.SequenceLock;
import io.headgate.lane.Lane;
import io.headgate.lane.LaneException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.errors.TaskMigratedException;
import org.apache.kafka.streams.processor.BatchingStateRestoreCallback;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.query.Position;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A task's windows, in memory, with a changelog that is written at commits only: first the lane's
 * events must be on their topic, then the rows that changed are written, then Kafka Streams flushes
 * and commits them together with the offsets. Under exactly-once, rows are written while the events
 * are still on their way.
 *
 * <p>Life: {@code init} (stream thread), restore (state updater's thread), {@code attach} when the
 * processor starts, {@code beforeCommit} at each commit, {@code detach} when it closes, {@code
 * close}; and round again with the same instance after a failure. Kafka Streams hands the store
 * from one thread to the next, and orders them. Other threads may read rows, through {@link
 * StoreReader}: so whatever changes one does it under {@link #lock}.
 */
class RateLimitStore implements StateStore {

  private static final Logger LOG = LoggerFactory.getLogger(RateLimitStore.class);

  private final LimiterSettings settings;
  private final boolean logging;
  private final LimitWindows[] windows;
  private final SequenceLock lock = new SequenceLock();
  private final TaskCommands commands = new TaskCommands();
  private final Position position = Position.emptyPosition();

  private @Nullable TaskChangelog changelog;
  private @Nullable KeyHasher hasher;
  private volatile boolean open;
  private boolean rowsAreTransactional;

  /**
   * Fingerprints and tags of rows whose limit is gone: each is a key that the changelog forgets. It
   * has each as often as it was written, and they are not forgotten more than once.
   */
  private final Set<Bytes> strays = new LinkedHashSet<>();

  /** The task's lane, while its processor lives; other threads ask whether it does. */
  private volatile @Nullable Lane lane;

  /** Ends what the processor opened, if Kafka Streams closes the store without it. */
  private @Nullable Runnable end;

  /** Follows each commit under at-least-once, and the last one of the task in any case. */
  private @Nullable Runnable afterCommit;

  /** Follows each reset of a key. */
  private @Nullable Consumer<byte[]> afterReset;

  /** Set when a commit failed: none is waited for or written until the task is made anew. */
  private boolean poisoned;

  RateLimitStore(LimiterSettings settings, boolean logging) {
    this.settings = settings;
    this.logging = logging;
    this.windows =
        settings.limits.stream()
            .map(spec -> new LimitWindows(spec, settings, lock))
            .toArray(LimitWindows[]::new);
  }

  // ------------------------------------------------------------------ for the processor

  /** The windows of each limit, in the order of the settings. */
  LimitWindows windows(int number) {
    return windows[number];
  }

  /** The fingerprints of this limiter's keys; each rule derives its own. */
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
    end = newEnd;
    for (LimitWindows each : windows) {
      each.attach(newLane);
    }
    lane = newLane;
    commands.open();
  }

  /**
   * Called once after the last record of a processor's life; a commit has gone before, or failed.
   */
  void detach() {
    lane = null;
    commands.close();
    end = null;
    for (LimitWindows each : windows) {
      each.detach();
    }
  }

  // ------------------------------------------------------------------ for those who look inside

  /** Held, as a writer, by whatever changes a row or where it is found. */
  SequenceLock lock() {
    return lock;
  }

  LimiterSettings settings() {
    return settings;
  }

  LimitWindows[] windows() {
    return windows;
  }

  /** The lane, from the start of the processor to its end; any thread. */
  @Nullable Lane lane() {
    return lane;
  }

  /** What other threads ask the task to do. */
  TaskCommands commands() {
    return commands;
  }

  /**
   * Forgets what a key has used. The task's stream thread, between two records.
   *
   * @param rule of this rule alone; of all if null
   * @return of how many limits
   */
  int reset(byte[] key, @Nullable String rule) {
    int reset = 0;
    lock.beginWrite();
    try {
      for (LimitWindows each : windows) {
        if ((rule == null || rule.equals(each.spec.ruleName())) && each.reset(key)) {
          reset++;
        }
      }
    } finally {
      lock.endWrite();
    }
    if (reset > 0 && afterReset != null) {
      afterReset.accept(key);
    }
    return reset;
  }

  /** Names what is to follow when a key was reset, and is given its bytes. */
  void afterResets(Consumer<byte[]> action) {
    afterReset = action;
  }

  // ------------------------------------------------------------------ metrics

  /** Names what is to follow each commit; a processor that is closed has one more to come. */
  void afterCommits(Runnable action) {
    afterCommit = action;
  }

  private void committed() {
    if (afterCommit != null && !poisoned) {
      afterCommit.run();
    }
  }

  /** Keys that have a row of their own, each as often as limits judge it. */
  long keys() {
    long keys = 0;
    for (LimitWindows each : windows) {
      keys += each.table().size();
    }
    return keys;
  }

  /** Rows given back since the task began. */
  long reclaimed() {
    long rows = 0;
    for (LimitWindows each : windows) {
      rows += each.table().reclaimed();
    }
    return rows;
  }

  /** Bytes of rows, indexes, and the lists of what the next commit writes. */
  long bytes() {
    long bytes = 0;
    for (LimitWindows each : windows) {
      bytes += each.bytes();
    }
    return bytes;
  }

  /** What {@link #bytes} never passes. */
  static long maxBytes(LimiterSettings settings) {
    return settings.limits.stream()
        .mapToLong(spec -> LimitWindows.maxBytes(spec.limit(), settings.maxKeys))
        .sum();
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
      commands.run();
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
    if (rowsAreTransactional && lane != null) {
      // Rows of a commit that fails are aborted with it. So they are written while the events are
      // on their way, and only the commit itself comes after the events.
      lane.hasten();
      writeChanges();
      awaitEvents();
    } else {
      awaitEvents();
      writeChanges();
    }
  }

  /** Whether what is written to the changelog counts only if its commit succeeds. */
  boolean rowsAreTransactional(StateStoreContext context) {
    return Guarantee.isExactlyOnce(context.appConfigs());
  }

  final void awaitEvents() {
    Lane of = lane;
    if (of != null) {
      of.awaitAcked(CommitDeadline.ofThread().nanos(System.nanoTime()));
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
    for (Bytes key : strays) {
      log().write(key.get(), null);
    }
    strays.clear();
    for (LimitWindows each : windows) {
      sweep(each);
      each.writeTo(changelog);
    }
  }

  private void sweep(LimitWindows each) {
    lock.beginWrite();
    try {
      each.sweep();
    } finally {
      lock.endWrite();
    }
  }

  private TaskChangelog log() {
    return Objects.requireNonNull(changelog);
  }

  /** A clean task has become a standby or the other way round: every change is in the changelog. */
  void afterRecycle() {
    afterCommit = null;
    afterReset = null;
    for (LimitWindows each : windows) {
      assert each.isUnchanged() : "recycled with changes that were not written";
    }
  }

  // ------------------------------------------------------------------ restore

  private void restore(byte[] key, byte @Nullable [] value) {
    boolean reserved = RowCodec.isReserved(key);
    if (!reserved && !RowCodec.isRow(key)) {
      throw RowCodec.broken(name(), "a key of " + key.length + " bytes");
    }
    LimitWindows of = ofTag(RowCodec.tag(key));
    if (of != null) {
      if (reserved) {
        of.restoreReserved(value);
      } else {
        of.restore(key, value);
      }
    } else if (value == null) {
      strays.remove(Bytes.wrap(key));
    } else {
      if (reserved) {
        LOG.warn(
            "limiter {}: no rule limits by {} any more; its windows are forgotten",
            settings.name,
            RowCodec.name(value));
      }
      strays.add(Bytes.wrap(key));
    }
  }

  private @Nullable LimitWindows ofTag(int tag) {
    for (LimitWindows each : windows) {
      if (each.spec.tag() == tag) {
        return each;
      }
    }
    return null;
  }

  private void restoreAll(Collection<KeyValue<byte[], byte[]>> records) {
    for (KeyValue<byte[], byte[]> record : records) {
      lock.beginWrite();
      try {
        restore(record.key, record.value);
      } finally {
        lock.endWrite();
      }
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
    lock.beginWrite();
    try {
      for (LimitWindows each : windows) {
        each.open(name(), keys.derive(each.spec.ruleName()));
      }
    } finally {
      lock.endWrite();
    }
    rowsAreTransactional = rowsAreTransactional(context);
    changelog = logging ? TaskChangelog.of(context, name(), position) : null;
    context.register(root, (BatchingStateRestoreCallback) this::restoreAll, this::committed);
    open = true;
  }

  private void clear() {
    lock.beginWrite();
    try {
      for (LimitWindows each : windows) {
        each.clear();
      }
    } finally {
      lock.endWrite();
    }
    strays.clear();
    poisoned = false;
    afterCommit = null;
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

  /** Nothing to do, and to be implemented before Kafka Streams 4.3. */
  @Override
  @SuppressWarnings("deprecation")
  public void flush() {}

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
