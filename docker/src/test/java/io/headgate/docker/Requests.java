package io.headgate.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Requests as traffic.sh makes them, some for each rule, until it is closed. */
final class Requests implements AutoCloseable {

  private static final int USERS = 40;

  private final KafkaProducer<byte[], byte[]> producer;
  private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
  private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
  private int round;

  Requests(String bootstrapServers) {
    producer =
        new KafkaProducer<>(
            Map.<String, Object>of("bootstrap.servers", bootstrapServers),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    var unused = thread.scheduleWithFixedDelay(this::send, 0, 100, TimeUnit.MILLISECONDS);
  }

  private void send() {
    round++;
    for (int i = 0; i < 4; i++) {
      send("203.0.113.66", "Mozilla/5.0", i == 0 ? "/orders/1" : "/items/1");
    }
    send("192.0.2.1", "probe/1.0", "/");
    for (int i = 0; i < 4; i++) {
      send("198.51.100.1", "examplebot/1.0", "/items/2");
    }
    send("10.0.0." + round % USERS, "Mozilla/5.0", "/items/3");
  }

  private void send(String ip, String agent, String path) {
    String value = "{\"ip\":\"%s\",\"agent\":\"%s\",\"path\":\"%s\"}".formatted(ip, agent, path);
    var unused =
        producer.send(
            new ProducerRecord<>("access-log", ip.getBytes(UTF_8), value.getBytes(UTF_8)),
            (at, error) -> failure.compareAndSet(null, error));
  }

  /** Why a request was not sent; null if all were. */
  @Nullable Exception failure() {
    return failure.get();
  }

  @Override
  public void close() {
    // A round that is under way sends to a producer that is closed: nobody misses it.
    thread.shutdownNow();
    producer.close();
  }
}
