package io.headgate.bench.e2e;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** The table for people. */
final class EndToEndReport {

  private static final String LINE = "  %-28s %9s %8s %15s %8s %8s %9s %9s %9s %9s %8s%n";

  private final Results results;
  private final PrintStream out;

  EndToEndReport(Results results, PrintStream out) {
    this.results = results;
    this.out = out;
  }

  void print() {
    out.print(
        """

        records/s  that the stream threads took in: the median of the rounds
        ratio      to the first line's in the same round: the median, and the least and greatest
        cpu        nanoseconds of the stream threads a record;  process: of the whole process
        bytes      allocated by the stream threads a record;  heap: MB in use at the end
        log        bytes a record on the changelog;  pause: the longest for garbage collection, ms
        """);
    results.groups().forEach(this::group);
    latencies();
    if (results.restored() > 0) {
      out.printf(Locale.ROOT, "%nstate read back: %,.0f rows a second%n", results.restored());
    }
    out.println();
  }

  private void group(Group group) {
    out.printf(
        Locale.ROOT,
        "%n%s: %,d keys, %d partitions, %d stream threads, %s%n",
        group.name(),
        group.keys(),
        group.partitions(),
        group.threads(),
        group.guarantee());
    out.printf(
        LINE,
        "",
        "records/s",
        "ratio",
        "rounds",
        "cpu",
        "process",
        "bytes",
        "heap",
        "log",
        "pause",
        "events");
    group.variants().forEach(variant -> line(group, variant));
  }

  private void line(Group group, Variant variant) {
    String name = group.name();
    double[] ratios =
        results.ratios(name, variant, group.variants().get(0), Slice::recordsPerSecond);
    Result result = results.of(name, variant);
    Standing standing = result.standing();
    out.printf(
        LINE,
        variant.label,
        number(results.median(name, variant, Slice::recordsPerSecond), 0),
        number(results.ratio(name, variant, group.variants().get(0), Slice::recordsPerSecond), 3),
        number(ratios[0], 2) + " .. " + number(ratios[ratios.length - 1], 2),
        number(results.median(name, variant, Slice::cpuNanos), 0),
        number(results.median(name, variant, Slice::processNanos), 0),
        number(results.median(name, variant, Slice::bytes), 0),
        number(standing.heap() / 1e6, 1),
        number((double) result.changelogBytes() / standing.taken(), 1),
        number(result.pauseMillis(), 1),
        variant.isOurs() ? number((double) standing.events(), 0) : "");
  }

  private void latencies() {
    if (results.latencies().isEmpty()) {
      return;
    }
    out.printf(
        Locale.ROOT,
        "%nlatency at %,d records/s, linger.ms %d: milliseconds%n  %-28s %9s %9s %9s %9s%n",
        Latency.RATE,
        Latency.LINGER_MILLIS,
        "",
        "p50",
        "p99",
        "p99.9",
        "records");
    for (Map.Entry<Variant, Histogram> latency : results.latencies().entrySet()) {
      Histogram times = latency.getValue();
      out.printf(
          Locale.ROOT,
          "  %-28s %9.2f %9.2f %9.2f %9d%n",
          latency.getKey().label,
          times.getValueAtPercentile(50) / 1e6,
          times.getValueAtPercentile(99) / 1e6,
          times.getValueAtPercentile(99.9) / 1e6,
          times.getTotalCount());
    }
  }

  private static String number(double value, int decimals) {
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }
}
