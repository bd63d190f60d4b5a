package io.headgate.bench.e2e;

import static io.headgate.bench.e2e.Variant.HEADGATE;
import static io.headgate.bench.e2e.Variant.PASS_THROUGH;

import java.util.LinkedHashMap;
import java.util.Map;

/** The figures for machines: names that stay, numbers that do not. */
final class EndToEndFigures {

  private static final double P99 = 99;

  private EndToEndFigures() {}

  /** What was measured of them. Ratios are ours by theirs, and never rounded to our advantage. */
  static Map<String, Double> of(Results results) {
    Map<String, Double> figures = new LinkedHashMap<>();
    for (Group group : results.groups()) {
      if (group.name().matches("(alos|eos)\\..*") && results.has(group.name(), HEADGATE)) {
        figures.put(
            group.name() + ".vs.passthrough", throughput(results, group.name(), PASS_THROUGH));
      }
    }
    String base = Plan.ALOS_1;
    if (results.has(base, HEADGATE)) {
      figures.put(
          "cpu.1pct.over.passthrough",
          up(results.ratio(base, HEADGATE, PASS_THROUGH, Slice::cpuNanos)));
      figures.put(
          "process.cpu.1pct.over.passthrough",
          up(results.ratio(base, HEADGATE, PASS_THROUGH, Slice::processNanos)));
      figures.put(
          "alloc.1pct.extraBytes",
          up(
              results.median(base, HEADGATE, Slice::bytes)
                  - results.median(base, PASS_THROUGH, Slice::bytes)));
    }
    against(results, figures, "vs.kvmem", base, Variant.KV_MEMORY);
    against(results, figures, "vs.kvcached", base, Variant.KV_CACHED);
    against(results, figures, "vs.kvrocks", base, Variant.KV_ROCKS);
    against(results, figures, "vs.dsl_tumbling", base, Variant.DSL_TUMBLING);
    against(results, figures, "vs.dsl_sliding", Plan.SLIDING, Variant.DSL_SLIDING);
    if (results.has(Plan.KEYS_10M, HEADGATE)) {
      double bytes =
          results.of(Plan.KEYS_10M, HEADGATE).standing().heap()
              - results.of(Plan.KEYS_10M, PASS_THROUGH).standing().heap();
      figures.put("keys10m.heapBytesPerKey", up(bytes / 10_000_000));
      if (results.has(base, HEADGATE)) {
        figures.put(
            "keys10m.vs.keys10k",
            down(
                results.median(Plan.KEYS_10M, HEADGATE, Slice::recordsPerSecond)
                    / results.median(base, HEADGATE, Slice::recordsPerSecond)));
      }
    }
    if (results.restored() > 0) {
      figures.put("restore.rowsPerSecond", Math.floor(results.restored()));
    }
    if (!results.latencies().isEmpty()) {
      figures.put("p99.ratio", up(p99(results, HEADGATE) / p99(results, PASS_THROUGH)));
    }
    return figures;
  }

  private static void against(
      Results results, Map<String, Double> figures, String name, String group, Variant variant) {
    if (results.has(group, variant)) {
      figures.put(name, throughput(results, group, variant));
    }
  }

  private static double throughput(Results results, String group, Variant than) {
    return down(results.ratio(group, HEADGATE, than, Slice::recordsPerSecond));
  }

  private static double p99(Results results, Variant variant) {
    var times = results.latencies().get(variant);
    if (times == null) {
      throw new IllegalStateException("no latency of " + variant.label);
    }
    return times.getValueAtPercentile(P99);
  }

  private static double down(double figure) {
    return Math.floor(figure * 1000) / 1000;
  }

  private static double up(double figure) {
    return Math.ceil(figure * 1000) / 1000;
  }
}
