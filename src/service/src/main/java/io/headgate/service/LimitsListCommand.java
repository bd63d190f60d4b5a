package io.headgate.service;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.headgate.service.LimitsOptions.Target;
import io.headgate.service.kafka.LimitValue;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code headgate limits list}: what is set, and whether it fits the rules. */
@Command(
    name = "list",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    description = "Lists what is set, a line each, and what does not fit the rules.")
final class LimitsListCommand implements Callable<Integer> {

  private final Console console;

  @Option(names = "--json", description = "Answers in JSON.")
  private boolean json;

  @Mixin private LimitsOptions options = new LimitsOptions();

  LimitsListCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Target target = options.target();
    SortedMap<String, String> entries = target.table().read();
    if (json) {
      console.out().println(toJson(target, entries));
      return ExitCode.OK;
    }
    entries.forEach(
        (entry, value) -> {
          String refusal = LimitValue.refusal(target.rules(), entry, value);
          console
              .out()
              .println(
                  entry
                      + ": "
                      + LimitValue.shown(value)
                      + (refusal == null ? "" : " (refused: " + refusal + ")"));
        });
    if (entries.isEmpty()) {
      console.err().println("nothing is set on topic " + target.topic());
    }
    return ExitCode.OK;
  }

  private static ObjectNode toJson(Target target, SortedMap<String, String> entries) {
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    answer.put("topic", target.topic());
    ArrayNode list = answer.putArray("entries");
    entries.forEach(
        (entry, value) -> {
          ObjectNode item = list.addObject().put("entry", entry).put("value", value);
          List<String> limits = LimitValue.limits(value);
          if (limits != null) {
            ArrayNode texts = item.putArray("limits");
            limits.forEach(texts::add);
          }
          item.put("refused", LimitValue.refusal(target.rules(), entry, value));
        });
    return answer;
  }
}
