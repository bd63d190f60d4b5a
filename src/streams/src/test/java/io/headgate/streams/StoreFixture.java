package io.headgate.streams;

import io.headgate.KeyHasher;
import io.headgate.RateLimit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.BatchingStateRestoreCallback;
import org.apache.kafka.streams.processor.CommitCallback;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.internals.InternalProcessorContext;
import org.apache.kafka.streams.processor.internals.ProcessorRecordContext;
import org.apache.kafka.streams.processor.internals.metrics.StreamsMetricsImpl;
import org.jspecify.annotations.Nullable;

/**
 * A limiter's store as Kafka Streams holds it, with its changelog in a list: the store's own layers
 * of logging and metrics are Kafka's, what is under them is not.
 */
final class StoreFixture implements AutoCloseable {

  /** A record of the changelog; without a value, a tombstone. */
  record Change(Bytes key, @Nullable Bytes value) {
    boolean isReserved() {
      return RowCodec.isReserved(key.get());
    }

    boolean isTombstone() {
      return value == null;
    }

    byte[] bytes() {
      return Objects.requireNonNull(value).get();
    }
  }

  /** Makes the store of a task: the right one, or a twin that is broken on purpose. */
  interface Maker {
    RateLimitStore make(LimiterSettings settings, boolean logging);
  }

  static final String APPLICATION = "application";

  /** Knows the changelog keys of a limiter that has no list of rules. */
  static final RowCodec PLAIN =
      new RowCodec(
          "store",
          LimitSpec.of(0, LimitSpec.DEFAULT, 0, RateLimit.perMinute(1)),
          KeyHasher.seeded(0));

  final LimiterSettings settings;
  final RateLimitStore store;
  final List<Change> changes = new ArrayList<>();

  /** Runs before each change is written. */
  Runnable onChange = () -> {};

  private final Metrics metrics = new Metrics();
  private final StateStoreContext context;
  private @Nullable BatchingStateRestoreCallback restore;
  private @Nullable CommitCallback committed;

  StoreFixture(Headgate.Builder builder, boolean logging) {
    this(new LimiterSettings(builder.blockedTo("blocked")), logging, APPLICATION);
  }

  StoreFixture(LimiterSettings settings, boolean logging, String applicationId) {
    this(settings, logging, applicationId, PreCommitHook::hooked);
  }

  StoreFixture(LimiterSettings settings, boolean logging, String applicationId, Maker maker) {
    this.settings = settings;
    this.store = maker.make(settings, logging);
    StreamsMetricsImpl streamsMetrics = new StreamsMetricsImpl(metrics, "client", Time.SYSTEM);
    InvocationHandler handler =
        (proxy, method, arguments) ->
            answer(
                method,
                arguments == null ? new Object[0] : arguments,
                applicationId,
                streamsMetrics);
    this.context =
        (StateStoreContext)
            Proxy.newProxyInstance(
                StoreFixture.class.getClassLoader(),
                new Class<?>[] {InternalProcessorContext.class},
                handler);
    init();
  }

  private @Nullable Object answer(
      Method method, Object[] arguments, String applicationId, StreamsMetricsImpl streamsMetrics) {
    return switch (method.getName()) {
      case "applicationId" -> applicationId;
      case "taskId" -> new TaskId(0, 0);
      case "metrics" -> streamsMetrics;
      case "appConfigs" -> Map.of();
      case "changelogFor" -> applicationId + "-changelog";
      case "recordContext" -> new ProcessorRecordContext(0, 0, 0, "source", new RecordHeaders());
      case "headers" -> new RecordHeaders();
      case "register" -> {
        restore = (BatchingStateRestoreCallback) arguments[1];
        committed = (CommitCallback) arguments[2];
        yield null;
      }
      case "logChange" -> {
        onChange.run();
        changes.add(new Change((Bytes) arguments[1], Bytes.wrap((byte[]) arguments[2])));
        yield null;
      }
      default -> throw new UnsupportedOperationException(method.toString());
    };
  }

  /** Also what Kafka Streams does to a store that it closed and takes up again. */
  void init() {
    store.init(context, store);
  }

  /** Reads a changelog from its beginning, as a task does before its first record. */
  void restore(List<Change> log) {
    Objects.requireNonNull(restore)
        .restoreAll(
            log.stream()
                .map(
                    change ->
                        new KeyValue<>(
                            change.key().get(), change.value() == null ? null : change.bytes()))
                .toList());
  }

  /** What Kafka Streams calls after a commit. */
  void committed() {
    try {
      Objects.requireNonNull(committed).onCommit();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Takes away what was written since the last call. */
  List<Change> takeChanges() {
    List<Change> taken = List.copyOf(changes);
    changes.clear();
    return taken;
  }

  /** As {@link #takeChanges}, without the reserved row. */
  List<Change> takeRows() {
    return takeChanges().stream().filter(change -> !change.isReserved()).toList();
  }

  /** A reader for keys that need no serializer. */
  static KeyReader keyReader() {
    return new KeyReader(
        "test",
        "blocked",
        (topic, data) -> {
          throw new ClassCastException();
        });
  }

  Judge judge(LimiterCounters counters) {
    return new Judge(settings, store, counters);
  }

  @Override
  public void close() {
    store.close();
    metrics.close();
  }
}
