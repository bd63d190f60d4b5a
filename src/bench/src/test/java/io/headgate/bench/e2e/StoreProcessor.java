package io.headgate.bench.e2e;

import java.nio.ByteBuffer;
import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * A limiter as one would write it on a key-value store: the counts of this window and the last,
 * weighted by how much of the last is still in sight. 24 bytes a key, no object but the array that
 * the store keeps: what a store costs, and as little else as can be.
 */
final class StoreProcessor extends ContextualFixedKeyProcessor<String, byte[], byte[]> {

  static final String STORE = "limits";

  private final long limit;
  private KeyValueStore<String, byte[]> store;

  @SuppressWarnings("NullAway.Init") // Kafka Streams calls init first.
  StoreProcessor(long limit) {
    this.limit = limit;
  }

  @Override
  public void init(FixedKeyProcessorContext<String, byte[]> context) {
    super.init(context);
    store = context.getStateStore(STORE);
  }

  @Override
  public void process(FixedKeyRecord<String, byte[]> record) {
    long window = Math.floorDiv(record.timestamp(), Workload.WINDOW_MILLIS);
    long before = 0;
    long now = 0;
    byte[] state = store.get(record.key());
    if (state != null) {
      ByteBuffer counts = ByteBuffer.wrap(state);
      long of = counts.getLong();
      if (of == window) {
        before = counts.getLong();
        now = counts.getLong();
      } else if (of == window - 1) {
        before = counts.getLong(2 * Long.BYTES);
      }
    }
    long into = Math.floorMod(record.timestamp(), Workload.WINDOW_MILLIS);
    long weighted = now + before * (Workload.WINDOW_MILLIS - into) / Workload.WINDOW_MILLIS;
    if (weighted >= limit) {
      return;
    }
    byte[] next = new byte[3 * Long.BYTES];
    ByteBuffer.wrap(next).putLong(window).putLong(before).putLong(now + 1);
    store.put(record.key(), next);
    context().forward(record);
  }
}
