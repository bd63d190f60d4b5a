package io.headgate.chaos;

import static org.awaitility.Awaitility.await;

import io.headgate.testkit.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.awaitility.core.ConditionFactory;

/** What the cluster says of how far everything is. Belongs to the driver's thread. */
final class Progress implements AutoCloseable {

  /** Longer than any fault, and any way back from it, may take on a machine that is busy. */
  private static final Duration LIMIT = Duration.ofMinutes(4);

  private static final Duration POLL = Duration.ofMillis(100);
  private static final long CALL_SECONDS = 30;
  private static final short REPLICAS = 3;

  private final Admin admin;

  Progress(String bootstrapServers) {
    admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers));
  }

  void createTopics(Setup setup) {
    Topics.create(
        admin,
        Feed.topics().stream()
            .map(name -> new NewTopic(name, Setup.PARTITIONS, REPLICAS))
            // The records' times are yesterday's: they are not to be deleted for their age.
            .map(topic -> topic.configs(Map.of(TopicConfig.RETENTION_MS_CONFIG, "-1")))
            .toList());
    if (setup.groupProtocol().equals("streams")) {
      set(
          new ConfigResource(ConfigResource.Type.GROUP, Setup.APPLICATION),
          Map.of(
              "streams.session.timeout.ms", String.valueOf(Setup.SESSION_TIMEOUT_MS),
              "streams.heartbeat.interval.ms", "1000",
              "streams.num.standby.replicas", "1"));
    }
  }

  /** Sets how many replicas must have a record of the blocked topic before it counts as written. */
  void blockedTopicNeeds(int replicas) {
    set(
        new ConfigResource(ConfigResource.Type.TOPIC, Setup.BLOCKED),
        Map.of(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, String.valueOf(replicas)));
  }

  private void set(ConfigResource of, Map<String, String> values) {
    Collection<AlterConfigOp> changes =
        values.entrySet().stream()
            .map(
                value ->
                    new AlterConfigOp(
                        new ConfigEntry(value.getKey(), value.getValue()),
                        AlterConfigOp.OpType.SET))
            .toList();
    get(admin.incrementalAlterConfigs(Map.of(of, changes)).all());
  }

  /** Where a topic ends now, transactions that are open included. */
  Map<TopicPartition, Long> ends(String topic) {
    return ends(topic, IsolationLevel.READ_UNCOMMITTED);
  }

  private Map<TopicPartition, Long> ends(String topic, IsolationLevel isolation) {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    for (int partition = 0; partition < Setup.PARTITIONS; partition++) {
      asked.put(new TopicPartition(topic, partition), OffsetSpec.latest());
    }
    return get(admin.listOffsets(asked, new ListOffsetsOptions(isolation)).all())
        .entrySet()
        .stream()
        .collect(Collectors.toMap(Map.Entry::getKey, end -> end.getValue().offset()));
  }

  /** Waits until the application has committed so much of its input. */
  void awaitCommitted(Map<TopicPartition, Long> ends) {
    waiting("the application has committed " + ends).until(() -> isCommitted(ends));
  }

  private boolean isCommitted(Map<TopicPartition, Long> ends) {
    var committed =
        get(admin.listConsumerGroupOffsets(Setup.APPLICATION).partitionsToOffsetAndMetadata());
    return ends.entrySet().stream()
        .allMatch(
            end -> {
              var offset = committed.get(end.getKey());
              return end.getValue() == 0 || (offset != null && offset.offset() >= end.getValue());
            });
  }

  /** Waits until each replica of each topic, Kafka's own too, has all that its leader has. */
  void awaitAllInSync() {
    waiting("all replicas are in sync")
        .until(
            () -> {
              List<String> names = new ArrayList<>(get(admin.listTopics().names()));
              names.add("__consumer_offsets");
              return get(admin.describeTopics(names).allTopicNames()).values().stream()
                  .flatMap(topic -> topic.partitions().stream())
                  .allMatch(partition -> partition.isr().size() == partition.replicas().size());
            });
  }

  /** Waits until no transaction hides the end of a topic. */
  void awaitNoTransaction(String topic) {
    waiting("no transaction is open on " + topic)
        .until(() -> ends(topic, IsolationLevel.READ_COMMITTED).equals(ends(topic)));
  }

  private static ConditionFactory waiting(String what) {
    // A broker that is gone in the middle of a question is what this is about.
    return await(what).atMost(LIMIT).pollInterval(POLL).ignoreExceptions();
  }

  private static <T> T get(KafkaFuture<T> future) {
    try {
      return future.get(CALL_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException("the cluster does not answer", e);
    }
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(5));
  }
}
