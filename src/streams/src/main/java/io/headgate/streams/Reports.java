package io.headgate.streams;

import io.headgate.lane.BlockedFacts;
import io.headgate.lane.Emit;
import io.headgate.lane.Lane;
import io.headgate.lane.SlotLayout;
import io.headgate.memory.Handle;
import io.headgate.window.WindowSlab;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Tells a task's lane of the record that was judged last, and keeps events that are open going.
 * Belongs to the task's stream thread.
 */
final class Reports<K, W> {

  private final LimiterSettings settings;
  private final TaskParts<K, W> task;
  private @Nullable Cancellable pump;

  Reports(LimiterSettings settings, TaskParts<K, W> task) {
    this.settings = settings;
    this.task = task;
  }

  /**
   * Reports that the record is blocked.
   *
   * @param key its key
   * @param time its timestamp, milliseconds
   * @param from where it came from; null if that is not known
   */
  void blocked(@Nullable K key, long time, @Nullable RecordMetadata from) {
    Judge judge = task.judge;
    RuleJudge rule = judge.decided();
    if (rule != null) {
      rule.refusing().suppress();
    }
    report(key, time, from, rule, judge.flags(), judge.cost());
  }

  /** Reports each rule that would have blocked the record, had it been enforced. */
  void shadows(@Nullable K key, long time, @Nullable RecordMetadata from) {
    Judge judge = task.judge;
    for (int i = 0; i < judge.shadows(); i++) {
      shadow(key, time, from, judge.shadow(i), judge.shadowCost(i));
    }
  }

  /** Reports one rule that would have blocked the record, had it been enforced. */
  void shadow(
      @Nullable K key,
      long time,
      @Nullable RecordMetadata from,
      @Nullable RuleJudge rule,
      long cost) {
    report(key, time, from, rule, task.judge.flags() | SlotLayout.SHADOW, cost);
  }

  private void report(
      @Nullable K key,
      long time,
      @Nullable RecordMetadata from,
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
    } else {
      // Blocked for want of a key: no limit was met.
      facts.rule = 0;
      facts.limit = 0;
      facts.windowMillis = 0;
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
    if (from == null || !hasOffset(from)) {
      facts.topic = "";
      facts.partition = task.context.taskId().partition();
      facts.offset = -1;
    } else {
      facts.topic = from.topic();
      facts.partition = from.partition();
      facts.offset = from.offset();
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

  /** False of a record that a punctuator made: Kafka Streams says so by a null topic. */
  static boolean hasOffset(RecordMetadata metadata) {
    return metadata.topic() != null;
  }

  /** Runs only while events are open: a punctuation makes Kafka Streams commit. */
  private void pump(Lane lane) {
    if (lane.pump() && pump != null) {
      pump.cancel();
      pump = null;
    }
  }

  void close() {
    if (pump != null) {
      // A task that is suspended and resumed keeps its punctuations.
      pump.cancel();
      pump = null;
    }
  }
}
