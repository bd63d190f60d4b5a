package io.headgate.bench.http;

import io.headgate.bench.CommandLines;
import io.headgate.bench.Figures;
import io.headgate.bench.Median;
import io.headgate.testkit.TemporaryDirectory;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code headgate bench http}: a service that judges records, with and without hostile HTTP
 * clients, in turn. It ends as {@link CommandLines} says.
 */
@Command(
    name = "headgate bench http",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Attacks the service's HTTP server while it judges, and prints what that takes from it.",
      "Only ratios within one run mean anything: let nothing else run meanwhile."
    })
public final class HttpBench implements Callable<Integer> {

  private static final int MOST = 3_600;
  private static final int MOST_PACE = 1_000_000;

  private final PrintStream out;
  private final PrintStream err;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it.
  private CommandSpec spec;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "8",
      description = "How long each is measured at a time (${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "How often they take turns (${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--pace",
      paramLabel = "N",
      defaultValue = "0",
      description = {
        "Records a second that come to it, such as half of what it can take; 0: more than it can",
        "take, when all of its machine's processors are busy (${DEFAULT-VALUE})."
      })
  private int pace;

  @Option(names = "--json", description = "Figures as JSON on the last line of standard output.")
  private boolean json;

  HttpBench(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /**
   * Runs the command and ends the process with its exit code.
   *
   * @param args its options
   */
  public static void main(String[] args) {
    CommandLines.main(HttpBench::new, args);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    check("--seconds", seconds, 1, MOST);
    check("--rounds", rounds, 1, MOST);
    check("--pace", pace, 0, MOST_PACE);
    Path directory = Files.createTempDirectory("headgate-http-");
    Map<Attack, List<Round>> seen = new EnumMap<>(Attack.class);
    boolean done = false;
    try (AttackedService service = new AttackedService(directory, err, pace)) {
      service.warmUp(seconds);
      for (int round = 1; round <= rounds; round++) {
        for (Attack attack : Attack.values()) {
          // Quiet stretches on both sides: a machine that changes slowly changes neither way.
          Stretch before = service.quiet(seconds);
          Stretch attacked = service.under(attack, seconds);
          Stretch after = service.quiet(seconds);
          seen.computeIfAbsent(attack, one -> new ArrayList<>())
              .add(new Round(before, attacked, after));
          err.printf(
              Locale.ROOT,
              "round %d of %d, %s: %,.0f records/s, quiet %,.0f and %,.0f; %,.0f ns of the stream"
                  + " threads a record, quiet %,.0f and %,.0f; behind by %.0f ms, quiet %.0f and"
                  + " %.0f; HTTP took %.1f %% of a core%n",
              round,
              rounds,
              attack,
              attacked.rate(),
              before.rate(),
              after.rate(),
              attacked.threadNanos(),
              before.threadNanos(),
              after.threadNanos(),
              attacked.behindMillis(),
              before.behindMillis(),
              after.behindMillis(),
              attacked.httpShare() * 100);
        }
      }
      done = true;
    } finally {
      // After a failure the logs are there to be read.
      if (done) {
        TemporaryDirectory.delete(directory);
      }
    }
    print(json ? err : out, seen);
    if (json) {
      out.println(Figures.json(figures(seen)));
    }
    return 0;
  }

  private void check(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw new ParameterException(
          spec.commandLine(), option + " " + value + ": expected " + least + " to " + most);
    }
  }

  private static void print(PrintStream to, Map<Attack, List<Round>> seen) {
    to.println();
    to.println("under attack / quiet: the median of the rounds, and the least and greatest;");
    to.println("cpu: time of the stream threads a record; behind: ms, p99, beyond quiet");
    to.println();
    to.printf("  %-12s%9s%16s%9s%9s%n", "", "records/s", "rounds", "cpu", "behind");
    seen.forEach(
        (attack, all) -> {
          DoubleSummaryStatistics rates = all.stream().mapToDouble(Round::rate).summaryStatistics();
          to.printf(
              Locale.ROOT,
              "  %-12s%9.3f%16s%9.3f%9.1f   %s%n",
              attack,
              median(all, Round::rate),
              String.format(Locale.ROOT, "%.2f .. %.2f", rates.getMin(), rates.getMax()),
              median(all, Round::cpu),
              median(all, Round::behindMillis),
              attack.label);
        });
    to.println();
  }

  private Map<String, Double> figures(Map<Attack, List<Round>> seen) {
    Map<String, Double> figures = new LinkedHashMap<>();
    seen.forEach((attack, all) -> figures.put(attack + ".vs.quiet", median(all, Round::rate)));
    seen.forEach((attack, all) -> figures.put(attack + ".cpu.over.quiet", median(all, Round::cpu)));
    if (pace > 0) {
      seen.forEach(
          (attack, all) ->
              figures.put(attack + ".behind.extraMs", median(all, Round::behindMillis)));
    }
    return figures;
  }

  private static double median(List<Round> rounds, ToDoubleFunction<Round> figure) {
    return Median.of(rounds.stream().mapToDouble(figure));
  }

  /** A stretch under attack, between two quiet ones. */
  private record Round(Stretch before, Stretch attacked, Stretch after) {
    double rate() {
      return attacked.rate() / ((before.rate() + after.rate()) / 2);
    }

    double cpu() {
      return attacked.threadNanos() / ((before.threadNanos() + after.threadNanos()) / 2);
    }

    double behindMillis() {
      return attacked.behindMillis() - (before.behindMillis() + after.behindMillis()) / 2;
    }
  }

  /**
   * What was measured over some seconds.
   *
   * @param rate records judged a second
   * @param threadNanos CPU time of the stream threads a record, nanoseconds
   * @param httpShare CPU time of the HTTP server's threads, of one core
   * @param behindMillis how far it was behind what had come, at 99 of 100 looks at most,
   *     milliseconds; 0 if that says nothing
   */
  record Stretch(double rate, double threadNanos, double httpShare, double behindMillis) {}
}
