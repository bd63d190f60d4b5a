package io.headgate.chaos;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.headgate.lane.Delivery;
import io.headgate.lane.Emit;
import io.headgate.testkit.ProcessCluster;
import io.headgate.testkit.TemporaryDirectory;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.streams.StreamsConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * {@code headgate chaos}: is anything lost? Exit codes: 0 the promise held, 1 it did not or the run
 * failed, 2 the user has something to mend; for 1 and 2 one line on standard error says what.
 */
@Command(
    name = "headgate chaos",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Starts three brokers and several instances of an application, each a process of its own,",
      "limits steady traffic, and brings about fault after fault. At the end the topics tell",
      "whether anything was lost, told twice or judged wrongly.%n"
    })
public final class ChaosCommand implements Callable<Integer> {

  static final int BROKERS = 3;
  private static final ObjectMapper JSON = new ObjectMapper();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "10",
      description = "Faults, one after the other (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--guarantee",
      paramLabel = "at_least_once|exactly_once_v2",
      defaultValue = "exactly_once_v2",
      description = "Kafka Streams' processing guarantee (default: ${DEFAULT-VALUE}).")
  private String guarantee = "";

  @Option(
      names = "--delivery",
      paramLabel = "at_least_once|best_effort|transactional",
      defaultValue = "at_least_once",
      description = "How events reach their topic (default: ${DEFAULT-VALUE}).")
  private String delivery = "";

  @Option(
      names = "--emit",
      paramLabel = "every|first-and-summary",
      defaultValue = "every",
      description = "Which blocked records are events of their own (default: ${DEFAULT-VALUE}).")
  private String emit = "";

  @Option(
      names = "--faults",
      paramLabel = "FAULT,...",
      split = ",",
      description = "Only these, of those below (default: each in turn).")
  private @Nullable List<String> faults;

  @Option(
      names = "--group-protocol",
      paramLabel = "classic|streams",
      defaultValue = "classic",
      description = "How instances share the tasks (default: ${DEFAULT-VALUE}).")
  private String groupProtocol = "";

  @Option(
      names = "--instances",
      paramLabel = "N",
      defaultValue = "2",
      description = "Of the application, 2 to 8 (default: ${DEFAULT-VALUE}).")
  private int instances;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Records a second, 1 to 100000 (default: ${DEFAULT-VALUE}).")
  private int rate;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of the faults and the traffic, to have them again (default: a new one).")
  private @Nullable Long seed;

  @Option(
      names = "--json",
      description = "An object a round, one of the bounds, and one of the outcome, last.")
  private boolean json;

  private final PrintStream out;
  private final PrintStream err;

  ChaosCommand(PrintStream out, PrintStream err) {
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
    System.exit(run(out, err, args));
  }

  static int run(PrintStream out, PrintStream err, String... args) {
    CommandLine line = new CommandLine(new ChaosCommand(out, err));
    line.getCommandSpec().usageMessage().footer("%nFaults: " + String.join(", ", Fault.texts()));
    line.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
    String name = line.getCommandName();
    line.setParameterExceptionHandler(
        (error, wrong) -> {
          err.println(name + ": " + firstLine(error) + " (" + name + " --help)");
          return 2;
        });
    line.setExecutionExceptionHandler(
        (error, command, parsed) -> {
          err.println(name + ": " + firstLine(error));
          return 1;
        });
    return line.execute(args);
  }

  private static String firstLine(Throwable error) {
    String message = error.getMessage() == null ? error.toString() : error.getMessage();
    return message.lines().findFirst().orElse(message);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    // Everything that the user may have to mend comes first: nothing is started for a bad option.
    inRange("--rounds", rounds, 1, 100_000);
    inRange("--instances", instances, 2, 8);
    inRange("--rate", rate, 1, 100_000);
    oneOf("--guarantee", guarantee, StreamsConfig.AT_LEAST_ONCE, StreamsConfig.EXACTLY_ONCE_V2);
    oneOf("--delivery", delivery, "at_least_once", "best_effort", "transactional");
    oneOf("--emit", emit, "every", "first-and-summary");
    oneOf("--group-protocol", groupProtocol, "classic", "streams");
    List<Fault> chosen = chosenFaults();
    long drawn = seed == null ? ThreadLocalRandom.current().nextLong(1_000_000) : seed;
    Path directory = Files.createTempDirectory("headgate-chaos-");
    err.println(
        "starting "
            + BROKERS
            + " brokers and "
            + instances
            + " instances in "
            + directory
            + " ...");
    boolean held = false;
    try (ProcessCluster cluster = ProcessCluster.start(BROKERS, directory, Map.of())) {
      Setup setup =
          new Setup(
              guarantee,
              Delivery.valueOf(constant(delivery)),
              Emit.valueOf(constant(emit)),
              groupProtocol,
              cluster.bootstrapServers());
      ChaosRun.Plan plan = new ChaosRun.Plan(rounds, instances, rate, drawn, chosen);
      ChaosRun.Result result = new ChaosRun(cluster, directory, setup, plan, this::showRound).run();
      held = show(setup, drawn, result);
    } finally {
      if (held) {
        TemporaryDirectory.delete(directory);
      } else {
        err.println(
            "headgate chaos: logs and data are in " + directory + ", the seed was " + drawn);
      }
    }
    return held ? 0 : 1;
  }

  private static String constant(String option) {
    return option.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  private List<Fault> chosenFaults() {
    if (faults == null) {
      return List.of(Fault.values());
    }
    try {
      return faults.stream().map(Fault::of).toList();
    } catch (IllegalArgumentException e) {
      throw wrong("--faults: " + e.getMessage());
    }
  }

  private void inRange(String option, int value, int from, int to) {
    if (value < from || value > to) {
      throw wrong(option + " " + value + ": expected " + from + " to " + to);
    }
  }

  private void oneOf(String option, String value, String... expected) {
    if (!List.of(expected).contains(value)) {
      throw wrong(option + " " + value + ": expected " + String.join(" or ", expected));
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(new CommandLine(this), message);
  }

  private void showRound(int round, Fault fault, double seconds, long inputs) {
    PrintStream people = json ? err : out;
    people.printf(
        Locale.ROOT,
        "round %d of %d: %-26s mended and caught up after %5.1f s, %,d records in%n",
        round,
        rounds,
        fault.text(),
        seconds,
        inputs);
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("round", round);
      object.put("fault", fault.text());
      object.put("seconds", Math.round(seconds * 10) / 10.0);
      object.put("inputs", inputs);
      print(object);
    }
  }

  /** Shows what a run came to; true if the promise held. */
  private boolean show(Setup setup, long drawn, ChaosRun.Result result) {
    Outcome outcome = result.outcome();
    Checks checks = result.checks();
    List<String> broken = checks.broken(setup, outcome);
    PrintStream people = json ? err : out;
    people.printf(
        Locale.ROOT,
        "%,d in = %,d admitted + %,d blocked + %,d lost; events count %,d;"
            + " %,d counted twice (at most %,d may be), %,d wrong verdicts%n",
        outcome.inputs(),
        outcome.admitted(),
        outcome.blocked(),
        outcome.lost(),
        outcome.eventCountSum(),
        outcome.duplicates(),
        checks.bound(setup),
        outcome.verdictErrors());
    people.printf(
        Locale.ROOT,
        "%,d records judged again, %,d events for several records, %,d without their keys,"
            + " %d stream threads replaced%n",
        checks.replayed(),
        checks.grownEvents(),
        checks.overflowEvents(),
        checks.threadErrors().size());
    checks.threadErrors().forEach(error -> people.println("  a stream thread ended on " + error));
    broken.forEach(line -> err.println("headgate chaos: the promise does not hold: " + line));
    if (json) {
      Map<String, Object> bounds = new LinkedHashMap<>();
      bounds.put("seed", drawn);
      bounds.put("guarantee", setup.guarantee());
      bounds.put("delivery", setup.delivery().name().toLowerCase(Locale.ROOT));
      bounds.put("emit", setup.emit().name().toLowerCase(Locale.ROOT).replace('_', '-'));
      bounds.put("groupProtocol", setup.groupProtocol());
      bounds.put("duplicatesBound", checks.bound(setup));
      bounds.put("checks", checks);
      print(bounds);
      print(outcome);
    }
    return broken.isEmpty();
  }

  private void print(Object object) {
    try {
      out.println(JSON.writeValueAsString(object));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
