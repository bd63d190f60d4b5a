package io.headgate.streams;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Map;
import org.apache.kafka.common.utils.AppInfoParser;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.internals.InternalProcessorContext;
import org.apache.kafka.streams.query.Position;
import org.jspecify.annotations.Nullable;

/**
 * What differs between the versions of Kafka Streams that this build runs on: it is compiled with
 * the newest of them. Stateless.
 */
final class StreamsVersions {

  /** For messages. */
  static final String SUPPORTED = "kafka-streams 4.1.x to 4.3.x";

  /**
   * Whether a store is told of each commit, at-least-once. Before 4.3 it is told once its changelog
   * has grown by 10,000 records ({@code StateManagerUtil.checkpointNeeded}), and when it closes.
   */
  static final boolean TELL_OF_COMMITS =
      method(StateStore.class, "commit", MethodType.methodType(void.class, Map.class)) != null;

  /** {@code logChange} as it was before 4.3, without headers; null if it is not so any more. */
  static final @Nullable MethodHandle LOG_CHANGE_WITHOUT_HEADERS =
      method(
          InternalProcessorContext.class,
          "logChange",
          MethodType.methodType(
              void.class, String.class, Bytes.class, byte[].class, long.class, Position.class));

  private StreamsVersions() {}

  /** The version that runs, as its jar tells it. */
  static String running() {
    return AppInfoParser.getVersion();
  }

  /**
   * Refuses to hold records where nobody says when they may be deleted: after a crash, all that
   * left would leave once more.
   *
   * @param tellOfCommits {@link #TELL_OF_COMMITS}
   */
  static void checkHolding(String limiter, boolean exactlyOnce, boolean tellOfCommits) {
    if (!exactlyOnce && !tellOfCommits) {
      throw new IllegalStateException(
          "limiter "
              + limiter
              + ": a rule holds records, and Kafka Streams "
              + running()
              + " does not tell when they may be deleted under at-least-once; use kafka-streams"
              + " 4.3.x, or processing.guarantee=exactly_once_v2, or another answer than hold");
    }
  }

  private static @Nullable MethodHandle method(Class<?> of, String name, MethodType type) {
    try {
      return MethodHandles.publicLookup().findVirtual(of, name, type);
    } catch (NoSuchMethodException | IllegalAccessException e) {
      return null;
    }
  }
}
