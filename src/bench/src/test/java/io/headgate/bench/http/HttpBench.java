package io.headgate.bench.http;

import io.headgate.bench.CommandLines;
import io.headgate.bench.Figures;
import io.headgate.testkit.TemporaryDirectory;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code headgate bench http}: a service that has more records than it can judge, with and without
 * hostile HTTP clients, in turn. It ends as {@link CommandLines} says.
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
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    System.exit(CommandLines.run(new HttpBench(out, err), out, err, args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    check("--seconds", seconds);
    check("--rounds", rounds);
    if (pace < 0 || pace > MOST_PACE) {
      throw new ParameterException(
          spec.commandLine(), "--pace " + pace + ": expected 0 to " + MOST_PACE);
    }
    Path directory = Files.createTempDirectory("headgate-http-");
    Map<Attack, List<Double>> throughput = new EnumMap<>(Attack.class);
    Map<Attack, List<Double>> cpu = new EnumMap<>(Attack.class);
    Map<Attack, List<Double>> behind = new EnumMap<>(Attack.class);
    boolean done = false;
    try (AttackedService service = new AttackedService(directory, err, pace)) {
      service.warmUp(seconds);
      for (int round = 1; round <= rounds; round++) {
        for (Attack attack : Attack.values()) {
          // Quiet stretches on both sides: a machine that changes slowly changes neither way.
          Stretch before = service.quiet(seconds);
          Stretch attacked = service.under(attack, seconds);
          Stretch after = service.quiet(seconds);
          double quietRate = (before.rate() + after.rate()) / 2;
          double quietCpu = (before.threadNanos() + after.threadNanos()) / 2;
          double quietBehind = (before.behindMillis() + after.behindMillis()) / 2;
          add(throughput, attack, attacked.rate() / quietRate);
          add(cpu, attack, attacked.threadNanos() / quietCpu);
          add(behind, attack, attacked.behindMillis() - quietBehind);
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
    print(json ? err : out, throughput, cpu, behind);
    if (json) {
      Map<String, Double> figures = new LinkedHashMap<>();
      throughput.forEach((attack, all) -> figures.put(attack + ".vs.quiet", median(all)));
      cpu.forEach((attack, all) -> figures.put(attack + ".cpu.over.quiet", median(all)));
      if (pace > 0) {
        behind.forEach((attack, all) -> figures.put(attack + ".behind.extraMs", median(all)));
      }
      out.println(Figures.json(figures));
    }
    return 0;
  }

  private void check(String option, int value) {
    if (value < 1 || value > MOST) {
      throw new ParameterException(
          spec.commandLine(), option + " " + value + ": expected 1 to " + MOST);
    }
  }

  private static void add(Map<Attack, List<Double>> all, Attack attack, double value) {
    all.computeIfAbsent(attack, one -> new ArrayList<>()).add(value);
  }

  private static void print(
      PrintStream to,
      Map<Attack, List<Double>> throughput,
      Map<Attack, List<Double>> cpu,
      Map<Attack, List<Double>> behind) {
    to.println();
    to.println("under attack / quiet: the median of the rounds, and the least and greatest;");
    to.println("cpu: time of the stream threads a record; behind: ms, p99, beyond quiet");
    to.println();
    to.printf("  %-12s%9s%16s%9s%9s%n", "", "records/s", "rounds", "cpu", "behind");
    throughput.forEach(
        (attack, all) ->
            to.printf(
                Locale.ROOT,
                "  %-12s%9.3f%16s%9.3f%9.1f   %s%n",
                attack,
                median(all),
                String.format(
                    Locale.ROOT,
                    "%.2f .. %.2f",
                    all.stream().mapToDouble(each -> each).min().orElseThrow(),
                    all.stream().mapToDouble(each -> each).max().orElseThrow()),
                median(cpu.getOrDefault(attack, List.of())),
                median(behind.getOrDefault(attack, List.of())),
                attack.label));
    to.println();
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(each -> each).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
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
