package io.headgate.streams;

import org.apache.kafka.streams.state.internals.CacheFlushListener;
import org.apache.kafka.streams.state.internals.CachedStateStore;

/**
 * Makes a {@link RateLimitStore} be called before a commit: one of the places, beside {@link
 * TaskChangelog} and {@link TaskOutput}, that touch the internals of Kafka Streams.
 *
 * <p>{@code StateStore.commit} comes after the offsets' commit, and under exactly-once not at all
 * while a task runs; what Kafka Streams calls before it, in both, is {@code
 * CachedStateStore.flushCache} ({@code ProcessorStateManager.flushCache}, from {@code
 * StreamTask.prepareCommit}). Written against Kafka Streams 4.3.1, and the same in 4.1 and 4.2; a
 * test links it.
 */
final class PreCommitHook extends RateLimitStore implements CachedStateStore<Object, Object> {

  private PreCommitHook(LimiterSettings settings, boolean logging) {
    super(settings, logging);
  }

  static RateLimitStore hooked(LimiterSettings settings, boolean logging) {
    try {
      return new PreCommitHook(settings, logging);
    } catch (LinkageError e) {
      throw new IllegalStateException(
          "this version of Kafka Streams has no pre-commit hook that this build of headgate-streams"
              + " knows; use "
              + StreamsVersions.SUPPORTED
              + ", or a newer headgate-streams",
          e);
    }
  }

  @Override
  public boolean setFlushListener(
      CacheFlushListener<Object, Object> listener, boolean sendOldValues) {
    return false;
  }

  @Override
  public void flushCache() {
    beforeCommit();
  }

  @Override
  public void clearCache() {
    // Called when a clean task turns into a standby, or back: all rows are written, and they stay.
    afterRecycle();
  }
}
