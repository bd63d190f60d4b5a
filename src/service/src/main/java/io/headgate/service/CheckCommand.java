package io.headgate.service;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.headgate.rules.RuleSet;
import io.headgate.rules.RulesException;
import io.headgate.rules.RulesFile;
import io.headgate.rules.yaml.Problem;
import io.headgate.service.config.ConfigException;
import io.headgate.service.config.FileKind;
import io.headgate.service.config.ServiceConfig;
import io.headgate.service.config.ServiceFile;
import io.headgate.service.config.UserError;
import io.headgate.service.kafka.Brokers;
import io.headgate.service.kafka.TopicCheck;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code headgate check FILE}: says all that is wrong with a file, and changes nothing. */
@Command(
    name = "check",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    description = {
      "Says all that is wrong with a service file or a file of rules, a line each.",
      "Changes nothing. Exit code 0 if it can be used, 2 if not.%n"
    })
final class CheckCommand implements Callable<Integer> {

  private final Console console;

  @Parameters(paramLabel = "FILE", description = "A service file, or one of rules.")
  private Path file = Path.of("");

  @Option(names = "--json", description = "Answers in JSON, on standard output.")
  private boolean json;

  @Option(names = "--kafka", description = "Asks the brokers too: topics, partitions, permissions.")
  private boolean kafka;

  private @Nullable FileKind kind;
  private String summary = "";
  private final List<Problem> problems = new ArrayList<>();
  private final List<String> errors = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  CheckCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    try {
      kind = FileKind.of(file);
      if (kind == FileKind.RULES) {
        checkRules();
      } else {
        checkService();
      }
    } catch (ConfigException e) {
      problems.addAll(e.problems());
    } catch (RulesException e) {
      problems.addAll(e.problems());
    }
    boolean good = problems.isEmpty() && errors.isEmpty();
    if (json) {
      console.out().println(toJson(good));
    } else {
      problems.forEach(problem -> console.err().println(problem));
      errors.forEach(error -> console.err().println(file + ": " + error));
      warnings.forEach(warning -> console.err().println(file + ": warning: " + warning));
      if (good) {
        console.out().println(file + ": " + summary);
      }
    }
    return good ? ExitCode.OK : ExitCode.BAD_INPUT;
  }

  private void checkRules() {
    RuleSet rules = RulesFile.read(file);
    summary = "a file of " + count(rules.size(), "rule") + ", can be used";
    if (kafka) {
      throw new UserError("--kafka with a file of rules: expected a service file");
    }
  }

  private void checkService() {
    ServiceConfig config = ServiceFile.read(file, System::getenv);
    warnings.addAll(config.warnings());
    summary =
        "a service file of "
            + count(config.rules().rules().size(), "rule")
            + ", can be used"
            + (kafka ? "" : "; --kafka asks the brokers too");
    if (kafka) {
      try (Brokers brokers = Brokers.connect(config.kafka())) {
        TopicCheck.Result found = TopicCheck.check(config, brokers);
        errors.addAll(found.errors());
        warnings.addAll(found.warnings());
        found.made().forEach(topic -> warnings.add("no topic " + topic + ", run makes it"));
      }
    }
  }

  private static String count(int number, String what) {
    return number + " " + what + (number == 1 ? "" : "s");
  }

  private ObjectNode toJson(boolean good) {
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    answer.put("file", file.toString());
    answer.put("kind", kind == null ? null : kind.name().toLowerCase(Locale.ROOT));
    answer.put("ok", good);
    ArrayNode list = answer.putArray("problems");
    for (Problem problem : problems) {
      list.addObject()
          .put("file", problem.file())
          .put("line", problem.line())
          .put("column", problem.column())
          .put("path", problem.path())
          .put("found", problem.found())
          .put("expected", problem.expected())
          .put("mend", problem.mend());
    }
    ArrayNode errorList = answer.putArray("errors");
    errors.forEach(errorList::add);
    ArrayNode warningList = answer.putArray("warnings");
    warnings.forEach(warningList::add);
    return answer;
  }
}
