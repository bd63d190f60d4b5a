package io.headgate.service.analytics;

import io.headgate.service.config.KafkaSettings;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;

/**
 * How far a roll-up is behind the topic that it reads.
 *
 * @param events offsets that it has not read; -1 if not known
 * @param why why it is not known; else empty
 */
record RollupLag(long events, String why) {

  private static final int ANSWER_SECONDS = 10;

  /**
   * Asks the roll-up's consumer group: who may not, does without. What is read of the roll-up's
   * topic afterwards has at least all that is not behind: it is written before offsets are
   * committed.
   *
   * @param kafka where the brokers are, and how to log in
   * @param scan tells begins and ends of partitions
   */
  static RollupLag of(KafkaSettings kafka, String group, TopicScan scan) {
    try (Admin admin = Admin.create(kafka.admin())) {
      Map<TopicPartition, Long> read = new HashMap<>();
      admin
          .listConsumerGroupOffsets(group)
          .partitionsToOffsetAndMetadata()
          .get(ANSWER_SECONDS, TimeUnit.SECONDS)
          .forEach(
              (partition, offset) -> {
                if (offset != null) {
                  read.put(partition, offset.offset());
                }
              });
      if (read.isEmpty()) {
        return new RollupLag(-1, "the roll-up " + group + " has read nothing yet");
      }
      long behind = 0;
      for (String topic : read.keySet().stream().map(TopicPartition::topic).distinct().toList()) {
        behind += scan.behind(topic, read);
      }
      return new RollupLag(behind, "");
    } catch (ExecutionException e) {
      return unknown(e.getCause() == null ? e : e.getCause());
    } catch (TimeoutException | KafkaException e) {
      return unknown(e);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  private static RollupLag unknown(Throwable error) {
    String message = error.getMessage() == null ? error.toString() : error.getMessage();
    return new RollupLag(-1, message.lines().findFirst().orElse(message));
  }
}
