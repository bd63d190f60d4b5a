package io.headgate.streams;

import io.headgate.lane.Lane;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.Measurable;
import org.apache.kafka.common.metrics.MeasurableStat;
import org.apache.kafka.common.metrics.MetricConfig;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.common.metrics.Sensor.RecordingLevel;
import org.apache.kafka.common.metrics.stats.Avg;
import org.apache.kafka.common.metrics.stats.Max;
import org.apache.kafka.streams.StreamsMetrics;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;

/**
 * A task's limiter among Kafka Streams' own metrics: JMX {@code
 * kafka.streams:type=stream-headgate-metrics,thread-id=*,task-id=*,limiter=*}, and of each rule
 * {@code type=stream-headgate-rule-metrics,...,rule=*}. Nothing is recorded per record: each metric
 * reads a number when it is asked; only the latency of the lane is recorded, by the thread that
 * acks, of one event at a time. Opened and closed on the stream thread.
 */
final class LimiterMetrics {

  private static final String GROUP = "stream-headgate-metrics";
  private static final String RULE_GROUP = "stream-headgate-rule-metrics";

  /** A statistic that is kept elsewhere. */
  private record Reading(LongSupplier number) implements MeasurableStat, Measurable {
    @Override
    public void record(MetricConfig config, double value, long timeMs) {}

    @Override
    public double measure(MetricConfig config, long now) {
      return number.getAsLong();
    }
  }

  private final StreamsMetrics registry;
  private final Sensor sensor;
  private final Sensor latency;
  private final Map<String, String> tags = new LinkedHashMap<>();

  LimiterMetrics(
      String limiter,
      FixedKeyProcessorContext<?, ?> context,
      LimiterCounters counters,
      Judge judge,
      LiveRules live,
      RateLimitStore store,
      Lane lane) {
    registry = context.metrics();
    String thread = Thread.currentThread().getName();
    String task = context.taskId().toString();
    // Kafka Streams hands only metrics that name their thread to the clients' telemetry.
    tags.put("thread-id", thread);
    tags.put("task-id", task);
    tags.put("limiter", limiter);
    sensor =
        registry.addSensor("headgate." + thread + "." + task + "." + limiter, RecordingLevel.INFO);
    latency =
        registry.addSensor(
            "headgate.latency." + thread + "." + task + "." + limiter, RecordingLevel.INFO);
    count("records-total", "records judged", counters, LimiterCounters.RECORDS);
    count("admitted-total", "records admitted", counters, LimiterCounters.ADMITTED);
    count("blocked-total", "records blocked", counters, LimiterCounters.BLOCKED);
    count("bypassed-total", "records passed unjudged", counters, LimiterCounters.BYPASSED);
    count(
        "shadow-blocked-total",
        "records passed that a rule which is not enforced would have blocked",
        counters,
        LimiterCounters.SHADOW_BLOCKED);
    count("late-total", "records before their key's newest bucket", counters, LimiterCounters.LATE);
    count(
        "late-admitted-total",
        "records late by more than a window that late.policy admitted",
        counters,
        LimiterCounters.LATE_ADMITTED);
    count(
        "late-blocked-total",
        "records late by more than a window that late.policy blocked",
        counters,
        LimiterCounters.LATE_BLOCKED);
    count(
        "future-total",
        "records whose time was too far ahead and was not believed",
        counters,
        LimiterCounters.FUTURE);
    count(
        "behind-total",
        "new rows so far behind that an earlier row of the key may have been reclaimed",
        counters,
        LimiterCounters.BEHIND);
    count("overflow-total", "records of keys beyond max.keys", counters, LimiterCounters.OVERFLOW);
    count("keyless-total", "records without a key", counters, LimiterCounters.KEYLESS);
    count(
        "retried-total",
        "records that Kafka Streams ran again and that kept their verdict",
        counters,
        LimiterCounters.RETRIED);
    count(
        "failed-total",
        "records that could not be judged, for their key or cost: in no outcome",
        counters,
        LimiterCounters.FAILED);
    gauge("keys", "keys with a row of their own, once for each limit", store::keys);
    gauge("state-bytes", "bytes of rows, index and lists of changes", store::bytes);
    gauge("reclaimed-total", "rows reclaimed", store::reclaimed);
    gauge("events-offered-total", "events given to the lane", () -> lane.stats().eventsOffered());
    gauge("events-acked-total", "events the broker has", () -> lane.stats().eventsAcked());
    gauge("events-lost-total", "events given up (best effort)", () -> lane.stats().eventsLost());
    gauge(
        "records-lost-total",
        "blocked records of events given up (best effort)",
        () -> lane.stats().recordsLost());
    gauge(
        "events-grown-total",
        "records added to an event that was open",
        () -> lane.stats().recordsGrown());
    gauge(
        "events-overflow-total",
        "records counted without their key for want of slots",
        () -> lane.stats().recordsOverflowed());
    gauge(
        "shadow-reported-total",
        "records reported to the lane that a shadow rule would have blocked, once for each rule",
        () -> lane.stats().shadowRecords());
    gauge(
        "shadow-events-grown-total",
        "such records added to an event that was open",
        () -> lane.stats().shadowRecordsGrown());
    gauge(
        "shadow-events-overflow-total",
        "such records counted without their key for want of slots",
        () -> lane.stats().shadowRecordsOverflowed());
    gauge(
        "shadow-records-lost-total",
        "such records of events given up (best effort)",
        () -> lane.stats().shadowRecordsLost());
    latency.add(
        new MetricName(
            "event-latency-avg",
            GROUP,
            "milliseconds from a blocked record to the ack of its event, of one event at a time",
            tags),
        new Avg());
    latency.add(new MetricName("event-latency-max", GROUP, "the longest of them", tags), new Max());
    lane.onLatency(nanos -> latency.record(nanos / 1e6));
    gauge("events-waiting", "events in the ring", () -> lane.stats().waiting());
    gauge("event-slots", "event slots in use", () -> lane.stats().slotsInUse());
    gauge("rules-version", "how often the rules were set, the first time included", live::version);
    gauge("rules-refused-total", "changes of the rules that were refused", live::refused);
    for (RuleJudge rule : judge.rules()) {
      ofRule(rule);
    }
  }

  /** Adds what is held, of a limiter that holds records. */
  void ofHeld(HeldKeys held, LimiterCounters counters) {
    gauge("held", "records held", held::records);
    gauge("held-keys", "keys that hold records", held::size);
    gauge("held-bytes", "bytes of the records held", held::bytes);
    count("hold-taken-total", "records that were held", counters, LimiterCounters.HELD);
    count("released-total", "held records that passed", counters, LimiterCounters.RELEASED);
    count(
        "hold-refused-total",
        "records blocked since they would have been held beyond a bound",
        counters,
        LimiterCounters.HOLD_REFUSED);
    count(
        "hold-expired-total",
        "records blocked that had been held for as long as they may be",
        counters,
        LimiterCounters.HOLD_EXPIRED);
  }

  private void ofRule(RuleJudge rule) {
    Map<String, String> ruleTags = new LinkedHashMap<>(tags);
    ruleTags.put("rule", rule.rule().name());
    RuleCounters of = rule.counters;
    ofRule("admitted-total", "records admitted", of, RuleCounters.ADMITTED, ruleTags);
    ofRule("blocked-total", "records blocked", of, RuleCounters.BLOCKED, ruleTags);
    ofRule(
        "bypassed-total", "records exempt, or without room", of, RuleCounters.BYPASSED, ruleTags);
    ofRule(
        "shadow-blocked-total",
        "records that it would have blocked, were it enforced",
        of,
        RuleCounters.SHADOW_BLOCKED,
        ruleTags);
    ofRule(
        "near-limit-total",
        "records admitted with nearly all of a limit used",
        of,
        RuleCounters.NEAR,
        ruleTags);
  }

  private void ofRule(
      String name, String what, RuleCounters of, int counter, Map<String, String> ruleTags) {
    sensor.add(
        new MetricName(name, RULE_GROUP, what, ruleTags), new Reading(() -> of.get(counter)));
  }

  private void count(String name, String what, LimiterCounters counters, int counter) {
    gauge(name, what, () -> counters.get(counter));
  }

  private void gauge(String name, String what, LongSupplier number) {
    sensor.add(new MetricName(name, GROUP, what, tags), new Reading(number));
  }

  void close() {
    registry.removeSensor(sensor);
    registry.removeSensor(latency);
  }
}
