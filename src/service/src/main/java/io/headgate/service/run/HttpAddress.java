package io.headgate.service.run;

import io.headgate.service.config.HttpConfig;
import io.headgate.service.config.KafkaSettings;
import io.headgate.service.config.UserError;
import io.headgate.service.http.HttpBounds;
import io.headgate.service.http.HttpSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.state.HostInfo;
import org.jspecify.annotations.Nullable;

/** Where HTTP listens, and what others call it. Stateless. */
final class HttpAddress {

  private HttpAddress() {}

  /** What the file says, with a port that is known and the token that it names. */
  static HttpSettings settings(HttpConfig config) {
    try {
      return new HttpSettings(
          config.host(),
          config.port() == 0 ? freePort(config.host()) : config.port(),
          config.open(),
          config.write(),
          token(config.tokenFile()),
          config.names(),
          HttpBounds.defaults());
    } catch (IllegalArgumentException e) {
      throw new UserError("http: " + e.getMessage());
    }
  }

  private static @Nullable String token(@Nullable Path file) {
    try {
      return file == null ? null : Files.readString(file).lines().findFirst().orElse("").strip();
    } catch (IOException e) {
      throw new UserError("http: token-file: found a file that cannot be read (" + e + ")");
    }
  }

  /** Other instances are told the port before it is listened on. */
  private static int freePort(String host) {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getByName(host))) {
      return probe.getLocalPort();
    } catch (IOException e) {
      throw new UserError("http: listen: found " + host + ", where no port is free (" + e + ")");
    }
  }

  /** Host and port, by which others may reach it. */
  static String of(HttpSettings settings) {
    String host = settings.host();
    try {
      if (InetAddress.getByName(host).isAnyLocalAddress()) {
        host = InetAddress.getLocalHost().getHostName();
      }
    } catch (UnknownHostException e) {
      // It is listened on, so it is known; a machine that does not know itself is called that.
      host = "localhost";
    }
    return text(host, settings.port());
  }

  /** What other instances know this one by: the file's own {@code application.server}, if any. */
  static HostInfo self(KafkaSettings kafka, HttpSettings settings) {
    String server = kafka.get(StreamsConfig.APPLICATION_SERVER_CONFIG);
    return HostInfo.buildFromEndpoint(server == null ? of(settings) : server);
  }

  /** As it stands in a URL. */
  static String text(String host, int port) {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
