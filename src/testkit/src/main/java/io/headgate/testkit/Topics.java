package io.headgate.testkit;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Creates topics that can be used at once. Stateless; any thread. */
public final class Topics {

  private static final long LIMIT_MILLIS = Duration.ofSeconds(30).toMillis();
  private static final long POLL_MILLIS = 10;

  private Topics() {}

  /**
   * Creates topics and waits until each of their partitions is led.
   *
   * <p>The broker knows of a leader a moment before it leads. A producer that comes in between may
   * have its second batch accepted and its first one refused, and then retries for minutes.
   *
   * @param admin a client of the cluster
   * @param topics what to create, with the number of partitions
   * @throws IllegalStateException if one exists, a setting is wrong, or it is not done in 30 s; the
   *     cause is Kafka's exception
   */
  public static void create(Admin admin, Collection<NewTopic> topics) {
    List<String> names = topics.stream().map(NewTopic::name).toList();
    try {
      admin.createTopics(topics).all().get(LIMIT_MILLIS, TimeUnit.MILLISECONDS);
      Map<TopicPartition, OffsetSpec> begin = new HashMap<>();
      for (NewTopic topic : topics) {
        for (int partition = 0; partition < topic.numPartitions(); partition++) {
          begin.put(new TopicPartition(topic.name(), partition), OffsetSpec.earliest());
        }
      }
      long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MILLIS);
      while (!isLed(admin, begin)) {
        if (deadline - System.nanoTime() < 0) {
          throw new TimeoutException("some partitions have no leader");
        }
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("topics " + names + " were not created", e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException("topics " + names + " were not created in time", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while topics " + names + " were created", e);
    }
  }

  /** Only who leads a partition says where it begins; the client asks on until somebody does. */
  private static boolean isLed(Admin admin, Map<TopicPartition, OffsetSpec> begin)
      throws ExecutionException, InterruptedException, TimeoutException {
    try {
      admin.listOffsets(begin).all().get(LIMIT_MILLIS, TimeUnit.MILLISECONDS);
      return true;
    } catch (ExecutionException e) {
      // The client does not ask on for a topic that the broker has not heard of yet.
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return false;
      }
      throw e;
    }
  }
}
