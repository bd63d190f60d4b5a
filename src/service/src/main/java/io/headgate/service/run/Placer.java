package io.headgate.service.run;

import io.headgate.service.config.OutputTopics;
import io.headgate.service.config.SourceTopics;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.jspecify.annotations.Nullable;

/** Says where each record goes: to the output of its source, and the same partition. One task's. */
final class Placer extends ContextualFixedKeyProcessor<byte[], byte[], Placed> {

  private final SourceTopics sources;
  private final OutputTopics outputs;
  private final @Nullable String onlySource;
  private final boolean marked;

  /** By source: names are not made for each record. */
  private final Map<String, String> topics = new HashMap<>();

  /**
   * Creates one.
   *
   * @param sources where records come from
   * @param outputs where they go
   * @param marked whether they come with a {@link SourceMark}, since they were elsewhere meanwhile
   */
  Placer(SourceTopics sources, OutputTopics outputs, boolean marked) {
    this.sources = sources;
    this.outputs = outputs;
    onlySource = sources.names().size() == 1 ? sources.names().get(0) : null;
    this.marked = marked;
  }

  @Override
  public void process(FixedKeyRecord<byte[], byte[]> record) {
    String topic;
    int partition;
    if (marked) {
      SourceMark from = SourceMark.of(record.headers());
      topic = output(from.topic());
      partition = from.partition();
    } else {
      // A task has one partition number, that of all its sources.
      topic = output();
      partition = context().taskId().partition();
    }
    context().forward(record.withValue(new Placed(record.value(), topic, partition)));
  }

  private String output() {
    if (outputs.topic() != null) {
      return outputs.topic();
    }
    return output(
        onlySource == null ? context().recordMetadata().orElseThrow().topic() : onlySource);
  }

  private String output(String source) {
    return topics.computeIfAbsent(source, this::checkedOutput);
  }

  private String checkedOutput(String source) {
    String topic = outputs.of(source);
    if (sources.contains(topic)) {
      // A topic that was not there when all topics were checked.
      throw new StreamsException(
          "topic "
              + topic
              + " (output of "
              + source
              + ") is one of the sources ("
              + sources
              + "): records would go round for ever");
    }
    return topic;
  }
}
