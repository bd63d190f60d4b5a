package io.headgate.service.http;

import io.headgate.service.http.Snapshot.Counts;
import io.headgate.service.http.Snapshot.RuleCounts;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes rates of one snapshot and the next, and keeps those of the last ten minutes, so that a page
 * that is opened has something to show. For one thread.
 */
final class StatsFeed {

  /** Points that are kept. */
  static final int KEPT = 600;

  /** The last minutes, column by column; a null is a moment that is not known. */
  record History(
      long stepMillis,
      List<Long> time,
      List<@Nullable Double> admitted,
      List<@Nullable Double> blocked,
      List<@Nullable Double> shadowBlocked,
      List<@Nullable Double> bypassed,
      List<@Nullable Double> laneMax) {}

  private record Point(long time, Stats.@Nullable Rates rates, @Nullable Double laneMax) {}

  private final long stepMillis;
  private final ArrayDeque<Point> points = new ArrayDeque<>(KEPT);
  private @Nullable Snapshot before;
  private long beforeNanos;
  private @Nullable Stats last;

  StatsFeed(long stepMillis) {
    this.stepMillis = stepMillis;
  }

  /**
   * Takes a snapshot.
   *
   * @param now the counts
   * @param time of the wall clock, for people
   * @param nanos of a clock that does not jump, for rates
   */
  Stats take(Snapshot now, long time, long nanos) {
    double seconds = (nanos - beforeNanos) / 1e9;
    Snapshot then = before;
    Map<String, Counts> rulesBefore = new HashMap<>();
    if (then != null) {
      then.rules().forEach(rule -> rulesBefore.put(name(rule), rule.totals()));
    }
    List<Stats.Rule> rules = new ArrayList<>(now.rules().size());
    for (RuleCounts rule : now.rules()) {
      rules.add(
          new Stats.Rule(
              rule.limiter(),
              rule.rule(),
              rule.limits(),
              rule.shadow(),
              rule.enforcePercent(),
              rule.overLimit(),
              rule.totals(),
              rates(rulesBefore.get(name(rule)), rule.totals(), seconds),
              rule.nearLimit()));
    }
    Stats stats =
        new Stats(
            time,
            now.state(),
            now.totals(),
            rates(then == null ? null : then.totals(), now.totals(), seconds),
            now.failed(),
            rules,
            now.keys(),
            now.lane());
    before = now;
    beforeNanos = nanos;
    last = stats;
    if (points.size() == KEPT) {
      points.removeFirst();
    }
    Snapshot.Latency latency = now.lane().latency();
    points.addLast(new Point(time, stats.rates(), latency == null ? null : latency.max()));
    return stats;
  }

  private static Stats.@Nullable Rates rates(@Nullable Counts before, Counts now, double seconds) {
    return before == null ? null : Stats.Rates.between(before, now, seconds);
  }

  private static String name(RuleCounts rule) {
    return rule.limiter() + '/' + rule.rule();
  }

  /** The newest; null before the first. */
  @Nullable Stats last() {
    return last;
  }

  History history() {
    History history =
        new History(
            stepMillis,
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>());
    for (Point point : points) {
      Stats.Rates rates = point.rates();
      history.time().add(point.time());
      history.admitted().add(rates == null ? null : round(rates.admitted()));
      history.blocked().add(rates == null ? null : round(rates.blocked()));
      history.shadowBlocked().add(rates == null ? null : round(rates.shadowBlocked()));
      history.bypassed().add(rates == null ? null : round(rates.bypassed()));
      history.laneMax().add(point.laneMax());
    }
    return history;
  }

  private static double round(double rate) {
    return Math.round(rate * 10) / 10.0;
  }
}
