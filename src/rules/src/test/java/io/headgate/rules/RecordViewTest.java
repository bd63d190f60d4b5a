package io.headgate.rules;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RecordViewTest {

  private static final String JSON =
      "{\"a\":{\"b\":\"text\",\"n\":12,\"t\":true,\"z\":null,\"l\":[1,2]},\"big\":123456789012345678901}";

  private static @Nullable String field(@Nullable Object value, String pointer) {
    return Records.value(value).field(JsonPointer.compile(pointer));
  }

  /** A buffer that somebody has read half of. */
  private static ByteBuffer buffer(String text) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(1_000);
    buffer.put(text.getBytes(UTF_8)).flip();
    return buffer.position(buffer.limit() / 2);
  }

  @Test
  void shouldShowTheRecordThatItWasSetTo() {
    RecordHeaders headers = new RecordHeaders();
    RecordView view = new RecordView().set("orders", 1, 2.0, headers, 3);

    assertThat(view.topic()).isEqualTo("orders");
    assertThat(view.key()).isEqualTo(1);
    assertThat(view.value()).isEqualTo(2.0);
    assertThat(view.headers()).isSameAs(headers);
    assertThat(view.timestamp()).isEqualTo(3);
  }

  @Test
  void shouldShowNothingOnceItIsCleared() {
    RecordView view = Records.headers("h", "v").set("t", "10.0.0.1", JSON, new RecordHeaders(), 3);
    assertThat(view.keyText()).isNotNull();
    assertThat(view.keyAddress()).isNotNull();
    assertThat(view.hasField(JsonPointer.compile("/a"))).isTrue();

    view.clear();

    assertThat(view.topic()).isEmpty();
    assertThat(view.key()).isNull();
    assertThat(view.value()).isNull();
    assertThat(view.headers()).isEmpty();
    assertThat(view.keyText()).isNull();
    assertThat(view.keyAddress()).isNull();
    assertThat(view.hasField(JsonPointer.compile("/a"))).isFalse();
    assertThat(view.header("h")).isNull();
  }

  @Test
  void shouldMakeTextOfKeysOfManyTypes() {
    UUID id = UUID.fromString("0e37df36-f698-11e6-8dd4-cb9ced3df976");
    assertThat(Records.key("caf\u00e9").keyText()).isEqualTo("caf\u00e9");
    assertThat(Records.key("caf\u00e9".getBytes(UTF_8)).keyText()).isEqualTo("caf\u00e9");
    assertThat(Records.key(Bytes.wrap("x".getBytes(UTF_8))).keyText()).isEqualTo("x");
    ByteBuffer buffer = buffer("caf\u00e9");
    assertThat(Records.key(buffer).keyText()).isEqualTo("caf\u00e9");
    assertThat(buffer.position()).isEqualTo(2);
    assertThat(Records.key(-5L).keyText()).isEqualTo("-5");
    assertThat(Records.key(7).keyText()).isEqualTo("7");
    assertThat(Records.key((short) 3).keyText()).isEqualTo("3");
    assertThat(Records.key(BigInteger.TEN).keyText()).isEqualTo("10");
    assertThat(Records.key(new BigDecimal("1E3")).keyText()).isEqualTo("1000");
    assertThat(Records.key(id).keyText()).isEqualTo(id.toString());
    assertThat(Records.key(null).keyText()).isNull();
    assertThat(Records.key(List.of("x")).keyText()).isNull();
  }

  @Test
  void shouldMakeTheKeysTextOnce() {
    RecordView view = Records.key("key".getBytes(UTF_8));

    assertThat(view.keyText()).isSameAs(view.keyText());
  }

  @Test
  void shouldForgetWhatItWorkedOutWhenTheNextRecordComes() {
    RecordView view = Records.key("10.0.0.1");
    assertThat(view.keyAddress()).isNotNull();
    view.set("topic", "no address", "{\"a\":1}", new RecordHeaders(), 0);
    assertThat(view.keyAddress()).isNull();
    assertThat(view.field(JsonPointer.compile("/a"))).isEqualTo("1");
    view.set("topic", null, "{\"a\":2}", new RecordHeaders(), 0);

    assertThat(view.field(JsonPointer.compile("/a"))).isEqualTo("2");
    assertThat(view.keyText()).isNull();
  }

  @Test
  void shouldTakeTheLastHeaderOfAName() {
    RecordView view = Records.headers("h", "first", "h", "last", "none", null);

    assertThat(view.header("h")).isEqualTo("last");
    assertThat(view.header("none")).isNull();
    assertThat(view.hasHeader("none")).isTrue();
    assertThat(view.header("other")).isNull();
    assertThat(view.hasHeader("other")).isFalse();
  }

  @Test
  void shouldFindFieldsInJsonOfEveryForm() throws Exception {
    List<Object> values =
        List.of(
            JSON,
            JSON.getBytes(UTF_8),
            Bytes.wrap(JSON.getBytes(UTF_8)),
            buffer(JSON),
            new ObjectMapper().readTree(JSON));
    for (Object value : values) {
      assertThat(field(value, "/a/b")).isEqualTo("text");
      assertThat(field(value, "/a/n")).isEqualTo("12");
      assertThat(field(value, "/a/t")).isEqualTo("true");
      assertThat(field(value, "/a/l/1")).isEqualTo("2");
      assertThat(field(value, "/big")).isEqualTo("123456789012345678901");
      assertThat(field(value, "/a")).isNull();
      assertThat(field(value, "/a/l")).isNull();
      assertThat(field(value, "/a/z")).isNull();
      assertThat(field(value, "/none")).isNull();
      RecordView view = Records.value(value);
      assertThat(view.hasField(JsonPointer.compile("/a/l"))).isTrue();
      assertThat(view.hasField(JsonPointer.compile("/a/z"))).isFalse();
    }
  }

  @Test
  void shouldFindNoFieldInWhatIsNoJson() {
    assertThat(field("{\"a\":1} and more", "/a")).isNull();
    assertThat(field("{\"a\":", "/a")).isNull();
    assertThat(field("", "/a")).isNull();
    assertThat(field(new byte[] {(byte) 0xff, 0, 1}, "/a")).isNull();
    assertThat(field("[".repeat(100_000), "/0")).isNull();
    assertThat(field(5, "")).isNull();
    assertThat(field(null, "/a")).isNull();
    assertThat(field("17", "")).isEqualTo("17");
  }

  @Test
  void shouldCountTheBytesOfValues() {
    assertThat(Records.value(new byte[12]).valueBytes()).isEqualTo(12);
    assertThat(Records.value(Bytes.wrap(new byte[3])).valueBytes()).isEqualTo(3);
    assertThat(Records.value(buffer("caf\u00e9")).valueBytes()).isEqualTo(5);
    assertThat(Records.value(null).valueBytes()).isZero();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Records.value(5).valueBytes())
        .withMessageContaining("java.lang.Integer")
        .withMessageContaining("cost function");
  }

  @Property
  void shouldCountTheBytesThatAStringWouldHave(@ForAll @StringLength(max = 50) String text) {
    assertThat(Records.value(text).valueBytes()).isEqualTo(text.getBytes(UTF_8).length);
  }
}
