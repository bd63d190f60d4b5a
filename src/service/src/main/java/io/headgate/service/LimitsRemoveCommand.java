package io.headgate.service;

import io.headgate.service.LimitsOptions.Target;
import io.headgate.service.config.UserError;
import io.headgate.service.kafka.LimitValue;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code headgate limits remove}: takes back what {@code set} did. */
@Command(
    name = "remove",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    description = "Takes back what was set for a key, a class or a rule.")
final class LimitsRemoveCommand implements Callable<Integer> {

  private final Console console;

  @Mixin private EntryOptions entryOptions = new EntryOptions();
  @Mixin private LimitsOptions options = new LimitsOptions();

  LimitsRemoveCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    String entry = entryOptions.entry();
    Target target = options.target();
    SortedMap<String, String> entries = target.table().read();
    String before = entries.get(entry);
    if (before == null) {
      throw new UserError(
          "nothing is set for "
              + entry
              + " on topic "
              + target.topic()
              + ", which has "
              + entries.size()
              + " entries (headgate limits list)");
    }
    target.table().put(entry, null);
    console.out().println(entry + ": removed (before: " + LimitValue.shown(before) + ")");
    return ExitCode.OK;
  }
}
