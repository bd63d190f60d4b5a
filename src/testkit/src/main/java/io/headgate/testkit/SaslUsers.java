package io.headgate.testkit;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.security.plain.PlainLoginModule;
import org.apache.kafka.metadata.authorizer.StandardAuthorizer;

/** Settings of a broker that asks who comes, and of those who come. Stateless. */
final class SaslUsers {

  static final String ADMIN = "admin";
  static final String MECHANISMS = "sasl.enabled.mechanisms";

  private static final String PLAIN = "PLAIN";
  private static final String PROTOCOL = "SASL_PLAINTEXT";

  private SaslUsers() {}

  /** Of the broker: over its listener for clients come those of its own that are of the admin. */
  static Map<String, String> broker(List<String> users) {
    String known =
        Stream.concat(Stream.of(ADMIN), users.stream())
            .map(user -> " user_" + user + "=\"" + user + "\"")
            .collect(Collectors.joining());
    return Map.of(
        "listener.security.protocol.map",
        BoundListeners.CLIENT + ":" + PROTOCOL + "," + BoundListeners.CONTROLLER + ":PLAINTEXT",
        "inter.broker.listener.name",
        BoundListeners.CLIENT,
        "sasl.mechanism.inter.broker.protocol",
        PLAIN,
        MECHANISMS,
        PLAIN,
        "listener.name.plaintext.plain.sasl.jaas.config",
        login(ADMIN, known),
        "authorizer.class.name",
        StandardAuthorizer.class.getName(),
        // Between broker and controller nobody asks.
        "super.users",
        "User:" + ADMIN + ";User:ANONYMOUS");
  }

  static Map<String, String> client(String user) {
    return Map.of(
        CommonClientConfigs.SECURITY_PROTOCOL_CONFIG,
        PROTOCOL,
        SaslConfigs.SASL_MECHANISM,
        PLAIN,
        SaslConfigs.SASL_JAAS_CONFIG,
        login(user, ""));
  }

  private static String login(String user, String known) {
    return PlainLoginModule.class.getName()
        + " required username=\""
        + user
        + "\" password=\""
        + user
        + "\""
        + known
        + ";";
  }
}
