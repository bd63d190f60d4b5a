package io.headgate.service;

import io.headgate.service.LimitsOptions.Target;
import io.headgate.service.config.UserError;
import io.headgate.service.kafka.LimitValue;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code headgate limits set}: changes what a key, a class or a rule is allowed. */
@Command(
    name = "set",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    description = {
      "Sets what a key, a class or all of a rule is allowed.",
      "Waits until the brokers have it; takes the place of what was set for the same before.%n"
    })
final class LimitsSetCommand implements Callable<Integer> {

  private final Console console;

  @Parameters(
      paramLabel = "LIMIT",
      arity = "1..*",
      description = "UNITS/WINDOW, such as 100/1m; the window must be one of the rule's.")
  private List<String> limits = new ArrayList<>();

  @Mixin private EntryOptions entryOptions = new EntryOptions();
  @Mixin private LimitsOptions options = new LimitsOptions();

  LimitsSetCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    String entry = entryOptions.entry();
    String value = LimitValue.of(limits);
    Target target = options.target();
    String refusal = LimitValue.refusal(target.rules(), entry, value);
    if (refusal != null) {
      throw new UserError(refusal);
    }
    String before = target.table().read().get(entry);
    target.table().put(entry, value);
    console
        .out()
        .println(
            entry
                + ": "
                + String.join(" ", limits)
                + " (before: "
                + LimitValue.shown(before)
                + ")");
    return ExitCode.OK;
  }
}
