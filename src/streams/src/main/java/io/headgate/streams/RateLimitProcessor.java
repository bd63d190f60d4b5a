package io.headgate.streams;

import io.headgate.lane.BlockedFacts;
import io.headgate.lane.Emit;
import io.headgate.lane.Lane;
import io.headgate.lane.SlotLayout;
import io.headgate.memory.Handle;
import io.headgate.rules.RecordView;
import io.headgate.window.WindowSlab;
import java.util.Objects;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
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

  /** What init makes and close ends. */
  private @Nullable TaskParts<K, W> parts;

  private @Nullable Cancellable pump;

  /**
   * Where the record came from whose forward threw: if Kafka Streams runs it again, it is not
   * judged again.
   */
  private @Nullable RecordMetadata inFlight;

  /** What was forwarded for it, if not the record as it came. */
  private @Nullable FixedKeyRecord<K, W> inFlightOut;

  /** Its key and time: an operator upstream may have made several records of one. */
  private @Nullable Object inFlightKey;

  private long inFlightTime;

  RateLimitProcessor(LimiterSettings settings, Exit<K, V, W> exit) {
    this.settings = settings;
    this.exit = exit;
  }

  @Override
  public void init(FixedKeyProcessorContext<K, W> context) {
    parts = TaskParts.open(settings, context, this::close);
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
    K key = record.key();
    long time = record.timestamp();
    if (inFlight != null && isInFlight(inFlight, task, key, time)) {
      again(task, record);
      return;
    }
    int outcome = outcome(task, key, record.value(), record.headers(), time);
    switch (exit.way(outcome, task.judge)) {
      case AS_IT_CAME -> forward(task, record);
      case ANEW -> forwardAnew(task, exit.of(record, outcome, task.judge));
      case NOWHERE -> {}
    }
  }

  /** Forwards what was judged before; its charge stands. */
  private void again(TaskParts<K, W> task, FixedKeyRecord<K, V> record) {
    inFlight = null;
    task.counters.add(LimiterCounters.RETRIED);
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
    task.counters.add(COUNTERS[outcome]);
    if (outcome == Judge.BLOCKED) {
      report(task, key, time);
    }
    if (task.judge.shadows() > 0) {
      reportShadows(task, key, time);
    }
    return outcome;
  }

  /** By the outcomes' numbers. */
  private static final int[] COUNTERS = {
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
        metadata == null || metadata.topic() == null ? "" : metadata.topic(),
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
    inFlight = task.context.recordMetadata().filter(RateLimitProcessor::hasOffset).orElse(null);
    inFlightKey = key;
    inFlightTime = time;
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

  /** False of a record that a punctuator made: Kafka Streams says so by a null topic. */
  private static boolean hasOffset(RecordMetadata metadata) {
    return metadata.topic() != null;
  }

  private void report(TaskParts<K, W> task, @Nullable K key, long time) {
    Judge judge = task.judge;
    RuleJudge rule = judge.decided();
    if (rule == null) {
      // Blocked for want of a key: no limit was met.
      task.facts.rule = 0;
      task.facts.limit = 0;
      task.facts.windowMillis = 0;
      report(task, key, time, null, judge.flags(), judge.cost());
      return;
    }
    rule.refusing().suppress();
    report(task, key, time, rule, judge.flags(), judge.cost());
  }

  private void reportShadows(TaskParts<K, W> task, @Nullable K key, long time) {
    Judge judge = task.judge;
    for (int i = 0; i < judge.shadows(); i++) {
      report(
          task, key, time, judge.shadow(i), judge.flags() | SlotLayout.SHADOW, judge.shadowCost(i));
    }
  }

  private void report(
      TaskParts<K, W> task,
      @Nullable K key,
      long time,
      @Nullable RuleJudge rule,
      int flags,
      long cost) {
    Lane lane = task.lane;
    BlockedFacts facts = task.facts;
    LimitJudge limit = rule == null ? null : rule.refusing();
    int row = limit == null ? LimitJudge.NO_ROW : limit.row();
    if (rule != null && limit != null) {
      facts.rule = rule.number;
      facts.limit = limit.limit();
      facts.windowMillis = limit.windows.limit.windowMillis();
      facts.fingerprintHigh = rule.high();
      facts.fingerprintLow = rule.low();
      flags |= limit.flags();
    }
    WindowSlab slab = limit == null ? null : limit.windows.table().slab();
    facts.time = time;
    facts.open = row == LimitJudge.NO_ROW || slab == null ? Handle.NONE : slab.openEvent(row);
    if (key == null) {
      facts.keyLength = -1;
    } else {
      facts.key = task.keys.bytes();
      facts.keyLength = task.keys.length();
      facts.keyKind = task.keys.kind();
    }
    facts.cost = cost;
    RecordMetadata metadata = task.context.recordMetadata().orElse(null);
    if (metadata == null || !hasOffset(metadata)) {
      facts.topic = "";
      facts.partition = task.context.taskId().partition();
      facts.offset = -1;
    } else {
      facts.topic = metadata.topic();
      facts.partition = metadata.partition();
      facts.offset = metadata.offset();
    }
    boolean told = limit != null && row != LimitJudge.NO_ROW && !limit.windows.tell(row);
    facts.flags = told || row == LimitJudge.NO_ROW ? flags : flags | SlotLayout.FIRST;
    facts.repeat = told && settings.lane.emit() == Emit.FIRST_AND_SUMMARY && key != null;
    long open = lane.report(facts);
    if (slab != null && row != LimitJudge.NO_ROW && open != facts.open) {
      slab.openEvent(row, open);
    }
    if (pump == null && lane.hasOpen()) {
      pump =
          task.context.schedule(
              settings.pumpInterval, PunctuationType.WALL_CLOCK_TIME, now -> pump(lane));
    }
  }

  /** Runs only while events are open: a punctuation makes Kafka Streams commit. */
  private void pump(Lane lane) {
    if (lane.pump() && pump != null) {
      pump.cancel();
      pump = null;
    }
  }

  @Override
  public void close() {
    if (pump != null) {
      // A task that is suspended and resumed keeps its punctuations.
      pump.cancel();
      pump = null;
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
