package io.headgate.bench;

import io.headgate.bench.Plan.Row;
import io.headgate.bench.Plan.Section;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** The table for people. */
final class Report {

  /** A ratio whose rounds lie further apart than this says little. */
  private static final double WIDE = 1.5;

  private static final String LINE = "  %-42s %9s %9s %7s %7s %7s %7s %16s %7s%n";

  private final Results results;
  private final PrintStream out;

  Report(Results results, PrintStream out) {
    this.results = results;
    this.out = out;
  }

  void print() {
    out.print(
        """

        ns/op   median of the forks; net: the same without the peer's own clock
        spread  from the fastest fork to the slowest, in percent of the median
        M/s     millions of operations a second, of all threads together
        ratio   the peer's net time / ours: above 1 we win; with ~ the rounds disagree so much that it says little
        rounds  the ratio's least and greatest in one round
        gross   the ratio if the peer's own clock counts too
        """);
    Plan.SECTIONS.forEach(this::section);
    steps();
    out.printf(
        "%nrow of 100 a minute, strict: %d bytes in 10 buckets, %d in 60%n%n",
        Figures.rowBytes(10), Figures.rowBytes(60));
  }

  private void section(Section section) {
    out.printf(
        "%n%s (%d %s)%n",
        section.title(), section.threads(), section.threads() == 1 ? "thread" : "threads");
    out.printf(LINE, "", "ns/op", "net", "M/s", "spread", "B/op", "ratio", "rounds", "gross");
    section.peers().forEach(row -> line(section, row, !row.benchmark().equals(Plan.CLOCK)));
    section.more().forEach(row -> line(section, row, false));
    line(section, section.ours(), false);
  }

  private void line(Section section, Row row, boolean compared) {
    Samples gross = results.gross(row);
    Samples net = results.net(row);
    Samples ours = results.gross(section.ours());
    boolean clocked = row.net() != null || row.readsClock();
    out.printf(
        LINE,
        row.label(),
        number(gross.medianNanos(), 2),
        clocked ? number(net.medianNanos(), 2) : "",
        number(1000 * Plan.threads(row.benchmark()) / gross.medianNanos(), 1),
        number(gross.spread() * 100, 0) + " %",
        number(net.medianBytes(), 1),
        compared ? ratio(section, row) : "",
        compared ? rounds(net.dividedBy(ours)) : "",
        clocked ? number(gross.medianNanos() / ours.medianNanos(), 2) : "");
  }

  private String ratio(Section section, Row row) {
    List<Double> rounds = results.net(row).dividedBy(results.gross(section.ours()));
    boolean wide = rounds.get(rounds.size() - 1) > WIDE * rounds.get(0);
    return (wide ? "~" : "") + number(results.ratio(section, row), 2);
  }

  private static String rounds(List<Double> ratios) {
    return number(ratios.get(0), 2) + " .. " + number(ratios.get(ratios.size() - 1), 2);
  }

  /** A record's whole way, from figures that stand above. */
  private void steps() {
    out.printf("%nheadgate: one hot key, step by step%n");
    double sum = 0;
    for (Row step : Plan.STEPS) {
      double nanos = results.gross(step).medianNanos();
      sum += nanos;
      out.printf("  %-42s %9s%n", step.label(), number(nanos, 2));
    }
    out.printf("  %-42s %9s%n", "sum", number(sum, 2));
  }

  private static String number(double value, int decimals) {
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }
}
