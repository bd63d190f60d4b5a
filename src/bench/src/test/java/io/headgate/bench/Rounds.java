package io.headgate.bench;

import io.headgate.bench.Plan.Section;
import io.headgate.bench.Samples.Fork;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs benchmarks in rounds: within a section each in turn, a JVM of its own each time, then all of
 * them again. So whatever else the machine does meanwhile falls on all of them.
 */
final class Rounds {

  /** What every JVM gets; the last two are for Agrona and Sentinel. */
  private static final String[] JVM_ARGS = {
    "-Xms1g",
    "-Xmx2g",
    "-XX:+UseG1GC",
    "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
    "-Dcsp.sentinel.log.output.type=console",
    "-Dcsp.sentinel.log.dir=" + System.getProperty("java.io.tmpdir"),
  };

  private final Scale scale;
  private final PrintStream progress;
  private final Map<String, List<Fork>> taken = new LinkedHashMap<>();
  private int done;

  Rounds(Scale scale, PrintStream progress) {
    this.scale = scale;
    this.progress = progress;
  }

  Results run(List<Section> sections) throws RunnerException {
    int forks = sections.stream().mapToInt(this::forks).sum();
    for (Section section : sections) {
      for (int round = 0; round < rounds(section); round++) {
        for (String benchmark : section.benchmarks()) {
          Fork fork = fork(benchmark);
          taken.computeIfAbsent(benchmark, name -> new ArrayList<>()).add(fork);
          done++;
          progress.printf(
              Locale.ROOT, "[%3d/%d] %-50s %10.2f ns%n", done, forks, benchmark, fork.nanos());
        }
      }
    }
    Map<String, Samples> samples = new LinkedHashMap<>();
    taken.forEach((benchmark, forksOfIt) -> samples.put(benchmark, new Samples(forksOfIt)));
    return new Results(samples);
  }

  private int rounds(Section section) {
    return section.threads() == 1 ? scale.rounds() : scale.sharedRounds();
  }

  private int forks(Section section) {
    return rounds(section) * section.benchmarks().size();
  }

  private Fork fork(String benchmark) throws RunnerException {
    TimeValue iteration = TimeValue.milliseconds(scale.millis());
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include(
                "^"
                    + Pattern.quote(Rounds.class.getPackageName() + "." + Plan.method(benchmark))
                    + "$")
            .threads(Plan.threads(benchmark))
            .forks(scale.forks())
            .jvmArgs(JVM_ARGS)
            .warmupIterations(scale.warmups())
            .warmupTime(iteration)
            .measurementIterations(scale.iterations())
            .measurementTime(iteration)
            .addProfiler(GCProfiler.class)
            .shouldFailOnError(true);
    if (scale.keys() > 0) {
      options.param("keys", Integer.toString(scale.keys()));
    }
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    PrintStream output = new PrintStream(log, true, StandardCharsets.UTF_8);
    PrintStream out = System.out;
    PrintStream err = System.err;
    // JMH passes on here what the JVM of a benchmark says: it stays in the log.
    System.setOut(output);
    System.setErr(output);
    try {
      Runner runner =
          new Runner(
              options.build(),
              OutputFormatFactory.createFormatInstance(output, VerboseMode.NORMAL));
      RunResult result = runner.run().iterator().next();
      Result<?> allocated =
          Objects.requireNonNull(result.getSecondaryResults().get("gc.alloc.rate.norm"));
      return new Fork(result.getPrimaryResult().getScore(), allocated.getScore());
    } catch (RunnerException e) {
      progress.print(log.toString(StandardCharsets.UTF_8));
      throw e;
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }
}
