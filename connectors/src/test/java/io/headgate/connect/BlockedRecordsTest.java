package io.headgate.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.headgate.lane.BlockedFacts;
import java.util.concurrent.Future;
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

  private static BlockedRecords events(MockProducer<byte[], byte[]> producer) {
    Settings settings =
        new Settings(
            Settings.read(
                Options.ofTransform(),
                Records.options(
                    "blocked.topic", "blocked", "blocked.producer.bootstrap.servers", "a:1")),
            Place.Part.VALUE);
    return new BlockedRecords(settings, "blocked", () -> producer);
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
    try (BlockedRecords events = events(producer)) {
      report(events, 0);
      await().until(producer::closed);
      for (int i = 1; i <= 10; i++) {
        report(events, i);

        assertThat(events.recordsLost()).isEqualTo(i + 1);
      }
    }
  }

  @Test
  void shouldCountWhatWasOnItsWayWhenTheThreadEndedWithTheNextRecordThatPasses() {
    FencedProducer producer = new FencedProducer();
    try (BlockedRecords events = events(producer)) {
      for (int i = 0; i < 20_000; i++) {
        report(events, i);
      }
      await().until(producer::closed);

      events.pump();

      assertThat(events.recordsLost()).isEqualTo(20_000);
    }
  }
}
