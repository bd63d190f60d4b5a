package io.headgate.lane;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.headgate.lane.BlockedEvent.KeyForm;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BlockedEventJsonTest {

  /** Every field of the schema with what it may be left at, in the order they are written. */
  private static final BlockedEvent FULL =
      new BlockedEvent(
          "orders",
          "per-second",
          "customer \"7\"",
          KeyForm.TEXT,
          "0123456789abcdeffedcba9876543210",
          3,
          12,
          10,
          1_000,
          "orders-in",
          5,
          41,
          47,
          1_700_000_000_000L,
          1_700_000_000_250L,
          2,
          "00c0ffee00c0ffee",
          true,
          true,
          true,
          true,
          true,
          true,
          true);

  private static final BlockedEvent MINIMAL =
      new BlockedEvent(
          "orders",
          "per-second",
          null,
          KeyForm.NONE,
          null,
          1,
          0,
          10,
          1_000,
          "orders-in",
          0,
          41,
          41,
          1_700_000_000_000L,
          1_700_000_000_000L,
          0,
          "00c0ffee00c0ffee",
          false,
          false,
          false,
          false,
          false,
          false,
          false);

  private final BlockedEventSerde serde = new BlockedEventSerde();

  // ------------------------------------------------------------------ the schema

  @Test
  void shouldWriteEveryFieldAsDocumented() {
    assertThat(json(FULL))
        .isEqualTo(
            "{\"v\":2,\"limiter\":\"orders\",\"rule\":\"per-second\","
                + "\"outcome\":\"SHADOW_BLOCKED\","
                + "\"key\":\"customer \\\"7\\\"\",\"keyForm\":\"text\","
                + "\"fingerprint\":\"0123456789abcdeffedcba9876543210\","
                + "\"count\":3,\"cost\":12,\"limit\":10,\"windowMs\":1000,"
                + "\"topic\":\"orders-in\",\"partition\":5,"
                + "\"firstOffset\":41,\"lastOffset\":47,"
                + "\"firstTime\":1700000000000,\"lastTime\":1700000000250,"
                + "\"ordinal\":2,\"attempt\":\"00c0ffee00c0ffee\","
                + "\"overflow\":true,\"keyCut\":true,\"sharedRow\":true,"
                + "\"future\":true,\"late\":true,\"firstOver\":true}");
  }

  @Test
  void shouldLeaveOutWhatIsNotThere() {
    assertThat(json(MINIMAL))
        .isEqualTo(
            "{\"v\":1,\"limiter\":\"orders\",\"rule\":\"per-second\","
                + "\"outcome\":\"BLOCKED\",\"keyForm\":\"none\","
                + "\"count\":1,\"cost\":0,\"limit\":10,\"windowMs\":1000,"
                + "\"topic\":\"orders-in\",\"partition\":0,"
                + "\"firstOffset\":41,\"lastOffset\":41,"
                + "\"firstTime\":1700000000000,\"lastTime\":1700000000000,"
                + "\"ordinal\":0,\"attempt\":\"00c0ffee00c0ffee\"}");
  }

  @Test
  void shouldReadTheDocumentedExamplesBack() {
    assertThat(read(json(FULL))).isEqualTo(FULL);
    assertThat(read(json(MINIMAL))).isEqualTo(MINIMAL);
  }

  /** Golden bytes: what was written before there were shadow rules. */
  @Test
  void shouldReadEventsThatHaveNoOutcomeAsBlocked() {
    String written =
        "{\"v\":1,\"limiter\":\"orders\",\"rule\":\"per-second\","
            + "\"key\":\"customer 7\",\"keyForm\":\"text\","
            + "\"fingerprint\":\"0123456789abcdeffedcba9876543210\","
            + "\"count\":3,\"cost\":12,\"limit\":10,\"windowMs\":1000,"
            + "\"topic\":\"orders-in\",\"partition\":5,"
            + "\"firstOffset\":41,\"lastOffset\":47,"
            + "\"firstTime\":1700000000000,\"lastTime\":1700000000250,"
            + "\"ordinal\":2,\"attempt\":\"00c0ffee00c0ffee\",\"late\":true}";

    BlockedEvent event = read(written);

    assertThat(event.shadow()).isFalse();
    assertThat(event.firstOver()).isFalse();
    assertThat(event.count()).isEqualTo(3);
    assertThat(event.late()).isTrue();
    assertThat(json(event))
        .isEqualTo(written.replace("\"key\":", "\"outcome\":\"BLOCKED\",\"key\":"));
  }

  /** A reader that knows no outcomes would add up what passed: it is to refuse it instead. */
  @Test
  void shouldKeepShadowEventsFromReadersThatKnowNoOutcomes() {
    assertThat(json(FULL)).startsWith("{\"v\":2,").contains("\"outcome\":\"SHADOW_BLOCKED\"");
    assertThat(json(MINIMAL)).startsWith("{\"v\":1,").contains("\"outcome\":\"BLOCKED\"");
  }

  @ParameterizedTest
  @CsvSource({
    "1,BLOCKED,false",
    "1,SHADOW_BLOCKED,true",
    "2,BLOCKED,false",
    "2,SHADOW_BLOCKED,true"
  })
  void shouldReadTheOutcomeWhateverTheVersion(String version, String outcome, boolean shadow) {
    Map<String, String> fields = with("v", version);
    fields.put("outcome", '"' + outcome + '"');

    assertThat(read(object(fields)).shadow()).isEqualTo(shadow);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "blocked", "ADMITTED", "BYPASSED", "SHADOW_BLOCKED "})
  void shouldNameAnOutcomeThatIsNone(String outcome) {
    assertRefused(object(with("outcome", '"' + outcome + '"')), "\"outcome\"");
  }

  @ParameterizedTest
  @CsvSource({"TEXT,text", "NUMBER,number", "BASE64,base64", "HASHED,hashed", "NONE,none"})
  void shouldNameTheFormsOfAKeyAsDocumented(KeyForm form, String name) {
    String text = object(with("keyForm", '"' + name + '"'));

    BlockedEvent event = read(text);

    assertThat(event.keyForm()).isEqualTo(form);
    assertThat(json(event)).contains("\"keyForm\":\"" + name + "\"");
  }

  // ------------------------------------------------------------------ round trip

  @Property
  void shouldReadBackWhatItWrote(@ForAll("events") BlockedEvent event) {
    byte[] bytes = serde.serializer().serialize("blocked", event);

    assertThat(serde.deserializer().deserialize("blocked", bytes)).isEqualTo(event);
  }

  @Property
  void shouldWriteOneLineOfValidUtf8(@ForAll("events") BlockedEvent event) {
    byte[] bytes = BlockedEventJson.write(event);

    String text = new String(bytes, UTF_8);
    assertThat(text.getBytes(UTF_8)).isEqualTo(bytes);
    assertThat(text.lines()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\"\\\"",
        "\u0000\n\r\t\u001f\u007f",
        "\u00e9\u4e2d\u20ac",
        "\ud83d\ude00",
        "\ud800",
        "\udc00",
        "a\udc00\ud800b",
        "\u2028\u2029\ufeff"
      })
  void shouldKeepAnyText(String text) {
    BlockedEvent event = withKey(text);

    assertThat(read(json(event))).isEqualTo(event);
  }

  @Test
  void shouldPassNullAsNull() {
    assertThat(serde.serializer().serialize("blocked", null)).isNull();
    assertThat(serde.deserializer().deserialize("blocked", null)).isNull();
  }

  @Test
  void shouldBeMadeByTheNameOfItsClasses() throws ReflectiveOperationException {
    Serializer<?> serializer = make(Serializer.class, BlockedEventSerde.EventSerializer.class);
    Deserializer<?> deserializer =
        make(Deserializer.class, BlockedEventSerde.EventDeserializer.class);
    Serde<?> made = make(Serde.class, BlockedEventSerde.class);

    deserializer.configure(Map.of("bootstrap.servers", "nowhere:1"), false);
    serializer.configure(Map.of("bootstrap.servers", "nowhere:1"), false);
    assertThat(deserializer.deserialize("blocked", json(FULL).getBytes(UTF_8))).isEqualTo(FULL);
    assertThat(made.deserializer().deserialize("blocked", json(FULL).getBytes(UTF_8)))
        .isEqualTo(FULL);
    deserializer.close();
    serializer.close();
    made.close();
  }

  // ------------------------------------------------------------------ events of other builds

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1",
        "-1.5e30",
        "123456789012345678901234567890",
        "\"text\"",
        "true",
        "null",
        "{}",
        "[]",
        "{\"count\":\"nested\",\"v\":99,\"deep\":[{\"key\":[1,{}]}]}",
        "[[],[{\"limiter\":1}],\"x\"]"
      })
  void shouldSkipAFieldThatItDoesNotKnow(String value) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("news", value);
    fields.putAll(minimal());
    fields.put("more", value);

    assertThat(read(object(fields))).isEqualTo(MINIMAL);
  }

  @Test
  void shouldReadFieldsInAnyOrder() {
    Map<String, String> reversed = new LinkedHashMap<>();
    List<String> names = List.copyOf(minimal().keySet());
    for (int i = names.size() - 1; i >= 0; i--) {
      reversed.put(names.get(i), requireNonNull(minimal().get(names.get(i))));
    }

    assertThat(read(object(reversed))).isEqualTo(MINIMAL);
  }

  @Test
  void shouldReadFlagsThatAreWrittenAsFalse() {
    Map<String, String> fields = minimal();
    for (String flag : List.of("overflow", "keyCut", "sharedRow", "future", "late", "firstOver")) {
      fields.put(flag, "false");
    }

    assertThat(read(object(fields))).isEqualTo(MINIMAL);
  }

  @ParameterizedTest
  @ValueSource(strings = {"3", "2147483647"})
  void shouldRefuseANewerVersion(String version) {
    assertRefused(object(with("v", version)), "version " + version, "newer headgate-lane");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "-2147483648"})
  void shouldRefuseAVersionThatNeverWas(String version) {
    assertRefused(object(with("v", version)), "version " + version);
  }

  // ------------------------------------------------------------------ what is no event

  @ParameterizedTest
  @ValueSource(
      strings = {
        "v",
        "limiter",
        "rule",
        "keyForm",
        "count",
        "cost",
        "limit",
        "windowMs",
        "topic",
        "partition",
        "firstOffset",
        "lastOffset",
        "firstTime",
        "lastTime",
        "ordinal",
        "attempt"
      })
  void shouldNameAFieldThatIsMissing(String name) {
    Map<String, String> fields = minimal();
    assertThat(fields.remove(name)).isNotNull();

    assertRefused(object(fields), '"' + name + '"', "missing");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"limiter", "rule", "outcome", "key", "keyForm", "fingerprint", "topic", "attempt"})
  void shouldNameATextThatIsNone(String name) {
    for (String value : List.of("1", "1.5", "true", "null", "{}", "[]", "[\"x\"]")) {
      assertRefused(object(with(name, value)), '"' + name + '"', "expected a text", "found");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "v",
        "count",
        "cost",
        "limit",
        "windowMs",
        "partition",
        "firstOffset",
        "lastOffset",
        "firstTime",
        "lastTime",
        "ordinal"
      })
  void shouldNameANumberThatIsNone(String name) {
    for (String value : List.of("\"1\"", "1.5", "1e3", "true", "null", "{}", "[]", "[1]")) {
      assertRefused(object(with(name, value)), '"' + name + '"', "expected a number", "found");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"overflow", "keyCut", "sharedRow", "future", "late", "firstOver"})
  void shouldNameAFlagThatIsNone(String name) {
    for (String value : List.of("1", "0", "\"true\"", "null", "{}", "[true]")) {
      assertRefused(object(with(name, value)), '"' + name + '"', "true or false", "found");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "v",
        "count",
        "cost",
        "limit",
        "windowMs",
        "partition",
        "firstOffset",
        "lastOffset",
        "firstTime",
        "lastTime",
        "ordinal"
      })
  void shouldNameANumberThatIsOutOfRange(String name) {
    for (String value :
        List.of("9223372036854775808", "-9223372036854775809", "1" + "0".repeat(40))) {
      assertRefused(object(with(name, value)), '"' + name + '"', "out of range");
    }
    assertRefused(object(with(name, "1".repeat(2_000))), '"' + name + '"');
  }

  @ParameterizedTest
  @ValueSource(strings = {"v", "partition", "ordinal"})
  void shouldNameASmallNumberThatIsOutOfRange(String name) {
    for (String value : List.of("2147483648", "-2147483649", "4294967297")) {
      assertRefused(object(with(name, value)), '"' + name + '"', "out of range", value);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "-9223372036854775808"})
  void shouldRefuseAnEventOfNoRecords(String count) {
    assertRefused(object(with("count", count)), "count " + count, "1 or more");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TEXT", "", "texts", "te\\nxt", "\\r\\n", "\\u2028"})
  void shouldNameAFormThatIsNone(String form) {
    assertRefused(object(with("keyForm", '"' + form + '"')), "\"keyForm\"");
  }

  @Test
  void shouldCutAnEndlessFormShort() {
    assertThat(refusal(object(with("keyForm", '"' + "x".repeat(100_000) + '"')).getBytes(UTF_8)))
        .hasSizeLessThan(300);
  }

  @ParameterizedTest
  @ValueSource(strings = {"v", "limiter", "count", "attempt", "overflow", "news"})
  void shouldNameAFieldThatIsThereTwice(String name) {
    Map<String, String> fields = with("news", "1");
    fields.put("overflow", "true");
    String field = '"' + name + "\":" + fields.get(name);

    assertRefused(object(fields).replace(field, field + "," + field), name);
  }

  @Test
  void shouldStayInOneLineWhateverANameHolds() {
    refusal("{\"a\\nb\":1,\"a\\nb\":1}".getBytes(UTF_8));
    refusal("{\"a\\r\\nb\":1,x}".getBytes(UTF_8));
    assertThat(refusal(("{\"" + "x".repeat(20_000) + "\":1,x}").getBytes(UTF_8)))
        .hasSizeLessThan(1_000);
  }

  @Test
  void shouldRefuseEveryTruncation() {
    byte[] whole = json(FULL).getBytes(UTF_8);
    for (int length = 0; length < whole.length; length++) {
      refusal(Arrays.copyOf(whole, length));
    }
  }

  @Test
  void shouldSayWhereATruncatedEventEnds() {
    String whole = json(FULL);

    assertRefused(whole.substring(0, whole.indexOf(",\"topic\"")), "\"windowMs\"");
    assertRefused(whole.substring(0, whole.indexOf("rs-in")), "\"topic\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "{}", "{", "}", "]", "1", "null", ",", "\u0000", "\"", "{\"v\":1}"})
  void shouldRefuseWhatFollowsAnEvent(String garbage) {
    refusal((json(FULL) + garbage).getBytes(UTF_8));
    refusal((json(FULL) + "\n" + garbage).getBytes(UTF_8));
  }

  @Test
  void shouldAllowSpaceAroundAnEvent() {
    assertThat(read(" \r\n\t" + json(FULL).replace(",", "\n ,\n ") + " \n")).isEqualTo(FULL);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\n", "null", "1", "\"event\"", "[]", "[{}]", "true"})
  void shouldRefuseWhatIsNoObject(String text) {
    assertRefused(text, "expected an object");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "blocked",
        "{",
        "{]",
        "{v:1}",
        "{'v':1}",
        "{\"v\"",
        "{\"v\":",
        "{\"v\":NaN}",
        "{\"v\":01}",
        "{\"v\":1,}",
        "{\"limiter\":\"a\nb\"}",
        "{\"limiter\":\"\\x\"}",
        "// comment\n{}"
      })
  void shouldRefuseWhatIsNoJson(String text) {
    refusal(text.getBytes(UTF_8));
  }

  @Test
  void shouldRefuseBytesThatAreNoText() {
    refusal(new byte[] {0, 0, 0, 0, 0});
    refusal(new byte[] {(byte) 0xff, (byte) 0xfe, (byte) 0xfd, 1});
    refusal(new byte[] {0, 0, (byte) 0xff, (byte) 0xfe});
    refusal(new byte[] {'{', '"', (byte) 0xc3, '"', ':', '1', '}'});
    refusal("{\"limiter\":\"\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void shouldRefuseNestingWithoutEnd() {
    refusal(("{\"news\":" + "[".repeat(100_000)).getBytes(UTF_8));
    refusal("[".repeat(100_000).getBytes(UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16BE", "UTF-16LE", "UTF-32BE"})
  void shouldEitherReadOrRefuseOtherEncodings(String charset) {
    assertReadOrRefused(json(FULL).getBytes(Charset.forName(charset)));
  }

  @Property
  void shouldRefuseRandomBytesInOneLine(@ForAll byte[] bytes) {
    assertReadOrRefused(bytes);
  }

  @Property
  void shouldReadOrRefuseAnEventWithAByteChanged(
      @ForAll("events") BlockedEvent event,
      @ForAll @IntRange(max = 9_999) int at,
      @ForAll byte to) {
    byte[] bytes = BlockedEventJson.write(event);
    bytes[at % bytes.length] = to;

    assertReadOrRefused(bytes);
  }

  // ------------------------------------------------------------------ helpers

  @Provide
  Arbitrary<BlockedEvent> events() {
    Arbitrary<String> texts = Arbitraries.strings().all().ofMaxLength(40);
    Arbitrary<Long> numbers = Arbitraries.longs();
    return Combinators.combine(
            Combinators.combine(texts, texts, texts.injectNull(0.2), texts.injectNull(0.2))
                .as(Texts::new),
            Arbitraries.of(KeyForm.class),
            Arbitraries.longs().greaterOrEqual(1),
            numbers.array(long[].class).ofSize(7),
            Arbitraries.integers(),
            Arbitraries.integers(),
            texts,
            Arbitraries.integers().between(0, 127))
        .as(
            (names, form, count, longs, partition, ordinal, topic, flags) ->
                new BlockedEvent(
                    names.limiter,
                    names.rule,
                    names.key,
                    form,
                    names.fingerprint,
                    count,
                    longs[0],
                    longs[1],
                    longs[2],
                    topic,
                    partition,
                    longs[3],
                    longs[4],
                    longs[5],
                    longs[6],
                    ordinal,
                    topic + names.rule,
                    (flags & 1) != 0,
                    (flags & 2) != 0,
                    (flags & 4) != 0,
                    (flags & 8) != 0,
                    (flags & 16) != 0,
                    (flags & 32) != 0,
                    (flags & 64) != 0));
  }

  record Texts(String limiter, String rule, @Nullable String key, @Nullable String fingerprint) {}

  private static BlockedEvent withKey(String key) {
    return new BlockedEvent(
        key,
        key,
        key,
        KeyForm.TEXT,
        FULL.fingerprint(),
        1,
        1,
        1,
        1,
        key,
        0,
        0,
        0,
        0,
        0,
        0,
        FULL.attempt(),
        false,
        false,
        false,
        false,
        false,
        false,
        false);
  }

  /** The fields of {@link #MINIMAL}, each as its JSON. */
  private static Map<String, String> minimal() {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("v", "1");
    fields.put("limiter", "\"orders\"");
    fields.put("rule", "\"per-second\"");
    fields.put("keyForm", "\"none\"");
    fields.put("count", "1");
    fields.put("cost", "0");
    fields.put("limit", "10");
    fields.put("windowMs", "1000");
    fields.put("topic", "\"orders-in\"");
    fields.put("partition", "0");
    fields.put("firstOffset", "41");
    fields.put("lastOffset", "41");
    fields.put("firstTime", "1700000000000");
    fields.put("lastTime", "1700000000000");
    fields.put("ordinal", "0");
    fields.put("attempt", "\"00c0ffee00c0ffee\"");
    return fields;
  }

  private static Map<String, String> with(String name, String value) {
    Map<String, String> fields = minimal();
    fields.put(name, value);
    return fields;
  }

  private static String object(Map<String, String> fields) {
    return fields.entrySet().stream()
        .map(field -> '"' + field.getKey() + "\":" + field.getValue())
        .collect(Collectors.joining(",", "{", "}"));
  }

  private static String json(BlockedEvent event) {
    return new String(BlockedEventJson.write(event), UTF_8);
  }

  private static BlockedEvent read(String text) {
    return BlockedEventJson.read(text.getBytes(UTF_8));
  }

  private static <T> T make(Class<T> type, Class<? extends T> named)
      throws ReflectiveOperationException {
    return Class.forName(named.getName()).asSubclass(type).getConstructor().newInstance();
  }

  private void assertReadOrRefused(byte[] bytes) {
    try {
      assertThat(serde.deserializer().deserialize("blocked", bytes)).isNotNull();
    } catch (SerializationException e) {
      assertOneLine(e);
    }
  }

  private void assertRefused(String text, String... named) {
    assertThat(refusal(text.getBytes(UTF_8))).contains(named);
  }

  private String refusal(byte[] bytes) {
    SerializationException[] refused = new SerializationException[1];
    assertThatExceptionOfType(SerializationException.class)
        .isThrownBy(() -> serde.deserializer().deserialize("blocked", bytes))
        .satisfies(e -> refused[0] = e);
    assertOneLine(refused[0]);
    return String.valueOf(refused[0].getMessage());
  }

  private static void assertOneLine(SerializationException e) {
    assertThat(e)
        .message()
        .startsWith("not a blocked event: ")
        .doesNotContain("\n", "\r")
        .endsWith("(schema: version 2 of blocked-event.md)");
  }
}
