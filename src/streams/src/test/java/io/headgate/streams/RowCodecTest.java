package io.headgate.streams;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.headgate.KeyHasher;
import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.window.RowLayout;
import io.headgate.window.WindowSlab;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.kafka.streams.errors.StreamsException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The changelog's bytes: what is written, what is read, and what is refused. */
class RowCodecTest {

  /** 10 units in 4 s, in four buckets of a second. */
  private static final RateLimit LIMIT = new RateLimit(10, Duration.ofSeconds(4), 4, Mode.STANDARD);

  private static final KeyHasher HASHER = KeyHasher.seeded("seed");

  private static RowCodec codec(RateLimit limit) {
    return new RowCodec("logins-windows", LimitSpec.of(0, LimitSpec.DEFAULT, 0, limit), HASHER);
  }

  private static WindowSlab slab(RateLimit limit) {
    return new WindowSlab(new RowLayout(limit.span(), limit.limit()), 8);
  }

  private static long[] counters(WindowSlab slab, int row, RateLimit limit) {
    return LongStream.range(0, limit.span()).map(age -> slab.counter(row, (int) age)).toArray();
  }

  /** A row with these units by age, that of the head first. */
  private static int row(WindowSlab slab, long head, long... counts) {
    int row = slab.take(1, 2, head);
    slab.load(row, counts, counts.length);
    return row;
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  @Test
  void aKeyIsItsFingerprint() {
    assertThat(hex(codec(LIMIT).key(0x0123456789abcdefL, -2)))
        .isEqualTo("0123456789abcdef" + "fffffffffffffffe");
    assertThat(codec(LIMIT).key(0, 0)).isEqualTo(new byte[16]);
  }

  @Test
  void theBytesOfARowStayWhatTheyAre() {
    WindowSlab slab = slab(LIMIT);
    int row = row(slab, 1_700_000_000L, 3, 0, 255);
    assertThat(hex(codec(LIMIT).encode(slab, row)))
        .isEqualTo(
            "01" // format
                + "01" // bytes of a counter
                + "0003" // counters; the fourth is zero
                + "00000000" // version of the limit
                + "00000000000003e8" // milliseconds of a bucket
                + "000000006553f100" // head
                + "0300ff");
  }

  @Test
  void theBytesOfTheReservedRowStayWhatTheyAre() {
    assertThat(new String(codec(LIMIT).reservedKey(), US_ASCII)).isEqualTo("headgate");
    assertThat(hex(codec(LIMIT).reservedValue()))
        .isEqualTo(
            "01" // format
                + "000000"
                + "00000004" // counters of a window
                + "00000000000003e8" // milliseconds of a bucket
                + "23d4d2e82c048f9e"); // what the seed makes of a probe
  }

  @Test
  void onlyTheReservedKeyIsReserved() {
    assertThat(RowCodec.isReserved(codec(LIMIT).reservedKey())).isTrue();
    assertThat(RowCodec.isReserved(codec(LIMIT).key(0, 0))).isFalse();
    assertThat(RowCodec.isReserved("headgatf".getBytes(US_ASCII))).isFalse();
    codec(LIMIT).reservedKey()[0] = 0;
    assertThat(RowCodec.isReserved("headgate".getBytes(US_ASCII))).isTrue();
  }

  static Stream<Arguments> widths() {
    return Stream.of(
        arguments(1L, 1),
        arguments(0xffL, 1),
        arguments(0x100L, 2),
        arguments(0xffffL, 2),
        arguments(0x10000L, 4),
        arguments(0xffff_ffffL, 4),
        arguments(0x1_0000_0000L, 8),
        arguments(RateLimit.MAX_LIMIT, 8));
  }

  @ParameterizedTest
  @MethodSource("widths")
  void aCountTakesTheBytesItNeeds(long count, int width) {
    RateLimit limit = new RateLimit(RateLimit.MAX_LIMIT, Duration.ofSeconds(4), 4, Mode.STRICT);
    WindowSlab slab = slab(limit);
    byte[] value = codec(limit).encode(slab, row(slab, 7, 0, count));
    assertThat(value).hasSize(24 + 2 * width);
    assertThat(value[1]).isEqualTo((byte) width);
    assertThat(counters(loaded(limit, value), 0, limit)).containsExactly(0, count, 0, 0, 0);
  }

  /** A slab whose row 0 holds what a value says. */
  private static WindowSlab loaded(RateLimit limit, byte[] value) {
    RowCodec codec = codec(limit);
    WindowSlab slab = slab(limit);
    int row = slab.take(1, 2, codec.decode(value));
    codec.load(slab, row);
    return slab;
  }

  @Test
  void anyRowComesBackAsItWas() {
    Random random = new Random(23);
    for (int run = 0; run < 2_000; run++) {
      int buckets = 1 + random.nextInt(70);
      long units = 1 + (random.nextLong() >>> (2 + random.nextInt(61)));
      Mode mode = random.nextBoolean() ? Mode.STRICT : Mode.STANDARD;
      RateLimit limit =
          new RateLimit(
              Math.min(units, RateLimit.MAX_LIMIT),
              Duration.ofMillis(buckets * (1L + random.nextInt(1000))),
              buckets,
              mode);
      WindowSlab slab = slab(limit);
      int row = slab.take(random.nextLong(), random.nextLong(), random.nextInt(1000));
      long bucket = slab.head(row);
      for (int i = random.nextInt(200); i > 0; i--) {
        bucket += random.nextInt(3);
        slab.judge(row, bucket, limit.limit(), 1 + (random.nextLong() >>> 1) % limit.limit());
      }

      byte[] value = codec(limit).encode(slab, row);
      WindowSlab back = loaded(limit, value);

      assertThat(counters(back, 0, limit)).isEqualTo(counters(slab, row, limit));
      assertThat(back.total(0)).isEqualTo(slab.total(row));
      assertThat(back.head(0)).isEqualTo(slab.head(row));
      // And again: a row that was read is written as the same bytes.
      assertThat(codec(limit).encode(back, 0)).isEqualTo(value);
    }
  }

  @Test
  void zerosAtTheOldEndAreLeftOut() {
    WindowSlab slab = slab(LIMIT);
    assertThat(codec(LIMIT).encode(slab, row(slab, 7))).hasSize(24);
    assertThat(codec(LIMIT).encode(slab, row(slab, 7, 5))).hasSize(25);
    assertThat(codec(LIMIT).encode(slab, row(slab, 7, 0, 5))).hasSize(26);
    assertThat(codec(LIMIT).encode(slab, row(slab, 7, 5, 0, 0, 5))).hasSize(28);
  }

  @Test
  void oneCodecReadsAShortRowAfterALongOne() {
    RowCodec codec = codec(LIMIT);
    WindowSlab slab = slab(LIMIT);
    byte[] full = codec.encode(slab, row(slab, 7, 1, 2, 3, 4));
    byte[] one = codec.encode(slab, row(slab, 9, 5));
    WindowSlab back = slab(LIMIT);

    int first = back.take(1, 1, codec.decode(full));
    codec.load(back, first);
    int second = back.take(2, 2, codec.decode(one));
    codec.load(back, second);

    assertThat(counters(back, first, LIMIT)).containsExactly(1, 2, 3, 4);
    assertThat(counters(back, second, LIMIT)).containsExactly(5, 0, 0, 0);
    assertThat(back.head(second)).isEqualTo(9);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 9, 11, 255, 256, 70_000, 1L << 40})
  void anotherLimitKeepsTheCounts(long units) {
    WindowSlab slab = slab(LIMIT);
    byte[] value = codec(LIMIT).encode(slab, row(slab, 7, 4, 0, 6));
    RateLimit changed = new RateLimit(units, LIMIT.window(), LIMIT.buckets(), LIMIT.mode());

    codec(changed).checkReserved(codec(LIMIT).reservedValue());
    WindowSlab back = loaded(changed, value);

    assertThat(counters(back, 0, changed)).containsExactly(4, 0, 6, 0);
    assertThat(back.judge(0, 7, units, 1) >= 0).isEqualTo(units > 10);
  }

  @Test
  void aLimitThatNeedsNarrowerCountersBlocksAsLongAsTheCountsLast() {
    RateLimit wide = new RateLimit(1000, LIMIT.window(), LIMIT.buckets(), LIMIT.mode());
    WindowSlab slab = slab(wide);
    byte[] value = codec(wide).encode(slab, row(slab, 7, 1, 900));

    WindowSlab back = loaded(LIMIT, value);

    // Bucket 8 + 2 is the first that the 900 units are not in.
    assertThat(back.judge(0, 9, 10, 1)).isNegative();
    assertThat(back.judge(0, 10, 10, 1)).isNotNegative();
  }

  private static void refused(ThrowingCallable call, String... parts) {
    assertThatExceptionOfType(StreamsException.class)
        .isThrownBy(call)
        .extracting(Throwable::getMessage)
        .satisfies(
            message ->
                assertThat(message)
                    .startsWith("store logins-windows: ")
                    .hasLineCount(1)
                    .contains(parts));
  }

  private static final String NEW_NAME = "give the limiter a new name";

  static Stream<Arguments> otherGeometries() {
    return Stream.of(
        arguments("longer window", new RateLimit(10, Duration.ofSeconds(8), 4, Mode.STANDARD)),
        arguments("more buckets", new RateLimit(10, Duration.ofSeconds(4), 8, Mode.STANDARD)),
        arguments("other mode", LIMIT.withMode(Mode.STRICT)),
        arguments(
            "more buckets of the same length",
            new RateLimit(10, Duration.ofSeconds(5), 5, Mode.STANDARD)),
        arguments(
            "fewer buckets of the same length",
            new RateLimit(10, Duration.ofSeconds(3), 3, Mode.STANDARD)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("otherGeometries")
  void aChangelogOfAnotherGeometryIsRefused(String name, RateLimit other) {
    byte[] written = codec(other).reservedValue();
    refused(() -> codec(LIMIT).checkReserved(written), "set window, buckets and mode", NEW_NAME);
    assertThat(name).isNotEmpty();
  }

  @Test
  void aRowOfOtherBucketsIsRefused() {
    RateLimit other = new RateLimit(10, Duration.ofSeconds(8), 4, Mode.STANDARD);
    WindowSlab slab = slab(other);
    byte[] value = codec(other).encode(slab, row(slab, 7, 1));
    refused(
        () -> codec(LIMIT).decode(value),
        "buckets of 2000 ms",
        "buckets of 1000 ms",
        "set window, buckets and mode back",
        NEW_NAME);
  }

  @Test
  void aRowOfMoreCountersIsRefused() {
    RateLimit other = new RateLimit(10, Duration.ofSeconds(5), 5, Mode.STANDARD);
    WindowSlab slab = slab(other);
    byte[] value = codec(other).encode(slab, row(slab, 7, 1, 1, 1, 1, 1));
    refused(() -> codec(LIMIT).decode(value), "5 counters", "4 counters", NEW_NAME);
  }

  @Test
  void anotherSeedIsRefused() {
    byte[] written = codec(LIMIT).reservedValue();
    RowCodec other =
        new RowCodec(
            "logins-windows",
            LimitSpec.of(0, LimitSpec.DEFAULT, 0, LIMIT),
            KeyHasher.seeded("other"));
    refused(
        () -> other.checkReserved(written),
        "another hash seed or application id",
        "set hash.seed back",
        NEW_NAME);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2, 127, -1})
  void anotherFormatIsRefused(int format) {
    WindowSlab slab = slab(LIMIT);
    byte[] value = codec(LIMIT).encode(slab, row(slab, 7, 1));
    value[0] = (byte) format;
    refused(() -> codec(LIMIT).decode(value), "format " + format, "format 1", "headgate-streams");
    byte[] reserved = codec(LIMIT).reservedValue();
    reserved[0] = (byte) format;
    refused(() -> codec(LIMIT).checkReserved(reserved), "format " + format, "headgate-streams");
  }

  @Test
  void aRowThatIsCutOffIsRefusedWhereverItIsCut() {
    WindowSlab slab = slab(LIMIT);
    byte[] value = codec(LIMIT).encode(slab, row(slab, 7, 1, 2, 3));
    for (int length = 0; length < value.length; length++) {
      byte[] cut = Arrays.copyOf(value, length);
      refused(() -> codec(LIMIT).decode(cut), length == 0 ? "headgate-streams" : NEW_NAME);
    }
    byte[] longer = Arrays.copyOf(value, value.length + 1);
    refused(() -> codec(LIMIT).decode(longer), NEW_NAME);
    byte[] reserved = Arrays.copyOf(codec(LIMIT).reservedValue(), 23);
    refused(() -> codec(LIMIT).checkReserved(reserved), NEW_NAME);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 5, 16, -1})
  void aWidthThatThereIsNoneOfIsRefused(int width) {
    WindowSlab slab = slab(LIMIT);
    byte[] value = codec(LIMIT).encode(slab, row(slab, 7, 1));
    value[1] = (byte) width;
    refused(() -> codec(LIMIT).decode(value), NEW_NAME);
  }

  @Test
  void aNegativeCountIsRefused() {
    byte[] value =
        ByteBuffer.allocate(32)
            .put((byte) 1)
            .put((byte) 8)
            .putShort((short) 1)
            .putInt(0)
            .putLong(1000)
            .putLong(7)
            .putLong(-1)
            .array();
    refused(() -> codec(LIMIT).decode(value), "negative count", NEW_NAME);
  }

  @Test
  void garbageIsEitherRefusedInOneLineOrARowInItsBounds() {
    Random random = new Random(5);
    RowCodec codec = codec(LIMIT);
    for (int run = 0; run < 20_000; run++) {
      byte[] value = new byte[random.nextInt(40)];
      random.nextBytes(value);
      if (value.length > 0 && run % 2 == 0) {
        value[0] = RowCodec.FORMAT;
      }
      try {
        long head = codec.decode(value);
        WindowSlab slab = slab(LIMIT);
        codec.load(slab, slab.take(1, 1, head));
      } catch (StreamsException e) {
        assertThat(e.getMessage()).startsWith("store logins-windows: ").hasLineCount(1);
      }
    }
  }
}
