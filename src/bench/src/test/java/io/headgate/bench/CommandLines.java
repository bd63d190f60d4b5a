package io.headgate.bench;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import picocli.CommandLine;

/**
 * How this module's commands end. Exit codes: 0 done, 1 a benchmark failed, 2 the user has
 * something to mend; for 1 and 2 one line on standard error says what.
 */
public final class CommandLines {

  private CommandLines() {}

  /**
   * Runs a command on the process's own streams, and ends the process with its exit code.
   *
   * @param command is made with what it prints to, and what it tells people on
   * @param args its options
   */
  public static void main(
      BiFunction<PrintStream, PrintStream, Callable<Integer>> command, String... args) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    System.exit(run(command.apply(out, err), out, err, args));
  }

  /** Runs a command, and returns its exit code. */
  public static int run(
      Callable<Integer> command, PrintStream out, PrintStream err, String... args) {
    CommandLine line = new CommandLine(command);
    line.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
    String name = line.getCommandName();
    line.setParameterExceptionHandler(
        (error, wrong) -> {
          err.println(name + ": " + firstLine(error) + " (" + name + " --help)");
          return 2;
        });
    line.setExecutionExceptionHandler(
        (error, failed, parsed) -> {
          err.println(name + ": " + firstLine(error));
          return 1;
        });
    return line.execute(args);
  }

  private static String firstLine(Exception error) {
    String message = error.getMessage() == null ? error.toString() : error.getMessage();
    return message.lines().findFirst().orElse(message);
  }
}
