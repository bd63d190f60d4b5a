package io.headgate.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads a topic from its beginning to the end it has at the time of the call, committed records
 * only.
 *
 * <p>The end of a partition is its last stable offset: behind the first transaction that is still
 * open nothing is read, not even what is committed. A test that wants all records first sees to it
 * that no transaction is open.
 *
 * <p>Records come in the order of their offsets within a partition; partitions are mixed as they
 * arrive. No consumer group is used, and no offset is committed. The methods are thread-safe: each
 * call has a consumer of its own.
 */
public final class TopicReader {
  private static final Duration POLL = Duration.ofMillis(250);
  private static final Duration CLOSE = Duration.ofSeconds(2);

  private TopicReader() {}

  /**
   * Reads a topic into a list.
   *
   * @param bootstrapServers the broker's address
   * @param topic the topic's name
   * @param timeout how long the read may take altogether
   * @return the committed records
   * @throws IllegalArgumentException if there is no such topic
   * @throws TimeoutException if the end is not reached in time
   * @throws InterruptException if the calling thread is interrupted
   */
  public static List<ConsumerRecord<byte[], byte[]>> readAll(
      String bootstrapServers, String topic, Duration timeout) {
    return readAll(address(bootstrapServers), topic, timeout);
  }

  /**
   * As the other one, by a client that has more to say than an address.
   *
   * @param client settings of a client, as {@link EmbeddedKafka#clientSettings} has them
   * @param topic the topic's name
   * @param timeout how long the read may take altogether
   * @return the committed records
   * @throws IllegalArgumentException if there is no such topic
   * @throws TimeoutException if the end is not reached in time
   * @throws InterruptException if the calling thread is interrupted
   */
  public static List<ConsumerRecord<byte[], byte[]>> readAll(
      Map<String, ?> client, String topic, Duration timeout) {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    forEach(client, topic, timeout, records::add);
    return records;
  }

  /**
   * Reads a topic record by record, for topics that need not fit into memory.
   *
   * @param bootstrapServers the broker's address
   * @param topic the topic's name
   * @param timeout how long the read may take altogether, the action included
   * @param action gets every committed record, in the calling thread; what it throws ends the read
   *     and is passed on
   * @return how many records there were
   * @throws IllegalArgumentException if there is no such topic
   * @throws TimeoutException if the end is not reached in time
   * @throws InterruptException if the calling thread is interrupted
   */
  public static long forEach(
      String bootstrapServers,
      String topic,
      Duration timeout,
      Consumer<? super ConsumerRecord<byte[], byte[]>> action) {
    return forEach(address(bootstrapServers), topic, timeout, action);
  }

  private static Map<String, ?> address(String bootstrapServers) {
    return Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
  }

  private static long forEach(
      Map<String, ?> client,
      String topic,
      Duration timeout,
      Consumer<? super ConsumerRecord<byte[], byte[]>> action) {
    long deadline = System.nanoTime() + timeout.toNanos();
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            config(client), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    try {
      return new Read(consumer, topic, deadline).run(action);
    } finally {
      consumer.close(CloseOptions.timeout(CLOSE));
    }
  }

  private static Map<String, Object> config(Map<String, ?> client) {
    Map<String, Object> config = new HashMap<>(client);
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    // Records deleted under the reader are an error, not a reason to start elsewhere.
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5_000);
    return config;
  }

  /** One read of one topic. */
  private static final class Read {
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final String topic;
    private final long deadline;
    private final Map<TopicPartition, Long> ends = new HashMap<>();

    Read(KafkaConsumer<byte[], byte[]> consumer, String topic, long deadline) {
      this.consumer = consumer;
      this.topic = topic;
      this.deadline = deadline;
    }

    long run(Consumer<? super ConsumerRecord<byte[], byte[]>> action) {
      Set<TopicPartition> unfinished = new LinkedHashSet<>(seekToBeginning());
      long count = 0;
      while (true) {
        unfinished.removeIf(this::finished);
        if (unfinished.isEmpty()) {
          return count;
        }
        Duration left = left();
        for (var record : consumer.poll(left.compareTo(POLL) < 0 ? left : POLL)) {
          TopicPartition partition = new TopicPartition(record.topic(), record.partition());
          if (record.offset() < ends.getOrDefault(partition, 0L)) {
            action.accept(record);
            count++;
          }
        }
      }
    }

    private List<TopicPartition> seekToBeginning() {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic, left()).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      if (partitions.isEmpty()) {
        throw new IllegalArgumentException("there is no topic " + topic);
      }
      consumer.assign(partitions);
      ends.putAll(consumer.endOffsets(partitions, left()));
      consumer.beginningOffsets(partitions, left()).forEach(consumer::seek);
      return partitions;
    }

    /**
     * The position counts, not the last record's offset: the markers of transactions and aborted
     * records take offsets too and are never returned.
     */
    private boolean finished(TopicPartition partition) {
      boolean finished = consumer.position(partition, left()) >= ends.getOrDefault(partition, 0L);
      if (finished) {
        // What is written behind the end keeps no fetch from the partitions that are still read.
        consumer.pause(List.of(partition));
      }
      return finished;
    }

    private Duration left() {
      long nanos = deadline - System.nanoTime();
      if (nanos <= 0) {
        throw new TimeoutException("topic " + topic + " was not read to " + ends + " in time");
      }
      return Duration.ofNanos(nanos);
    }
  }
}
