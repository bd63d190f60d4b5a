package io.headgate.bench.e2e;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Runs a group: all its applications are warmed up one after the other, and then take turns, round
 * after round, each paused while another runs. So what the machine does to one it does to all.
 */
final class Comparison {

  private final Lab lab;
  private final Scale scale;
  private final PrintStream progress;

  Comparison(Lab lab, Scale scale, PrintStream progress) {
    this.lab = lab;
    this.scale = scale;
    this.progress = progress;
  }

  Map<Variant, Result> run(Group group) {
    Workload workload =
        new Workload(group.keys(), group.partitions(), scale.records(group.keys()), true);
    Load load = Load.blocking(group.share(), workload, group.buckets());
    lab.feed(workload);
    List<Subject> subjects = new ArrayList<>();
    Map<Variant, List<Slice>> slices = new EnumMap<>(Variant.class);
    Map<Variant, Result> results = new EnumMap<>(Variant.class);
    try {
      for (Variant variant : group.variants()) {
        Setup setup = setup(group, variant, workload, load);
        say("%s: %s warms up", group.name(), variant.label);
        Subject subject = lab.start(setup, group.partitions());
        subjects.add(subject);
        subject.measure(0, scale.firstOf(group.keys()) / variant.slowness);
      }
      for (int round = 1; round <= scale.rounds(); round++) {
        for (Subject subject : subjects) {
          Variant variant = subject.setup.variant();
          Slice slice =
              subject.measure(
                  scale.passedBy() / variant.slowness, scale.measured() / variant.slowness);
          slices.computeIfAbsent(variant, none -> new ArrayList<>()).add(slice);
          say(
              "%s: round %d of %d, %s: %,.0f records/s, %,.0f ns of the stream thread, %,.0f of the"
                  + " process, %,.0f bytes, compiled for %,.0f ms",
              group.name(),
              round,
              scale.rounds(),
              variant.label,
              slice.recordsPerSecond(),
              slice.cpuNanos(),
              slice.processNanos(),
              slice.bytes(),
              slice.compileMillis());
        }
      }
      for (Subject subject : subjects) {
        Variant variant = subject.setup.variant();
        List<Slice> rounds = Objects.requireNonNull(slices.get(variant));
        results.put(variant, end(subject, rounds, workload));
      }
    } finally {
      subjects.forEach(Subject::close);
      subjects.forEach(subject -> lab.forget(subject.setup.application()));
    }
    return results;
  }

  Setup setup(Group group, Variant variant, Workload workload, Load load) {
    return new Setup(
        lab.newApplication(group.name(), variant),
        variant,
        group.guarantee(),
        group.threads(),
        lab.bootstrap(),
        workload.topic(),
        group.keys(),
        load,
        -1);
  }

  /** Lets ours judge all records, and holds it against what was foretold. */
  private Result end(Subject subject, List<Slice> rounds, Workload workload) {
    Standing standing = subject.finish(workload.records());
    subject.stop();
    Setup setup = subject.setup;
    if (setup.variant().isOurs() && standing.admitted() != setup.load().admitted()) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "%s admitted %d of %d records, the embedded limiter %d",
              setup.application(),
              standing.admitted(),
              workload.records(),
              setup.load().admitted()));
    }
    return new Result(
        rounds, standing, lab.changelogBytes(setup.application()), subject.longestPause());
  }

  private void say(String format, Object... values) {
    progress.printf(Locale.ROOT, format + "%n", values);
  }
}
