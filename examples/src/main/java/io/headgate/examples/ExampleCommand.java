package io.headgate.examples;

import io.headgate.examples.demo.UserError;
import io.headgate.examples.demo.UserKafka;
import io.headgate.testkit.EmbeddedKafka;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code headgate example}: lists the examples, or runs one. */
@Command(
    name = "example",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    description = {
      "Runs an example on a Kafka of its own. Without a name it lists them.",
      "Each is one file in examples/src/main/java/io/headgate/examples, to copy from.%n"
    })
final class ExampleCommand implements Callable<Integer> {

  /** The {@code main} of an example; its one argument is where Kafka is. */
  private interface Program {
    void run(String... args) throws Exception;
  }

  /**
   * An example.
   *
   * @param name of its class
   * @param shows in a few words
   * @param prefix what its topics and groups begin with; null if it needs no Kafka
   */
  private record Example(String name, String shows, @Nullable String prefix, Program program) {}

  private static final List<Example> EXAMPLES =
      List.of(
          new Example("InProcess", "a limit without Kafka", null, InProcess::main),
          new Example("DropIn", "the snippet of the README", "requests", DropIn::main),
          new Example(
              "ApiGateway", "an access log and a rule file", "gateway", ExampleCommand::apiGateway),
          new Example(
              "TenantBudget",
              "bytes a tenant, with limits that change",
              "tenant",
              TenantBudget::main),
          new Example(
              "BlockedReader", "who was blocked, day by day", "visits", BlockedReader::main));

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "NAME",
      description = "Which; without it they are listed.")
  private @Nullable String name;

  @Option(
      names = "--bootstrap-server",
      paramLabel = "HOST:PORT",
      description = "Use this Kafka, and delete what was made there (default: one of its own).")
  private @Nullable String bootstrapServers;

  private final PrintStream out;
  private final PrintStream err;

  ExampleCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() throws Exception {
    if (name == null) {
      EXAMPLES.forEach(each -> out.printf("%-14s %s%n", each.name(), each.shows()));
      return 0;
    }
    Example example = find(name);
    if (example.prefix() == null) {
      example.program().run();
    } else if (bootstrapServers != null) {
      runOnUsersKafka(example, example.prefix(), bootstrapServers);
    } else {
      err.println("starting Kafka ...");
      try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
        example.program().run(kafka.bootstrapServers());
      }
    }
    return 0;
  }

  private static void apiGateway(String... args) throws Exception {
    // The launcher says where its folder is.
    Path home = Path.of(System.getProperty("headgate.home", ""));
    ApiGateway.main(args[0], home.resolve("examples/rules/api-gateway.yaml").toString());
  }

  private static Example find(String name) {
    return EXAMPLES.stream()
        .filter(each -> each.name().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(
            () ->
                new UserError(
                    "no example \""
                        + name
                        + "\": expected one of "
                        + EXAMPLES.stream().map(Example::name).collect(Collectors.joining(", "))));
  }

  /** What an example deletes at its end must not have been there before. */
  private void runOnUsersKafka(Example example, String prefix, String servers) throws Exception {
    try (UserKafka kafka = UserKafka.connect(servers)) {
      List<String> there = kafka.named(prefix);
      if (!there.isEmpty()) {
        throw new UserError(
            "the Kafka at "
                + servers
                + " has "
                + there.get(0)
                + " already, and the example makes and deletes "
                + prefix
                + "*: use another Kafka, or none for one that is started here");
      }
      try {
        example.program().run(servers);
      } finally {
        kafka.deleteAll(prefix, err);
      }
    }
  }
}
