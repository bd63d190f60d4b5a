package io.headgate.streams;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.headgate.lane.SlotLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.kafka.common.serialization.ByteBufferSerializer;
import org.apache.kafka.common.serialization.BytesSerializer;
import org.apache.kafka.common.serialization.DoubleSerializer;
import org.apache.kafka.common.serialization.IntegerSerializer;
import org.apache.kafka.common.serialization.LongSerializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.serialization.UUIDSerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.errors.StreamsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Key bytes against those that Kafka's own serializers write. */
class KeyReaderTest {

  private static final String TOPIC = "blocked";

  private final KeyReader reader = reader(new StringSerializer());

  @SuppressWarnings("unchecked")
  private static KeyReader reader(Serializer<?> serializer) {
    return new KeyReader("logins", TOPIC, (Serializer<Object>) serializer);
  }

  private byte[] read(Object key) {
    return read(reader, key);
  }

  private static byte[] read(KeyReader reader, Object key) {
    reader.read(key);
    return Arrays.copyOf(reader.bytes(), reader.length());
  }

  static Stream<String> texts() {
    return Stream.of(
        "",
        "a",
        "user-17",
        "\u0000",
        "\u007f\u0080\u07ff\u0800\uffff",
        "Grüße, 東京, 😀",
        "\ud83d\ude00",
        // Surrogates that have lost their other half.
        "\ud83d",
        "\ude00",
        "\ude00\ud83d",
        "\ud83d\ud83d\ude00",
        "a\ud83dz",
        "\ud83dé",
        "é".repeat(63) + "\ud83d",
        "x".repeat(127),
        "x".repeat(128),
        "x".repeat(129),
        "東".repeat(10_000));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void textIsWhatTheStringSerializerWrites(String text) {
    assertThat(read(text)).isEqualTo(new StringSerializer().serialize(TOPIC, text));
    assertThat(reader.kind()).isEqualTo(SlotLayout.KEY_TEXT);
  }

  @Test
  void anyTextIsWhatTheStringSerializerWrites() {
    Random random = new Random(17);
    StringSerializer serializer = new StringSerializer();
    for (int run = 0; run < 5_000; run++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(60); i > 0; i--) {
        text.append(
            switch (random.nextInt(5)) {
              case 0 -> (char) random.nextInt(0x10000);
              case 1 -> (char) (0xd800 + random.nextInt(0x800));
              case 2 -> (char) random.nextInt(0x800);
              default -> (char) random.nextInt(0x80);
            });
      }
      assertThat(read(text.toString())).isEqualTo(serializer.serialize(TOPIC, text.toString()));
    }
  }

  @ParameterizedTest
  @ValueSource(
      longs = {0, 1, -1, 255, 256, -256, Long.MIN_VALUE, Long.MAX_VALUE, 0x123456789abcdef0L})
  void longsAreWhatTheLongSerializerWrites(long number) {
    assertThat(read(number)).isEqualTo(new LongSerializer().serialize(TOPIC, number));
    assertThat(reader.kind()).isEqualTo(SlotLayout.KEY_LONG);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, -1, 255, 256, -256, Integer.MIN_VALUE, Integer.MAX_VALUE, 0x12345678})
  void intsAreWhatTheIntegerSerializerWrites(int number) {
    assertThat(read(number)).isEqualTo(new IntegerSerializer().serialize(TOPIC, number));
    assertThat(reader.kind()).isEqualTo(SlotLayout.KEY_INT);
  }

  static Stream<byte[]> arrays() {
    byte[] large = new byte[100_000];
    new Random(3).nextBytes(large);
    return Stream.of(new byte[0], new byte[] {0}, new byte[] {-1, 0, 1}, large);
  }

  @ParameterizedTest
  @MethodSource("arrays")
  void bytesAreTaken(byte[] array) {
    assertThat(read(array)).isEqualTo(array);
    assertThat(reader.kind()).isEqualTo(SlotLayout.KEY_BYTES);
    assertThat(read(Bytes.wrap(array)))
        .isEqualTo(new BytesSerializer().serialize(TOPIC, Bytes.wrap(array)));
    assertThat(reader.kind()).isEqualTo(SlotLayout.KEY_BYTES);
  }

  static Stream<Arguments> buffers() {
    byte[] array = {1, 2, 3, 4, 5, 6, 7, 8};
    ByteBuffer direct = ByteBuffer.allocateDirect(300);
    for (int i = 0; i < 300; i++) {
      direct.put((byte) i);
    }
    return Stream.of(
        arguments("whole", ByteBuffer.wrap(array)),
        arguments("empty", ByteBuffer.allocate(0)),
        arguments("limited", ByteBuffer.wrap(array).limit(5)),
        arguments("offset", ByteBuffer.wrap(array, 2, 4).slice()),
        arguments("read-only", ByteBuffer.wrap(array).asReadOnlyBuffer()),
        arguments("direct", direct.flip()),
        // Kafka's serializer starts at 0, wherever somebody who has read the buffer left it.
        arguments("partly read", ByteBuffer.wrap(array).position(3)),
        arguments("read to the end", ByteBuffer.wrap(array).position(8)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("buffers")
  void buffersAreWhatTheByteBufferSerializerWrites(String name, ByteBuffer buffer) {
    int position = buffer.position();
    int limit = buffer.limit();

    byte[] bytes = read(buffer);

    assertThat(buffer.position()).as("the record's own buffer stays").isEqualTo(position);
    assertThat(buffer.limit()).isEqualTo(limit);
    assertThat(bytes)
        .as(name)
        .isEqualTo(new ByteBufferSerializer().serialize(TOPIC, buffer.duplicate()));
    assertThat(reader.kind()).isEqualTo(SlotLayout.KEY_BYTES);
  }

  @Test
  void uuidsAreWhatTheUuidSerializerWrites() {
    UUID id = new UUID(0x123456789abcdef0L, 0x0fedcba987654321L);
    assertThat(read(id)).isEqualTo(new UUIDSerializer().serialize(TOPIC, id));
    assertThat(reader.kind()).isEqualTo(SlotLayout.KEY_TEXT);
  }

  @Test
  void otherTypesAreWhatTheirSerdeWrites() {
    KeyReader doubles = reader(new DoubleSerializer());
    assertThat(read(doubles, 2.5)).isEqualTo(new DoubleSerializer().serialize(TOPIC, 2.5));
    assertThat(doubles.kind()).isEqualTo(SlotLayout.KEY_BYTES);
  }

  @Test
  void aSerializerThatAsksForTheTopicHearsOfTheBlockedOne() {
    Serializer<Object> topics = (topic, key) -> (topic + "/" + key).getBytes(UTF_8);
    assertThat(read(reader(topics), 'k')).isEqualTo("blocked/k".getBytes(UTF_8));
  }

  @Test
  void aTypeThatTheSerdeDoesNotKnowIsNamedWithTheMend() {
    assertThatExceptionOfType(StreamsException.class)
        .isThrownBy(() -> reader.read(2.5))
        .withMessageContaining("limiter logins")
        .withMessageContaining("java.lang.Double")
        .withMessageContaining("keySerde")
        .extracting(Throwable::getMessage)
        .satisfies(message -> assertThat(message).hasLineCount(1));
  }

  @Test
  void aSerdeThatMakesNothingOfAKeyIsNamedWithTheMend() {
    Serializer<Object> nothing = (topic, key) -> null;
    assertThatExceptionOfType(StreamsException.class)
        .isThrownBy(() -> reader(nothing).read('k'))
        .withMessageContaining("limiter logins")
        .withMessageContaining("java.lang.Character")
        .withMessageContaining("keySerde");
  }

  @Test
  void nothingOfTheKeyBeforeIsLeft() {
    byte[] own = {9, 8, 7};
    byte[] copy = own.clone();
    assertThat(read("a long key that fills more than a number does")).hasSize(45);
    assertThat(read(1L)).isEqualTo(new byte[] {0, 0, 0, 0, 0, 0, 0, 1});
    assertThat(read(own)).isEqualTo(copy);
    // The scratch buffer again, and not the caller's array.
    assertThat(read(-1)).isEqualTo(new byte[] {-1, -1, -1, -1});
    assertThat(read("zz")).isEqualTo("zz".getBytes(UTF_8));
    assertThat(read(ByteBuffer.wrap(new byte[] {5}))).isEqualTo(new byte[] {5});
    assertThat(own).isEqualTo(copy);
  }

  @Test
  void theScratchBufferIsReused() {
    reader.read("one");
    byte[] scratch = reader.bytes();
    reader.read(2L);
    assertThat(reader.bytes()).isSameAs(scratch);
    reader.read(new byte[200]);
    reader.read("three");
    assertThat(reader.bytes()).isSameAs(scratch);
  }

  @ParameterizedTest
  @ValueSource(
      longs = {0, 1, -1, 42, Integer.MAX_VALUE, Integer.MIN_VALUE, 1L << 31, Long.MIN_VALUE})
  void aNumbersFormsAreThoseThatItsKeysHave(long number) {
    List<byte[]> forms = KeyReader.forms(Long.toString(number));
    assertThat(forms).contains(read(Long.toString(number)), read(number));
    if (number == (int) number) {
      assertThat(forms).hasSize(3).contains(read((int) number));
    } else {
      assertThat(forms).hasSize(2);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "+1", "01", "-0", "1.0", "9223372036854775808", " 1"})
  void whatIsNoNumberAsItIsWrittenHasTheTextsForm(String text) {
    assertThat(KeyReader.forms(text)).containsExactly(read(text));
  }
}
