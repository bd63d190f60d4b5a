package io.headgate.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.headgate.lane.BlockedEvent;
import io.headgate.lane.BlockedEventSerde;
import io.headgate.testkit.TopicReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * What the topics hold, key by key: committed records alone.
 *
 * @param in records that came
 * @param out records that passed
 * @param blocked records that events tell of, without those of shadow rules
 * @param times of each key's records that passed and are no orders, in their order
 */
record Account(
    Map<String, Long> in,
    Map<String, Long> out,
    Map<String, Long> blocked,
    Map<String, List<Long>> times) {

  private static final Duration LIMIT = Duration.ofSeconds(60);

  static Account read(String bootstrapServers) {
    Account account =
        new Account(new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
    TopicReader.forEach(
        bootstrapServers, "access-log", LIMIT, each -> account.in.merge(key(each), 1L, Long::sum));
    TopicReader.forEach(bootstrapServers, "admitted", LIMIT, account::passed);
    try (BlockedEventSerde serde = new BlockedEventSerde()) {
      TopicReader.forEach(
          bootstrapServers,
          "blocked",
          LIMIT,
          each -> {
            BlockedEvent event =
                Objects.requireNonNull(serde.deserializer().deserialize("blocked", each.value()));
            if (!event.shadow()) {
              account.blocked.merge(
                  Objects.requireNonNullElse(event.key(), ""), event.count(), Long::sum);
            }
          });
    }
    return account;
  }

  private void passed(ConsumerRecord<byte[], byte[]> record) {
    out.merge(key(record), 1L, Long::sum);
    if (!new String(record.value(), UTF_8).contains("/orders/")) {
      times.computeIfAbsent(key(record), any -> new ArrayList<>()).add(record.timestamp());
    }
  }

  private static String key(ConsumerRecord<byte[], byte[]> record) {
    return new String(record.key(), UTF_8);
  }

  /** What passed and what was blocked, together: what came, if nothing is lost or told twice. */
  Map<String, Long> judged() {
    Map<String, Long> sum = new TreeMap<>(out);
    blocked.forEach((key, count) -> sum.merge(key, count, Long::sum));
    return sum;
  }

  /** Keys of which more or fewer records were judged than came. */
  Map<String, String> differences() {
    Map<String, Long> judged = judged();
    Map<String, String> differences = new TreeMap<>();
    Stream.concat(in.keySet().stream(), judged.keySet().stream())
        .forEach(
            key -> {
              long came = in.getOrDefault(key, 0L);
              long told = judged.getOrDefault(key, 0L);
              if (came != told) {
                differences.put(key, "in " + came + ", judged " + told);
              }
            });
    return differences;
  }

  static long total(Map<String, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  /**
   * The most records of one key that passed in a span of this length; orders, which wait, aside.
   */
  int mostWithin(String key, Duration span) {
    List<Long> at = times.getOrDefault(key, List.of()).stream().sorted().toList();
    int most = 0;
    for (int first = 0, last = 0; last < at.size(); last++) {
      while (at.get(last) - at.get(first) >= span.toMillis()) {
        first++;
      }
      most = Math.max(most, last - first + 1);
    }
    return most;
  }
}
