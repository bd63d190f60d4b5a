package io.headgate.streams;

import static io.headgate.streams.Cluster.AT_LEAST_ONCE;
import static io.headgate.streams.Cluster.EXACTLY_ONCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.lane.BlockedEvent;
import io.headgate.lane.Delivery;
import io.headgate.lane.Emit;
import io.headgate.streams.Traffic.Request;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every record is admitted or counted in an event, and which it is, the oracle says: on a broker,
 * over partitions, threads and guarantees.
 */
class ConservationIT {

  private static final RateLimit STRICT = new RateLimit(20, Duration.ofHours(1), 60, Mode.STRICT);
  private static final RateLimit STANDARD = STRICT.withMode(Mode.STANDARD);

  @AutoClose private static final Cluster cluster = new Cluster();

  @SuppressWarnings("NullAway.Init")
  @TempDir
  private Path state;

  private Properties config(String guarantee) {
    return cluster.config(Cluster.unique("conservation"), guarantee, state.toString());
  }

  /** Two limiters of one application judge the same requests, each by its mode. */
  private void verdictsAreExact(List<Request> requests, int partitions, Properties config) {
    String input = cluster.topic("requests", partitions);
    String blocked = cluster.topic("blocked", 3);
    String strict = cluster.topic("strict", 2);
    String standard = cluster.topic("standard", 2);
    cluster.send(input, requests);
    try (App app =
        new App(
            config,
            builder -> {
              var stream = App.stream(builder, input);
              stream
                  .processValues(
                      Headgate.limit(STRICT)
                          .named("strict")
                          .blockedTo(blocked)
                          .<String, String>build())
                  .to(strict, App.strings());
              stream
                  .processValues(
                      Headgate.limit(STANDARD)
                          .named("standard")
                          .blockedTo(blocked)
                          .<String, String>build())
                  .to(standard, App.strings());
            })) {
      cluster.awaitProcessed(app, input);
    }
    isExact(requests, STRICT, strict, cluster.events(blocked, "strict"), input);
    isExact(requests, STANDARD, standard, cluster.events(blocked, "standard"), input);
  }

  private static void isExact(
      List<Request> requests,
      RateLimit limit,
      String admitted,
      List<BlockedEvent> events,
      String input) {
    BitSet expected = Traffic.admitted(requests, limit);
    assertThat(cluster.requests(admitted)).isEqualTo(expected);
    assertThat(Cluster.byKey(events)).isEqualTo(Traffic.blocked(requests, expected));
    assertThat(expected.cardinality() + Cluster.sum(events)).isEqualTo(requests.size());
    assertThat(events).isNotEmpty();
    assertThat(events)
        .allSatisfy(
            event -> {
              assertThat(event.topic()).isEqualTo(input);
              assertThat(event.limit()).isEqualTo(20);
              assertThat(event.windowMillis()).isEqualTo(3_600_000);
              assertThat(event.overflow()).isFalse();
              assertThat(event.future()).isFalse();
              assertThat(event.sharedRow()).isFalse();
            });
  }

  @ParameterizedTest
  @CsvSource({
    "8, " + AT_LEAST_ONCE,
    "8, " + EXACTLY_ONCE,
    "1, " + EXACTLY_ONCE,
    "3, " + AT_LEAST_ONCE
  })
  void verdictsAreThoseOfTheExactLog(int partitions, String guarantee) {
    List<Request> requests = Traffic.generated(partitions, 20_000, 500, 18_000_000);
    verdictsAreExact(requests, partitions, config(guarantee));
  }

  @ParameterizedTest
  @CsvSource({"8, " + EXACTLY_ONCE, "3, " + AT_LEAST_ONCE})
  void verdictsOfRealTrafficAreThoseOfTheExactLog(int partitions, String guarantee) {
    List<Request> requests = Traffic.of(Traffic.accessLog());
    assertThat(requests).hasSizeGreaterThan(1_000);
    verdictsAreExact(requests, partitions, config(guarantee));
  }

  @Test
  void theStreamsGroupProtocolChangesNothing() {
    Properties config = cluster.streamsProtocol(config(EXACTLY_ONCE), 0);
    verdictsAreExact(Traffic.generated(5, 10_000, 300, 18_000_000), 4, config);
  }

  /** Far more blocked records than the lane has room for. */
  @ParameterizedTest
  @ValueSource(strings = {AT_LEAST_ONCE, EXACTLY_ONCE})
  void whateverIsTooMuchForTheLaneIsCountedAllTheSame(String guarantee) {
    int partitions = 12;
    RateLimit limit = new RateLimit(1, Duration.ofHours(10), 60, Mode.STRICT);
    List<String> names = List.of("a", "b");
    List<List<Request>> requests =
        List.of(
            Traffic.generated(1, 50_000, 600, 3_600_000),
            Traffic.generated(2, 50_000, 600, 3_600_000));
    List<String> inputs =
        List.of(cluster.topic("flood-a", partitions), cluster.topic("flood-b", partitions));
    List<String> outputs = List.of(cluster.topic("admitted-a", 1), cluster.topic("admitted-b", 1));
    String blocked = cluster.topic("blocked", 2);
    for (int i = 0; i < 2; i++) {
      cluster.send(inputs.get(i), requests.get(i));
    }
    try (App app =
        new App(
            config(guarantee),
            builder -> {
              for (int i = 0; i < 2; i++) {
                App.stream(builder, inputs.get(i))
                    .processValues(
                        Headgate.limit(limit)
                            .named(names.get(i))
                            .blockedTo(blocked)
                            .ring(8, 16)
                            .maxEventsPerSecond(500)
                            .<String, String>build())
                    .to(outputs.get(i), App.strings());
              }
            })) {
      inputs.forEach(input -> cluster.awaitProcessed(app, input));
    }
    for (int i = 0; i < 2; i++) {
      String input = inputs.get(i);
      BitSet expected = Traffic.admitted(requests.get(i), limit);
      Map<String, Long> blockedByKey = Traffic.blocked(requests.get(i), expected);
      List<BlockedEvent> events = cluster.events(blocked, names.get(i));
      assertThat(cluster.requests(outputs.get(i))).isEqualTo(expected);
      assertThat(Cluster.sum(events)).isEqualTo(50_000 - expected.cardinality());

      List<BlockedEvent> overflow = events.stream().filter(BlockedEvent::overflow).toList();
      List<BlockedEvent> ofKeys = events.stream().filter(event -> !event.overflow()).toList();
      assertThat(overflow).isNotEmpty();
      assertThat(overflow)
          .allSatisfy(
              event -> {
                assertThat(event.key()).isNull();
                assertThat(event.topic()).isEqualTo(input);
                assertThat(event.count())
                    .isLessThanOrEqualTo(event.lastOffset() - event.firstOffset() + 1);
              });
      assertThat(ofKeys).isNotEmpty().anyMatch(event -> event.count() > 1);
      Cluster.byKey(ofKeys)
          .forEach(
              (key, count) ->
                  assertThat(count)
                      .as("what events say of %s", key)
                      .isLessThanOrEqualTo(blockedByKey.getOrDefault(key, 0L)));
    }
  }

  @ParameterizedTest
  @CsvSource({
    AT_LEAST_ONCE + ", AT_LEAST_ONCE",
    EXACTLY_ONCE + ", AT_LEAST_ONCE",
    AT_LEAST_ONCE + ", BEST_EFFORT",
    AT_LEAST_ONCE + ", TRANSACTIONAL",
    EXACTLY_ONCE + ", TRANSACTIONAL"
  })
  void summariesStandForEveryRecordToo(String guarantee, Delivery delivery) {
    List<Request> requests = Traffic.generated(13, 20_000, 200, 18_000_000);
    String input = cluster.topic("requests", 3);
    String blocked = cluster.topic("blocked", 2);
    String admitted = cluster.topic("admitted", 1);
    cluster.send(input, requests);
    Headgate.Builder limiter =
        Headgate.limit(STRICT)
            .blockedTo(blocked)
            .delivery(delivery)
            .emit(Emit.FIRST_AND_SUMMARY)
            .summaryInterval(Duration.ofMillis(300));
    try (App app = new App(config(guarantee), App.limited(input, limiter, admitted))) {
      cluster.awaitProcessed(app, input);
    }
    List<BlockedEvent> events = cluster.events(blocked, "headgate");
    isExact(requests, STRICT, admitted, events, input);
    assertThat(events.size()).isLessThan((int) Cluster.sum(events) / 2);
    Set<String> told = new HashSet<>();
    for (BlockedEvent event : events) {
      if (told.add(String.valueOf(event.key()))) {
        assertThat(event.count()).as("the first event of %s", event.key()).isEqualTo(1);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {AT_LEAST_ONCE, EXACTLY_ONCE})
  void bestEffortLosesNothingIfNothingFailsAndThereIsRoom(String guarantee) {
    List<Request> requests = Traffic.generated(9, 10_000, 300, 18_000_000);
    String input = cluster.topic("requests", 2);
    String blocked = cluster.topic("blocked", 1);
    String admitted = cluster.topic("admitted", 1);
    cluster.send(input, requests);
    Headgate.Builder limiter =
        Headgate.limit(STRICT)
            .blockedTo(blocked)
            .delivery(Delivery.BEST_EFFORT)
            .ring(16_384, 32_768);
    try (App app = new App(config(guarantee), App.limited(input, limiter, admitted))) {
      cluster.awaitProcessed(app, input);
    }
    isExact(requests, STRICT, admitted, cluster.events(blocked, "headgate"), input);
  }
}
