package io.headgate.connect;

import io.headgate.JointRateLimiter;
import io.headgate.RateLimit;
import io.headgate.Verdict;
import io.headgate.lane.BlockedFacts;
import io.headgate.lane.SlotLayout;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Judges the records of one transform or predicate of one task: finds the key, asks the limiter,
 * counts, and tells of what is blocked. Belongs to the task's thread.
 */
final class Gate implements AutoCloseable {

  /** What became of a record. */
  enum Outcome {
    ADMITTED,
    BLOCKED,
    SHADOW_BLOCKED,
    BYPASSED
  }

  private static final Logger LOG = LoggerFactory.getLogger(Gate.class);
  private static final long WARN_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Settings settings;
  private final JointRateLimiter limiter;
  private final LimitKey key;
  private final Verdict verdict = new Verdict();
  private final BlockedFacts facts = new BlockedFacts();
  private final Counts counts;
  private final @Nullable BlockedRecords events;

  /** Of the record under judgement, unless it is {@link #keyless}. */
  private long cost;

  private boolean keyless;
  private boolean future;
  private long records;
  private long keylessUntold;
  private long warnedAt = System.nanoTime() - WARN_NANOS;

  Gate(Settings settings) {
    this.settings = settings;
    this.limiter =
        settings.shared
            ? SharedLimiter.acquire(this, settings)
            : new JointRateLimiter(settings.limits, settings.maxKeys);
    this.key = new LimitKey(settings.hasher);
    String topic = settings.blockedTopic;
    Map<String, Object> producer = settings.producer;
    this.events =
        topic == null || producer == null ? null : new BlockedRecords(settings, topic, producer);
    this.counts = new Counts(limiter, events);
  }

  /** Judges a record, charges it if it passes, and tells of it if it does not. */
  Outcome judge(ConnectRecord<?> record) {
    Outcome outcome = outcome(record);
    if (outcome == Outcome.BLOCKED || outcome == Outcome.SHADOW_BLOCKED) {
      tell(record, outcome == Outcome.SHADOW_BLOCKED);
    } else if (events != null) {
      events.pump();
    }
    counts.add(outcome);
    records++;
    key.clear();
    return outcome;
  }

  private Outcome outcome(ConnectRecord<?> record) {
    Object found = settings.key.in(record);
    keyless = !key.set(found);
    if (keyless) {
      counts.addKeyless();
      warn(found);
      return settings.blockKeyless ? over() : Outcome.BYPASSED;
    }
    long time = time(record);
    cost = settings.cost.of(record);
    return limiter.tryAcquire(key.high, key.low, cost, time, verdict) ? Outcome.ADMITTED : over();
  }

  private Outcome over() {
    return settings.shadow ? Outcome.SHADOW_BLOCKED : Outcome.BLOCKED;
  }

  private long time(ConnectRecord<?> record) {
    long now = System.currentTimeMillis();
    Long own = record.timestamp();
    future = false;
    if (settings.wallClock || own == null || own < 0) {
      return now;
    }
    future = own > now && own - now > settings.maxFutureMillis;
    // A time that is not believed is now, or the key's newest: the limiter takes the later.
    return future ? now : own;
  }

  /** A limit that no record falls under is a mistake that nobody would see. */
  private void warn(@Nullable Object found) {
    keylessUntold++;
    long now = System.nanoTime();
    if (now - warnedAt < WARN_NANOS) {
      return;
    }
    warnedAt = now;
    LOG.warn(
        "limiter {}: {} records had no limit key since this was said last, of {} in all; the last"
            + " had {} there. Is the option key right? What becomes of them says {}",
        settings.name,
        keylessUntold,
        records + 1,
        found == null ? "nothing" : "a " + found.getClass().getSimpleName(),
        Options.NO_KEY_POLICY);
    keylessUntold = 0;
  }

  private void tell(ConnectRecord<?> record, boolean shadow) {
    if (events == null) {
      return;
    }
    RateLimit refused = refused();
    facts.limit = refused.limit();
    facts.windowMillis = refused.windowMillis();
    facts.cost = keyless ? settings.cost.of(record) : cost;
    facts.flags =
        (shadow ? SlotLayout.SHADOW : 0)
            | (!keyless && future ? SlotLayout.FUTURE : 0)
            | (!keyless && verdict.isSharedRow() ? SlotLayout.SHARED_ROW : 0);
    if (keyless) {
      facts.keyLength = -1;
      facts.fingerprintHigh = 0;
      facts.fingerprintLow = 0;
    } else {
      key.write(facts);
    }
    Long time = record.timestamp();
    facts.time = time == null || time < 0 ? System.currentTimeMillis() : time;
    source(record);
    events.report(facts);
  }

  /** Where a record is from: a sink's is from Kafka, a source's is on its way there. */
  private void source(ConnectRecord<?> record) {
    if (record instanceof SinkRecord sink) {
      facts.topic = sink.originalTopic();
      facts.partition = sink.originalKafkaPartition();
      facts.offset = sink.originalKafkaOffset();
    } else {
      Integer partition = record.kafkaPartition();
      facts.topic = record.topic() == null ? "" : record.topic();
      facts.partition = partition == null ? -1 : partition;
      facts.offset = records;
    }
  }

  private RateLimit refused() {
    return settings.limits.get(keyless ? 0 : verdict.limit());
  }

  /** The record with headers that say what was said of it last. */
  <R extends ConnectRecord<R>> R tagged(R record) {
    return LimitHeaders.tagged(record, refused().limit(), keyless, verdict);
  }

  void register(PluginMetrics metrics) {
    counts.register(metrics);
  }

  @Override
  public void close() {
    if (settings.shared) {
      SharedLimiter.release(this, settings.name);
    }
    if (events != null) {
      events.close();
    }
  }
}
