package io.headgate.connect;

import static io.headgate.connect.Records.TIME;
import static io.headgate.connect.Records.options;
import static io.headgate.connect.Records.sink;
import static io.headgate.connect.Records.source;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.headgate.streams.RateLimitHeaders;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.transforms.Transformation;
import org.apache.kafka.connect.transforms.predicates.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RateLimitTransformTest {

  private static <R extends ConnectRecord<R>> Transformation<R> value(String... options) {
    RateLimit.Value<R> transform = new RateLimit.Value<>();
    transform.configure(options(options));
    return transform;
  }

  private static <R extends ConnectRecord<R>> int passed(
      Transformation<R> transform, List<R> records) {
    return (int) records.stream().filter(record -> transform.apply(record) != null).count();
  }

  @Test
  void shouldPassRecordsUntouchedUntilTheLimitAndDropTheRest() {
    try (Transformation<SourceRecord> transform = value()) {
      for (int i = 0; i < 2; i++) {
        SourceRecord record = source("a", i, TIME);
        assertThat(transform.apply(record)).isSameAs(record);
      }
      assertThat(transform.apply(source("a", 2, TIME))).isNull();
      assertThat(transform.apply(source("b", 2, TIME))).isNotNull();
      assertThat(transform.apply(source("a", 2, TIME + 61_000))).as("a minute on").isNotNull();
    }
  }

  @Test
  void shouldKeepTheVerdictOfARecordThatComesAgainAtOnce() {
    try (Transformation<SourceRecord> transform = value()) {
      SourceRecord admitted = source("a", 0, TIME);
      for (int i = 0; i < 5; i++) {
        assertThat(transform.apply(admitted)).isSameAs(admitted);
      }
      // Charged once: of two units one is left.
      assertThat(transform.apply(source("a", 1, TIME))).isNotNull();
      assertThat(transform.apply(source("a", 2, TIME))).isNull();
      // Equal is not the same: it is another record.
      assertThat(transform.apply(source("a", 2, TIME))).isNull();
    }
  }

  @Test
  void shouldTagWithTheHeadersOfTheStreamsOperator() {
    try (Transformation<SourceRecord> transform = value("over.limit", "tag")) {
      SourceRecord third = source("a", 2, TIME);
      third.headers().addString("mine", "kept").addString(RateLimitHeaders.OUTCOME, "old");
      assertThat(passed(transform, List.of(source("a", 0, TIME), source("a", 1, TIME))))
          .isEqualTo(2);
      SourceRecord tagged = transform.apply(third);
      Map<String, Object> headers = new HashMap<>();
      for (Header header : tagged.headers()) {
        assertThat(headers.put(header.key(), header.value())).isNull();
      }
      assertThat(headers)
          .containsEntry("mine", "kept")
          .containsEntry(RateLimitHeaders.OUTCOME, "BLOCKED")
          .containsEntry(RateLimitHeaders.RULE, "default")
          .containsEntry(RateLimitHeaders.LIMIT, "2")
          .containsEntry(RateLimitHeaders.REMAINING, "0")
          .containsKeys(RateLimitHeaders.RESET_MS, RateLimitHeaders.RETRY_AFTER_MS)
          .hasSize(7);
      assertThat(tagged.value()).isEqualTo(2);
      assertThat(third.headers().lastWithName(RateLimitHeaders.OUTCOME).value())
          .as("what came in is not changed")
          .isEqualTo("old");
    }
  }

  @Test
  void shouldRouteToAnotherTopic() {
    try (Transformation<SourceRecord> transform =
        value("over.limit", "route", "route.topic", "over", "limits", "1/1h")) {
      assertThat(transform.apply(source("a", 0, TIME)).topic()).isEqualTo("lines");
      assertThat(transform.apply(source("a", 1, TIME)).topic()).isEqualTo("over");
    }
    try (Transformation<SinkRecord> transform =
        value("over.limit", "route", "route.topic", "over")) {
      List<String> topics =
          List.of(sink("a", 0, 0), sink("a", 1, 1), sink("a", 2, 2)).stream()
              .map(transform::apply)
              .map(SinkRecord::topic)
              .toList();
      assertThat(topics).containsExactly("lines", "lines", "over");
    }
  }

  @Test
  void shouldAdmitOnlyWhatAllLimitsAdmit() {
    try (Transformation<SourceRecord> transform = value("limits", "3/1h,2/1s")) {
      assertThat(
              passed(
                  transform,
                  List.of(
                      source("a", 0, TIME),
                      source("a", 1, TIME),
                      source("a", 2, TIME),
                      source("a", 3, TIME + 5_000),
                      source("a", 4, TIME + 10_000))))
          .isEqualTo(3);
    }
  }

  @Test
  void shouldFindKeysInStructsMapsHeadersAndText() {
    Schema user = SchemaBuilder.struct().field("id", Schema.INT64_SCHEMA).build();
    Schema schema = SchemaBuilder.struct().field("user", user).build();
    Struct struct = new Struct(schema).put("user", new Struct(user).put("id", 7L));
    Map<String, Object> map = Map.of("user", Map.of("id", 7L), "a/b", List.of("x", "y"));
    assertThat(found("field:/user/id", struct)).isEqualTo(7L);
    assertThat(found("field:/user/id", map)).isEqualTo(7L);
    assertThat(found("field:/a~1b/1", map)).isEqualTo("y");
    assertThat(found("field:/user/name", struct)).isNull();
    assertThat(found("field:/nothing/id", map)).isNull();
    assertThat(found("regex:^(\\S+) ", "10.0.0.1 - -")).isEqualTo("10.0.0.1");
    assertThat(found("regex:^(\\S+) ", map)).isNull();
    SourceRecord record = source("key", "value", TIME);
    record.headers().addString("tenant", "acme");
    assertThat(Place.parse("header:tenant", Place.Part.VALUE).in(record)).isEqualTo("acme");
    assertThat(Place.parse("record", Place.Part.VALUE).in(record)).isEqualTo("key");
  }

  @Test
  void shouldRefuseATextThatIsTooLongForThePattern() {
    String pattern = "user=\"((?:[^\"\\\\]|\\\\.)*)\"";
    String text = "user=\"" + "x".repeat(60_000) + "\"";
    try (Transformation<SourceRecord> transform =
        value("key", "regex:" + pattern, "limits", "1/1h")) {
      // errors.tolerance passes over it, and the next one is judged.
      assertThatExceptionOfType(DataException.class)
          .isThrownBy(() -> transform.apply(source(null, text, TIME)))
          .withMessage(
              "pattern \"%s\": a text of 60007 characters is too long for it; repeat characters,"
                  + " not groups, or possessively (*+)",
              pattern);
      assertThat(transform.apply(source(null, "user=\"eve\"", TIME))).isNotNull();
      assertThat(transform.apply(source(null, "user=\"eve\"", TIME))).isNull();
    }
  }

  private static @Nullable Object found(String place, Object in) {
    Object ofValue = Place.parse(place, Place.Part.VALUE).in(source(null, in, TIME));
    Object ofKey = Place.parse(place, Place.Part.KEY).in(source(in, null, TIME));
    assertThat(ofKey).isEqualTo(ofValue);
    return ofValue;
  }

  @Test
  @SuppressWarnings("JavaUtilDate") // Connect's own type for times
  void shouldTellKeysOfEveryTypeApart() {
    List<Object> keys =
        List.of(
            "7",
            8L,
            9,
            "10".getBytes(StandardCharsets.UTF_8),
            ByteBuffer.wrap("11".getBytes(StandardCharsets.UTF_8)),
            new java.math.BigDecimal("1.50"),
            true,
            2.5,
            new java.util.Date(12));
    try (Transformation<SourceRecord> transform = value("limits", "1/1h")) {
      for (Object key : keys) {
        assertThat(transform.apply(source(key, null, TIME))).as("%s", key).isNotNull();
        assertThat(transform.apply(source(key, null, TIME))).as("%s again", key).isNull();
      }
    }
  }

  @Test
  void shouldChargeWhatARecordCosts() {
    try (Transformation<SourceRecord> transform = value("limits", "10/1m", "cost", "bytes")) {
      assertThat(transform.apply(source("a", "1234é", TIME))).isNotNull();
      assertThat(transform.apply(source("a", "12345", TIME))).as("4 are left").isNull();
      assertThat(transform.apply(source("a", "1234".getBytes(StandardCharsets.UTF_8), TIME)))
          .isNotNull();
      assertThatExceptionOfType(DataException.class)
          .isThrownBy(() -> transform.apply(source("a", Map.of(), TIME)))
          .withMessageStartingWith("cost bytes: found a value of type ")
          .withMessageContaining("expected text or bytes");
    }
    try (Transformation<SourceRecord> transform =
        value("limits", "10/1m", "cost", "field:/n", "cost.default", "3")) {
      assertThat(transform.apply(source("a", Map.of("n", "6"), TIME))).isNotNull();
      assertThat(transform.apply(source("a", Map.of("n", "much"), TIME))).isNotNull();
      assertThat(transform.apply(source("a", Map.of("n", 2), TIME))).as("1 is left").isNull();
      assertThatExceptionOfType(DataException.class)
          .isThrownBy(() -> transform.apply(source("a", Map.of("n", -1), TIME)))
          .withMessage("cost field:/n: found -1, expected 0 or more");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"admit", "block"})
  void shouldDoWithKeylessRecordsAsThePolicySays(String policy) {
    try (Transformation<SourceRecord> transform = value("no.key.policy", policy)) {
      for (int i = 0; i < 5; i++) {
        assertThat(transform.apply(source(null, i, TIME)) != null)
            .isEqualTo(policy.equals("admit"));
      }
    }
  }

  @Test
  void shouldPassWhatADryRunWouldBlock() {
    try (Transformation<SourceRecord> transform = value("shadow", "true")) {
      assertThat(
              passed(
                  transform,
                  List.of(source("a", 0, TIME), source("a", 1, TIME), source("a", 2, TIME))))
          .isEqualTo(3);
    }
  }

  @Test
  void shouldNotBelieveATimeThatIsTooFarAhead() {
    try (Transformation<SourceRecord> transform =
        value("limits", "1/1m", "max.future.ms", "3600000")) {
      assertThat(transform.apply(source("a", 0, Long.MAX_VALUE))).isNotNull();
      // It was taken as now. Had it been believed, the key's window would end with the world.
      long soon = System.currentTimeMillis() + 120_000;
      assertThat(transform.apply(source("a", 1, soon))).isNotNull();
      assertThat(transform.apply(source("a", 2, soon))).isNull();
    }
  }

  @Test
  void shouldBeAskedOncePerRecordAsAPredicate() {
    try (OverLimit<SourceRecord> predicate = new OverLimit<>()) {
      predicate.configure(options("limits", "1/1m"));
      Predicate<SourceRecord> asked = predicate;
      SourceRecord first = source("a", 0, TIME);
      SourceRecord second = source("a", 1, TIME);
      assertThat(asked.test(first)).isFalse();
      assertThat(asked.test(first)).isFalse();
      assertThat(asked.test(second)).isTrue();
      assertThat(asked.test(second)).isTrue();
    }
  }

  @Test
  void shouldShareALimitOnlyWithTheSameNameAndSettings() {
    String[] worker = {"scope", "worker", "name", "shared-by-test", "limits", "2/1h"};
    try (Transformation<SourceRecord> one = value(worker);
        Transformation<SourceRecord> two = value(worker);
        Transformation<SourceRecord> alone = value("limits", "2/1h")) {
      assertThat(one.apply(source("a", 0, TIME))).isNotNull();
      assertThat(two.apply(source("a", 1, TIME))).isNotNull();
      assertThat(one.apply(source("a", 2, TIME))).isNull();
      assertThat(two.apply(source("a", 3, TIME))).isNull();
      assertThat(alone.apply(source("a", 4, TIME))).isNotNull();
      assertThatExceptionOfType(org.apache.kafka.common.config.ConfigException.class)
          .isThrownBy(() -> value("scope", "worker", "name", "shared-by-test", "limits", "3/1h"))
          .withMessageStartingWith("name: found \"shared-by-test\", which tasks of this worker")
          .withMessageContaining("limits [2/1h in 60 buckets, strict]")
          .withMessageContaining("not limits [3/1h in 60 buckets, strict]")
          .withMessageEndingWith(", or another name");
    }
    // Gone with its last user: other settings, and empty windows.
    try (Transformation<SourceRecord> later =
        value("scope", "worker", "name", "shared-by-test", "limits", "1/1h")) {
      assertThat(later.apply(source("a", 5, TIME))).isNotNull();
    }
  }
}
