package io.headgate.connect;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.Partitioner;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.connect.errors.RetriableException;

/**
 * Has every third send fail in a way that Connect takes for a topic that cannot be looked up just
 * now: it runs the record through its transforms again.
 */
public final class FailsOnceInAWhile implements Partitioner {

  static final AtomicInteger FAILED = new AtomicInteger();

  private int calls;

  @Override
  public int partition(
      String topic, Object key, byte[] keyBytes, Object value, byte[] valueBytes, Cluster cluster) {
    if (++calls % 3 == 0) {
      FAILED.incrementAndGet();
      throw new RetriableException("for the test");
    }
    return 0;
  }

  @Override
  public void configure(Map<String, ?> configs) {}

  @Override
  public void close() {}
}
