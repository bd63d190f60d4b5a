package io.headgate.service.run;

import io.headgate.RateLimit;
import io.headgate.rules.OverLimit;
import io.headgate.rules.Rule;
import io.headgate.rules.RuleSet;
import io.headgate.service.http.Snapshot;
import io.headgate.service.http.Snapshot.Counts;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.jspecify.annotations.Nullable;

/** The limiter's metrics of one moment, summed over the tasks of this instance. For one thread. */
final class LimiterFigures {

  private static final String GROUP = "stream-headgate-metrics";
  private static final String RULE_GROUP = "stream-headgate-rule-metrics";

  private final Map<String, Long> sums = new HashMap<>();
  private final Map<String, Map<String, Long>> ofRules = new HashMap<>();
  private final Set<String> tasks = new HashSet<>();
  private final List<Double> averages = new ArrayList<>();
  private double longest = Double.NaN;

  private LimiterFigures(Collection<? extends Metric> metrics) {
    for (Metric metric : metrics) {
      MetricName name = metric.metricName();
      if (name.group().equals(GROUP)) {
        add(name, metric);
      } else if (name.group().equals(RULE_GROUP)
          && metric.metricValue() instanceof Number number
          && name.tags().get("rule") != null) {
        ofRules
            .computeIfAbsent(name.tags().get("rule"), rule -> new HashMap<>())
            .merge(name.name(), number.longValue(), Long::sum);
      }
    }
  }

  private void add(MetricName name, Metric metric) {
    if (!(metric.metricValue() instanceof Number number)) {
      return;
    }
    switch (name.name()) {
      case "event-latency-avg" -> {
        if (!Double.isNaN(number.doubleValue())) {
          averages.add(number.doubleValue());
        }
      }
      case "event-latency-max" -> {
        if (!Double.isNaN(number.doubleValue())) {
          longest =
              Double.isNaN(longest)
                  ? number.doubleValue()
                  : Math.max(longest, number.doubleValue());
        }
      }
      default -> {
        tasks.add(String.valueOf(name.tags().get("task-id")));
        sums.merge(name.name(), number.longValue(), Long::sum);
      }
    }
  }

  /**
   * Reads what there is now.
   *
   * @param metrics of the application
   * @param state of Kafka Streams
   * @param limiter the limiter's name
   * @param rules as they are now
   * @param maxKeys keys of a task at the most
   * @return the sums
   */
  static Snapshot read(
      Collection<? extends Metric> metrics,
      String state,
      String limiter,
      RuleSet rules,
      int maxKeys) {
    return new LimiterFigures(metrics).snapshot(state, limiter, rules, maxKeys);
  }

  /**
   * Sums up what there is one of for each task.
   *
   * @param metrics of the application
   * @return sums over the tasks, by the metrics' names
   */
  static Map<String, Long> sums(Collection<? extends Metric> metrics) {
    return new LimiterFigures(metrics).sums;
  }

  private Snapshot snapshot(String state, String limiter, RuleSet rules, int maxKeys) {
    List<Snapshot.RuleCounts> each = new ArrayList<>();
    long limits = 0;
    for (Rule rule : rules.rules()) {
      limits += rule.limits().size();
      Map<String, Long> counts = ofRules.getOrDefault(rule.name(), Map.of());
      OverLimit over = rule.overLimit();
      each.add(
          new Snapshot.RuleCounts(
              limiter,
              rule.name(),
              rule.limits().stream().map(RateLimit::text).toList(),
              rule.shadow() || rules.shadow(),
              rule.enforcePercent(),
              rule.exempt() ? "pass" : over == null ? "drop" : over.toString(),
              counts(counts),
              counts.getOrDefault("near-limit-total", 0L)));
    }
    return new Snapshot(
        state,
        counts(sums),
        sum("failed-total"),
        each,
        new Snapshot.Keys(
            sum("keys"),
            tasks.size() * limits * maxKeys,
            sum("state-bytes"),
            sum("overflow-total")),
        new Snapshot.Lane(
            sum("events-offered-total"),
            sum("events-acked-total"),
            sum("events-lost-total"),
            sum("records-lost-total"),
            sum("events-grown-total"),
            sum("events-overflow-total"),
            (int) sum("events-waiting"),
            (int) sum("event-slots"),
            latency()));
  }

  private static Counts counts(Map<String, Long> sums) {
    return new Counts(
        sums.getOrDefault("admitted-total", 0L),
        sums.getOrDefault("blocked-total", 0L),
        sums.getOrDefault("shadow-blocked-total", 0L),
        sums.getOrDefault("bypassed-total", 0L));
  }

  private long sum(String name) {
    return sums.getOrDefault(name, 0L);
  }

  private Snapshot.@Nullable Latency latency() {
    return averages.isEmpty() || Double.isNaN(longest)
        ? null
        : new Snapshot.Latency(
            averages.stream().mapToDouble(Double::doubleValue).average().orElse(0), longest);
  }
}
