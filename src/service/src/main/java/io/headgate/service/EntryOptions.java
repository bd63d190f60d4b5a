package io.headgate.service;

import io.headgate.rules.Rule;
import io.headgate.service.config.UserError;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a limit is for: a rule, one of its classes, or one key. */
final class EntryOptions {

  @Option(names = "--rule", paramLabel = "RULE", required = true, description = "The rule's name.")
  private String rule = "";

  @Option(
      names = "--key",
      paramLabel = "KEY",
      description = "For this key alone; without it and --class for all of the rule's.")
  private @Nullable String key;

  @Option(
      names = "--class",
      paramLabel = "CLASS",
      description = "For records of this class; the rule must have classes.")
  private @Nullable String className;

  /** The key of the topic's record: RULE, RULE/class/CLASS or RULE/key/KEY. */
  String entry() {
    if (key != null && className != null) {
      throw new UserError("--key and --class: expected one of them, or neither");
    }
    try {
      Rule.Builder unused = Rule.named(rule);
    } catch (IllegalArgumentException e) {
      throw new UserError("--rule: " + e.getMessage());
    }
    if (key != null) {
      return rule + "/key/" + key;
    }
    return className == null ? rule : rule + "/class/" + className;
  }
}
