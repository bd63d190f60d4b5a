package io.headgate.service.analytics;

import io.headgate.service.analytics.Report.Figures;
import io.headgate.service.analytics.Report.HourRow;
import io.headgate.service.analytics.Report.RuleRow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The sums of a report, all filled at once. Belongs to one thread.
 *
 * @param <S> of what they are made
 */
final class ReportSums<S extends PeriodSum> {

  private record Rule(String limiter, String rule, boolean shadow) {}

  private record Hour<S>(S blocked, S shadow) {}

  private static final Comparator<RuleRow> ROWS =
      Comparator.comparing(RuleRow::shadow)
          .thenComparing(
              Comparator.comparingLong((RuleRow row) -> row.figures().records()).reversed())
          .thenComparing(RuleRow::limiter)
          .thenComparing(RuleRow::rule);

  private final ReportFrame frame;
  private final Supplier<S> maker;
  private final S blocked;
  private final S shadow;
  private final Map<Rule, S> rules = new HashMap<>();
  private final TreeMap<Long, Hour<S>> hours = new TreeMap<>();

  ReportSums(ReportFrame frame, Supplier<S> maker) {
    this.frame = frame;
    this.maker = maker;
    this.blocked = maker.get();
    this.shadow = maker.get();
    if (frame.query().by() == By.HOUR) {
      for (long start = frame.from(); start < frame.to(); start += Periods.HOUR_MILLIS) {
        hours.put(start, new Hour<>(maker.get(), maker.get()));
      }
    }
  }

  /**
   * Adds to all sums that are of it.
   *
   * @param time a time of the span, within the hour that it is of
   * @param what adds it to one sum
   */
  void add(long time, String limiter, String rule, boolean isShadow, Consumer<S> what) {
    what.accept(isShadow ? shadow : blocked);
    what.accept(rules.computeIfAbsent(new Rule(limiter, rule, isShadow), name -> maker.get()));
    Hour<S> hour = hours.get(frame.rowOf(time));
    if (hour != null) {
      what.accept(isShadow ? hour.shadow : hour.blocked);
    }
  }

  Report report(boolean exact, @Nullable Instant newest, long behind, List<String> moreNotes) {
    List<RuleRow> ruleRows = new ArrayList<>();
    rules.forEach(
        (name, sum) ->
            ruleRows.add(new RuleRow(name.limiter, name.rule, name.shadow, sum.figures())));
    ruleRows.sort(ROWS);
    List<HourRow> hourRows = new ArrayList<>();
    hours.forEach(
        (start, hour) ->
            hourRows.add(
                new HourRow(
                    Instant.ofEpochMilli(start), hour.blocked.figures(), hour.shadow.figures())));
    Figures all = blocked.figures();
    List<String> notes = new ArrayList<>(ReportNotes.of(all));
    notes.addAll(moreNotes);
    ReportQuery query = frame.query();
    return new Report(
        frame.day(),
        query.hour(),
        frame.zone(),
        Instant.ofEpochMilli(frame.from()),
        Instant.ofEpochMilli(frame.to()),
        exact,
        query.by(),
        all,
        shadow.figures(),
        ruleRows,
        hourRows,
        blocked.keys(query.top()),
        newest,
        behind,
        notes);
  }
}
