package io.headgate.streams;

import io.headgate.lane.BlockedFacts;
import io.headgate.lane.Lane;
import io.headgate.rules.RecordView;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one task's limiter works with between the start and the end of its processor: opened and
 * closed as a whole, on the stream thread.
 */
final class TaskParts<K, V> implements CommitDeadline.Member {

  private static final Logger LOG = LoggerFactory.getLogger(TaskParts.class);

  /** How long a command waits at the most while neither a record nor a commit comes. */
  private static final Duration COMMANDS = Duration.ofSeconds(1);

  final FixedKeyProcessorContext<K, V> context;
  final BlockedFacts facts = new BlockedFacts();
  final LimiterCounters counters = new LimiterCounters();
  final KeyReader keys;
  final Judge judge;

  /** Which keys hold records. */
  final HeldKeys held = new HeldKeys();

  final RecordView view = new RecordView();
  final Lane lane;
  final RateLimitStore store;
  private final TaskLane taskLane;
  private final CommitDeadline deadline = CommitDeadline.ofThread();
  private final LimiterMetrics metrics;
  private final Cancellable commands;

  private TaskParts(
      LimiterSettings settings,
      FixedKeyProcessorContext<K, V> context,
      TaskLane taskLane,
      Runnable end) {
    this.context = context;
    this.taskLane = taskLane;
    this.lane = taskLane.lane;
    this.store = context.getStateStore(settings.storeName);
    this.keys = new KeyReader(settings.name, settings.lane.topic(), serializer(settings, context));
    this.judge = new Judge(settings, store, counters);
    store.attach(lane, end);
    this.metrics =
        new LimiterMetrics(settings.name, context, counters, judge, settings.live, store, lane);
    commands =
        context.schedule(COMMANDS, PunctuationType.WALL_CLOCK_TIME, time -> store.commands().run());
    if (settings.holds) {
      metrics.ofHeld(held, counters);
    }
    deadline.join(this, LaneClient.commitPatience(context.appConfigs()).toNanos());
  }

  /**
   * Opens them.
   *
   * @param end closes them, should their store be closed without their processor
   */
  static <K, V> TaskParts<K, V> open(
      LimiterSettings settings, FixedKeyProcessorContext<K, V> context, Runnable end) {
    TaskLane taskLane = TaskLane.open(settings, context);
    try {
      TaskParts<K, V> parts = new TaskParts<>(settings, context, taskLane, end);
      LOG.info("limiter {}: task {} {}", settings.name, context.taskId(), parts.costs(settings));
      return parts;
    } catch (RuntimeException e) {
      taskLane.close();
      throw e;
    }
  }

  /** What the task's limiter costs in memory, for the log. */
  String costs(LimiterSettings settings) {
    String limits =
        settings.limits.stream()
            .map(
                spec ->
                    String.format(
                        Locale.ROOT,
                        "%s: a key costs %d bytes and its index entry",
                        spec.ruleName().equals(LimitSpec.DEFAULT) ? spec.limit() : spec,
                        LimitWindows.layout(spec.limit()).stride()))
            .collect(Collectors.joining("; "));
    String holds =
        settings.holds
            ? String.format(
                Locale.ROOT,
                "; holds at most %d records and %d bytes in a store",
                settings.holdMaxRecords,
                settings.holdMaxBytes)
            : "";
    return String.format(
        Locale.ROOT,
        "limits to %s; %d keys at the most; %s%s; in all at most %d bytes",
        limits,
        settings.maxKeys,
        taskLane.cost(),
        holds,
        RateLimitStore.maxBytes(settings) + taskLane.maxBytes());
  }

  @SuppressWarnings("unchecked")
  private static Serializer<Object> serializer(
      LimiterSettings settings, FixedKeyProcessorContext<?, ?> context) {
    if (settings.keySerde != null) {
      return (Serializer<Object>) settings.keySerde.serializer();
    }
    try {
      return (Serializer<Object>) context.keySerde().serializer();
    } catch (ConfigException e) {
      // The application has no default: keys of the usual types need none.
      return (topic, key) -> {
        throw new ClassCastException("no default key serde");
      };
    }
  }

  void close() {
    commands.cancel();
    metrics.close();
    deadline.leave(this);
    store.detach();
    taskLane.close();
  }

  @Override
  public long taskTime() {
    return context.currentSystemTimeMs();
  }

  @Override
  public long records() {
    return counters.get(LimiterCounters.RECORDS);
  }

  @Override
  public void poison() {
    store.poison();
  }
}
