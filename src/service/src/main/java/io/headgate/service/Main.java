package io.headgate.service;

import io.headgate.rules.RulesException;
import io.headgate.service.config.ConfigException;
import io.headgate.service.config.UserError;
import io.headgate.service.config.Version;
import io.headgate.service.kafka.BrokerException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.KafkaException;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/**
 * The launcher's entry for all that has to do with the service. Exit codes: those of {@link
 * ExitCode}; for all but 0 standard error says why, a line for each thing that is wrong.
 */
@Command(
    name = "headgate",
    mixinStandardHelpOptions = true,
    version = "headgate " + Version.TEXT,
    description = "Per-key rate limits inside Kafka Streams, every blocked record accounted for.",
    footer = "%nExit codes: 0 done, 1 something failed, 2 there is something for you to mend.")
public final class Main {

  private static final String KAFKA_LOG = "org.slf4j.simpleLogger.log.org.apache.kafka";

  private static final int HELP_WIDTH = 100;

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
    if (args.length == 0 || !args[0].equals("run")) {
      // What a command has to say it says itself; before the first logger is made.
      System.getProperties().putIfAbsent(KAFKA_LOG, "error");
    }
    System.exit(run(new Console(out, err), args));
  }

  /** The commands: one line each. */
  private static List<Object> commands(Console console) {
    return List.of(
        new RunCommand(console),
        new CheckCommand(console),
        LimitsCommand.with(console),
        new ReportCommand(console),
        new IngestCommand(console));
  }

  static int run(Console console, String... args) {
    CommandLine line = new CommandLine(new Main());
    commands(console).forEach(line::addSubcommand);
    line.setUsageHelpWidth(HELP_WIDTH);
    line.setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8));
    line.setParameterExceptionHandler(
        (error, wrong) -> complain(console, error.getCommandLine(), error));
    line.setExecutionExceptionHandler(
        (error, command, parsed) -> complain(console, command, error));
    if (args.length == 0) {
      line.usage(console.err());
      return ExitCode.BAD_INPUT;
    }
    return line.execute(args);
  }

  private static int complain(Console console, CommandLine command, Exception error) {
    String name = command.getCommandSpec().qualifiedName();
    String message = error.getMessage() == null ? error.toString() : error.getMessage();
    if (error instanceof ConfigException || error instanceof RulesException) {
      // Each line begins with its file.
      console.err().println(message);
      return ExitCode.BAD_INPUT;
    }
    if (error instanceof UserError) {
      message.lines().forEach(line -> console.err().println(name + ": " + line));
      return ExitCode.BAD_INPUT;
    }
    String first = message.lines().findFirst().orElse(message);
    if (error instanceof ParameterException) {
      console.err().println(name + ": " + first + " (" + name + " --help)");
      return ExitCode.BAD_INPUT;
    }
    if (!(error instanceof BrokerException || error instanceof KafkaException)) {
      // Nobody has foreseen it: one line is not enough.
      LoggerFactory.getLogger(Main.class).error(name, error);
    }
    console.err().println(name + ": " + first);
    return ExitCode.FAILED;
  }
}
