package io.headgate.bench.e2e;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Runs comparisons, latency and restore on one broker. */
final class EndToEnd {

  private static final int LATENCY_ROUNDS = 2;

  private final Scale scale;
  private final PrintStream progress;
  private final Path directory;
  private final @Nullable Path profiles;

  EndToEnd(Scale scale, PrintStream progress, Path directory, @Nullable Path profiles) {
    this.scale = scale;
    this.progress = progress;
    this.directory = directory;
    this.profiles = profiles;
  }

  /**
   * Runs.
   *
   * @param extras whether latency and restore are measured too
   */
  Results run(List<Group> groups, boolean extras) {
    try (Lab lab = new Lab(directory, profiles)) {
      Map<String, Map<Variant, Result>> results = new LinkedHashMap<>();
      Comparison comparison = new Comparison(lab, scale, progress);
      for (Group group : groups) {
        results.put(group.name(), comparison.run(group));
      }
      return extras
          ? new Results(groups, results, latencies(lab), restored(lab))
          : new Results(groups, results, Map.of(), 0);
    }
  }

  /** The two applications one after the other, and again, at a rate that both can hold. */
  private Map<Variant, Histogram> latencies(Lab lab) {
    List<Variant> variants = List.of(Variant.PASS_THROUGH, Variant.HEADGATE);
    long records = (long) Latency.RATE * scale.latencySeconds() * (LATENCY_ROUNDS + 1);
    Workload workload = new Workload(Group.KEYS, 1, records, false);
    Load load = Load.blocking(Plan.FEW, workload, Group.BUCKETS);
    Map<Variant, Histogram> latencies = new EnumMap<>(Variant.class);
    List<Subject> subjects = new ArrayList<>();
    List<Latency> runs = new ArrayList<>();
    try {
      for (Variant variant : variants) {
        String application = lab.newApplication("latency", variant);
        String input = application + "-input";
        lab.create(input, 1);
        Setup setup =
            new Setup(
                application,
                variant,
                Setup.ALOS,
                1,
                lab.bootstrap(),
                input,
                workload.keys(),
                load,
                Latency.LINGER_MILLIS);
        subjects.add(lab.start(setup, 1));
        runs.add(new Latency(setup, workload));
        progress.println("latency: " + variant.label + " warms up");
        runs.get(runs.size() - 1).measure(scale.latencySeconds());
      }
      for (int round = 1; round <= LATENCY_ROUNDS; round++) {
        for (int i = 0; i < runs.size(); i++) {
          progress.println("latency: round " + round + ", " + variants.get(i).label);
          Histogram times = runs.get(i).measure(scale.latencySeconds());
          latencies.merge(
              variants.get(i),
              times,
              (all, more) -> {
                all.add(more);
                return all;
              });
        }
      }
    } finally {
      runs.forEach(Latency::close);
      subjects.forEach(Subject::close);
    }
    return latencies;
  }

  /** Judges each key once, ends, and starts anew with an empty memory. */
  private double restored(Lab lab) {
    int keys = scale.rows();
    Workload workload = new Workload(keys, 1, scale.records(keys), true);
    lab.feed(workload);
    Setup setup =
        new Setup(
            lab.newApplication("restore", Variant.HEADGATE),
            Variant.HEADGATE,
            Setup.ALOS,
            1,
            lab.bootstrap(),
            workload.topic(),
            keys,
            new Load(1, Group.BUCKETS, 0, 0),
            -1);
    progress.printf("restore: %,d rows are written%n", keys);
    try (Subject writer = lab.start(setup, 1)) {
      writer.measure(0, keys);
      writer.stop();
    }
    progress.println("restore: they are read back");
    try (Subject reader = lab.start(setup, 1)) {
      return reader.finish(0).restored();
    }
  }
}
