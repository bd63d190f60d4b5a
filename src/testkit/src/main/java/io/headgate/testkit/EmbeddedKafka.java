package io.headgate.testkit;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real Kafka broker in this JVM: one node, broker and controller combined, on free ports of the
 * loopback interface, with its data in a temporary directory of its own.
 *
 * <pre>{@code
 * try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
 *   kafka.createTopic("orders", 4, Map.of());
 *   // connect clients to kafka.bootstrapServers()
 * }
 * }</pre>
 *
 * <p>Several brokers may run in one JVM, each with a cluster of its own. While a broker runs, a
 * call of Kafka's to end the JVM becomes an exception in the thread that made it.
 *
 * <p>Thread-safe. The methods that start, stop or close wait for each other; none is interruptible,
 * and each ends within about two minutes whatever the broker does.
 */
public final class EmbeddedKafka implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedKafka.class);
  private static final Duration ADMIN_CLOSE_LIMIT = Duration.ofSeconds(5);

  /** One id per broker of this JVM: Kafka names its threads and its MBeans after the node. */
  private static final AtomicInteger NODE_IDS = new AtomicInteger();

  private final String name;
  private final Path directory;
  private final Properties properties;
  private final int clientPort;
  private final int controllerPort;
  private final boolean asksWhoComes;

  // All below are guarded by this object's monitor.
  private @Nullable KraftNode node;
  private @Nullable Admin admin;
  private boolean closed;

  private EmbeddedKafka(Map<String, String> overrides) {
    asksWhoComes = overrides.containsKey(SaslUsers.MECHANISMS);
    int nodeId = NODE_IDS.incrementAndGet();
    name = "embedded-kafka-" + nodeId;
    directory = TemporaryDirectory.create();
    try {
      BoundListeners listeners = BoundListeners.onFreePorts();
      clientPort = listeners.clientPort();
      controllerPort = listeners.controllerPort();
      properties = BrokerSettings.properties(nodeId, directory, listeners, overrides);
      format(listeners);
      startNode(listeners);
    } catch (RuntimeException e) {
      TemporaryDirectory.delete(directory);
      throw e;
    }
  }

  /**
   * Starts a broker with the default settings.
   *
   * @return the running broker
   * @throws IllegalStateException if the broker does not start; nothing of it is left then
   */
  public static EmbeddedKafka start() {
    return builder().start();
  }

  /** {@return a builder for a broker with other settings} */
  public static Builder builder() {
    return new Builder();
  }

  private void format(BoundListeners listeners) {
    try {
      BrokerSettings.format(properties, Uuid.randomUuid().toString());
    } catch (Exception e) {
      listeners.close();
      throw new IllegalStateException(name + " did not start: " + e, e);
    }
  }

  private void startNode(BoundListeners listeners) {
    long begin = System.nanoTime();
    node = KraftNode.start(name, properties, listeners);
    LOG.info(
        "{} serves {} after {} ms",
        name,
        bootstrapServers(),
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
  }

  /** {@return the address for clients, {@code host:port}; it stays the same over restarts} */
  public String bootstrapServers() {
    return BoundListeners.HOST + ":" + clientPort;
  }

  /** {@return the directory that holds the broker's data and goes when the broker is closed} */
  public Path directory() {
    return directory;
  }

  /**
   * {@return an admin client of this broker; it is made at the first call, is the same at every
   * call, stays usable over restarts, and is closed with the broker}
   *
   * @throws IllegalStateException if the broker is closed
   */
  public synchronized Admin admin() {
    checkNotClosed();
    Admin current = admin;
    if (current == null) {
      current = Admin.create(clientSettings(SaslUsers.ADMIN));
      admin = current;
    }
    return current;
  }

  /**
   * {@return what a client needs to reach the broker: its address, and what a user proves to be
   * that user with if the broker asks for it}
   *
   * @param user one of the broker's users; any, if it asks nobody
   */
  public Map<String, Object> clientSettings(String user) {
    Map<String, Object> settings = new TreeMap<>();
    settings.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers());
    if (asksWhoComes) {
      settings.putAll(SaslUsers.client(user));
    }
    return settings;
  }

  /**
   * Creates a topic and waits until each of its partitions is led.
   *
   * @param topic the topic's name
   * @param partitions how many partitions, at least 1
   * @param config the topic's settings that differ from the broker's defaults
   * @throws IllegalStateException if the topic exists, a setting is wrong, or the broker does not
   *     do it in 30 s; the cause is Kafka's exception
   */
  public void createTopic(String topic, int partitions, Map<String, String> config) {
    NewTopic request = new NewTopic(topic, Optional.of(partitions), Optional.empty());
    Topics.create(admin(), List.of(request.configs(config)));
  }

  /**
   * Stops the broker cleanly and keeps its data and its ports; clients find nobody there until
   * {@link #startAgain()}. Does nothing if the broker is stopped already.
   *
   * @throws IllegalStateException if the broker does not stop, or is closed
   */
  public synchronized void stop() {
    checkNotClosed();
    stopNode();
  }

  private void stopNode() {
    KraftNode running = node;
    node = null;
    if (running != null) {
      running.stop();
    }
  }

  /**
   * Starts a stopped broker with the same data on the same ports.
   *
   * @throws IllegalStateException if the broker runs, is closed, or does not start; in the last
   *     case it stays stopped
   * @throws UncheckedIOException if another process has taken one of its ports in the meantime
   */
  public synchronized void startAgain() {
    checkNotClosed();
    if (node != null) {
      throw new IllegalStateException(name + " runs");
    }
    startNode(BoundListeners.onPorts(clientPort, controllerPort));
  }

  /**
   * Stops the broker cleanly and starts it again.
   *
   * @throws IllegalStateException if it does not stop or does not start, or is closed
   */
  public synchronized void restart() {
    stop();
    startAgain();
  }

  private void checkNotClosed() {
    if (closed) {
      throw new IllegalStateException(name + " is closed");
    }
  }

  /**
   * Stops the broker and deletes its data. A second call does nothing.
   *
   * @throws IllegalStateException if the broker does not stop cleanly or leaves a thread behind;
   *     its data is deleted nevertheless
   * @throws UncheckedIOException if the data cannot be deleted
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (admin != null) {
        admin.close(ADMIN_CLOSE_LIMIT);
      }
      stopNode();
    } finally {
      TemporaryDirectory.delete(directory);
    }
  }

  /** Collects broker properties; not thread-safe. One builder may start several brokers. */
  public static final class Builder {
    private final Map<String, String> overrides = new TreeMap<>();

    private Builder() {}

    /**
     * Sets a broker property, over the default of the embedded broker and of Kafka.
     *
     * @param property the name of a Kafka broker property
     * @param value its value, as in a properties file
     * @return this builder
     * @throws IllegalArgumentException if the property is one that the embedded broker must set
     *     itself, such as its listeners
     */
    public Builder property(String property, String value) {
      BrokerSettings.checkNotReserved(property);
      overrides.put(property, value);
      return this;
    }

    /**
     * Has the broker ask each client who it is (SASL/PLAIN), and let nobody do what no ACL allows
     * but {@code admin}, who may do all. A user's password is the user's name.
     *
     * @param users the other users, one word each
     * @return this builder
     */
    public Builder users(String... users) {
      overrides.putAll(SaslUsers.broker(List.of(users)));
      return this;
    }

    /**
     * Starts a broker.
     *
     * @return the running broker
     * @throws IllegalStateException if the broker does not start; nothing of it is left then
     */
    public EmbeddedKafka start() {
      return new EmbeddedKafka(overrides);
    }
  }
}
