package io.headgate.streams;

import io.headgate.lane.BlockedFacts;
import io.headgate.lane.Emit;
import io.headgate.lane.Lane;
import io.headgate.memory.Handle;
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
final class RateLimitProcessor<K, V> implements FixedKeyProcessor<K, V, V> {

  private final LimiterSettings settings;

  /** What init makes and close ends. */
  private @Nullable TaskParts<K, V> parts;

  private @Nullable Cancellable pump;

  /**
   * Where the record came from whose forward threw: if Kafka Streams runs it again, it is not
   * judged again.
   */
  private @Nullable RecordMetadata inFlight;

  /** Its key and time: an operator upstream may have made several records of one. */
  private @Nullable Object inFlightKey;

  private long inFlightTime;

  RateLimitProcessor(LimiterSettings settings) {
    this.settings = settings;
  }

  @Override
  public void init(FixedKeyProcessorContext<K, V> context) {
    parts = TaskParts.open(settings, context, this::close);
  }

  @Override
  public void process(FixedKeyRecord<K, V> record) {
    TaskParts<K, V> task = parts;
    if (task == null) {
      throw new IllegalStateException("limiter " + settings.name + ": process before init");
    }
    if (inFlight != null && isInFlight(inFlight, task, record)) {
      inFlight = null;
      task.counters.add(LimiterCounters.RETRIED);
      forward(task, record);
      return;
    }
    long cost;
    int outcome;
    try {
      cost = settings.cost == null ? 1 : cost(record.value());
      outcome = judge(task, record, cost);
    } catch (RuntimeException e) {
      // Nothing was charged. It has no outcome, and would be in no count at all if an exception
      // handler of the application went on without it.
      task.counters.add(LimiterCounters.FAILED);
      throw e;
    }
    task.counters.add(LimiterCounters.RECORDS);
    if (outcome == Judge.BLOCKED) {
      task.counters.add(LimiterCounters.BLOCKED);
      report(task, record, cost);
    } else {
      task.counters.add(
          outcome == Judge.ADMITTED ? LimiterCounters.ADMITTED : LimiterCounters.BYPASSED);
      forward(task, record);
    }
  }

  private int judge(TaskParts<K, V> task, FixedKeyRecord<K, V> record, long cost) {
    long now = task.context.currentSystemTimeMs();
    K key = record.key();
    if (key == null) {
      return task.judge.judgeKeyless(record.timestamp(), now, cost);
    }
    task.keys.read(key);
    return task.judge.judge(task.keys, record.timestamp(), now, cost);
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

  private void forward(TaskParts<K, V> task, FixedKeyRecord<K, V> record) {
    try {
      task.context.forward(record);
    } catch (RuntimeException e) {
      inFlight = task.context.recordMetadata().filter(RateLimitProcessor::hasOffset).orElse(null);
      inFlightKey = record.key();
      inFlightTime = record.timestamp();
      throw e;
    }
  }

  private boolean isInFlight(
      RecordMetadata failed, TaskParts<K, V> task, FixedKeyRecord<K, V> record) {
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

  private void report(TaskParts<K, V> task, FixedKeyRecord<K, V> record, long cost) {
    Lane lane = task.lane;
    Judge judge = task.judge;
    BlockedFacts facts = task.facts;
    int row = judge.row();
    facts.flags = judge.flags();
    facts.fingerprintHigh = judge.high();
    facts.fingerprintLow = judge.low();
    facts.time = record.timestamp();
    facts.open = row == Judge.NO_ROW ? Handle.NONE : task.slab.openEvent(row);
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
    facts.repeat =
        settings.lane.emit() == Emit.FIRST_AND_SUMMARY
            && row != Judge.NO_ROW
            && record.key() != null
            && !task.store.tell(row);
    long open = lane.report(facts);
    if (row != Judge.NO_ROW && open != facts.open) {
      task.slab.openEvent(row, open);
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
    inFlightKey = null;
    if (parts != null) {
      parts.close();
      parts = null;
    }
  }
}
