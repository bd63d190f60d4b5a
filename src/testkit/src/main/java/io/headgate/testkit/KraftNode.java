package io.headgate.testkit;

import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import kafka.server.BrokerServer;
import kafka.server.ControllerServer;
import kafka.server.FaultHandlerFactory;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.server.Server;
import kafka.server.SharedServer;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.metadata.bootstrap.BootstrapMetadata;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble;
import org.apache.kafka.raft.QuorumConfig;
import org.apache.kafka.server.fault.LoggingFaultHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/**
 * One run of a combined broker and controller, from start to stop; a restart is another run.
 *
 * <p>It puts the node together as {@link KafkaRaftServer} does, from the same public parts, with
 * two differences: its sockets are bound beforehand, and a fatal fault is recorded where Kafka's
 * own handler halts the JVM.
 *
 * <p>Thread-safe in that {@link EmbeddedKafka} calls it under its lock.
 */
final class KraftNode {
  private static final Logger LOG = LoggerFactory.getLogger(KraftNode.class);

  /** Above the broker's own limit, so that the broker's message is the one to be seen. */
  private static final Duration START_LIMIT = Duration.ofSeconds(75);

  private static final Duration CONTROLLED_SHUTDOWN_LIMIT = Duration.ofSeconds(10);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(30);
  private static final Duration THREAD_LIMIT = Duration.ofSeconds(10);

  private final BrokerThreads threads;
  private volatile @Nullable ControllerServer controller;
  private volatile @Nullable BrokerServer broker;
  private volatile @Nullable Metrics metrics;

  private KraftNode(BrokerThreads threads) {
    this.threads = threads;
  }

  /**
   * {@return a node that serves clients}
   *
   * @param name names the node's threads' group
   * @param properties the broker's properties, whose storage directory is formatted
   * @param listeners its bound sockets; they belong to the node from now on, started or not
   * @throws IllegalStateException if the node does not start; nothing of it is left then
   */
  static KraftNode start(String name, Properties properties, BoundListeners listeners) {
    KraftNode node = new KraftNode(new BrokerThreads(name));
    try (listeners) {
      node.threads.call("start", START_LIMIT, () -> node.startServers(properties, listeners));
    } catch (TimeoutException e) {
      throw node.failed("did not start in " + START_LIMIT.toSeconds() + " s", e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw node.failed("did not start: " + cause, cause);
    }
    if (node.threads.firstFault() != null) {
      throw node.failed("started with a fatal fault", null);
    }
    return node;
  }

  private void startServers(Properties properties, BoundListeners listeners) {
    KafkaConfig config = KafkaConfig.fromProps(properties, false);
    Tuple2<MetaPropertiesEnsemble, BootstrapMetadata> storage =
        KafkaRaftServer.initializeLogDirs(config, LOG, "");
    MetaPropertiesEnsemble metaProperties = storage._1();
    FaultHandlerFactory faultHandlers =
        (name, fatal, action) ->
            fatal
                ? (message, cause) -> {
                  action.run();
                  return threads.fault(name + ": " + message, cause);
                }
                : new LoggingFaultHandler(name, action);
    Metrics newMetrics =
        Server.initializeMetrics(config, Time.SYSTEM, metaProperties.clusterId().orElseThrow());
    metrics = newMetrics;
    SharedServer shared =
        new SharedServer(
            config,
            metaProperties,
            Time.SYSTEM,
            newMetrics,
            CompletableFuture.completedFuture(
                QuorumConfig.parseVoterConnections(config.quorumConfig().voters())),
            List.of(),
            faultHandlers,
            listeners);
    ControllerServer newController =
        new ControllerServer(shared, KafkaRaftServer.configSchema(), storage._2());
    BrokerServer newBroker = new BrokerServer(shared);
    controller = newController;
    broker = newBroker;
    // The broker learns the controller's endpoint from the running controller.
    newController.startup();
    newBroker.startup();
  }

  /**
   * Stops the node cleanly; bounded, not interruptible.
   *
   * @throws IllegalStateException if the node does not stop, or leaves threads behind
   */
  void stop() {
    Throwable problem = null;
    try {
      threads.call("stop", STOP_LIMIT, this::stopServers);
    } catch (TimeoutException e) {
      problem = e;
    } catch (ExecutionException e) {
      problem = e.getCause();
    }
    List<Thread> left = threads.awaitEnd(THREAD_LIMIT);
    if (!left.isEmpty()) {
      threads.interrupt();
      left = threads.awaitEnd(THREAD_LIMIT);
    }
    if (problem != null || !left.isEmpty()) {
      throw new IllegalStateException(
          threads.getName() + " did not stop cleanly; threads left: " + left, problem);
    }
  }

  private void stopServers() {
    // The controller last, since the broker asks it for leave to go.
    BrokerServer startedBroker = broker;
    ControllerServer startedController = controller;
    try {
      if (startedBroker != null) {
        startedBroker.shutdown(CONTROLLED_SHUTDOWN_LIMIT);
      }
    } finally {
      if (startedController != null) {
        startedController.shutdown();
      }
      // The servers close their metrics only if they came far enough; a second close does nothing.
      Utils.closeQuietly(metrics, "metrics");
    }
  }

  private IllegalStateException failed(String message, @Nullable Throwable cause) {
    Throwable fault = threads.firstFault();
    IllegalStateException failure =
        new IllegalStateException(threads.getName() + " " + message, cause == null ? fault : cause);
    if (cause != null && fault != null) {
      failure.addSuppressed(fault);
    }
    try {
      stop();
    } catch (IllegalStateException e) {
      failure.addSuppressed(e);
    }
    return failure;
  }
}
