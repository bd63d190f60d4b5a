package io.headgate.examples.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.headgate.lane.BlockedEvent;
import io.headgate.lane.BlockedEventSerde;
import io.headgate.testkit.EmbeddedKafka;
import io.headgate.testkit.TopicReader;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.kafka.config.StreamsBuilderFactoryBean;
import org.springframework.kafka.core.KafkaTemplate;

/** The application as it is, on a real broker. */
class LimiterApplicationIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Test
  void shouldLimitAndTellOfItInEventsMetricsAndHealth() throws Exception {
    try (EmbeddedKafka kafka = EmbeddedKafka.start();
        ConfigurableApplicationContext application =
            SpringApplication.run(
                LimiterApplication.class,
                "--spring.kafka.bootstrap-servers=" + kafka.bootstrapServers(),
                "--server.port=0",
                "--limiter.limit=5/1m")) {
      send(application);

      await().atMost(PATIENCE).until(() -> blocked(kafka) == 15);
      await().atMost(PATIENCE).until(() -> read(kafka, "requests-admitted").size() == 7);
      assertThat(get(application, "health")).contains("\"streams\"", "\"status\":\"UP\"");
      bindMetrics(application);
      String counts = get(application, "metrics/kafka.stream.headgate.blocked.total");
      assertThat(counts).contains("\"value\":15.0", "requests-limit");
    }
  }

  @Test
  void shouldNotStartWithALimitThatIsNone() {
    assertThatThrownBy(
            () -> SpringApplication.run(LimiterApplication.class, "--limiter.limit=5/1x"))
        .rootCause()
        .hasMessageContaining("5/1x");
  }

  @SuppressWarnings("unchecked")
  private static void send(ConfigurableApplicationContext application) {
    KafkaTemplate<String, String> template = application.getBean(KafkaTemplate.class);
    long now = System.currentTimeMillis();
    for (int i = 0; i < 22; i++) {
      String key = i < 20 ? "ann" : "bob";
      template.send(new ProducerRecord<>("requests", null, now, key, "request " + i)).join();
    }
  }

  /** Micrometer looks for the metrics of new tasks once a minute: here, the same at once. */
  private static void bindMetrics(ConfigurableApplicationContext application) {
    var streams = application.getBean(StreamsBuilderFactoryBean.class).getKafkaStreams();
    new KafkaStreamsMetrics(Objects.requireNonNull(streams))
        .bindTo(application.getBean(MeterRegistry.class));
  }

  private static String get(ConfigurableApplicationContext application, String path)
      throws Exception {
    String port = application.getEnvironment().getRequiredProperty("local.server.port");
    URI uri = URI.create("http://127.0.0.1:" + port + "/actuator/" + path);
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private static long blocked(EmbeddedKafka kafka) {
    var events = new BlockedEventSerde().deserializer();
    return read(kafka, "requests-blocked").stream()
        .map(value -> events.deserialize("requests-blocked", value))
        .mapToLong(BlockedEvent::count)
        .sum();
  }

  private static List<byte[]> read(EmbeddedKafka kafka, String topic) {
    return TopicReader.readAll(kafka.bootstrapServers(), topic, PATIENCE).stream()
        .map(record -> record.value())
        .toList();
  }
}
