package io.headgate.service.kafka;

import io.headgate.service.config.KafkaSettings;
import io.headgate.service.config.UserError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * The brokers, as far as they are asked about topics. Each question is answered or given up within
 * {@link #PATIENCE}, unless the settings say another time. Belongs to one thread.
 */
public final class Brokers implements AutoCloseable {

  /** How long a question may take unless the settings say it. */
  static final Duration PATIENCE = Duration.ofSeconds(15);

  private static final Duration CLOSE = Duration.ofSeconds(2);

  private final String servers;
  private final Admin admin;

  private Brokers(String servers, Admin admin) {
    this.servers = servers;
    this.admin = admin;
  }

  /**
   * Connects to brokers; whether any is there shows with the first question.
   *
   * @param settings where they are, and how to log in
   * @return the brokers; to be closed
   * @throws UserError if the settings make no client, in one line that says why
   */
  public static Brokers connect(KafkaSettings settings) {
    Map<String, Object> config = settings.admin();
    int patience = (int) PATIENCE.toMillis();
    config.putIfAbsent(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, patience);
    config.putIfAbsent(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, patience);
    try {
      return new Brokers(settings.bootstrapServers(), Admin.create(config));
    } catch (KafkaException e) {
      throw new UserError("kafka: " + RootMessage.of(e));
    }
  }

  /** Returns where they are. */
  String servers() {
    return servers;
  }

  /**
   * Returns which topics there are that this client may see, Kafka's own aside.
   *
   * @return their names, in order
   */
  Set<String> topics() {
    return new TreeSet<>(get(admin.listTopics().names()));
  }

  /**
   * Describes topics.
   *
   * @param names of topics that may be missing
   * @return those that are there; with the operations that are allowed, where the brokers say so
   * @throws UserError if this user may not see one of them
   */
  public Map<String, TopicDescription> describe(Collection<String> names) {
    DescribeTopicsOptions options = new DescribeTopicsOptions().includeAuthorizedOperations(true);
    Map<String, TopicDescription> found = new TreeMap<>();
    admin
        .describeTopics(names, options)
        .topicNameValues()
        .forEach(
            (name, description) -> {
              try {
                found.put(name, description.get());
              } catch (ExecutionException e) {
                if (e.getCause() instanceof AuthorizationException) {
                  throw new UserError(
                      "topic "
                          + name
                          + ": this user may not DESCRIBE; allow it with kafka-acls.sh");
                }
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                  throw failed(e);
                }
              } catch (InterruptedException e) {
                throw interrupted(e);
              }
            });
    return found;
  }

  /**
   * Reads the settings of topics.
   *
   * @param names of topics that are there
   * @return values by their names, of each topic whose settings this client may see
   */
  Map<String, Map<String, String>> settings(Collection<String> names) {
    List<ConfigResource> wanted = new ArrayList<>();
    names.forEach(name -> wanted.add(new ConfigResource(ConfigResource.Type.TOPIC, name)));
    Map<String, Map<String, String>> settings = new HashMap<>();
    admin
        .describeConfigs(wanted)
        .values()
        .forEach(
            (topic, config) -> {
              try {
                settings.put(topic.name(), values(config.get()));
              } catch (ExecutionException e) {
                if (!(e.getCause() instanceof AuthorizationException)) {
                  throw failed(e);
                }
              } catch (InterruptedException e) {
                throw interrupted(e);
              }
            });
    return settings;
  }

  private static Map<String, String> values(Config config) {
    Map<String, String> values = new HashMap<>();
    for (ConfigEntry entry : config.entries()) {
      if (entry.value() != null) {
        values.put(entry.name(), entry.value());
      }
    }
    return values;
  }

  /**
   * Makes topics. One that another has made in the meantime is as good.
   *
   * @param topics to make
   */
  void create(Collection<NewTopic> topics) {
    admin
        .createTopics(topics)
        .values()
        .forEach(
            (name, made) -> {
              try {
                made.get();
              } catch (ExecutionException e) {
                if (!(e.getCause() instanceof TopicExistsException)) {
                  throw new BrokerException(
                      "topic " + name + " cannot be made: " + RootMessage.of(e), e);
                }
              } catch (InterruptedException e) {
                throw interrupted(e);
              }
            });
  }

  private <T> T get(KafkaFuture<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw failed(e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private BrokerException failed(Throwable error) {
    return failed(servers, error);
  }

  /** Says in one line what a client of these brokers failed on. */
  static BrokerException failed(String servers, Throwable error) {
    Throwable cause = error instanceof ExecutionException ? error.getCause() : error;
    String what =
        cause instanceof TimeoutException
            ? "no broker answers at " + servers
            : "the brokers at " + servers + " refuse";
    return new BrokerException(what + ": " + RootMessage.of(error), error);
  }

  private static BrokerException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new BrokerException("interrupted", e);
  }

  /** Ends the client. */
  @Override
  public void close() {
    admin.close(CLOSE);
  }
}
