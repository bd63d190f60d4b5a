package io.headgate.service.run;

import io.headgate.service.http.Instance;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsMetadata;
import org.apache.kafka.streams.errors.StreamsNotStartedException;
import org.apache.kafka.streams.state.HostInfo;
import org.jspecify.annotations.Nullable;

/** The instances of an application, as one of them knows them. Stateless; safe for any thread. */
final class Instances {

  private Instances() {}

  /**
   * Lists them.
   *
   * @param streams the instance that is asked
   * @param self what others know it by
   * @return this one first
   */
  static List<Instance> of(KafkaStreams streams, HostInfo self) {
    Collection<StreamsMetadata> known;
    try {
      known = streams.metadataForAllStreamsClients();
    } catch (StreamsNotStartedException | IllegalStateException e) {
      known = List.of();
    }
    String ownName = HttpAddress.text(self.host(), self.port());
    Instance own =
        new Instance(ownName, true, streams.state().toString(), List.of(), List.of(), null);
    List<Instance> others = new ArrayList<>();
    for (StreamsMetadata each : known) {
      List<String> partitions = names(each.topicPartitions());
      List<String> standby = names(each.standbyTopicPartitions());
      if (each.hostInfo().equals(self)) {
        own =
            new Instance(
                ownName, true, streams.state().toString(), partitions, standby, lag(streams));
      } else {
        String name = HttpAddress.text(each.host(), each.port());
        others.add(new Instance(name, false, null, partitions, standby, null));
      }
    }
    others.sort((a, b) -> a.name().compareTo(b.name()));
    others.add(0, own);
    return others;
  }

  private static List<String> names(Set<TopicPartition> partitions) {
    return partitions.stream()
        .sorted(
            (a, b) ->
                a.topic().equals(b.topic())
                    ? Integer.compare(a.partition(), b.partition())
                    : a.topic().compareTo(b.topic()))
        .map(TopicPartition::toString)
        .toList();
  }

  /** Records that its consumers have yet to fetch; null before they have fetched any. */
  private static @Nullable Long lag(KafkaStreams streams) {
    long lag = 0;
    boolean found = false;
    for (Metric metric : streams.metrics().values()) {
      MetricName name = metric.metricName();
      if (name.name().equals("records-lag")
          && name.group().equals("consumer-fetch-manager-metrics")
          && metric.metricValue() instanceof Double records
          && !records.isNaN()) {
        lag += records.longValue();
        found = true;
      }
    }
    return found ? lag : null;
  }
}
