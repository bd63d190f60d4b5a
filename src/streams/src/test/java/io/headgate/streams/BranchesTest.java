package io.headgate.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.RateLimit;
import io.headgate.lane.BlockedEvent;
import io.headgate.lane.BlockedEventSerde;
import io.headgate.rules.Conditions;
import io.headgate.rules.KeySource;
import io.headgate.rules.OverLimit;
import io.headgate.rules.Rule;
import io.headgate.rules.RuleSet;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import org.apache.kafka.clients.producer.MockProducer;
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
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A limiter with what stands around it: branches, routes, and the way to a limit key. */
class BranchesTest {

  private static final Instant START = Instant.ofEpochMilli(1_700_000_000_000L);
  private static final Serde<String> STRINGS = Serdes.String();

  private final MockProducer<byte[], byte[]> lane =
      new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
  private final StreamsBuilder builder = new StreamsBuilder();
  private @Nullable TopologyTestDriver driver;

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

  private Headgate.Builder limiter(RuleSet rules) {
    return Headgate.rules(rules).blockedTo("blocked").maxKeys(100).laneProducer(config -> lane);
  }

  private static Rule.Builder two(String name) {
    return Rule.named(name).limits(RateLimit.perMinute(2));
  }

  private static RuleSet set(Rule... rules) {
    return RuleSet.builder().rules(List.of(rules)).build();
  }

  private TestInputTopic<String, String> start(Topology topology) {
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "application");
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "nowhere:1");
    driver = new TopologyTestDriver(topology, config, START);
    return driver.createInputTopic("input", new StringSerializer(), new StringSerializer());
  }

  private List<TestRecord<String, String>> output(String topic) {
    return Objects.requireNonNull(driver)
        .createOutputTopic(topic, new StringDeserializer(), new StringDeserializer())
        .readRecordsToList();
  }

  private static void send(
      TestInputTopic<String, String> to, String key, String value, String... headers) {
    RecordHeaders all = new RecordHeaders();
    for (int i = 0; i < headers.length; i += 2) {
      all.add(headers[i], headers[i + 1].getBytes(StandardCharsets.UTF_8));
    }
    to.pipeInput(new TestRecord<>(key, value, all, START));
  }

  private static List<String> values(List<TestRecord<String, String>> records) {
    return records.stream().map(TestRecord::value).toList();
  }

  private static @Nullable String header(TestRecord<?, ?> record, String name) {
    var header = record.headers().lastHeader(name);
    return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
  }

  private long blocked() {
    try (BlockedEventSerde serde = new BlockedEventSerde()) {
      return lane.history().stream()
          .map(sent -> serde.deserializer().deserialize(sent.topic(), sent.value()))
          .mapToLong(event -> Objects.requireNonNull(event).count())
          .sum();
    }
  }

  @Test
  void aSplitHasABranchForWhatPassesAndOneForWhatIsBlocked() {
    Split<String, String> split = Headgate.split(input(), limiter(set(two("r").build())));
    split.admitted().to("passed", strings());
    split.blocked().to("over", strings());
    var to = start(builder.build());
    for (int i = 0; i < 5; i++) {
      send(to, "k", "v" + i);
    }
    send(to, "other", "w");
    assertThat(values(output("passed"))).containsExactly("v0", "v1", "w");
    List<TestRecord<String, String>> over = output("over");
    assertThat(values(over)).containsExactly("v2", "v3", "v4");
    assertThat(over)
        .allMatch(record -> record.key().equals("k") && record.headers().toArray().length == 0);
    assertThat(blocked()).isEqualTo(3);
  }

  @Test
  void aBranchThatNobodyTakesIsLeftOut() {
    Headgate.split(input(), limiter(set(two("r").build()))).blocked().to("over", strings());
    var to = start(builder.build());
    for (int i = 0; i < 3; i++) {
      send(to, "k", "v" + i);
    }
    assertThat(values(output("over"))).containsExactly("v2");
  }

  @Test
  void recordsGoWhereTheirRulesSay() {
    RuleSet rules =
        set(
            two("routed")
                .when(Conditions.keyPrefix("a"))
                .overLimit(OverLimit.route("a-over"))
                .build(),
            two("tagged").when(Conditions.keyPrefix("b")).overLimit(OverLimit.tag()).build(),
            two("elsewhere")
                .when(Conditions.keyPrefix("c"))
                .overLimit(OverLimit.route("c-over"))
                .build(),
            two("dropped").build());
    Headgate.apply(input(), limiter(rules), STRINGS, STRINGS).to("passed", strings());
    var to = start(builder.build());
    for (int i = 0; i < 3; i++) {
      for (String key : List.of("a", "b", "c", "d")) {
        send(to, key, key + i, "mine", "stays");
      }
    }
    List<TestRecord<String, String>> passed = output("passed");
    assertThat(values(passed))
        .containsExactly("a0", "b0", "c0", "d0", "a1", "b1", "c1", "d1", "b2");
    assertThat(passed).allMatch(record -> "stays".equals(header(record, "mine")));
    TestRecord<String, String> tagged = passed.get(8);
    assertThat(header(tagged, RateLimitHeaders.OUTCOME)).isEqualTo("BLOCKED");
    assertThat(header(tagged, RateLimitHeaders.RULE)).isEqualTo("tagged");
    assertThat(header(passed.get(0), RateLimitHeaders.OUTCOME)).isNull();
    List<TestRecord<String, String>> routed = output("a-over");
    assertThat(values(routed)).containsExactly("a2");
    assertThat(header(routed.get(0), RateLimitHeaders.RULE)).isEqualTo("routed");
    assertThat(header(routed.get(0), RateLimitHeaders.RETRY_AFTER_MS)).isNotNull();
    assertThat(values(output("c-over"))).containsExactly("c2");
    assertThat(blocked()).isEqualTo(4);
  }

  @Test
  void whatTheOperatorDoesByDefaultHoldsForRulesThatSayNothing() {
    Headgate.apply(
            input(),
            limiter(set(two("r").build())).overLimit(OverLimit.route("over")),
            STRINGS,
            STRINGS)
        .to("passed", strings());
    var to = start(builder.build());
    for (int i = 0; i < 3; i++) {
      send(to, "k", "v" + i);
    }
    assertThat(values(output("passed"))).containsExactly("v0", "v1");
    assertThat(values(output("over"))).containsExactly("v2");
  }

  /** One task must see all of a limit key: so records go over a topic, and get their key back. */
  @Test
  void aLimitKeyThatIsNotTheRecordKeyGoesThroughARepartitionTopic() {
    RuleSet rules =
        RuleSet.builder().key(KeySource.header("tenant")).rule(two("r").build()).build();
    Split<String, String> split = Headgate.split(input(), limiter(rules), STRINGS, STRINGS);
    split.admitted().to("passed", strings());
    split.blocked().to("over", strings());
    Topology topology = builder.build();
    assertThat(topology.describe().toString()).contains("headgate-by-limit-key-repartition");
    var to = start(topology);
    for (int i = 0; i < 3; i++) {
      send(to, "user-" + i, "v" + i, "tenant", "acme");
    }
    send(to, "user-9", "none");
    List<TestRecord<String, String>> passed = output("passed");
    assertThat(passed.stream().map(record -> record.key() + " " + record.value()))
        .containsExactly("user-0 v0", "user-1 v1", "user-9 none");
    assertThat(passed).allMatch(record -> record.headers().lastHeader(Branches.KEY_HEADER) == null);
    assertThat(header(passed.get(0), "tenant")).isEqualTo("acme");
    assertThat(output("over")).extracting(TestRecord::key).containsExactly("user-2");
    try (BlockedEventSerde serde = new BlockedEventSerde()) {
      BlockedEvent event =
          Objects.requireNonNull(
              serde.deserializer().deserialize("blocked", lane.history().get(0).value()));
      assertThat(event.key()).isEqualTo("acme");
    }
  }

  @Test
  void aFieldOrSeveralPartsMayBeTheLimitKey() {
    RuleSet rules =
        RuleSet.builder()
            .key(KeySource.composite(KeySource.header("tenant"), KeySource.field("/path")))
            .rule(two("r").build())
            .build();
    Headgate.apply(input(), limiter(rules), STRINGS, STRINGS).to("passed", strings());
    var to = start(builder.build());
    for (int i = 0; i < 3; i++) {
      send(to, "k", "{\"path\":\"/a\",\"n\":" + i + "}", "tenant", "acme");
      send(to, "k", "{\"path\":\"/b\",\"n\":" + i + "}", "tenant", "acme");
    }
    assertThat(output("passed")).hasSize(4);
    assertThat(blocked()).isEqualTo(2);
  }

  /** Rules ask for the topic that a record came from, not for the one on its way. */
  @Test
  void aConditionOnTheTopicHoldsBehindARepartitionTopic() {
    Rule one =
        Rule.named("one").when(Conditions.topic("input")).limits(RateLimit.perMinute(1)).build();
    RuleSet rules =
        RuleSet.builder().key(KeySource.header("tenant")).rule(one).rule(two("r").build()).build();
    Headgate.apply(input(), limiter(rules), STRINGS, STRINGS).to("passed", strings());
    var to = start(builder.build());
    for (int i = 0; i < 3; i++) {
      send(to, "k", "v" + i, "tenant", "acme");
    }
    List<TestRecord<String, String>> passed = output("passed");
    assertThat(values(passed)).containsExactly("v0");
    assertThat(passed.get(0).headers()).extracting("key").containsExactly("tenant");
    assertThat(blocked()).isEqualTo(2);
  }

  @Test
  void aRepartitionNeedsSerdes() {
    RuleSet rules = RuleSet.builder().key(KeySource.header("t")).rule(two("r").build()).build();
    KStream<String, String> input = input();
    assertThatThrownBy(() -> Headgate.split(input, limiter(rules)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("give the serdes");
  }
}
