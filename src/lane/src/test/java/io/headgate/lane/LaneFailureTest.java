package io.headgate.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.LeaderNotAvailableException;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnsupportedCompressionTypeException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What an event that fails means, and what its message says. */
class LaneFailureTest {

  static Stream<Arguments> mendable() {
    return Stream.of(
        Arguments.of(new TopicAuthorizationException("not allowed"), "write"),
        Arguments.of(new ClusterAuthorizationException("not allowed"), "write"),
        Arguments.of(new SaslAuthenticationException("wrong password"), "write"),
        Arguments.of(new SslAuthenticationException("no certificate"), "write"),
        Arguments.of(new InvalidTopicException("topic/"), "legal topic name"),
        Arguments.of(new RecordTooLargeException("too large"), "max.message.bytes"),
        Arguments.of(new RecordBatchTooLargeException("too large"), "max.message.bytes"),
        Arguments.of(new InvalidTimestampException("in the future"), "clock"),
        Arguments.of(new InvalidRecordException("no key on a compacted topic"), "cleanup.policy"),
        Arguments.of(new SerializationException("no bytes"), "producer settings"),
        Arguments.of(new UnsupportedVersionException("old broker"), "producer settings"),
        Arguments.of(new UnsupportedCompressionTypeException("zstd"), "producer settings"),
        Arguments.of(
            new KafkaException("error state", new ClusterAuthorizationException("not allowed")),
            "write"),
        Arguments.of(new UnknownTopicOrPartitionException("not there"), "create it"),
        Arguments.of(
            new TimeoutException(
                "Topic blocked not present in metadata after 100 ms.",
                new UnknownTopicOrPartitionException("not there")),
            "create it"));
  }

  @ParameterizedTest
  @MethodSource("mendable")
  void shouldNameTheMendOfWhatNoRetryCanMend(RuntimeException error, String mend) {
    LaneRig rig = LaneRig.byHand(4, 4, Delivery.AT_LEAST_ONCE);
    rig.report("a");
    rig.work();
    assertThat(rig.producer.errorNext(error)).isTrue();

    LaneException failure = rig.failureOfCommit(LaneRig.inTime());

    assertThat(failure.isRetriable()).isFalse();
    assertThat(failure)
        .hasCause(error)
        .hasMessageContaining("cannot be written to topic blocked")
        .hasMessageContaining(Objects.requireNonNull(error.getMessage()))
        .hasMessageContaining(mend);
  }

  static Stream<RuntimeException> passing() {
    return Stream.of(
        new TimeoutException("3 record(s) expired"),
        new NetworkException("disconnected"),
        new NotEnoughReplicasException("one of two"),
        new UnknownTopicIdException("made anew meanwhile"),
        new TimeoutException(
            "Topic blocked not present in metadata after 100 ms.",
            new LeaderNotAvailableException("not led yet")),
        new TimeoutException("Topic blocked not present in metadata after 100 ms."),
        new OutOfOrderSequenceException("a gap"),
        new InvalidProducerEpochException("old"),
        new ProducerFencedException("fenced"),
        new KafkaException("producer closed while send in progress"),
        new KafkaException("error state", new TimeoutException("slow")),
        new IllegalStateException("closed"));
  }

  @ParameterizedTest
  @MethodSource("passing")
  void shouldLetWhatMayPassBeTriedAgain(RuntimeException error) {
    LaneRig rig = LaneRig.byHand(4, 4, Delivery.AT_LEAST_ONCE);
    rig.report("a");
    rig.work();
    assertThat(rig.producer.errorNext(error)).isTrue();

    LaneException failure = rig.failureOfCommit(LaneRig.inTime());

    assertThat(failure.isRetriable()).isTrue();
    assertThat(failure)
        .hasCause(error)
        .hasMessageContaining("not written to topic blocked")
        .hasMessageContaining(Objects.requireNonNull(error.getMessage()))
        .hasMessageContaining("tried again");
  }

  @Test
  void shouldNotPromiseThatBestEffortTriesAgain() {
    assertThat(
            LaneAgent.failure(
                LaneRig.settings(4, 4, EventKey.PLAIN, Delivery.BEST_EFFORT),
                new TimeoutException("no broker")))
        .hasMessageContaining("not written to topic blocked: no broker; it is lost")
        .hasMessageNotContaining("again");
  }

  @Test
  void shouldSayWhatFailedEvenIfTheErrorDoesNot() {
    assertThat(
            LaneAgent.failure(
                LaneRig.settings(4, 4, EventKey.PLAIN, Delivery.AT_LEAST_ONCE),
                new IllegalStateException()))
        .hasMessageContaining("IllegalStateException");
  }

  /** Each event of a topic that is missing takes max.block.ms to fail. */
  @Test
  void shouldLetATopicRestThatTakesLongToFailWhereEventsAreGivenUp() {
    LaneRig[] rig = new LaneRig[1];
    boolean[] missing = {true};
    int[] sends = {0};
    MockProducer<byte[], byte[]> slow =
        new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
          @Override
          public synchronized Future<RecordMetadata> send(
              ProducerRecord<byte[], byte[]> record, Callback callback) {
            sends[0]++;
            if (!missing[0]) {
              return super.send(record, callback);
            }
            rig[0].nanos += TimeUnit.SECONDS.toNanos(2);
            UnknownTopicOrPartitionException cause = new UnknownTopicOrPartitionException("none");
            callback.onCompletion(null, new TimeoutException("not present in metadata", cause));
            return CompletableFuture.failedFuture(cause);
          }
        };
    rig[0] = LaneRig.failingOpen(64, 128, slow);
    for (int i = 0; i < 50; i++) {
      rig[0].report("key-" + i);
    }
    rig[0].commit();
    assertThat(sends[0]).isEqualTo(1);
    assertThat(rig[0].stats().eventsLost()).isEqualTo(50);

    rig[0].nanos += TimeUnit.SECONDS.toNanos(19);
    rig[0].report("a");
    rig[0].commit();
    assertThat(sends[0]).isEqualTo(1);

    // Somebody has made it.
    missing[0] = false;
    rig[0].nanos += TimeUnit.SECONDS.toNanos(1);
    rig[0].report("a");
    rig[0].report("a");
    rig[0].commit();
    assertThat(rig[0].stats().eventsAcked()).isEqualTo(2);
    assertThat(rig[0].stats().eventsLost()).isEqualTo(51);
  }

  /** It says nothing of the next one, however long it took to find out. */
  @Test
  void shouldNotLetATopicRestForOneEventThatIsTooLarge() {
    LaneRig[] rig = new LaneRig[1];
    MockProducer<byte[], byte[]> producer =
        new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
          @Override
          public synchronized Future<RecordMetadata> send(
              ProducerRecord<byte[], byte[]> record, Callback callback) {
            rig[0].nanos += TimeUnit.SECONDS.toNanos(2);
            if (record.key().length < 10) {
              return super.send(record, callback);
            }
            RecordTooLargeException error = new RecordTooLargeException("too large");
            callback.onCompletion(null, error);
            return CompletableFuture.failedFuture(error);
          }
        };
    rig[0] = LaneRig.failingOpen(64, 128, producer);
    for (String key : List.of("a", "much-too-large", "b", "much-too-large", "c")) {
      rig[0].report(key);
    }
    rig[0].commit();

    assertThat(rig[0].sent()).extracting(BlockedEvent::key).containsExactly("a", "b", "c");
    assertThat(rig[0].stats().eventsLost()).isEqualTo(2);
  }

  @Test
  void shouldNotReportEveryEventThatIsLost() {
    LaneRig rig = LaneRig.byHand(4, 4, Delivery.BEST_EFFORT);
    int news = 0;
    for (int i = 0; i < 1_000; i++) {
      rig.report("a");
      rig.agent.doWork();
      news += rig.lane.isFailureNews() ? 1 : 0;
      assertThat(rig.producer.errorNext(new TimeoutException("no broker"))).isTrue();
    }

    assertThat(rig.stats().eventsLost()).isEqualTo(1_000);
    assertThat(news).isBetween(1, 20);
  }
}
