package io.headgate.service.run;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.processor.StreamPartitioner;

/** Sends a record to the partition that its source has. Safe for any thread. */
final class SamePartition implements StreamPartitioner<byte[], Placed> {

  /** Kafka Streams asks for each record: one answer for each partition is made once. */
  private final ConcurrentHashMap<Integer, Optional<Set<Integer>>> answers =
      new ConcurrentHashMap<>();

  @Override
  public Optional<Set<Integer>> partitions(
      String topic, byte[] key, Placed placed, int partitions) {
    if (placed.partition() >= partitions) {
      throw new StreamsException(
          "topic "
              + topic
              + " has "
              + partitions
              + " partitions, a record is of partition "
              + placed.partition()
              + " of its source: give the output as many partitions as the source has");
    }
    return answers.computeIfAbsent(placed.partition(), each -> Optional.of(Set.of(each)));
  }
}
