package io.headgate.bench.e2e;

import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;

/** No limiter: drops a share of the records by their number, which nobody can foretell. */
final class DroppingProcessor extends ContextualFixedKeyProcessor<String, byte[], byte[]> {

  private final long threshold;
  private long number;

  DroppingProcessor(double share) {
    threshold = (long) (share * Long.MAX_VALUE);
  }

  @Override
  public void process(FixedKeyRecord<String, byte[]> record) {
    if (Workload.mix(~number++) >>> 1 >= threshold) {
      context().forward(record);
    }
  }
}
