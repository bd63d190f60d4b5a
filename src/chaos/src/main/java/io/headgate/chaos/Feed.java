package io.headgate.chaos;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Steady traffic, on a thread of its own: records of some users, numbered one after the other, with
 * times of yesterday that go on evenly whatever the clock does. So verdicts are known however late
 * a record comes.
 */
final class Feed implements AutoCloseable {

  private static final long DAY_MILLIS = 24 * 3_600_000L;
  private static final long TICK_NANOS = 10_000_000;

  private final KafkaProducer<String, String> producer;
  private final int perSecond;
  private final Random random;
  private final double[] upTo = new double[Setup.USERS];
  private final long firstTime = System.currentTimeMillis() - DAY_MILLIS;
  private final AtomicLong extra = new AtomicLong();
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private final Thread thread = new Thread(this::run, "chaos-feed");

  private volatile boolean ended;
  private volatile long sent;

  Feed(String bootstrapServers, int perSecond, long seed) {
    this.perSecond = perSecond;
    this.random = new Random(seed);
    double sum = 0;
    for (int user = 0; user < upTo.length; user++) {
      sum += 1.0 / (user + 1);
      upTo[user] = sum;
    }
    producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ProducerConfig.LINGER_MS_CONFIG,
                5,
                // The traffic outlasts any fault: a record is given up by nobody but the limiter.
                ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                Integer.MAX_VALUE,
                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                600_000),
            new StringSerializer(),
            new StringSerializer());
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    long begin = System.nanoTime();
    long steady = 0;
    while (!ended) {
      long due = (System.nanoTime() - begin) / 1_000 * perSecond / 1_000_000 - steady;
      for (long i = 0; i < due; i++) {
        send();
      }
      steady += due;
      for (long burst = extra.getAndSet(0); burst > 0; burst--) {
        send();
      }
      LockSupport.parkNanos(TICK_NANOS);
    }
    producer.flush();
  }

  private void send() {
    long number = sent;
    int found = Arrays.binarySearch(upTo, random.nextDouble() * upTo[upTo.length - 1]);
    String user = Setup.user(found < 0 ? -found - 1 : found);
    long time = firstTime + number * 1_000 / perSecond;
    Future<RecordMetadata> unused =
        producer.send(
            new ProducerRecord<>(Setup.REQUESTS, null, time, user, String.valueOf(number)),
            (metadata, error) -> {
              if (error != null) {
                failure.compareAndSet(null, error);
              }
            });
    sent = number + 1;
  }

  /** Adds records to the steady ones, as fast as they go. */
  void burst(long records) {
    extra.addAndGet(records);
  }

  /** Records sent so far. */
  long sent() {
    return sent;
  }

  int perSecond() {
    return perSecond;
  }

  /** Ends the traffic; every record is on its topic then. */
  void end() throws InterruptedException {
    ended = true;
    thread.join();
    Exception error = failure.get();
    if (error != null) {
      throw new IllegalStateException("the traffic itself failed: " + error, error);
    }
  }

  static List<String> topics() {
    return List.of(Setup.REQUESTS, Setup.ADMITTED, Setup.BLOCKED);
  }

  /** Gives up whatever is not on its topic; after {@link #end} that is nothing. */
  @Override
  public void close() {
    ended = true;
    producer.close(Duration.ZERO);
  }
}
