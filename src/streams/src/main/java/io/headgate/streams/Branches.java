package io.headgate.streams;

import io.headgate.rules.KeySource;
import io.headgate.rules.OverLimit;
import io.headgate.rules.RecordView;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.kstream.Branched;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a limiter into a stream together with what must stand around it: a repartition topic where
 * the limit key is not the record key, branches, and topics that rules route to. Used while a
 * topology is built, by one thread.
 */
final class Branches {

  private static final Logger LOG = LoggerFactory.getLogger(Branches.class);

  /** Carries a record's own key over a repartition topic. */
  static final String KEY_HEADER = "headgate-key";

  /** Carries a record's own topic over a repartition topic, for rules that ask for it. */
  static final String TOPIC_HEADER = "headgate-topic";

  /**
   * Begins the key of a record that has no limit key: Kafka Streams would drop one without a key on
   * the way, and nobody would know. Its end spreads such records over the partitions.
   */
  private static final String NO_LIMIT_KEY = "\0headgate-none-";

  private static final int SPREAD = 63;

  private Branches() {}

  /** The limiter, and a branch each for what passes and what is blocked. */
  static <K, V> Split<K, V> split(
      KStream<K, V> stream,
      LimiterSettings settings,
      @Nullable Serde<K> keys,
      @Nullable Serde<V> values) {
    String name = settings.name + "-";
    var branches =
        judge(stream, settings, keys, values)
            .split(Named.as(name))
            .branch((key, judged) -> !judged.isBlocked(), Branched.as("admitted"))
            .defaultBranch(Branched.as("blocked"));
    return new Split<>(value(branches, name + "admitted"), value(branches, name + "blocked"));
  }

  /**
   * The limiter, with blocked records going where the rules say; returns what goes on: what passes,
   * and blocked records that are tagged.
   */
  static <K, V> KStream<K, V> route(
      KStream<K, V> stream, LimiterSettings settings, Serde<K> keys, Serde<V> values) {
    String name = settings.name + "-";
    var branches =
        judge(stream, settings, keys, values)
            .split(Named.as(name))
            .branch(
                (key, judged) ->
                    !judged.isBlocked() || judged.overLimit().action() == OverLimit.Action.TAG,
                Branched.as("passed"))
            .branch(
                (key, judged) -> judged.overLimit().action() == OverLimit.Action.ROUTE,
                Branched.as("routed"))
            .noDefaultBranch();
    branch(branches, name + "routed")
        .to(
            (key, judged, context) -> Objects.requireNonNull(judged.overLimit().topic()),
            Produced.<K, Judged<V>>with(keys, ofValue(values)).withName(name + "route"));
    return value(branches, name + "passed");
  }

  private static <K, V> KStream<K, Judged<V>> branch(
      Map<String, KStream<K, Judged<V>>> branches, String name) {
    return Objects.requireNonNull(branches.get(name));
  }

  @SuppressWarnings("NullAway") // A record's value may be null; KStream does not say so.
  private static <K, V> KStream<K, V> value(
      Map<String, KStream<K, Judged<V>>> branches, String name) {
    return branch(branches, name).mapValues(Judged::value, Named.as(name + "-value"));
  }

  /** Writes the value alone; nobody reads by it. */
  private static <V> Serde<Judged<V>> ofValue(Serde<V> values) {
    return Serdes.serdeFrom(
        new Serializer<Judged<V>>() {
          @Override
          public byte @Nullable [] serialize(String topic, Judged<V> judged) {
            return values.serializer().serialize(topic, judged.value());
          }

          @Override
          public byte @Nullable [] serialize(String topic, Headers headers, Judged<V> judged) {
            return values.serializer().serialize(topic, headers, judged.value());
          }
        },
        (topic, bytes) -> {
          throw new UnsupportedOperationException("records that are routed are not read here");
        });
  }

  private static <K, V> KStream<K, Judged<V>> judge(
      KStream<K, V> stream,
      LimiterSettings settings,
      @Nullable Serde<K> keys,
      @Nullable Serde<V> values) {
    KeySource limitKey = settings.rules.key();
    if (keys == null || values == null) {
      settings.mustNotHold();
    }
    if (limitKey.isRecordKey()) {
      return stream.processValues(
          new RateLimitSupplier<>(settings, Exit.judged(settings), serdes(settings, keys, values)),
          Named.as(settings.name));
    }
    if (keys == null || values == null) {
      throw new IllegalStateException(
          "limiter \""
              + settings.name
              + "\" limits by "
              + limitKey
              + ", which is not the record key, so the stream goes through a repartition topic: give"
              + " the serdes of its keys and values");
    }
    String topic = settings.name + "-by-limit-key";
    LOG.info(
        "limiter {}: limits by {}, which is not the record key: records go through repartition topic"
            + " {} first, where one task sees all of a limit key",
        settings.name,
        limitKey,
        topic);
    return stream
        .process(rekey(limitKey, keys), Named.as(settings.name + "-limit-key"))
        .repartition(Repartitioned.with(Serdes.String(), values).withName(topic))
        .process(Branches.<V>unmark(), Named.as(settings.name + "-no-limit-key"))
        .processValues(
            new RateLimitSupplier<>(
                settings,
                Exit.<String, V>judged(settings),
                serdes(settings, Serdes.String(), values)),
            Named.as(settings.name))
        .process(restoreKey(keys), Named.as(settings.name + "-record-key"));
  }

  private static <K, V> @Nullable HeldSerdes<K, V> serdes(
      LimiterSettings settings, @Nullable Serde<K> keys, @Nullable Serde<V> values) {
    return settings.holds && keys != null && values != null ? new HeldSerdes<>(keys, values) : null;
  }

  private static <K, V> ProcessorSupplier<K, V, String, V> rekey(KeySource source, Serde<K> keys) {
    return () ->
        new ContextualProcessor<K, V, String, V>() {
          private final RecordView view = new RecordView();

          @Override
          public void process(Record<K, V> record) {
            String topic = context().recordMetadata().map(RecordMetadata::topic).orElse("");
            view.set(topic, record.key(), record.value(), record.headers(), record.timestamp());
            String limitKey = source.of(view);
            view.clear();
            Headers headers = new RecordHeaders(record.headers());
            headers.remove(KEY_HEADER);
            headers.remove(TOPIC_HEADER);
            headers.add(TOPIC_HEADER, topic.getBytes(StandardCharsets.UTF_8));
            byte[] key =
                record.key() == null ? null : keys.serializer().serialize(topic, record.key());
            if (key != null) {
              headers.add(KEY_HEADER, key);
            }
            String to =
                limitKey == null
                    ? NO_LIMIT_KEY + (Arrays.hashCode(key) + record.timestamp() & SPREAD)
                    : limitKey;
            context().forward(record.withKey(to).withHeaders(headers));
          }
        };
  }

  /**
   * The topic that a record came from, which a repartition topic is none of.
   *
   * @param topic that the record is read from; null of none
   * @param limitKey by which records may have been repartitioned
   */
  static String sourceTopic(@Nullable String topic, KeySource limitKey, Headers headers) {
    if (!limitKey.isRecordKey()) {
      Header header = headers.lastHeader(TOPIC_HEADER);
      if (header != null) {
        return new String(header.value(), StandardCharsets.UTF_8);
      }
    }
    return topic == null ? "" : topic;
  }

  /** Behind the repartition topic: what has no limit key has no key. */
  private static <V> ProcessorSupplier<String, V, String, V> unmark() {
    return () ->
        new ContextualProcessor<String, V, String, V>() {
          @Override
          public void process(Record<String, V> record) {
            context()
                .forward(
                    record.key().startsWith(NO_LIMIT_KEY) ? record.<String>withKey(null) : record);
          }
        };
  }

  private static <K, V> ProcessorSupplier<String, V, K, V> restoreKey(Serde<K> keys) {
    return () ->
        new ContextualProcessor<String, V, K, V>() {
          @Override
          public void process(Record<String, V> record) {
            Header header = record.headers().lastHeader(KEY_HEADER);
            String topic = context().recordMetadata().map(RecordMetadata::topic).orElse("");
            K key = header == null ? null : keys.deserializer().deserialize(topic, header.value());
            Headers headers = new RecordHeaders(record.headers());
            headers.remove(KEY_HEADER);
            headers.remove(TOPIC_HEADER);
            context().forward(record.withKey(key).withHeaders(headers));
          }
        };
  }
}
