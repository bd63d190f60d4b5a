package io.headgate.service.analytics;

import io.headgate.lane.BlockedEvent.KeyForm;
import io.headgate.service.analytics.Report.Figures;
import io.headgate.service.analytics.Report.HourRow;
import io.headgate.service.analytics.Report.KeyCount;
import io.headgate.service.analytics.Report.KeyRow;
import io.headgate.service.analytics.Report.RuleRow;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A report as a table for people. Stateless. */
public final class ReportText {

  private static final DateTimeFormatter HOUR =
      DateTimeFormatter.ofPattern("HH:mm xxx", Locale.ROOT);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss xxx", Locale.ROOT);

  private ReportText() {}

  /**
   * Lays a report out.
   *
   * @param report what to show
   * @return lines, each ended
   */
  public static String of(Report report) {
    StringBuilder text = new StringBuilder();
    text.append(title(report)).append("\n\n");
    if (report.isEmpty()) {
      text.append("Nothing was blocked.\n");
    } else {
      tables(report, text);
    }
    if (!report.exact() && report.newest() != null) {
      text.append("\nAs of ").append(at(report, report.newest(), TIME)).append(".\n");
    }
    if (!report.notes().isEmpty()) {
      text.append('\n');
      report.notes().forEach(note -> text.append("Note: ").append(note).append(".\n"));
    }
    return text.toString();
  }

  private static String title(Report report) {
    StringBuilder title = new StringBuilder("Blocked on ").append(report.day());
    if (report.hour() != null) {
      title.append(String.format(Locale.ROOT, " in hour %02d", report.hour()));
    }
    title.append(", ").append(report.zone());
    if (report.exact()) {
      title.append(", counted event by event");
    }
    return title.toString();
  }

  private static void tables(Report report, StringBuilder text) {
    switch (report.by()) {
      case RULE -> rules(report, text);
      case HOUR -> hours(report, text);
      case KEY -> text.append(all(report)).append('\n');
    }
    if (!report.keys().isEmpty()) {
      text.append('\n');
      Table keys = new Table("most blocked keys", "records");
      report.keys().forEach(row -> keys.row(name(row), bounds(row)));
      keys.print(text);
    }
  }

  private static void rules(Report report, StringBuilder text) {
    Table blocked = new Table("rule", "blocked", "keys", "cost", "events");
    Table shadow = new Table("shadow rule", "would be blocked", "keys", "cost", "events");
    for (RuleRow row : report.rules()) {
      sums(row.shadow() ? shadow : blocked, row.limiter() + "/" + row.rule(), row.figures());
    }
    if (blocked.rows() > 0) {
      sums(blocked, "all", report.blocked());
      blocked.print(text);
    } else {
      text.append("Nothing was blocked.\n");
    }
    if (shadow.rows() > 0) {
      text.append('\n');
      shadow.print(text);
    }
  }

  private static void hours(Report report, StringBuilder text) {
    Table table = new Table("hour", "blocked", "keys", "cost", "events", "shadow");
    for (HourRow row : report.hours()) {
      Figures sums = row.blocked();
      table.row(
          at(report, row.start(), HOUR),
          number(sums.records()),
          keys(sums.keys()),
          number(sums.cost()),
          number(sums.events()),
          number(row.shadow().records()));
    }
    Figures all = report.blocked();
    table.row(
        "all",
        number(all.records()),
        keys(all.keys()),
        number(all.cost()),
        number(all.events()),
        number(report.shadow().records()));
    table.print(text);
  }

  private static String all(Report report) {
    return number(report.blocked().records())
        + " records of "
        + keys(report.blocked().keys())
        + " keys were blocked.";
  }

  private static void sums(Table table, String name, Figures sums) {
    table.row(
        name,
        number(sums.records()),
        keys(sums.keys()),
        number(sums.cost()),
        number(sums.events()));
  }

  private static String number(long number) {
    return ReportNotes.number(number);
  }

  /** A number of keys, with its error in words. */
  static String keys(KeyCount keys) {
    return keys.isExact()
        ? number(keys.count())
        : String.format(Locale.ROOT, "%,d ± %.1f %% (95 %%)", keys.count(), 100 * keys.error95());
  }

  private static String name(KeyRow row) {
    // What came from outside must not steer a terminal.
    StringBuilder name = new StringBuilder();
    row.key()
        .codePoints()
        .forEach(c -> name.appendCodePoint(Character.isISOControl(c) ? '\ufffd' : c));
    if (row.cut()) {
      name.append("...");
    }
    if (row.form() == KeyForm.BASE64) {
      name.append(" (base64)");
    } else if (row.form() == KeyForm.HASHED) {
      name.append(" (hashed)");
    }
    return name.toString();
  }

  private static String bounds(KeyRow row) {
    return row.atLeast() == row.atMost()
        ? number(row.atMost())
        : number(row.atLeast()) + " to " + number(row.atMost());
  }

  private static String at(Report report, Instant time, DateTimeFormatter format) {
    return format.format(time.atZone(report.zone()));
  }

  /** Columns as wide as what is in them: the first to the left, the others to the right. */
  private static final class Table {
    private final List<String[]> rows = new ArrayList<>();

    Table(String... heads) {
      rows.add(heads);
    }

    void row(String... cells) {
      rows.add(cells);
    }

    int rows() {
      return rows.size() - 1;
    }

    void print(StringBuilder text) {
      int columns = rows.get(0).length;
      int[] widths = new int[columns];
      for (String[] row : rows) {
        for (int i = 0; i < columns; i++) {
          widths[i] = Math.max(widths[i], width(row[i]));
        }
      }
      for (String[] row : rows) {
        text.append(row[0]).append(" ".repeat(widths[0] - width(row[0])));
        for (int i = 1; i < columns; i++) {
          text.append("  ").append(" ".repeat(widths[i] - width(row[i]))).append(row[i]);
        }
        text.append('\n');
      }
    }

    private static int width(String cell) {
      return cell.codePointCount(0, cell.length());
    }
  }
}
