package io.headgate.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class BucketClockTest {

  /** The first time that the multiplication does not serve. */
  private static final long SLOW = 1L << 61;

  static List<Long> widths() {
    List<Long> widths =
        new ArrayList<>(List.of(3L, 5L, 6L, 7L, 10L, 100L, 641L, 999L, 1_000L, 7_919L, 60_000L));
    widths.addAll(List.of(6_700_417L, 2_147_483_647L, 1_000_000_007L, 86_400_000L));
    for (int power = 0; power < 63; power++) {
      widths.add(1L << power);
      widths.add((1L << power) + 1);
      widths.add(Math.max(1, (1L << power) - 1));
    }
    widths.add(Long.MAX_VALUE);
    widths.add(Long.MAX_VALUE - 1);
    return widths;
  }

  @Provide
  Arbitrary<Long> width() {
    return Arbitraries.oneOf(
        Arbitraries.of(widths()),
        Arbitraries.longs().between(1, 100_000),
        Arbitraries.longs().between(1, Long.MAX_VALUE));
  }

  @Provide
  Arbitrary<Long> time() {
    return Arbitraries.oneOf(
        Arbitraries.longs(),
        Arbitraries.longs().between(-1_000, 1_000),
        Arbitraries.longs().between(SLOW - 1_000, SLOW + 1_000),
        // From 1970 to about 2100, where most records are.
        Arbitraries.longs().between(0, 4_102_444_800_000L));
  }

  @Property(tries = 5_000)
  void shouldDivideEveryTimeRoundingDown(@ForAll("width") long width, @ForAll("time") long time) {
    assertThat(new BucketClock(width).bucket(time)).isEqualTo(Math.floorDiv(time, width));
  }

  @Property(tries = 5_000)
  void shouldDivideTimesAroundMultiplesOfTheWidthRoundingDown(
      @ForAll("width") long width, @ForAll("time") long near) {
    BucketClock clock = new BucketClock(width);
    long multiple = near - Math.floorMod(near, width);
    for (long off = -2; off <= 2; off++) {
      // May wrap around: any long is a time.
      long time = multiple + off;
      assertThat(clock.bucket(time)).as("%s", time).isEqualTo(Math.floorDiv(time, width));
    }
  }

  @ParameterizedTest
  @MethodSource("widths")
  void shouldDivideTheEdgesRoundingDown(long width) {
    BucketClock clock = new BucketClock(width);
    long last = (SLOW - 1) / width * width;
    long[] edges = {
      0, width, 2 * width, last, SLOW, SLOW / 2, -SLOW, Long.MIN_VALUE, Long.MAX_VALUE, -width
    };
    for (long edge : edges) {
      for (long time = edge - 3; time != edge + 4; time++) {
        assertThat(clock.bucket(time)).as("%s", time).isEqualTo(Math.floorDiv(time, width));
      }
    }
  }

  @Property
  void shouldStartABucketWhereTheOneBeforeEnds(
      @ForAll("width") long width, @ForAll("time") long bucket) {
    BigInteger start = BigInteger.valueOf(bucket).multiply(BigInteger.valueOf(width));
    BigInteger saturated =
        start.min(BigInteger.valueOf(Long.MAX_VALUE)).max(BigInteger.valueOf(Long.MIN_VALUE));

    assertThat(new BucketClock(width).start(bucket)).isEqualTo(saturated.longValueExact());
  }

  @Property
  void shouldHoldATimeBetweenTheStartsOfItsBucketAndTheNext(
      @ForAll("width") long width, @ForAll("time") long time) {
    BucketClock clock = new BucketClock(width);
    long bucket = clock.bucket(time);

    assertThat(clock.start(bucket)).isLessThanOrEqualTo(time);
    if (bucket < Long.MAX_VALUE) {
      long end = clock.start(bucket + 1);
      assertThat(end > time || end == Long.MAX_VALUE).isTrue();
    }
  }

  @Test
  void shouldRememberItsWidth() {
    assertThat(new BucketClock(1).width()).isEqualTo(1);
    assertThat(new BucketClock(Long.MAX_VALUE).width()).isEqualTo(Long.MAX_VALUE);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void shouldRefuseAWidthBelowOne(long width) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BucketClock(width))
        .withMessage("bucket width " + width + ": expected 1 or more");
  }
}
