package io.headgate.service;

import io.headgate.rules.RuleSet;
import io.headgate.rules.RulesFile;
import io.headgate.service.config.ServiceConfig;
import io.headgate.service.config.ServiceFile;
import io.headgate.service.config.UserError;
import io.headgate.service.kafka.LimitsTable;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which topic of limits is meant, and whose rules they are of. */
final class LimitsOptions {

  /**
   * What they mean.
   *
   * @param topic its name
   * @param table its entries
   * @param rules whose limits they change; null if that is not known
   */
  record Target(String topic, LimitsTable table, @Nullable RuleSet rules) {}

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "The service's file: has brokers, topic and rules.")
  private @Nullable Path config;

  @Mixin private final KafkaOptions kafka = new KafkaOptions();

  @Option(
      names = "--topic",
      paramLabel = "TOPIC",
      description = "Without -c: the compacted topic of the limits.")
  private @Nullable String topic;

  @Option(
      names = "--rules",
      paramLabel = "FILE",
      description = "The rules that limits must fit; those of the -c file by default.")
  private @Nullable Path rules;

  Target target() {
    RuleSet own = rules == null ? null : RulesFile.read(rules);
    if (config != null) {
      kafka.mustNotStandBesideFile(topic);
      ServiceConfig service = ServiceFile.read(config, System::getenv);
      String limits = service.limits();
      if (limits == null) {
        throw new UserError(
            config + ": found no topic of limits, expected limits: TOPIC, which it follows");
      }
      return new Target(
          limits,
          new LimitsTable(service.kafka(), limits),
          own == null ? service.rules().rules() : own);
    }
    if (topic == null || !kafka.areGiven()) {
      throw new UserError("expected -c FILE, or --bootstrap-server HOST:PORT and --topic TOPIC");
    }
    return new Target(topic, new LimitsTable(kafka.settings(), topic), own);
  }
}
