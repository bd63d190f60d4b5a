package io.headgate.service.run;

import io.headgate.service.analytics.By;
import io.headgate.service.analytics.Report;
import io.headgate.service.analytics.ReportDay;
import io.headgate.service.analytics.ReportQuery;
import io.headgate.service.analytics.Reports;
import io.headgate.service.config.UserError;
import io.headgate.service.http.DayReport;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;

/** A day's report, as it is shown over HTTP. Stateless; safe for any thread. */
final class DayReports {

  private static final int TOP = 20;

  private DayReports() {}

  static DayReport of(Reports reports, LocalDate day, ZoneId zone) {
    ReportDay which = ReportDay.parse(day.toString());
    Report whole = reports.read(new ReportQuery(which, null, zone, By.RULE, TOP));
    return new DayReport(
        whole.day().toString(),
        zone.getId(),
        !whole.to().isAfter(Instant.now()),
        whole.blocked().records(),
        whole.shadow().records(),
        whole.blocked().events(),
        whole.blocked().keys().count(),
        whole.blocked().keys().error95(),
        whole.behind(),
        hours(reports, which, zone),
        whole.rules().stream()
            .map(
                row ->
                    new DayReport.RuleDay(
                        row.limiter(),
                        row.rule(),
                        row.shadow(),
                        row.figures().records(),
                        row.figures().keys().count()))
            .toList(),
        whole.keys().stream()
            .map(
                key ->
                    new DayReport.KeyDay(key.key(), key.form().name(), key.atMost(), key.atLeast()))
            .toList(),
        whole.notes());
  }

  private static List<DayReport.Hour> hours(Reports reports, ReportDay day, ZoneId zone) {
    try {
      return reports.read(new ReportQuery(day, null, zone, By.HOUR, 0)).hours().stream()
          .map(
              hour ->
                  new DayReport.Hour(
                      hour.start().toEpochMilli(),
                      hour.blocked().records(),
                      hour.shadow().records()))
          .toList();
    } catch (UserError e) {
      // Hours are kept for less long than days.
      return List.of();
    }
  }
}
