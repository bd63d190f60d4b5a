package io.headgate.examples.demo;

import io.headgate.service.kafka.RootMessage;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.common.KafkaException;

/** Somebody's Kafka, which is left as it was found. Belongs to one thread. */
public final class UserKafka implements AutoCloseable {

  private static final int CONNECT_MILLIS = 5_000;

  private final Admin admin;

  private UserKafka(Admin admin) {
    this.admin = admin;
  }

  /**
   * Connects.
   *
   * @param servers where it is
   * @return the Kafka that answers there; to be closed
   * @throws UserError if none does
   */
  public static UserKafka connect(String servers) {
    try {
      Admin probe =
          Admin.create(
              Map.of(
                  "bootstrap.servers", servers,
                  "request.timeout.ms", CONNECT_MILLIS,
                  "default.api.timeout.ms", CONNECT_MILLIS));
      try (probe) {
        probe.describeCluster().nodes().get(CONNECT_MILLIS, TimeUnit.MILLISECONDS);
      }
      return new UserKafka(Admin.create(Map.of("bootstrap.servers", servers)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("interrupted while looking for Kafka at " + servers);
    } catch (ExecutionException | TimeoutException | KafkaException e) {
      throw new UserError(
          "--bootstrap-server "
              + servers
              + ": no Kafka answers there within "
              + CONNECT_MILLIS / 1000
              + " s; start one, or leave the option out for one that is started here");
    }
  }

  /**
   * Finds topics and consumer groups.
   *
   * @param prefix what their names begin with
   * @return their names, the topics first
   */
  public List<String> named(String prefix) throws InterruptedException {
    try {
      return Stream.concat(topics(prefix).stream(), groups(prefix).stream()).toList();
    } catch (ExecutionException e) {
      throw new IllegalStateException(RootMessage.of(e), e);
    }
  }

  private List<String> topics(String prefix) throws InterruptedException, ExecutionException {
    return admin.listTopics().names().get().stream()
        .filter(name -> name.startsWith(prefix))
        .toList();
  }

  private List<String> groups(String prefix) throws InterruptedException, ExecutionException {
    return admin.listGroups().all().get().stream()
        .map(GroupListing::groupId)
        .filter(name -> name.startsWith(prefix))
        .toList();
  }

  /**
   * Deletes topics and consumer groups, or says that they are left behind.
   *
   * @param prefix what their names begin with
   * @param err for what could not be deleted
   */
  public void deleteAll(String prefix, PrintStream err) throws InterruptedException {
    try {
      admin.deleteTopics(topics(prefix)).all().get();
      List<String> groups = groups(prefix);
      for (String group : groups) {
        // Kafka Streams does not say that it leaves: its member would stay for a session's timeout.
        admin
            .removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions())
            .all()
            .get();
      }
      admin.deleteConsumerGroups(groups).all().get();
    } catch (ExecutionException e) {
      err.println(
          "headgate: topics and groups " + prefix + "* are left behind: " + RootMessage.of(e));
    }
  }

  @Override
  public void close() {
    admin.close();
  }
}
