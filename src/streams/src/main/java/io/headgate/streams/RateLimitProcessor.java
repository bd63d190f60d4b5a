package io.headgate.streams;

import io.headgate.rules.RecordView;
import java.util.Objects;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * The way of one record: judge it, then forward it or report it to the lane. Belongs to one task,
 * and so to one stream thread at a time.
 */
final class RateLimitProcessor<K, V, W> implements FixedKeyProcessor<K, V, W> {

  private final LimiterSettings settings;
  private final Exit<K, V, W> exit;
  private final @Nullable HeldSerdes<K, V> serdes;

  /** What init makes and close ends. */
  private @Nullable TaskParts<K, W> parts;

  private @Nullable Reports<K, W> reports;

  /** Of a limiter that holds records. */
  private @Nullable Holding<K, V, W> holding;

  /**
   * Where the record came from whose forward threw: if Kafka Streams runs it again, it is not
   * judged again.
   */
  private @Nullable RecordMetadata inFlight;

  /** What was forwarded for it, if not the record as it came. */
  private @Nullable FixedKeyRecord<K, W> inFlightOut;

  /** Whether nothing is to be forwarded for it: it is held, or gone. */
  private boolean inFlightStays;

  /** Its key and time: an operator upstream may have made several records of one. */
  private @Nullable Object inFlightKey;

  private long inFlightTime;

  RateLimitProcessor(LimiterSettings settings, Exit<K, V, W> exit) {
    this(settings, exit, null);
  }

  /** As the other one; {@code serdes} are there if the limiter holds records. */
  RateLimitProcessor(
      LimiterSettings settings, Exit<K, V, W> exit, @Nullable HeldSerdes<K, V> serdes) {
    this.settings = settings;
    this.exit = exit;
    this.serdes = serdes;
  }

  @Override
  public void init(FixedKeyProcessorContext<K, W> context) {
    TaskParts<K, W> task = TaskParts.open(settings, context, this::close);
    parts = task;
    Reports<K, W> toLane = new Reports<>(settings, task);
    reports = toLane;
    if (serdes != null) {
      try {
        holding = new Holding<>(settings, task, exit, toLane, serdes, this::cost);
      } catch (RuntimeException e) {
        close();
        throw e;
      }
    }
  }

  /** For tests: what the task works with. */
  TaskParts<K, W> parts() {
    return Objects.requireNonNull(parts);
  }

  /**
   * Judges a record and forwards it. The record itself is handed to nothing but the forward: so the
   * compiler can prove it local, and Kafka Streams' objects of each record are never made.
   */
  @Override
  public void process(FixedKeyRecord<K, V> record) {
    TaskParts<K, W> task = parts;
    if (task == null) {
      throw new IllegalStateException("limiter " + settings.name + ": process before init");
    }
    if (task.store.commands().isWaiting()) {
      task.store.commands().run();
    }
    K key = record.key();
    long time = record.timestamp();
    if (inFlight != null && isInFlight(inFlight, task, key, time)) {
      again(task, record);
      return;
    }
    int outcome = outcome(task, key, record.value(), record.headers(), time);
    Exit.Way way = exit.way(outcome, task.judge);
    if (holding != null && holding.hasFailed()) {
      failed(task, key, time);
      inFlightOut = way == Exit.Way.ANEW ? exit.of(record, outcome, task.judge) : null;
      inFlightStays = way == Exit.Way.NOWHERE;
      throw holding.takeFailure();
    }
    switch (way) {
      case AS_IT_CAME -> forward(task, record);
      case ANEW -> forwardAnew(task, exit.of(record, outcome, task.judge));
      case NOWHERE -> {}
    }
  }

  /** Forwards what was judged before; its charge stands. */
  private void again(TaskParts<K, W> task, FixedKeyRecord<K, V> record) {
    inFlight = null;
    task.counters.add(LimiterCounters.RETRIED);
    if (inFlightStays) {
      return;
    }
    if (inFlightOut == null) {
      forward(task, record);
    } else {
      forwardAnew(task, inFlightOut);
    }
  }

  /** Judges, counts, and reports what was blocked. */
  private int outcome(
      TaskParts<K, W> task, @Nullable K key, @Nullable V value, Headers headers, long time) {
    int outcome;
    try {
      outcome = judge(task, key, value, headers, time);
    } catch (RuntimeException e) {
      // Nothing was charged. It has no outcome, and would be in no count at all if an exception
      // handler of the application went on without it.
      task.counters.add(LimiterCounters.FAILED);
      throw e;
    }
    task.counters.add(LimiterCounters.RECORDS);
    if (outcome == Judge.HELD) {
      outcome = hold(task, Objects.requireNonNull(holding), key, value, headers, time);
    }
    if (outcome != Judge.HELD) {
      task.counters.add(COUNTERS[outcome]);
    }
    if (outcome == Judge.BLOCKED) {
      toLane().blocked(key, time, origin(task));
    }
    if (task.judge.shadows() > 0) {
      toLane().shadows(key, time, origin(task));
    }
    return outcome;
  }

  private Reports<K, W> toLane() {
    return Objects.requireNonNull(reports);
  }

  private @Nullable RecordMetadata origin(TaskParts<K, W> task) {
    return task.context.recordMetadata().orElse(null);
  }

  /**
   * Holds a record that is over its limit, or behind such ones.
   *
   * @return {@link Judge#HELD}; or its outcome, if it is not to wait after all
   */
  private int hold(
      TaskParts<K, W> task,
      Holding<K, V, W> holds,
      @Nullable K key,
      @Nullable V value,
      Headers headers,
      long time) {
    Judge judge = task.judge;
    RuleJudge rule = Objects.requireNonNull(judge.decided());
    long cost = judge.cost();
    int flags = judge.flags();
    long now = task.context.currentSystemTimeMs();
    boolean free = holds.makeRoom(rule, now);
    judge.last(rule, cost, flags);
    if (free) {
      RecordView view = judge.looksAtRecords() ? view(task, key, value, headers, time) : null;
      int outcome = judge.again(rule, view, time, now, cost, flags);
      if (outcome != Judge.HELD) {
        return outcome;
      }
    }
    if (holds.hold(rule, key, value, headers, time, origin(task), now)) {
      return Judge.HELD;
    }
    judge.settle(rule, Judge.BLOCKED);
    return Judge.BLOCKED;
  }

  /** By the outcomes' numbers. */
  static final int[] COUNTERS = {
    LimiterCounters.ADMITTED,
    LimiterCounters.BLOCKED,
    LimiterCounters.BYPASSED,
    LimiterCounters.SHADOW_BLOCKED
  };

  private int judge(
      TaskParts<K, W> task, @Nullable K key, @Nullable V value, Headers headers, long time) {
    long now = task.context.currentSystemTimeMs();
    long cost = settings.cost == null ? 1 : cost(value);
    RecordView view = task.judge.looksAtRecords() ? view(task, key, value, headers, time) : null;
    if (key == null) {
      return task.judge.judgeKeyless(view, time, now, cost);
    }
    task.keys.read(key);
    return task.judge.judge(task.keys, view, time, now, cost);
  }

  private RecordView view(
      TaskParts<K, W> task, @Nullable K key, @Nullable V value, Headers headers, long time) {
    RecordMetadata metadata = task.context.recordMetadata().orElse(null);
    return task.view.set(
        Branches.sourceTopic(
            metadata == null ? null : metadata.topic(), settings.rules.key(), headers),
        key,
        value,
        headers,
        time);
  }

  private long cost(@Nullable V value) {
    if (value == null || settings.cost == null) {
      return 1;
    }
    if (settings.costType != null && !settings.costType.isInstance(value)) {
      throw new StreamsException(
          "limiter "
              + settings.name
              + ": its cost is of "
              + settings.costType.getName()
              + ", the stream's values are of "
              + value.getClass().getName());
    }
    long cost = settings.cost.applyAsLong(value);
    if (cost < 0) {
      throw new StreamsException(
          "limiter " + settings.name + ": cost " + cost + ", expected 0 or more");
    }
    return cost;
  }

  @SuppressWarnings("unchecked") // What leaves as it came has values of the type that came.
  private void forward(TaskParts<K, W> task, FixedKeyRecord<K, V> record) {
    try {
      task.context.forward((FixedKeyRecord<K, W>) record);
    } catch (RuntimeException e) {
      failed(task, record.key(), record.timestamp());
      inFlightOut = null;
      throw e;
    }
  }

  private void forwardAnew(TaskParts<K, W> task, FixedKeyRecord<K, W> out) {
    try {
      task.context.forward(out);
    } catch (RuntimeException e) {
      failed(task, out.key(), out.timestamp());
      inFlightOut = out;
      throw e;
    }
  }

  private void failed(TaskParts<K, W> task, @Nullable K key, long time) {
    inFlight = task.context.recordMetadata().filter(Reports::hasOffset).orElse(null);
    inFlightKey = key;
    inFlightTime = time;
    inFlightStays = false;
  }

  private boolean isInFlight(
      RecordMetadata failed, TaskParts<K, W> task, @Nullable K key, long time) {
    RecordMetadata now = task.context.recordMetadata().orElse(null);
    if (now == null
        || now.offset() != failed.offset()
        || now.partition() != failed.partition()
        || !failed.topic().equals(now.topic())) {
      inFlight = null;
      return false;
    }
    return time == inFlightTime && Objects.deepEquals(key, inFlightKey);
  }

  @Override
  public void close() {
    if (reports != null) {
      reports.close();
      reports = null;
    }
    if (holding != null) {
      holding.close();
      holding = null;
    }
    inFlight = null;
    inFlightOut = null;
    inFlightKey = null;
    if (parts != null) {
      parts.close();
      parts = null;
    }
  }
}
