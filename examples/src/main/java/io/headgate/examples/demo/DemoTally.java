package io.headgate.examples.demo;

import io.headgate.lane.BlockedEvent;
import io.headgate.lane.BlockedEventSerde.EventDeserializer;
import io.headgate.testkit.TopicReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What the demo's topics say, read from their beginning: nothing here asks the limiter. */
final class DemoTally {

  /** Records blocked of one key. */
  record Top(String key, long count) {}

  private static final long MINUTE = 60_000;

  private long admitted;
  private long bypassed;
  private long events;
  private long eventCountSum;
  private final Map<String, Long> admittedByKey = new HashMap<>();
  private final Map<String, Long> blockedByKey = new HashMap<>();
  private final SortedMap<Long, Long> blockedByMinute = new TreeMap<>();
  private final EventDeserializer deserializer = new EventDeserializer();

  /** Reads both topics of a run to their ends of now. */
  static DemoTally read(String bootstrapServers, DemoTopics topics, Duration patience) {
    DemoTally tally = new DemoTally();
    TopicReader.forEach(bootstrapServers, topics.output(), patience, tally::output);
    TopicReader.forEach(bootstrapServers, topics.blocked(), patience, tally::blocked);
    return tally;
  }

  private void output(ConsumerRecord<byte[], byte[]> record) {
    if (record.key() == null) {
      bypassed++;
    } else {
      admitted++;
      admittedByKey.merge(new String(record.key(), StandardCharsets.UTF_8), 1L, Long::sum);
    }
  }

  private void blocked(ConsumerRecord<byte[], byte[]> record) {
    BlockedEvent event = deserializer.deserialize(record.topic(), record.value());
    if (event == null) {
      return;
    }
    events++;
    eventCountSum += event.count();
    blockedByMinute.merge(
        Math.floorDiv(event.firstTime(), MINUTE) * MINUTE, event.count(), Long::sum);
    if (event.key() != null) {
      blockedByKey.merge(event.key(), event.count(), Long::sum);
    }
  }

  long admitted() {
    return admitted;
  }

  long bypassed() {
    return bypassed;
  }

  long events() {
    return events;
  }

  long eventCountSum() {
    return eventCountSum;
  }

  /** Keys that were admitted, blocked or both. */
  int keys() {
    Set<String> keys = new HashSet<>(admittedByKey.keySet());
    keys.addAll(blockedByKey.keySet());
    return keys.size();
  }

  Map<String, Long> admittedByKey() {
    return admittedByKey;
  }

  Map<String, Long> blockedByKey() {
    return blockedByKey;
  }

  /** Records blocked by the minute of their own time, the earliest minute first. */
  SortedMap<Long, Long> blockedByMinute() {
    return blockedByMinute;
  }

  /** The keys that were blocked most, the most first; equal ones in the order of their names. */
  List<Top> top(int most) {
    return blockedByKey.entrySet().stream()
        .map(entry -> new Top(entry.getKey(), entry.getValue()))
        .sorted(Comparator.comparingLong(Top::count).reversed().thenComparing(Top::key))
        .limit(most)
        .toList();
  }
}
