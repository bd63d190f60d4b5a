package io.headgate.service.kafka;

import io.headgate.service.config.KafkaSettings;
import io.headgate.service.config.UserError;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Limits that change while the limiter runs, on their compacted topic: entries {@code RULE}, {@code
 * RULE/class/CLASS} or {@code RULE/key/KEY}, and their values. Whether they fit any rules is not
 * asked here. Makes a client for each question; safe for any thread.
 */
public final class LimitsTable {

  private static final Duration POLL = Duration.ofMillis(200);

  private final KafkaSettings settings;
  private final String topic;

  /**
   * Names a table.
   *
   * @param settings where the brokers are, and how to log in
   * @param topic the compacted topic
   */
  public LimitsTable(KafkaSettings settings, String topic) {
    this.settings = settings;
    this.topic = topic;
  }

  /**
   * Reads all entries.
   *
   * @return values by their entries
   * @throws UserError if there is no such topic
   * @throws BrokerException if the brokers cannot be asked in time
   */
  public SortedMap<String, String> read() {
    mustExist();
    Map<String, Object> config = settings.consumer();
    config.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
    config.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    config.putIfAbsent(
        ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) Brokers.PATIENCE.toMillis());
    try (Consumer<String, String> consumer = new KafkaConsumer<>(config)) {
      return read(consumer);
    } catch (KafkaException e) {
      throw Brokers.failed(settings.bootstrapServers(), e);
    }
  }

  private SortedMap<String, String> read(Consumer<String, String> consumer) {
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream()
            .map(each -> new TopicPartition(topic, each.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    SortedMap<String, String> entries = new TreeMap<>();
    long deadline = System.nanoTime() + Brokers.PATIENCE.toNanos();
    while (ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      for (ConsumerRecord<String, String> record : consumer.poll(POLL)) {
        deadline = System.nanoTime() + Brokers.PATIENCE.toNanos();
        if (record.key() == null) {
          continue;
        }
        if (record.value() == null) {
          entries.remove(record.key());
        } else {
          entries.put(record.key(), record.value());
        }
      }
      if (System.nanoTime() - deadline > 0) {
        throw new TimeoutException("topic " + topic + " was not read to its end in time");
      }
    }
    return entries;
  }

  /**
   * Sets an entry or takes it out, and waits until the brokers have it.
   *
   * @param entry what it is for
   * @param value how many units; null to take it out
   * @throws UserError if there is no such topic
   * @throws BrokerException if the brokers do not take it in time
   */
  public void put(String entry, @Nullable String value) {
    mustExist();
    Map<String, Object> config = new HashMap<>(settings.producer());
    int patience = (int) Brokers.PATIENCE.toMillis();
    config.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, StringSerializer.class);
    config.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, StringSerializer.class);
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, patience / 2);
    config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, patience);
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, patience);
    try (Producer<String, String> producer = new KafkaProducer<>(config)) {
      var unused = producer.send(new ProducerRecord<>(topic, entry, value)).get();
    } catch (ExecutionException | KafkaException e) {
      throw Brokers.failed(settings.bootstrapServers(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BrokerException("interrupted", e);
    }
  }

  private void mustExist() {
    try (Brokers brokers = Brokers.connect(settings)) {
      if (brokers.describe(List.of(topic)).isEmpty()) {
        throw new UserError(
            "no topic "
                + topic
                + " at "
                + brokers.servers()
                + ": make it with "
                + NeededTopic.limits(topic).command(brokers.servers()));
      }
    }
  }
}
