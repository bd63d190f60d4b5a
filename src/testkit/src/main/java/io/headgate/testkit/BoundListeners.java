package io.headgate.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.common.network.Selectable;
import org.apache.kafka.server.ServerSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * The server sockets of one run of a broker, bound before the broker starts and handed to it when
 * it asks for them. Nobody can take a port between its choice and its use, and a port that is taken
 * shows before any of Kafka runs.
 *
 * <p>Thread-safe.
 */
final class BoundListeners implements ServerSocketFactory, AutoCloseable {
  static final String HOST = "127.0.0.1";
  static final String CLIENT = "PLAINTEXT";
  static final String CONTROLLER = "CONTROLLER";

  /**
   * Ports below the range from which operating systems take the ports of outgoing connections:
   * while a broker is stopped, no client's connection may sit on the port that it needs to start
   * again.
   */
  private static final int FIRST_PORT = 20_000;

  private static final int LAST_PORT = 32_000;
  private static final int ATTEMPTS = 200;
  private static final int BACKLOG = 128;

  private final Map<String, ServerSocketChannel> waiting = new ConcurrentHashMap<>();
  private final int clientPort;
  private final int controllerPort;

  private BoundListeners(ServerSocketChannel client, ServerSocketChannel controller) {
    waiting.put(CLIENT, client);
    waiting.put(CONTROLLER, controller);
    clientPort = client.socket().getLocalPort();
    controllerPort = controller.socket().getLocalPort();
  }

  /**
   * {@return two bound sockets on free ports}
   *
   * @throws UncheckedIOException if there is no free port, or no loopback interface
   */
  static BoundListeners onFreePorts() {
    return open(0, 0);
  }

  /**
   * {@return bound sockets on the ports of an earlier run}
   *
   * @param clientPort the port for clients
   * @param controllerPort the port of the controller
   * @throws UncheckedIOException if another process has taken one of them in the meantime
   */
  static BoundListeners onPorts(int clientPort, int controllerPort) {
    return open(clientPort, controllerPort);
  }

  private static BoundListeners open(int clientPort, int controllerPort) {
    ServerSocketChannel client = null;
    try {
      client = bind(clientPort);
      return new BoundListeners(client, bind(controllerPort));
    } catch (IOException e) {
      closeQuietly(client);
      throw new UncheckedIOException("no port for an embedded broker: " + e.getMessage(), e);
    }
  }

  private static ServerSocketChannel bind(int port) throws IOException {
    InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    for (int attempt = 1; ; attempt++) {
      int candidate = port > 0 ? port : ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT);
      ServerSocketChannel channel = ServerSocketChannel.open();
      try {
        channel.configureBlocking(false);
        // A port on which connections of the previous run still time out can be bound.
        channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        channel.bind(new InetSocketAddress(loopback, candidate), BACKLOG);
        return channel;
      } catch (BindException e) {
        channel.close();
        if (port > 0 || attempt == ATTEMPTS) {
          throw new IOException(HOST + ":" + candidate + ": " + e.getMessage(), e);
        }
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    }
  }

  int clientPort() {
    return clientPort;
  }

  int controllerPort() {
    return controllerPort;
  }

  @Override
  public ServerSocketChannel openServerSocket(
      String listenerName, InetSocketAddress address, int backlog, int receiveBufferBytes)
      throws IOException {
    ServerSocketChannel channel = waiting.remove(listenerName);
    if (channel == null) {
      throw new IOException("listener " + listenerName + " was opened before or is not known");
    }
    if (receiveBufferBytes != Selectable.USE_DEFAULT_BUFFER_SIZE) {
      channel.setOption(StandardSocketOptions.SO_RCVBUF, receiveBufferBytes);
    }
    return channel;
  }

  /** Closes the sockets that the broker has not asked for; the broker closes the others. */
  @Override
  public void close() {
    waiting.values().forEach(BoundListeners::closeQuietly);
    waiting.clear();
  }

  private static void closeQuietly(@Nullable ServerSocketChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // The socket is gone either way, and an exception here would hide the one that led here.
    }
  }
}
