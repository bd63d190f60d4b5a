package io.headgate.streams;

import static io.headgate.streams.Cluster.AT_LEAST_ONCE;
import static io.headgate.streams.Cluster.EXACTLY_ONCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.rules.OverLimit;
import io.headgate.streams.Traffic.Request;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.KStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Held records on a broker: an instance ends while most records are held, and another one, which
 * has nothing but the changelogs and a higher limit, lets them go: each one, and each key's in
 * their order.
 */
class HoldIT {

  private static final int KEYS = 4;
  private static final int REQUESTS = 160;
  private static final int AT_ONCE = 8;

  /** Nothing that is held comes out while a test lasts, unless the limit is raised. */
  private static final RateLimit LOW = new RateLimit(AT_ONCE, Duration.ofHours(1), 60, Mode.STRICT);

  private static final RateLimit HIGH = new RateLimit(200, Duration.ofHours(1), 60, Mode.STRICT);

  @AutoClose private static final Cluster cluster = new Cluster();

  private String input = "";
  private String blocked = "";
  private String admitted = "";

  @SuppressWarnings("NullAway.Init")
  @TempDir
  private Path state;

  @BeforeEach
  void topics() {
    input = cluster.topic("requests", 2);
    blocked = cluster.topic("blocked", 1);
    admitted = cluster.topic("admitted", 1);
    long now = System.currentTimeMillis();
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < REQUESTS; i++) {
      requests.add(new Request("k" + i % KEYS, now));
    }
    cluster.send(input, requests);
  }

  private Properties config(String application, String guarantee, String directory) {
    Properties config = cluster.config(application, guarantee, state.resolve(directory).toString());
    config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    // Who crashes does not say that he leaves: the group waits for him.
    config.put("session.timeout.ms", 2_500);
    return config;
  }

  private Consumer<StreamsBuilder> topology(
      RateLimit limit, UnaryOperator<KStream<String, String>> downstream) {
    return builder ->
        downstream
            .apply(
                Headgate.apply(
                    App.stream(builder, input),
                    Headgate.limit(limit)
                        .blockedTo(blocked)
                        .overLimit(OverLimit.hold(1_000, Duration.ofHours(1))),
                    Serdes.String(),
                    Serdes.String()))
            .to(admitted, App.strings());
  }

  private List<Integer> read() {
    return cluster.read(admitted).stream()
        .map(record -> Integer.parseInt(new String(record.value(), StandardCharsets.UTF_8)))
        .toList();
  }

  private void awaitRead(int requests) {
    await(requests + " requests are through")
        .atMost(Cluster.LIMIT)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> new LinkedHashSet<>(read()).size() >= requests);
  }

  /** Every request came out, and each key's in their order. */
  private void nothingIsLostAndOrderIsKept(boolean once) {
    List<Integer> all = read();
    List<Integer> first = List.copyOf(new LinkedHashSet<>(all));
    assertThat(first).hasSize(REQUESTS);
    if (once) {
      assertThat(all).as("each once").hasSize(REQUESTS);
    }
    Map<Integer, Integer> last = new TreeMap<>();
    for (int request : first) {
      Integer before = last.put(request % KEYS, request);
      assertThat(before == null ? -1 : before).isLessThan(request);
    }
    assertThat(cluster.read(blocked)).isEmpty();
  }

  private void holdMost(String application, String guarantee) {
    try (App app =
        new App(config(application, guarantee, "one"), topology(LOW, stream -> stream))) {
      cluster.awaitProcessed(app, input);
    }
    assertThat(read()).hasSize(AT_ONCE * KEYS);
  }

  private void letGo(String application, String guarantee) {
    try (App app =
        new App(config(application, guarantee, "another"), topology(HIGH, stream -> stream))) {
      awaitRead(REQUESTS);
      app.awaitRunning();
    }
  }

  /** Also under at-least-once each comes out once: nothing has failed. */
  @Test
  void heldRecordsSurviveTheEndOfAnInstanceAndComeOutOnce() {
    String application = Cluster.unique("hold");
    holdMost(application, AT_LEAST_ONCE);
    letGo(application, AT_LEAST_ONCE);
    // They are gone: the next one has nothing to let go.
    letGo(application, AT_LEAST_ONCE);
    nothingIsLostAndOrderIsKept(true);
  }

  @ParameterizedTest
  @ValueSource(strings = {AT_LEAST_ONCE, EXACTLY_ONCE})
  void heldRecordsSurviveACrashWhileTheyLeave(String guarantee) {
    String application = Cluster.unique("hold");
    holdMost(application, guarantee);
    AtomicBoolean crashed = new AtomicBoolean();
    Consumer<StreamsBuilder> crashing =
        topology(
            HIGH,
            stream ->
                stream.peek(
                    (key, value) -> {
                      if (Integer.parseInt(value) >= REQUESTS / 2 && !crashed.getAndSet(true)) {
                        throw new IllegalStateException("crash");
                      }
                    }));
    try (App app = new App(config(application, guarantee, "one"), crashing)) {
      assertThat(app.awaitError()).hasStackTraceContaining("crash");
      await().atMost(Cluster.LIMIT).until(() -> app.streams.state() == KafkaStreams.State.ERROR);
    }
    letGo(application, guarantee);
    nothingIsLostAndOrderIsKept(guarantee.equals(EXACTLY_ONCE));
  }

  @Test
  void heldRecordsLeaveWhenTheirWindowOpens() {
    RateLimit quick = new RateLimit(20, Duration.ofMillis(300), 10, Mode.STRICT);
    try (App app =
        new App(
            config(Cluster.unique("hold"), EXACTLY_ONCE, "one"),
            topology(quick, stream -> stream))) {
      awaitRead(REQUESTS);
      app.awaitRunning();
    }
    nothingIsLostAndOrderIsKept(true);
  }
}
