package io.headgate.service;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code headgate limits}: limits of single keys, classes and rules, changed while it runs. */
@Command(
    name = "limits",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    description = {
      "Sets, lists and removes limits of single keys, classes and rules.",
      "They stand on a compacted topic, which all instances follow while they run."
    })
final class LimitsCommand implements Callable<Integer> {

  @SuppressWarnings("NullAway.Init")
  @Spec
  private CommandSpec spec;

  static CommandLine with(Console console) {
    return new CommandLine(new LimitsCommand())
        .addSubcommand(new LimitsSetCommand(console))
        .addSubcommand(new LimitsListCommand(console))
        .addSubcommand(new LimitsRemoveCommand(console));
  }

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "expected set, list or remove");
  }
}
