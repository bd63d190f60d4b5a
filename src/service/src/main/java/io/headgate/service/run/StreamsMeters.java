package io.headgate.service.run;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.kafka.streams.KafkaStreams;

/**
 * What Kafka Streams and the limiter count, as meters. A task's metrics come and go with it: they
 * are looked for more often than Prometheus reads, by a thread of its own. Safe for any thread.
 */
final class StreamsMeters implements MeterBinder, AutoCloseable {

  /** Micrometer's own choice is a minute, in which a task that was taken over shows nothing. */
  private static final Duration INTERVAL = Duration.ofSeconds(5);

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread daemon = new Thread(task, "headgate-metrics");
            daemon.setDaemon(true);
            return daemon;
          });

  private final KafkaStreamsMetrics metrics;

  StreamsMeters(KafkaStreams streams) {
    metrics = new KafkaStreamsMetrics(streams, List.of(), thread, INTERVAL);
  }

  /**
   * Prometheus has meters of one name with the same tags, and Kafka Streams names a store's tag by
   * its kind: the one store in memory, of limits that change, would keep out that of held records.
   */
  @Override
  public void bindTo(MeterRegistry registry) {
    registry.config().meterFilter(MeterFilter.deny(id -> id.getTag("in.memory.state.id") != null));
    metrics.bindTo(registry);
  }

  @Override
  public void close() {
    thread.shutdownNow();
    metrics.close();
  }
}
