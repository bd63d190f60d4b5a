package io.headgate.examples;

import io.headgate.examples.demo.DemoCommand;
import io.headgate.examples.demo.UserError;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/**
 * The launcher's entry. Exit codes: 0 done, 1 something failed, 2 the user has something to mend;
 * for 1 and 2 one line on standard error says what.
 */
@Command(
    name = "headgate",
    mixinStandardHelpOptions = true,
    version = "headgate 0.1.0-SNAPSHOT",
    description = "Per-key rate limits inside Kafka Streams, every blocked record accounted for.",
    footer = {
      "%nThe launcher also knows, each with a --help of its own:",
      "  run, check, limits, report, ingest  the service",
      "  bench structures, e2e, http         what it costs",
      "  chaos                               is anything lost, whatever fails?"
    })
public final class Main {

  /** Set by the launcher if standard error is a terminal: Java cannot tell. */
  static final String TERMINAL = "headgate.terminal";

  private static final int HELP_WIDTH = 100;

  private static final String LAUNCHERS =
      "run, check, limits, report, ingest, bench structures, bench e2e, bench http or chaos";

  private Main() {}

  /**
   * Runs a command and ends the process with its exit code.
   *
   * @param args the command and its options
   */
  public static void main(String[] args) {
    // Also in a locale that is not UTF-8, keys are shown as they are.
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    System.exit(run(out, err, Boolean.getBoolean(TERMINAL), args));
  }

  /**
   * Runs a command.
   *
   * @param out for what was asked for
   * @param err for what happens meanwhile, and what goes wrong
   * @param terminal whether {@code err} is one
   * @param args the command and its options
   * @return the exit code
   */
  public static int run(PrintStream out, PrintStream err, boolean terminal, String... args) {
    CommandLine line = new CommandLine(new Main());
    line.addSubcommand(new DemoCommand(out, err, terminal));
    line.addSubcommand(new ExampleCommand(out, err));
    line.setUsageHelpWidth(HELP_WIDTH);
    line.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
    line.setParameterExceptionHandler(
        (error, wrong) -> complain(err, error.getCommandLine(), error, 2));
    line.setExecutionExceptionHandler(
        (error, command, parsed) ->
            error instanceof ParameterException || error instanceof UserError
                ? complain(err, command, error, 2)
                : complain(err, command, error, 1));
    if (args.length > 0
        && !args[0].startsWith("-")
        && !line.getSubcommands().containsKey(args[0])) {
      err.println(
          "headgate: unknown command \""
              + args[0]
              + "\": expected "
              + String.join(", ", line.getSubcommands().keySet())
              + ", "
              + LAUNCHERS
              + " (headgate --help)");
      return 2;
    }
    if (args.length == 0) {
      line.usage(err);
      return 2;
    }
    return line.execute(args);
  }

  private static int complain(PrintStream err, CommandLine command, Exception error, int exitCode) {
    String message = error.getMessage() == null ? error.toString() : error.getMessage();
    String name = command.getCommandSpec().qualifiedName();
    String first = message.lines().findFirst().orElse(message);
    err.println(name + ": " + first + (exitCode == 2 ? " (" + name + " --help)" : ""));
    return exitCode;
  }
}
