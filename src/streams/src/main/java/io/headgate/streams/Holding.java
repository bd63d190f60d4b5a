package io.headgate.streams;

import io.headgate.KeyHasher;
import io.headgate.rules.OverLimit;
import io.headgate.rules.RecordView;
import java.time.Duration;
import java.util.Objects;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds records over their limit until their key has room, and lets them go in the order in which
 * each key's came. Opened and closed with its processor, on the stream thread.
 */
final class Holding<K, V, W> {

  // A key that holds something has a clock that goes on with the wall clock, from the newest time
  // that the key has seen: so it is moved by records that come, and while none comes it does not
  // stand still. Its first record is judged by that clock, when by the windows it may have room. A
  // record that comes behind others first lets those go whose time has come, then is judged itself
  // if none is left.

  private static final Logger LOG = LoggerFactory.getLogger(Holding.class);

  /** How often keys are looked at that are due, while any key holds something. */
  static final Duration INTERVAL = Duration.ofMillis(100);

  /** Records that leave at a time: the thread has others to process. */
  private static final int AT_A_TIME = 10_000;

  private final LimiterSettings settings;
  private final TaskParts<K, W> task;
  private final Exit<K, V, W> exit;
  private final Reports<K, W> reports;
  private final ToLongFunction<@Nullable V> cost;
  private final HeldKeys keys;
  private final HeldRecords<K, V> records;
  private final HeldOutput<W> output;
  private @Nullable Cancellable schedule;

  /** What a forward threw while a record was being processed. */
  private @Nullable RuntimeException failure;

  /**
   * Opens it, and reads which records are held.
   *
   * @param cost of a value, where its rule has no say
   */
  Holding(
      LimiterSettings settings,
      TaskParts<K, W> task,
      Exit<K, V, W> exit,
      Reports<K, W> reports,
      HeldSerdes<K, V> serdes,
      ToLongFunction<@Nullable V> cost) {
    this.settings = settings;
    this.task = task;
    this.exit = exit;
    this.reports = reports;
    this.cost = cost;
    this.keys = task.held;
    this.output = new HeldOutput<>(task.context);
    StreamsVersions.checkHolding(
        settings.name,
        Guarantee.isExactlyOnce(task.context.appConfigs()),
        StreamsVersions.TELL_OF_COMMITS);
    KeyValueStore<Bytes, byte[]> store = task.context.getStateStore(settings.heldName);
    this.records =
        new HeldRecords<>(
            settings, store, serdes, keys, task.context.applicationId(), task.context.appConfigs());
    records.load();
    task.judge.holdBy(keys);
    task.store.afterCommits(this::committed);
    task.store.afterResets(this::reset);
    if (!keys.isEmpty()) {
      LOG.info(
          "limiter {}: task {} holds {} records of {} keys, {} bytes",
          settings.name,
          task.context.taskId(),
          keys.records(),
          keys.size(),
          keys.bytes());
      watch();
    }
  }

  private void committed() {
    if (records.committed()) {
      // Who has the task next is to see them gone.
      output.flush();
    }
  }

  /** Has what a key holds judged as soon as can be: its windows are empty. */
  private void reset(byte[] bytes) {
    for (RuleJudge rule : task.judge.rules()) {
      KeyHasher hasher = rule.hasher;
      HeldKey key =
          keys.find(
              rule.tag, hasher.high(bytes, 0, bytes.length), hasher.low(bytes, 0, bytes.length));
      if (key != null) {
        keys.dueAtOnce(key);
      }
    }
  }

  private void watch() {
    if (schedule == null) {
      schedule =
          task.context.schedule(INTERVAL, PunctuationType.WALL_CLOCK_TIME, time -> releaseDue());
    }
  }

  // ------------------------------------------------------------------ a record comes

  /**
   * Lets go what the key of the record that was judged last has room for by now. Its clock has
   * moved to the record's time.
   *
   * @param rule that judged it
   * @param now the wall clock, milliseconds
   * @return true if the key held something and holds nothing any more, and nothing has failed
   */
  boolean makeRoom(RuleJudge rule, long now) {
    HeldKey key = keys.find(rule);
    if (key == null || key.due > now) {
      return false;
    }
    try {
      release(key, now, AT_A_TIME);
    } catch (RuntimeException e) {
      failure = e;
      return false;
    }
    return key.records == 0;
  }

  /**
   * Holds a record behind those of its key.
   *
   * @param rule that judged it last
   * @param from where the record came from; null if that is not known
   * @param now the wall clock, milliseconds
   * @return false if it is not to be held, or would be beyond a bound: it is blocked then
   */
  boolean hold(
      RuleJudge rule,
      @Nullable K recordKey,
      @Nullable V value,
      Headers headers,
      long time,
      @Nullable RecordMetadata from,
      long now) {
    OverLimit.Hold bounds = settings.overLimit(rule).bounds();
    if (bounds == null) {
      // The rule held records once, and the key still has some: they go first.
      return false;
    }
    boolean first = keys.find(rule) == null;
    HeldKey key =
        records.add(
            rule,
            recordKey,
            value,
            headers,
            time,
            from,
            task.judge.shadows() > 0,
            bounds.maxRecordsPerKey(),
            now,
            rule.clockOffset(now));
    if (key == null) {
      task.counters.add(LimiterCounters.HOLD_REFUSED);
      return false;
    }
    task.counters.add(LimiterCounters.HELD);
    if (first) {
      key.refused(
          now, rule.opensAt(task.judge.cost(), key.clockOffset), now + bounds.maxTimeMillis());
    }
    keys.reschedule(key);
    watch();
    return true;
  }

  /**
   * Whether a forward threw while the last record came: all is done with it but its own forward.
   */
  boolean hasFailed() {
    return failure != null;
  }

  /** What the forward threw. Those records come again when they are due. */
  RuntimeException takeFailure() {
    RuntimeException thrown = Objects.requireNonNull(failure);
    failure = null;
    return thrown;
  }

  // ------------------------------------------------------------------ records go

  private void releaseDue() {
    // Takes over rules that have changed, though no record comes.
    task.judge.looksAtRecords();
    long now = task.context.currentSystemTimeMs();
    int rest = AT_A_TIME;
    for (HeldKey key = keys.firstDue(now); key != null && rest > 0; key = keys.firstDue(now)) {
      rest = release(key, now, rest);
    }
    if (keys.isEmpty() && schedule != null) {
      // A punctuation makes Kafka Streams commit.
      schedule.cancel();
      schedule = null;
    }
  }

  /**
   * Lets go as many of a key's records as have room.
   *
   * @param most how many at the most
   * @return how many of those are left
   */
  private int release(HeldKey key, long now, int most) {
    try {
      return releaseFirst(key, now, most);
    } catch (RuntimeException e) {
      // Others do not wait for it, should a handler of the application go on.
      if (key.records > 0) {
        key.refused(now, now + INTERVAL.toMillis(), Long.MAX_VALUE);
        keys.reschedule(key);
      }
      throw e;
    }
  }

  private int releaseFirst(HeldKey key, long now, int most) {
    int rest = most;
    while (key.records > 0) {
      if (rest-- == 0) {
        keys.dueAtOnce(key);
        return 0;
      }
      HeldRecord<K, V> record = records.first(key);
      HeldKey.Settled settled = key.settled == null ? judge(key, record, now) : key.settled;
      if (settled == null) {
        keys.reschedule(key);
        return rest;
      }
      key.settled = settled;
      if (settled.out() != null) {
        output.forward(settled.out(), record);
      }
      key.settled = null;
      records.remove(key, record);
      count(key, settled);
    }
    return rest;
  }

  /** The verdict on a key's first record; null if it is to wait on. */
  private HeldKey.@Nullable Settled judge(HeldKey key, HeldRecord<K, V> held, long now) {
    Headers headers =
        settings.headers
            ? RateLimitHeaders.held(held.headers(), now - held.heldAt())
            : held.headers();
    FixedKeyRecord<K, V> record =
        HeldOutput.record(held.key(), held.value(), held.timestamp(), headers);
    Judge judge = task.judge;
    RuleJudge rule = judge.ofTag(key.tag);
    if (rule == null) {
      // There is no such rule since a restart, and so no limit.
      judge.last(null, 0, 0);
      return new HeldKey.Settled(Judge.BYPASSED, Judge.BYPASSED, out(record, Judge.BYPASSED));
    }
    boolean looks = judge.looksAtRecords();
    if (held.key() != null) {
      task.keys.read(held.key());
    }
    rule.key(key.high, key.low);
    RecordView view = looks ? view(held) : null;
    long base = cost.applyAsLong(held.value());
    int ofRule = judge.judgeHeld(rule, view, key.clockOffset, now, base, held.key() == null);
    int outcome = held.shadowed() && ofRule != Judge.BLOCKED ? Judge.SHADOW_BLOCKED : ofRule;
    if (outcome == Judge.BLOCKED) {
      OverLimit.Hold bounds = settings.overLimit(rule).bounds();
      long end = bounds == null ? Long.MAX_VALUE : held.heldAt() + bounds.maxTimeMillis();
      boolean expired = now >= end;
      if (!expired && rule.opensLater(judge.cost())) {
        // Not behind what the row knows: after a restart it may know more.
        key.clock(rule.clockOffset(now));
        key.refused(now, rule.opensAt(judge.cost(), key.clockOffset), end);
        return null;
      }
      if (expired) {
        task.counters.add(LimiterCounters.HOLD_EXPIRED);
      }
      reports.blocked(held.key(), held.timestamp(), held);
    } else if (ofRule == Judge.SHADOW_BLOCKED) {
      reports.shadow(held.key(), held.timestamp(), held, rule, judge.cost());
    }
    return new HeldKey.Settled(outcome, ofRule, out(record, outcome));
  }

  private @Nullable FixedKeyRecord<?, ?> out(FixedKeyRecord<K, V> record, int outcome) {
    return switch (exit.way(outcome, task.judge)) {
      case AS_IT_CAME -> record;
      case ANEW -> exit.of(record, outcome, task.judge);
      case NOWHERE -> null;
    };
  }

  private RecordView view(HeldRecord<K, V> held) {
    return task.view.set(
        Branches.sourceTopic(held.topic(), settings.rules.key(), held.headers()),
        held.key(),
        held.value(),
        held.headers(),
        held.timestamp());
  }

  private void count(HeldKey key, HeldKey.Settled settled) {
    task.counters.add(RateLimitProcessor.COUNTERS[settled.outcome()]);
    if (settled.outcome() != Judge.BLOCKED) {
      task.counters.add(LimiterCounters.RELEASED);
    }
    RuleJudge rule = task.judge.ofTag(key.tag);
    if (rule != null) {
      task.judge.settle(rule, settled.ofRule());
    }
  }

  void close() {
    if (schedule != null) {
      schedule.cancel();
      schedule = null;
    }
  }
}
