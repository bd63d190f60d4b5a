package io.headgate.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;

/** The main class of a broker in a process of its own: Kafka's server, until its input ends. */
final class BrokerProcess {

  /** What it says when clients may come. */
  static final String READY = "ready";

  private BrokerProcess() {}

  /** Runs a broker with the properties of a file; its storage is formatted already. */
  public static void main(String[] arguments) throws IOException {
    Properties properties = new Properties();
    try (BufferedReader reader =
        Files.newBufferedReader(Path.of(arguments[0]), StandardCharsets.UTF_8)) {
      properties.load(reader);
    }
    KafkaRaftServer server =
        new KafkaRaftServer(KafkaConfig.fromProps(properties, false), Time.SYSTEM);
    server.startup();
    System.out.println(READY);
    ChildJvm.awaitEnd();
    server.shutdown();
    server.awaitShutdown();
    System.exit(0);
  }
}
