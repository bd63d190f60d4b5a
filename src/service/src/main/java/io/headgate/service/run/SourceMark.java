package io.headgate.service.run;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Where a record came from, in a header of its own while it is inside: it goes through a
 * repartition topic, behind which nobody else knows. No record leaves with it. Stateless.
 *
 * @param topic the source topic
 * @param partition of it
 */
record SourceMark(String topic, int partition) {

  private static final String HEADER = "headgate-source";

  /** Marks records, in front of the limiter. */
  static final class Marker extends ContextualFixedKeyProcessor<byte[], byte[], byte[]> {
    @Override
    public void process(FixedKeyRecord<byte[], byte[]> record) {
      RecordMetadata from = context().recordMetadata().orElseThrow();
      Headers headers = new RecordHeaders(record.headers());
      headers.remove(HEADER);
      String text = from.partition() + "/" + from.topic();
      headers.add(HEADER, text.getBytes(StandardCharsets.UTF_8));
      context().forward(record.withHeaders(headers));
    }
  }

  /** Reads the mark of a record behind the limiter. */
  static SourceMark of(Headers headers) {
    Header header = headers.lastHeader(HEADER);
    if (header == null) {
      throw new StreamsException(
          "a record without the header "
              + HEADER
              + ": nobody else may write to the topics of this application");
    }
    String text = new String(header.value(), StandardCharsets.UTF_8);
    int slash = text.indexOf('/');
    return new SourceMark(text.substring(slash + 1), Integer.parseInt(text, 0, slash, 10));
  }

  static void remove(Headers headers) {
    headers.remove(HEADER);
  }

  /** Bytes as they are; the mark is taken off where they leave for a topic that others read. */
  static Serde<byte[]> bytes() {
    return Serdes.serdeFrom(
        new Serializer<byte[]>() {
          @Override
          public byte @Nullable [] serialize(String topic, byte @Nullable [] value) {
            return value;
          }

          @Override
          public byte @Nullable [] serialize(
              String topic, Headers headers, byte @Nullable [] value) {
            if (!topic.endsWith("-repartition") && !topic.endsWith("-changelog")) {
              remove(headers);
            }
            return value;
          }
        },
        Serdes.ByteArray().deserializer());
  }
}
