package io.headgate.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.RateLimit;
import io.headgate.lane.BlockedEventSerde;
import io.headgate.rules.KeySource;
import io.headgate.rules.OverLimit;
import io.headgate.rules.Rule;
import io.headgate.rules.RuleSet;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A limiter that holds, in a topology of Kafka Streams with a store on disk. */
class HoldTopologyTest {

  private static final Instant START = Instant.ofEpochMilli(1_700_000_000_000L);
  private static final Serde<String> STRINGS = Serdes.String();
  private static final Duration A_WHILE = Duration.ofSeconds(70);

  private final MockProducer<byte[], byte[]> lane =
      new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
  private final StreamsBuilder builder = new StreamsBuilder();
  private @Nullable TopologyTestDriver driver;

  @SuppressWarnings("NullAway.Init")
  @TempDir
  private Path state;

  @AfterEach
  void close() {
    if (driver != null) {
      driver.close();
    }
  }

  private KStream<String, String> input() {
    return builder.stream("input", Consumed.with(STRINGS, STRINGS));
  }

  private static Produced<String, String> strings() {
    return Produced.with(STRINGS, STRINGS);
  }

  private Headgate.Builder limiter(KeySource key, OverLimit over) {
    Rule rule = Rule.named("r").limits(RateLimit.perMinute(2)).overLimit(over).build();
    return Headgate.rules(RuleSet.builder().key(key).rule(rule).build())
        .blockedTo("blocked")
        .maxKeys(100)
        .laneProducer(config -> lane);
  }

  private TestInputTopic<String, String> start(String guarantee) {
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "application");
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "nowhere:1");
    config.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
    Topology topology = builder.build();
    driver = new TopologyTestDriver(topology, config, START);
    return driver.createInputTopic("input", new StringSerializer(), new StringSerializer());
  }

  private void pass() {
    Objects.requireNonNull(driver).advanceWallClockTime(A_WHILE);
  }

  private List<TestRecord<String, String>> output(String topic) {
    return Objects.requireNonNull(driver)
        .createOutputTopic(topic, new StringDeserializer(), new StringDeserializer())
        .readRecordsToList();
  }

  private List<String> values(String topic) {
    return output(topic).stream().map(TestRecord::value).toList();
  }

  private static void send(
      TestInputTopic<String, String> to, String key, String value, String tenant) {
    RecordHeaders headers = new RecordHeaders();
    headers.add("tenant", tenant.getBytes(StandardCharsets.UTF_8));
    to.pipeInput(new TestRecord<>(key, value, headers, START));
  }

  private long blocked() {
    try (BlockedEventSerde serde = new BlockedEventSerde()) {
      return lane.history().stream()
          .map(sent -> serde.deserializer().deserialize(sent.topic(), sent.value()))
          .mapToLong(event -> Objects.requireNonNull(event).count())
          .sum();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {StreamsConfig.AT_LEAST_ONCE, StreamsConfig.EXACTLY_ONCE_V2})
  void heldRecordsPassWhenTheirWindowOpens(String guarantee) {
    Headgate.apply(
            input(),
            limiter(KeySource.recordKey(), OverLimit.hold(3, Duration.ofHours(1))),
            STRINGS,
            STRINGS)
        .to("passed", strings());
    var to = start(guarantee);
    for (int i = 0; i < 7; i++) {
      send(to, "k", "v" + i, "acme");
    }
    assertThat(values("passed")).containsExactly("v0", "v1");
    pass();
    List<TestRecord<String, String>> passed = output("passed");
    assertThat(passed.stream().map(TestRecord::value)).containsExactly("v2", "v3");
    assertThat(passed)
        .allSatisfy(
            record -> {
              assertThat(record.key()).isEqualTo("k");
              assertThat(record.timestamp()).isEqualTo(START.toEpochMilli());
              assertThat(record.headers().toArray())
                  .extracting(Header::key)
                  .containsExactly("tenant");
            });
    pass();
    assertThat(values("passed")).containsExactly("v4");
    assertThat(blocked()).isEqualTo(2);
    try (var left = Objects.requireNonNull(driver).getKeyValueStore("headgate-held").all()) {
      assertThat(left).isExhausted();
    }
  }

  /** Prometheus shows a total without the ending, where a gauge of that name would be hidden. */
  @Test
  void noMetricHasTheNameOfAnotherWithoutItsEnding() {
    Headgate.apply(
            input(),
            limiter(KeySource.recordKey(), OverLimit.hold(3, Duration.ofHours(1))),
            STRINGS,
            STRINGS)
        .to("passed", strings());
    send(start(StreamsConfig.AT_LEAST_ONCE), "k", "v", "acme");
    assertThat(Objects.requireNonNull(driver).metrics().keySet())
        .filteredOn(name -> name.group().equals("stream-headgate-metrics"))
        .extracting(name -> name.name().replaceFirst("-total$", ""))
        .contains("held", "hold-taken")
        .doesNotHaveDuplicates();
  }

  @Test
  void whatIsBeyondTheBoundsIsInTheBranchOfTheBlocked() {
    Split<String, String> split =
        Headgate.split(
            input(),
            limiter(KeySource.recordKey(), OverLimit.hold(1, Duration.ofSeconds(30))),
            STRINGS,
            STRINGS);
    split.admitted().to("passed", strings());
    split.blocked().to("over", strings());
    var to = start(StreamsConfig.AT_LEAST_ONCE);
    for (int i = 0; i < 4; i++) {
      send(to, "k", "v" + i, "acme");
    }
    assertThat(values("passed")).containsExactly("v0", "v1");
    assertThat(values("over")).as("at the bound of the key").containsExactly("v3");
    Objects.requireNonNull(driver).advanceWallClockTime(Duration.ofSeconds(31));
    assertThat(values("over")).as("at the end of its time").containsExactly("v2");
    assertThat(blocked()).isEqualTo(2);
  }

  @Test
  void anotherLimitKeyThanTheRecordKeyHoldsRecordsWithTheirOwn() {
    Headgate.apply(input(), limiter(KeySource.header("tenant"), OverLimit.hold()), STRINGS, STRINGS)
        .to("passed", strings());
    var to = start(StreamsConfig.AT_LEAST_ONCE);
    for (int i = 0; i < 4; i++) {
      send(to, "k" + i, "v" + i, "acme");
    }
    assertThat(values("passed")).containsExactly("v0", "v1");
    pass();
    assertThat(output("passed").stream().map(TestRecord::key)).containsExactly("k2", "k3");
  }

  /** Says where each record came from, as one downstream sees it. */
  private static final class Origins extends ContextualFixedKeyProcessor<String, String, String> {
    @Override
    public void process(FixedKeyRecord<String, String> record) {
      RecordMetadata from = context().recordMetadata().orElseThrow();
      context().forward(record.withValue(from.topic() + "@" + from.offset()));
    }
  }

  @Test
  void thoseDownstreamSeeWhereARecordCameFrom() {
    Headgate.apply(input(), limiter(KeySource.recordKey(), OverLimit.hold()), STRINGS, STRINGS)
        .processValues(HoldTopologyTest::origins)
        .to("passed", strings());
    var to = start(StreamsConfig.AT_LEAST_ONCE);
    for (int i = 0; i < 4; i++) {
      send(to, "k", "v" + i, "acme");
    }
    assertThat(values("passed")).containsExactly("input@0", "input@1");
    pass();
    assertThat(values("passed")).containsExactly("input@2", "input@3");
  }

  private static FixedKeyProcessor<String, String, String> origins() {
    return new Origins();
  }
}
