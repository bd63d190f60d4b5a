package io.headgate.service;

import io.headgate.service.config.KafkaSettings;
import io.headgate.service.config.UserError;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.CommonClientConfigs;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that say where Kafka is, for commands that can do without the service's file. */
final class KafkaOptions {

  @Option(
      names = "--bootstrap-server",
      paramLabel = "HOST:PORT",
      description = "Where the brokers are.")
  private @Nullable String bootstrapServer;

  @Option(
      names = "--command-config",
      paramLabel = "FILE",
      description = "A properties file with more settings of Kafka's, such as TLS and SASL.")
  private @Nullable Path commandConfig;

  boolean areGiven() {
    return bootstrapServer != null || commandConfig != null;
  }

  /**
   * Refuses these beside the service's file, which says the same.
   *
   * @param topic what the command was given as its topic; null for nothing
   * @throws UserError if any is given
   */
  void mustNotStandBesideFile(@Nullable String topic) {
    if (areGiven() || topic != null) {
      throw new UserError(
          "-c and --bootstrap-server, --topic or --command-config: expected one or the other");
    }
  }

  /**
   * Returns the settings.
   *
   * @throws UserError if it is not said where the brokers are, or the file cannot be read
   */
  KafkaSettings settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    if (commandConfig != null) {
      Properties properties = new Properties();
      try (Reader reader = Files.newBufferedReader(commandConfig)) {
        properties.load(reader);
      } catch (IOException | IllegalArgumentException e) {
        throw new UserError(
            commandConfig
                + ": found a file that cannot be read ("
                + e
                + "), expected Kafka's properties");
      }
      properties
          .stringPropertyNames()
          .forEach(name -> settings.put(name, properties.getProperty(name)));
    }
    if (bootstrapServer != null) {
      settings.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrapServer);
    }
    if (!settings.containsKey(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG)) {
      throw new UserError("no --bootstrap-server: expected where the brokers are, HOST:PORT");
    }
    return new KafkaSettings(settings);
  }
}
