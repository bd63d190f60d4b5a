package io.headgate.streams;

import java.lang.invoke.MethodHandle;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.internals.InternalProcessorContext;
import org.apache.kafka.streams.query.Position;
import org.jspecify.annotations.Nullable;

/**
 * Writes to a store's changelog, as the logging layer of a key-value store does: one of the places,
 * beside {@link PreCommitHook}, that touch the internals of Kafka Streams. With that layer, and the
 * one above it that measures, a row would be passed through a key-value store that keeps nothing.
 * Written against Kafka Streams 4.3.1, and for what 4.1 and 4.2 have in its place; a test links it.
 */
final class TaskChangelog {

  private final InternalProcessorContext<?, ?> context;
  private final String store;
  private final Position position;

  private TaskChangelog(InternalProcessorContext<?, ?> context, String store, Position position) {
    this.context = context;
    this.store = store;
    this.position = position;
  }

  /**
   * Opens the changelog of a store of a task.
   *
   * @param position of the store; none of what it writes comes with it unless the application asks
   *     for consistent reads
   */
  static TaskChangelog of(StateStoreContext context, String store, Position position) {
    try {
      return new TaskChangelog((InternalProcessorContext<?, ?>) context, store, position);
    } catch (ClassCastException | LinkageError e) {
      throw new IllegalStateException(
          "this version of Kafka Streams has no changelog that this build of headgate-streams"
              + " knows; use "
              + StreamsVersions.SUPPORTED
              + ", or a newer headgate-streams",
          e);
    }
  }

  /** Writes a row, or a tombstone; stamped with the time of the task's last record. */
  void write(byte[] key, byte @Nullable [] value) {
    long timestamp = context.recordContext().timestamp();
    MethodHandle older = StreamsVersions.LOG_CHANGE_WITHOUT_HEADERS;
    if (older == null) {
      context.logChange(store, Bytes.wrap(key), value, timestamp, new RecordHeaders(), position);
    } else {
      write(older, Bytes.wrap(key), value, timestamp);
    }
  }

  private void write(MethodHandle older, Bytes key, byte @Nullable [] value, long timestamp) {
    try {
      older.invoke(context, store, key, value, timestamp, position);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("the changelog of store " + store + " threw", e);
    }
  }
}
