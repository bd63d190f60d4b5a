package io.headgate.bench.e2e;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * How long records take from the moment at which they were due to be sent to a consumer of the
 * output, at a fixed rate. Who falls behind the rate is charged for it. Belongs to one thread.
 */
final class Latency implements AutoCloseable {

  static final int RATE = 20_000;

  /** Of the application's producer: its default, 100 ms, would hide all that is to be seen. */
  static final int LINGER_MILLIS = 1;

  private static final Duration POLL = Duration.ofMillis(100);
  private static final long MAX_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final int DIGITS = 3;

  private final Setup setup;
  private final Workload workload;
  private final Producer<String, byte[]> producer;
  private final Consumer<byte[], byte[]> consumer;
  private final ExecutorService reader = Executors.newSingleThreadExecutor();
  private long next;

  Latency(Setup setup, Workload workload) {
    this.setup = setup;
    this.workload = workload;
    producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                setup.bootstrap(),
                ProducerConfig.LINGER_MS_CONFIG,
                1),
            new StringSerializer(),
            new ByteArraySerializer());
    consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                setup.bootstrap(),
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    consumer.assign(List.of(new TopicPartition(setup.output(), 0)));
  }

  /** Sends for so long, and reads what comes. */
  Histogram measure(int seconds) {
    long begin = System.nanoTime();
    long records = (long) seconds * RATE;
    Future<Histogram> times = reader.submit(() -> read(begin, begin + seconds * 1_000_000_000L));
    for (long i = 0; i < records; i++) {
      long due = begin + i * 1_000_000_000L / RATE;
      while (due - System.nanoTime() > 0) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      byte[] value = new byte[Workload.VALUE_BYTES];
      ByteBuffer.wrap(value).putLong(due);
      var unused =
          producer.send(
              new ProducerRecord<>(
                  setup.input(), 0, workload.time(next), workload.key(next), value));
      next++;
    }
    producer.flush();
    try {
      return times.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the output could not be read", e.getCause());
    }
  }

  private Histogram read(long begin, long end) {
    Histogram times = new Histogram(MAX_NANOS, DIGITS);
    // A moment longer than is sent: the last ones are on their way.
    long until = end + POLL.toNanos() * 20;
    while (System.nanoTime() - until < 0) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        long due = ByteBuffer.wrap(record.value()).getLong();
        if (due - begin >= 0) {
          times.recordValue(Math.min(MAX_NANOS, System.nanoTime() - due));
        }
      }
    }
    return times;
  }

  @Override
  public void close() {
    reader.shutdown();
    producer.close();
    consumer.close();
  }
}
