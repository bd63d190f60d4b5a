package io.headgate.bench;

import java.io.PrintStream;
import java.util.concurrent.Callable;
import org.openjdk.jmh.runner.RunnerException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code headgate bench structures}: every structure against the best of others, on this machine.
 * It ends as {@link CommandLines} says.
 */
@Command(
    name = "headgate bench structures",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Runs every structure against the best of others and prints a table.",
      "Only ratios within one run mean anything: let nothing else run meanwhile."
    })
public final class StructuresBench implements Callable<Integer> {

  private final PrintStream out;
  private final PrintStream err;

  @Option(names = "--quick", description = "Some minutes instead of an hour: shorter, fewer forks.")
  private boolean quick;

  @Option(
      names = "--json",
      description = "Figures as JSON on the last line of standard output; the table on the other.")
  private boolean json;

  StructuresBench(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /**
   * Runs the command and ends the process with its exit code.
   *
   * @param args its options
   */
  public static void main(String[] args) {
    CommandLines.main(StructuresBench::new, args);
  }

  static int run(PrintStream out, PrintStream err, String... args) {
    return CommandLines.run(new StructuresBench(out, err), out, err, args);
  }

  @Override
  public Integer call() throws RunnerException {
    Results results = new Rounds(quick ? Scale.QUICK : Scale.FULL, err).run(Plan.SECTIONS);
    new Report(results, json ? err : out).print();
    if (json) {
      out.println(Figures.json(Figures.of(results)));
    }
    return 0;
  }
}
