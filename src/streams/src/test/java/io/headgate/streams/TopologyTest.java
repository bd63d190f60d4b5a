package io.headgate.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.headgate.RateLimit;
import io.headgate.lane.BlockedEvent;
import io.headgate.lane.BlockedEventSerde;
import io.headgate.lane.Delivery;
import io.headgate.lane.LaneFailurePolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.LongSerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.errors.LogAndContinueProcessingExceptionHandler;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.errors.TopologyException;
import org.apache.kafka.streams.kstream.Branched;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The operator in topologies as users write them. */
class TopologyTest {

  private static final Instant START = Instant.ofEpochMilli(1_700_000_000_000L);

  private final MockProducer<byte[], byte[]> lane =
      new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
  private final StreamsBuilder builder = new StreamsBuilder();

  private static Properties config() {
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "application");
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "nowhere:1");
    return config;
  }

  private static Properties configWithStringSerdes() {
    Properties config = config();
    config.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    config.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    return config;
  }

  private TopologyTestDriver driver(Properties config) {
    return new TopologyTestDriver(builder.build(), config, START);
  }

  private Headgate.Builder limiter(long limit) {
    return Headgate.limit(RateLimit.perMinute(limit))
        .blockedTo("blocked")
        .maxKeys(1000)
        .laneProducer(settings -> lane);
  }

  private static TestInputTopic<String, String> input(TopologyTestDriver driver, String topic) {
    return driver.createInputTopic(
        topic, new StringSerializer(), new StringSerializer(), START, Duration.ZERO);
  }

  private static List<KeyValue<String, String>> output(TopologyTestDriver driver, String topic) {
    return driver
        .createOutputTopic(topic, new StringDeserializer(), new StringDeserializer())
        .readKeyValuesToList();
  }

  private List<BlockedEvent> events() {
    try (BlockedEventSerde serde = new BlockedEventSerde()) {
      return lane.history().stream()
          .map(
              sent ->
                  Objects.requireNonNull(
                      serde.deserializer().deserialize(sent.topic(), sent.value())))
          .toList();
    }
  }

  @Test
  void sendsEventsWithTheTasksOutputWhenTransactional() {
    builder.stream("requests", Consumed.with(Serdes.String(), Serdes.String()))
        .processValues(
            Headgate.limit(RateLimit.perMinute(2))
                .blockedTo("blocked")
                .delivery(Delivery.TRANSACTIONAL)
                .laneProducer(
                    settings -> {
                      throw new AssertionError("there is no lane");
                    })
                .<String, String>build())
        .to("admitted", Produced.with(Serdes.String(), Serdes.String()));
    try (TopologyTestDriver driver = driver(config());
        BlockedEventSerde serde = new BlockedEventSerde()) {
      TestInputTopic<String, String> requests = input(driver, "requests");
      for (int i = 0; i < 5; i++) {
        requests.pipeInput("user", "request-" + i);
      }

      assertThat(output(driver, "admitted")).hasSize(2);
      List<TestRecord<String, BlockedEvent>> events =
          driver
              .createOutputTopic("blocked", new StringDeserializer(), serde.deserializer())
              .readRecordsToList();
      assertThat(events).extracting(TestRecord::key).containsOnly("user").hasSize(3);
      assertThat(events).extracting(TestRecord::timestamp).containsOnly(START.toEpochMilli());
      assertThat(events)
          .extracting(event -> event.value().firstOffset())
          .containsExactly(2L, 3L, 4L);
      assertThat(events).extracting(event -> event.value().count()).containsOnly(1L);
    }
  }

  @Test
  void aLanesFailureIsNoBusinessOfADeliveryWithoutALane() {
    Headgate.Builder limiter =
        Headgate.limit(RateLimit.perMinute(2))
            .blockedTo("blocked")
            .delivery(Delivery.TRANSACTIONAL)
            .onLaneFailure(LaneFailurePolicy.BEST_EFFORT);

    assertThatIllegalStateException()
        .isThrownBy(limiter::build)
        .withMessageContaining("limiter \"headgate\"")
        .withMessageContaining("BEST_EFFORT")
        .withMessageContaining("production.exception.handler")
        .withMessageNotContaining("\n");
  }

  @Test
  void theSnippetOfTheReadmeCompilesWithTheStreamsOwnTypes() {
    KStream<String, String> stream = builder.stream("requests");
    stream
        .processValues(Headgate.limit(RateLimit.perMinute(100)).blockedTo("blocked").build())
        .to("admitted");
    assertThat(builder.build().describe().toString()).contains("headgate-windows");
  }

  @Test
  void recordsAreLimitedByTheirKeyAndBlockedOnesAreEvents() {
    KStream<String, String> stream = builder.stream("requests");
    stream.processValues(limiter(2).<String, String>build()).to("admitted");
    try (TopologyTestDriver driver = driver(configWithStringSerdes())) {
      TestInputTopic<String, String> requests = input(driver, "requests");
      for (int i = 0; i < 5; i++) {
        requests.pipeInput("a", "a" + i);
        requests.pipeInput("b", "b" + i);
      }
      assertThat(output(driver, "admitted"))
          .containsExactly(
              KeyValue.pair("a", "a0"),
              KeyValue.pair("b", "b0"),
              KeyValue.pair("a", "a1"),
              KeyValue.pair("b", "b1"));
      assertThat(events())
          .extracting(BlockedEvent::key)
          .containsExactly("a", "b", "a", "b", "a", "b");
      assertThat(events())
          .allSatisfy(
              event -> {
                assertThat(event.limiter()).isEqualTo("headgate");
                assertThat(event.topic()).isEqualTo("requests");
                assertThat(event.count()).isEqualTo(1);
                assertThat(event.limit()).isEqualTo(2);
                assertThat(event.windowMillis()).isEqualTo(60_000);
              });
      assertThat(events()).extracting(BlockedEvent::firstOffset).doesNotHaveDuplicates();
    }
    assertThat(lane.closed()).isTrue();
  }

  @Test
  void anApplicationWithoutDefaultSerdesIsFine() {
    builder.stream("requests", Consumed.with(Serdes.String(), Serdes.String()))
        .processValues(limiter(1).<String, String>build())
        .to("admitted", Produced.with(Serdes.String(), Serdes.String()));
    try (TopologyTestDriver driver = driver(config())) {
      TestInputTopic<String, String> requests = input(driver, "requests");
      requests.pipeInput("a", "1");
      requests.pipeInput("a", "2");
      assertThat(output(driver, "admitted")).containsExactly(KeyValue.pair("a", "1"));
    }
  }

  @Test
  void headersTimestampsAndNullValuesPassUnchanged() {
    KStream<String, String> stream = builder.stream("requests");
    stream.processValues(limiter(10).<String, String>build()).to("admitted");
    try (TopologyTestDriver driver = driver(configWithStringSerdes())) {
      Headers headers = new RecordHeaders().add("h", new byte[] {1}).add("h", new byte[] {2});
      TestRecord<String, String> record =
          new TestRecord<>("k", "v", headers, START.minusSeconds(17));
      TestRecord<String, String> nothing = new TestRecord<>("k", null, headers, START);
      TestInputTopic<String, String> requests = input(driver, "requests");
      requests.pipeInput(record);
      requests.pipeInput(nothing);
      assertThat(
              driver
                  .createOutputTopic("admitted", new StringDeserializer(), new StringDeserializer())
                  .readRecordsToList())
          .containsExactly(record, nothing);
    }
  }

  @Test
  void keysThatAreNumbersAreLimitedAsSuch() {
    builder.stream("requests", Consumed.with(Serdes.Long(), Serdes.Long()))
        .processValues(limiter(10).cost(Long.class, cost -> cost).<Long, Long>build())
        .to("admitted", Produced.with(Serdes.Long(), Serdes.Long()));
    try (TopologyTestDriver driver = driver(config())) {
      TestInputTopic<Long, Long> requests =
          driver.createInputTopic("requests", new LongSerializer(), new LongSerializer());
      requests.pipeInput(-7L, 8L);
      requests.pipeInput(-7L, 3L);
      requests.pipeInput(-7L, 2L);
      assertThat(
              driver
                  .createOutputTopic("admitted", new LongDeserializer(), new LongDeserializer())
                  .readValuesToList())
          .containsExactly(8L, 2L);
      assertThat(events())
          .extracting(BlockedEvent::key, BlockedEvent::cost)
          .containsExactly(org.assertj.core.groups.Tuple.tuple("-7", 3L));
    }
  }

  @Test
  void limitersWithNamesOfTheirOwnStandSideBySide() {
    KStream<String, String> stream = builder.stream("requests");
    stream.processValues(limiter(1).named("tight").<String, String>build()).to("one");
    stream
        .processValues(limiter(3).named("wide").<String, String>build(), Named.as("wide-limiter"))
        .processValues(limiter(2).named("last").<String, String>build())
        .to("two");
    try (TopologyTestDriver driver = driver(configWithStringSerdes())) {
      TestInputTopic<String, String> requests = input(driver, "requests");
      for (int i = 0; i < 5; i++) {
        requests.pipeInput("k", "v" + i);
      }
      assertThat(output(driver, "one")).hasSize(1);
      assertThat(output(driver, "two")).hasSize(2);
      assertThat(
              events().stream()
                  .collect(Collectors.groupingBy(BlockedEvent::limiter, Collectors.counting())))
          .containsExactlyInAnyOrderEntriesOf(Map.of("tight", 4L, "wide", 2L, "last", 1L));
      assertThat(driver.getAllStateStores().keySet())
          .containsExactlyInAnyOrder("tight-windows", "wide-windows", "last-windows");
    }
  }

  @Test
  void oneNameTwiceInATopologyIsRefusedWithTheName() {
    KStream<String, String> stream = builder.stream("requests");
    stream.processValues(limiter(1).named("twice").<String, String>build()).to("one");
    assertThatExceptionOfType(TopologyException.class)
        .isThrownBy(
            () -> {
              stream.processValues(limiter(2).named("twice").<String, String>build()).to("two");
              builder.build();
            })
        .withMessageContaining("twice-windows");
  }

  /** Kafka Streams would let both work on one store. */
  @Test
  void oneSupplierAtTwoPlacesIsRefusedWithTheName() {
    KStream<String, String> stream = builder.stream("requests");
    var supplier = limiter(1).named("twice").<String, String>build();
    stream.processValues(supplier).to("one");
    stream.processValues(supplier).to("two");
    assertThatThrownBy(
            () -> {
              try (TopologyTestDriver driver = driver(configWithStringSerdes())) {
                input(driver, "requests").pipeInput("k", "v");
              }
            })
        .hasStackTraceContaining("limiter \"twice\" stands at two places of one topology");
  }

  @Test
  void withoutABlockedTopicThereIsNoLimiter() {
    assertThatThrownBy(() -> Headgate.limit(RateLimit.perSecond(1)).named("logins").build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "limiter \"logins\" has no topic for its blocked records: name it with blockedTo(\"...\")");
  }

  static Stream<Arguments> mistakes() {
    Supplier<Headgate.Builder> start = () -> Headgate.limit(RateLimit.perSecond(1)).blockedTo("b");
    return Stream.of(
        mistake("limiter name", () -> start.get().named("a b")),
        mistake("limiter name", () -> start.get().named("")),
        mistake("limiter name", () -> start.get().named("x".repeat(101))),
        mistake("max.future", () -> start.get().maxFuture(Duration.ofMillis(-1))),
        mistake("row.grace", () -> start.get().rowGrace(Duration.ofMillis(-1))),
        mistake("max.keys 0", () -> start.get().maxKeys(0)),
        mistake(
            "summary.interval PT0.009S", () -> start.get().summaryInterval(Duration.ofMillis(9))),
        mistake(
            "summary.interval PT1H0.001S",
            () -> start.get().summaryInterval(Duration.ofMillis(3_600_001))),
        mistake("max.keys 2147483647", () -> start.get().maxKeys(Integer.MAX_VALUE)),
        mistake("ring 0", () -> start.get().ring(0, 1)),
        mistake("ring", () -> start.get().ring((1 << 24) + 1, 1)),
        mistake("slots 0", () -> start.get().ring(1, 0)),
        mistake("slots", () -> start.get().ring(1, (1 << 23) + 1)),
        mistake("slot bytes 127", () -> start.get().slotBytes(127)),
        mistake("slot bytes 132", () -> start.get().slotBytes(132)),
        mistake("slot bytes", () -> start.get().slotBytes(1 << 17)),
        mistake("blocked topic \"\"", () -> start.get().blockedTo("")),
        mistake("blocked topic \"a b\"", () -> start.get().blockedTo("a b")),
        mistake("lane.max.events.per.second 0", () -> start.get().maxEventsPerSecond(0)));
  }

  private static Arguments mistake(String part, Supplier<Headgate.Builder> setting) {
    return arguments(part, setting);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mistakes")
  void aSettingOutOfRangeIsOneLineThatNamesIt(String part, Supplier<Headgate.Builder> setting) {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> setting.get().build())
        .withMessageContaining(part)
        .withMessageContaining("expected")
        .extracting(Throwable::getMessage)
        .satisfies(message -> assertThat(message).hasLineCount(1));
  }

  @Test
  void settingsThatAreNotThereAreRefusedAtOnce() {
    Headgate.Builder start = Headgate.limit(RateLimit.perSecond(1));
    assertThat(
            Stream.<Runnable>of(
                () -> Headgate.limit(absent()),
                () -> start.blockedTo(absent()),
                () -> start.delivery(absent()),
                () -> start.time(absent()),
                () -> start.latePolicy(absent()),
                () -> start.overflowPolicy(absent()),
                () -> start.noKeyPolicy(absent()),
                () -> start.keySerde(absent()),
                () -> start.hashSeed(absent()),
                () -> start.eventKey(absent()),
                () -> start.laneProducer(absent())))
        .allSatisfy(call -> assertThatThrownBy(call::run).isInstanceOf(NullPointerException.class));
  }

  /** What a caller without null checks may hand over. */
  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
  private static <T> T absent() {
    return null;
  }

  @ParameterizedTest
  @ValueSource(strings = {"processValues", "default"})
  void aBuilderGoesOnAfterABuild(String name) {
    Headgate.Builder shared = limiter(1).named(name + "-1");
    KStream<String, String> stream = builder.stream("requests");
    stream.processValues(shared.<String, String>build()).to("one");
    stream.processValues(shared.named(name + "-2").<String, String>build()).to("two");
    assertThat(builder.build().describe().toString())
        .contains(name + "-1-windows", name + "-2-windows");
  }

  private static Set<String> metricNames(TopologyTestDriver driver) {
    return driver.metrics().keySet().stream()
        .filter(name -> name.group().equals("stream-headgate-metrics"))
        .map(MetricName::name)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static long metric(TopologyTestDriver driver, String name, String limiter) {
    return driver.metrics().entrySet().stream()
        .filter(
            entry ->
                entry.getKey().group().equals("stream-headgate-metrics")
                    && entry.getKey().name().equals(name)
                    && limiter.equals(entry.getKey().tags().get("limiter")))
        .mapToLong(entry -> ((Number) entry.getValue().metricValue()).longValue())
        .sum();
  }

  @Test
  void everyTaskHasItsMetricsUntilItIsClosed() {
    KStream<String, String> stream = builder.stream("requests");
    stream.processValues(limiter(2).named("a").<String, String>build()).to("one");
    stream.processValues(limiter(1).named("b").<String, String>build()).to("two");
    TopologyTestDriver driver = driver(configWithStringSerdes());
    TestInputTopic<String, String> requests = input(driver, "requests");
    for (int i = 0; i < 5; i++) {
      requests.pipeInput("k" + i % 2, "v");
    }
    requests.pipeInput((String) null, "v");
    assertThat(metricNames(driver))
        .containsExactly(
            "admitted-total",
            "behind-total",
            "blocked-total",
            "bypassed-total",
            "event-latency-avg",
            "event-latency-max",
            "event-slots",
            "events-acked-total",
            "events-grown-total",
            "events-lost-total",
            "events-offered-total",
            "events-overflow-total",
            "events-waiting",
            "failed-total",
            "future-total",
            "keyless-total",
            "keys",
            "late-admitted-total",
            "late-blocked-total",
            "late-total",
            "overflow-total",
            "reclaimed-total",
            "records-lost-total",
            "records-total",
            "retried-total",
            "rules-refused-total",
            "rules-version",
            "shadow-blocked-total",
            "shadow-events-grown-total",
            "shadow-events-overflow-total",
            "shadow-records-lost-total",
            "shadow-reported-total",
            "state-bytes");
    assertThat(
            driver.metrics().keySet().stream()
                .filter(name -> name.group().equals("stream-headgate-metrics")))
        .hasSize(66)
        .allSatisfy(
            name -> {
              assertThat(name.tags().keySet())
                  .containsExactlyInAnyOrder("thread-id", "task-id", "limiter");
              assertThat(name.tags()).containsEntry("task-id", "0_0");
              assertThat(name.tags()).containsEntry("thread-id", Thread.currentThread().getName());
              assertThat(name.description()).isNotBlank();
            });
    assertThat(metric(driver, "records-total", "a")).isEqualTo(6);
    assertThat(metric(driver, "admitted-total", "a")).isEqualTo(4);
    assertThat(metric(driver, "blocked-total", "a")).isEqualTo(1);
    assertThat(metric(driver, "bypassed-total", "a")).isEqualTo(1);
    assertThat(metric(driver, "keyless-total", "a")).isEqualTo(1);
    assertThat(metric(driver, "keys", "a")).isEqualTo(2);
    assertThat(metric(driver, "state-bytes", "a")).isPositive();
    assertThat(metric(driver, "events-offered-total", "a")).isEqualTo(1);
    assertThat(metric(driver, "events-acked-total", "a")).isEqualTo(1);
    assertThat(metric(driver, "blocked-total", "b")).isEqualTo(3);

    driver.close();
    assertThat(metricNames(driver)).isEmpty();
  }

  /** They are no outcome, but no riddle either. */
  @Test
  void recordsThatAnExceptionHandlerGoesOnWithoutAreCounted() {
    builder.stream("requests", Consumed.with(Serdes.String(), Serdes.Long()))
        .processValues(limiter(5).cost(Long.class, cost -> cost).<String, Long>build())
        .to("admitted", Produced.with(Serdes.String(), Serdes.Long()));
    Properties config = configWithStringSerdes();
    config.put(
        StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG,
        LogAndContinueProcessingExceptionHandler.class);
    TopologyTestDriver driver = driver(config);
    TestInputTopic<String, Long> requests =
        driver.createInputTopic("requests", new StringSerializer(), new LongSerializer());
    for (long cost : new long[] {3, -1, 3, 2, -7, 1}) {
      requests.pipeInput("k", cost, START);
    }
    assertThat(
            driver
                .createOutputTopic("admitted", new StringDeserializer(), new LongDeserializer())
                .readValuesToList())
        .containsExactly(3L, 2L);
    assertThat(metric(driver, "failed-total", "headgate")).isEqualTo(2);
    assertThat(metric(driver, "records-total", "headgate")).isEqualTo(4);
    assertThat(metric(driver, "admitted-total", "headgate")).isEqualTo(2);
    assertThat(metric(driver, "blocked-total", "headgate")).isEqualTo(2);
    assertThat(lane.history()).hasSize(2);
  }

  /** They come from no offset, and Kafka Streams says so by a place without a topic. */
  @Test
  void recordsThatAPunctuatorMakesAreLimitedToo() {
    Topology topology = builder.build();
    List<ProcessorContext<String, String>> contexts = new ArrayList<>();
    builder.<String, String>stream("requests")
        .process(
            () ->
                new Processor<String, String, String, String>() {
                  @Override
                  public void init(ProcessorContext<String, String> context) {
                    contexts.add(context);
                    context.schedule(
                        Duration.ofSeconds(1),
                        PunctuationType.WALL_CLOCK_TIME,
                        time -> context.forward(new Record<>("tick", "v", time)));
                  }

                  @Override
                  public void process(Record<String, String> record) {
                    contexts.get(0).forward(record);
                  }
                })
        .processValues(limiter(2).<String, String>build())
        .to("admitted");
    try (TopologyTestDriver driver = driver(configWithStringSerdes())) {
      for (int i = 0; i < 6; i++) {
        driver.advanceWallClockTime(Duration.ofSeconds(1));
      }
      assertThat(output(driver, "admitted")).hasSize(2);
      assertThat(events()).hasSize(4);
      assertThat(events())
          .allSatisfy(
              event -> {
                assertThat(event.key()).isEqualTo("tick");
                assertThat(event.topic()).isEmpty();
                assertThat(event.partition()).isZero();
                assertThat(event.firstOffset()).isEqualTo(-1);
              });
    }
    assertThat(topology).isNotNull();
  }

  @Test
  void aKeyOfAnUnknownTypeStopsTheApplicationWithTheMend() {
    builder.stream("requests", Consumed.with(Serdes.String(), Serdes.String()))
        .selectKey((key, value) -> 'c')
        .processValues(limiter(1).<Character, String>build())
        .to("admitted");
    try (TopologyTestDriver driver = driver(configWithStringSerdes())) {
      TestInputTopic<String, String> requests = input(driver, "requests");
      assertThatExceptionOfType(StreamsException.class)
          .isThrownBy(() -> requests.pipeInput("k", "v"))
          .satisfies(
              thrown ->
                  assertThat(thrown)
                      .hasStackTraceContaining("no serde for keys of java.lang.Character")
                      .hasStackTraceContaining("keySerde"));
    }
  }

  @Test
  void oneTopologyRunsInTwoDriversAtATime() {
    KStream<String, String> stream = builder.stream("requests");
    List<MockProducer<byte[], byte[]>> lanes = new ArrayList<>();
    stream
        .processValues(
            limiter(1)
                .laneProducer(
                    settings -> {
                      lanes.add(
                          new MockProducer<>(
                              true, null, new ByteArraySerializer(), new ByteArraySerializer()));
                      return lanes.get(lanes.size() - 1);
                    })
                .<String, String>build())
        .to("admitted");
    try (TopologyTestDriver one = driver(configWithStringSerdes());
        TopologyTestDriver two = driver(configWithStringSerdes())) {
      for (TopologyTestDriver driver : List.of(one, two)) {
        input(driver, "requests").pipeInput("k", "1");
        input(driver, "requests").pipeInput("k", "2");
      }
      assertThat(output(one, "admitted")).hasSize(1);
      assertThat(output(two, "admitted")).hasSize(1);
      assertThat(lanes).hasSize(2).allSatisfy(each -> assertThat(each.history()).hasSize(1));
    }
  }

  @Test
  void theLanesProducerIsMadeOfTheApplicationsSettings() {
    List<Map<String, Object>> made = new ArrayList<>();
    KStream<String, String> stream = builder.stream("requests");
    stream
        .processValues(
            limiter(1)
                .laneProducer(
                    settings -> {
                      made.add(settings);
                      return lane;
                    })
                .<String, String>build())
        .split()
        .branch((key, value) -> true, Branched.withConsumer(branch -> branch.to("admitted")));
    Properties config = configWithStringSerdes();
    config.put("security.protocol", "SSL");
    config.put("producer.ssl.truststore.location", "/store");
    config.put("producer.linger.ms", "500");
    config.put("producer.transactional.id", "not the lane's");
    config.put("headgate.lane.producer.compression.type", "zstd");
    config.put("max.poll.interval.ms", "20000");
    driver(config).close();
    assertThat(made).hasSize(1);
    assertThat(made.get(0))
        .containsEntry("bootstrap.servers", List.of("nowhere:1"))
        .containsEntry("security.protocol", "SSL")
        .containsEntry("ssl.truststore.location", "/store")
        .containsEntry("acks", "all")
        .containsEntry("enable.idempotence", true)
        .containsEntry("linger.ms", 1)
        .containsEntry("compression.type", "zstd")
        .containsEntry("delivery.timeout.ms", 8_000)
        .doesNotContainKeys("transactional.id", "transaction.timeout.ms", "partitioner.class");
  }
}
