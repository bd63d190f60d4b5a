package io.headgate.bench.e2e;

import io.headgate.bench.CommandLines;
import io.headgate.bench.Figures;
import io.headgate.testkit.TemporaryDirectory;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code headgate bench e2e}: the limiter in an application on a real broker, beside the same
 * application without one. It ends as {@link CommandLines} says.
 */
@Command(
    name = "headgate bench e2e",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Runs applications with and without a limiter in turn, and prints a table.",
      "Only ratios within one run mean anything: let nothing else run meanwhile."
    })
public final class EndToEndBench implements Callable<Integer> {

  private final PrintStream out;
  private final PrintStream err;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it.
  private CommandSpec spec;

  @Option(
      names = "--quick",
      description = "Some minutes instead of an hour: shorter, without what takes long.")
  private boolean quick;

  @Option(
      names = "--json",
      description = "Figures as JSON on the last line of standard output; the table on the other.")
  private boolean json;

  @Option(
      names = "--growth",
      description = "How cost grows with keys, partitions, threads and buckets, and nothing else.")
  private boolean growth;

  @Option(
      names = "--only",
      paramLabel = "NAMES",
      split = ",",
      description = "Only these comparisons, such as alos.1pct; without latency and restore.")
  private List<String> only = List.of();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "How often they take turns: 3 with --quick, 5 without. More tell more.")
  private @Nullable Integer rounds;

  @Option(
      names = "--profile",
      paramLabel = "DIR",
      description = "Writes a flight recording of each application there; it costs a little.")
  private @Nullable Path profiles;

  EndToEndBench(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /**
   * Runs the command and ends the process with its exit code.
   *
   * @param args its options
   */
  public static void main(String[] args) {
    CommandLines.main(EndToEndBench::new, args);
  }

  @Override
  public Integer call() throws IOException {
    List<Group> groups = groups();
    if (rounds != null && rounds < 1) {
      throw new ParameterException(
          spec.commandLine(), "--rounds " + rounds + ": expected 1 or more");
    }
    Scale scale = quick ? Scale.QUICK : Scale.FULL;
    if (profiles != null) {
      Files.createDirectories(profiles);
    }
    Path directory = Files.createTempDirectory("headgate-e2e-");
    boolean done = false;
    try {
      Results results =
          new EndToEnd(rounds == null ? scale : scale.withRounds(rounds), err, directory, profiles)
              .run(groups, !growth && only.isEmpty());
      new EndToEndReport(results, json ? err : out).print();
      if (json) {
        out.println(Figures.json(EndToEndFigures.of(results)));
      }
      done = true;
    } finally {
      // After a failure the logs are there to be read.
      if (done) {
        TemporaryDirectory.delete(directory);
      }
    }
    return 0;
  }

  private List<Group> groups() {
    // Who asks for one that takes long gets it.
    boolean named = !only.isEmpty();
    List<Group> all = growth ? Plan.growth(!quick || named) : Plan.comparisons(!quick || named);
    List<String> names = all.stream().map(Group::name).toList();
    for (String name : only) {
      if (!names.contains(name)) {
        throw new ParameterException(
            spec.commandLine(),
            "--only " + name + ": expected some of " + String.join(", ", names));
      }
    }
    return all.stream().filter(group -> only.isEmpty() || only.contains(group.name())).toList();
  }
}
