package io.headgate.streams;

import io.headgate.lane.BlockedFacts;
import io.headgate.lane.Emit;
import io.headgate.lane.Lane;
import io.headgate.lane.SlotLayout;
import io.headgate.memory.Handle;
import io.headgate.rules.RecordView;
import io.headgate.window.WindowSlab;
import java.util.Objects;
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

  /** What was forwarded for it. */
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

  @Override
  public void process(FixedKeyRecord<K, V> record) {
    TaskParts<K, W> task = parts;
    if (task == null) {
      throw new IllegalStateException("limiter " + settings.name + ": process before init");
    }
    if (inFlight != null && isInFlight(inFlight, task, record)) {
      inFlight = null;
      task.counters.add(LimiterCounters.RETRIED);
      forward(task, Objects.requireNonNull(inFlightOut));
      return;
    }
    int outcome;
    try {
      outcome = judge(task, record);
    } catch (RuntimeException e) {
      // Nothing was charged. It has no outcome, and would be in no count at all if an exception
      // handler of the application went on without it.
      task.counters.add(LimiterCounters.FAILED);
      throw e;
    }
    task.counters.add(LimiterCounters.RECORDS);
    task.counters.add(COUNTERS[outcome]);
    if (outcome == Judge.BLOCKED) {
      report(task, record);
    }
    if (task.judge.shadows() > 0) {
      reportShadows(task, record);
    }
    FixedKeyRecord<K, W> out = exit.of(record, outcome, task.judge);
    if (out != null) {
      forward(task, out);
    }
  }

  /** By the outcomes' numbers. */
  private static final int[] COUNTERS = {
    LimiterCounters.ADMITTED,
    LimiterCounters.BLOCKED,
    LimiterCounters.BYPASSED,
    LimiterCounters.SHADOW_BLOCKED
  };

  private int judge(TaskParts<K, W> task, FixedKeyRecord<K, V> record) {
    long now = task.context.currentSystemTimeMs();
    long time = record.timestamp();
    long cost = settings.cost == null ? 1 : cost(record.value());
    RecordView view = task.judge.looksAtRecords() ? view(task, record) : null;
    K key = record.key();
    if (key == null) {
      return task.judge.judgeKeyless(view, time, now, cost);
    }
    task.keys.read(key);
    return task.judge.judge(task.keys, view, time, now, cost);
  }

  private RecordView view(TaskParts<K, W> task, FixedKeyRecord<K, V> record) {
    RecordMetadata metadata = task.context.recordMetadata().orElse(null);
    return task.view.set(
        metadata == null || metadata.topic() == null ? "" : metadata.topic(),
        record.key(),
        record.value(),
        record.headers(),
        record.timestamp());
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

  private void forward(TaskParts<K, W> task, FixedKeyRecord<K, W> out) {
    try {
      task.context.forward(out);
    } catch (RuntimeException e) {
      inFlight = task.context.recordMetadata().filter(RateLimitProcessor::hasOffset).orElse(null);
      inFlightOut = out;
      inFlightKey = out.key();
      inFlightTime = out.timestamp();
      throw e;
    }
  }

  private boolean isInFlight(
      RecordMetadata failed, TaskParts<K, W> task, FixedKeyRecord<K, V> record) {
    RecordMetadata now = task.context.recordMetadata().orElse(null);
    if (now == null
        || now.offset() != failed.offset()
        || now.partition() != failed.partition()
        || !failed.topic().equals(now.topic())) {
      inFlight = null;
      return false;
    }
    return record.timestamp() == inFlightTime && Objects.deepEquals(record.key(), inFlightKey);
  }

  /** False of a record that a punctuator made: Kafka Streams says so by a null topic. */
  private static boolean hasOffset(RecordMetadata metadata) {
    return metadata.topic() != null;
  }

  private void report(TaskParts<K, W> task, FixedKeyRecord<K, V> record) {
    Judge judge = task.judge;
    RuleJudge rule = judge.decided();
    if (rule == null) {
      // Blocked for want of a key: no limit was met.
      task.facts.rule = 0;
      task.facts.limit = 0;
      task.facts.windowMillis = 0;
      report(task, record, null, judge.flags(), judge.cost());
      return;
    }
    rule.refusing().suppress();
    report(task, record, rule, judge.flags(), judge.cost());
  }

  private void reportShadows(TaskParts<K, W> task, FixedKeyRecord<K, V> record) {
    Judge judge = task.judge;
    for (int i = 0; i < judge.shadows(); i++) {
      report(task, record, judge.shadow(i), judge.flags() | SlotLayout.SHADOW, judge.shadowCost(i));
    }
  }

  private void report(
      TaskParts<K, W> task,
      FixedKeyRecord<K, V> record,
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
    facts.time = record.timestamp();
    facts.open = row == LimitJudge.NO_ROW || slab == null ? Handle.NONE : slab.openEvent(row);
    if (record.key() == null) {
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
    facts.repeat = told && settings.lane.emit() == Emit.FIRST_AND_SUMMARY && record.key() != null;
    long open = lane.report(facts);
    if (slab != null && row != LimitJudge.NO_ROW && open != facts.open) {
      slab.openEvent(row, open);
    }
    if (pump == null && lane.hasOpen()) {
      pump =
          task.context.schedule(
              settings.pumpInterval, PunctuationType.WALL_CLOCK_TIME, time -> pump(lane));
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
