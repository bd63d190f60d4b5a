package io.headgate.service.analytics;

import io.headgate.service.config.KafkaSettings;
import io.headgate.service.config.UserError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads a topic to the end that it has at the time, committed records only, without a consumer
 * group. Belongs to one thread.
 */
final class TopicScan implements AutoCloseable {

  /** Is told how far a scan is. */
  @FunctionalInterface
  interface Progress {
    /**
     * So far.
     *
     * @param read offsets that were read
     * @param all offsets that there are to read
     */
    void at(long read, long all);
  }

  private static final Duration POLL = Duration.ofMillis(250);
  private static final int ANSWER_MILLIS = 15_000;

  /** How long nothing may come of a topic whose end is not reached. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final String servers;
  private final String topic;
  private final List<TopicPartition> partitions;

  /**
   * Finds the topic.
   *
   * @param kafka where the brokers are, and how to log in
   * @throws UserError if there is no such topic
   * @throws TimeoutException if Kafka does not answer
   */
  TopicScan(KafkaSettings kafka, String topic) {
    this.topic = topic;
    this.servers = kafka.bootstrapServers();
    this.consumer =
        new KafkaConsumer<>(
            config(kafka), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    boolean found = false;
    try {
      this.partitions = find();
      found = true;
    } finally {
      if (!found) {
        consumer.close();
      }
    }
  }

  private static Map<String, Object> config(KafkaSettings kafka) {
    Map<String, Object> config = kafka.consumer();
    config.remove(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG);
    config.remove(ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG);
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    config.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, ANSWER_MILLIS);
    config.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, ANSWER_MILLIS * 2 / 3);
    config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5_000);
    // At the end nothing more is waited for; to close the consumer, the last fetch is.
    config.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 20);
    return config;
  }

  private List<TopicPartition> find() {
    List<PartitionInfo> found;
    try {
      found = consumer.partitionsFor(topic);
    } catch (TimeoutException e) {
      throw new TimeoutException(
          "no answer from Kafka at "
              + servers
              + " within "
              + ANSWER_MILLIS / 1_000
              + " s: is it the right address, and are the security settings right?",
          e);
    }
    if (found == null || found.isEmpty()) {
      throw new UserError("topic " + topic + ": there is none of that name at " + servers);
    }
    List<TopicPartition> all = new ArrayList<>();
    found.forEach(info -> all.add(new TopicPartition(topic, info.partition())));
    return all;
  }

  /** Returns the first offsets that are there. */
  Map<TopicPartition, Long> begins() {
    return consumer.beginningOffsets(partitions);
  }

  /** Returns the offsets behind the last records whose transactions have ended. */
  Map<TopicPartition, Long> ends() {
    return consumer.endOffsets(partitions);
  }

  /**
   * Counts what another reader has not read of a topic.
   *
   * @param read offsets that it has come to; it has not begun with a partition that is missing
   */
  long behind(String other, Map<TopicPartition, Long> read) {
    List<TopicPartition> all = new ArrayList<>();
    consumer
        .partitionsFor(other)
        .forEach(info -> all.add(new TopicPartition(other, info.partition())));
    Map<TopicPartition, Long> begins = consumer.beginningOffsets(all);
    long behind = 0;
    for (Map.Entry<TopicPartition, Long> end : consumer.endOffsets(all).entrySet()) {
      TopicPartition partition = end.getKey();
      long from = read.getOrDefault(partition, begins.getOrDefault(partition, 0L));
      behind += Math.max(0, end.getValue() - from);
    }
    return behind;
  }

  /** Returns the first offsets with a timestamp from a time on; the end where there is none. */
  Map<TopicPartition, Long> since(long time) {
    Map<TopicPartition, Long> times = new HashMap<>();
    partitions.forEach(partition -> times.put(partition, time));
    Map<TopicPartition, Long> offsets = new HashMap<>(ends());
    for (Map.Entry<TopicPartition, OffsetAndTimestamp> entry :
        consumer.offsetsForTimes(times).entrySet()) {
      if (entry.getValue() != null) {
        offsets.put(entry.getKey(), entry.getValue().offset());
      }
    }
    return offsets;
  }

  /**
   * Reads.
   *
   * @param from where to begin, for each partition
   * @param action gets every committed record
   * @param progress is told after each batch
   * @throws TimeoutException if nothing comes for a minute
   */
  void read(
      Map<TopicPartition, Long> from,
      Consumer<ConsumerRecord<byte[], byte[]>> action,
      Progress progress) {
    Map<TopicPartition, Long> ends = ends();
    List<TopicPartition> open = new ArrayList<>(partitions);
    consumer.assign(partitions);
    from.forEach(consumer::seek);
    long all = 0;
    for (TopicPartition partition : partitions) {
      all += Math.max(0, end(ends, partition) - from.getOrDefault(partition, 0L));
    }
    long left = all;
    long moved = System.nanoTime();
    while (true) {
      open.removeIf(partition -> isRead(partition, ends));
      long now = 0;
      for (TopicPartition partition : open) {
        now += end(ends, partition) - consumer.position(partition);
      }
      if (now < left) {
        left = now;
        moved = System.nanoTime();
      }
      progress.at(all - left, all);
      if (open.isEmpty()) {
        return;
      }
      if (System.nanoTime() - moved > PATIENCE.toNanos()) {
        throw new TimeoutException(
            "topic "
                + topic
                + " at "
                + servers
                + ": nothing came for "
                + PATIENCE.toSeconds()
                + " s, and "
                + left
                + " offsets are not read");
      }
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        if (record.offset() < end(ends, new TopicPartition(record.topic(), record.partition()))) {
          action.accept(record);
        }
      }
    }
  }

  /** The position counts, not the last record: marks of transactions have offsets too. */
  private boolean isRead(TopicPartition partition, Map<TopicPartition, Long> ends) {
    boolean read = consumer.position(partition) >= end(ends, partition);
    if (read) {
      consumer.pause(List.of(partition));
    }
    return read;
  }

  private static long end(Map<TopicPartition, Long> ends, TopicPartition partition) {
    return ends.getOrDefault(partition, 0L);
  }

  @Override
  public void close() {
    consumer.close();
  }
}
