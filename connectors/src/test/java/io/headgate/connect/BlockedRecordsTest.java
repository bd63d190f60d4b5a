package io.headgate.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.headgate.lane.BlockedFacts;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class BlockedRecordsTest {

  /** One that no later event gets through. */
  private static final class FencedProducer extends MockProducer<byte[], byte[]> {
    FencedProducer() {
      super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public synchronized Future<RecordMetadata> send(
        ProducerRecord<byte[], byte[]> record, Callback callback) {
      throw new KafkaException("error state");
    }
  }

  /** What the retries wait for, by the test's clock. */
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000);

  private BlockedRecords events(List<MockProducer<byte[], byte[]>> producers) {
    Settings settings =
        new Settings(
            Settings.read(
                Options.ofTransform(),
                Records.options(
                    "blocked.topic", "blocked", "blocked.producer.bootstrap.servers", "a:1")),
            Place.Part.VALUE);
    Iterator<MockProducer<byte[], byte[]>> next = producers.iterator();
    return new BlockedRecords(settings, "blocked", next::next, nanos::get);
  }

  private static void report(BlockedRecords events, int number) {
    BlockedFacts facts = new BlockedFacts();
    facts.key = new byte[] {(byte) number};
    facts.keyLength = 1;
    facts.topic = "lines";
    facts.offset = number;
    events.report(facts);
  }

  @Test
  void shouldCountWhatComesAfterTheEndOfTheLanesThreadAsItComes() {
    FencedProducer producer = new FencedProducer();
    try (BlockedRecords events = events(List.of(producer))) {
      report(events, 0);
      await().until(producer::closed);
      for (int i = 1; i <= 10; i++) {
        report(events, i);

        assertThat(events.recordsLost()).isEqualTo(i + 1);
      }
    }
  }

  @Test
  void shouldTryANewProducerAWhileAfterOneHasFailed() {
    FencedProducer first = new FencedProducer();
    MockProducer<byte[], byte[]> second =
        new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    BlockedRecords events = events(List.of(first, second));
    report(events, 0);
    await().until(first::closed);
    report(events, 1);
    nanos.addAndGet(TimeUnit.SECONDS.toNanos(30) - 1);
    report(events, 2);
    assertThat(events.recordsLost()).isEqualTo(3);
    assertThat(second.history()).isEmpty();

    nanos.incrementAndGet();
    report(events, 3);

    await().until(() -> events.eventsAcked() == 1);
    assertThat(second.history()).hasSize(1);
    assertThat(events.recordsLost()).isEqualTo(3);
    assertThat(events.eventsLost()).isEqualTo(3);
    events.close();
    assertThat(second.closed()).isTrue();
    assertThat(events.eventsAcked()).isEqualTo(1);
    assertThat(events.recordsLost()).isEqualTo(3);
  }

  @Test
  void shouldCountWhatWasOnItsWayWhenTheThreadEndedWithTheNextRecordThatPasses() {
    FencedProducer producer = new FencedProducer();
    try (BlockedRecords events = events(List.of(producer))) {
      for (int i = 0; i < 20_000; i++) {
        report(events, i);
      }
      await().until(producer::closed);

      events.pump();

      assertThat(events.recordsLost()).isEqualTo(20_000);
    }
  }
}
