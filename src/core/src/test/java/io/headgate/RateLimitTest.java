package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.headgate.RateLimit.Mode;
import java.time.Duration;
import java.util.Locale;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RateLimitTest {

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "2, 2",
    "59, 59",
    "60, 60",
    "61, 1",
    "62, 31",
    "120, 60",
    "121, 11",
    "1000, 50",
    "7919, 1",
    "60000, 60",
    "3600000, 60",
    "86400000, 60"
  })
  void shouldTakeTheLargestNumberOfBucketsUpToSixtyThatDividesTheWindow(long millis, int buckets) {
    RateLimit limit = RateLimit.of(5, Duration.ofMillis(millis));

    assertThat(limit.buckets()).isEqualTo(buckets);
    assertThat(limit.bucketMillis()).isEqualTo(millis / buckets);
  }

  @Test
  void shouldDefaultToADivisorOfEveryWindow() {
    for (int millis = 1; millis <= 5_000; millis++) {
      int best = 0;
      for (int divisor = 1; divisor <= 60; divisor++) {
        best = millis % divisor == 0 ? divisor : best;
      }
      assertThat(RateLimit.of(1, Duration.ofMillis(millis)).buckets())
          .as("%s", millis)
          .isEqualTo(best);
    }
  }

  @Test
  void shouldBeStrictByDefault() {
    assertThat(RateLimit.perSecond(7))
        .isEqualTo(new RateLimit(7, Duration.ofSeconds(1), 50, Mode.STRICT));
    assertThat(RateLimit.perMinute(7))
        .isEqualTo(new RateLimit(7, Duration.ofMinutes(1), 60, Mode.STRICT));
    assertThat(RateLimit.perHour(7))
        .isEqualTo(new RateLimit(7, Duration.ofHours(1), 60, Mode.STRICT));
    assertThat(RateLimit.parse("7/s").mode()).isEqualTo(Mode.STRICT);
  }

  @Test
  void shouldCountOneBucketMoreWhenStrict() {
    RateLimit strict = RateLimit.perSecond(7).withBuckets(10);

    assertThat(strict.span()).isEqualTo(11);
    assertThat(strict.withMode(Mode.STANDARD).span()).isEqualTo(10);
    assertThat(strict.bucketMillis()).isEqualTo(100);
    assertThat(strict.withMode(Mode.STANDARD).bucketMillis()).isEqualTo(100);
  }

  @Test
  void shouldKeepTheOtherPartsWhenOneIsReplaced() {
    RateLimit limit = new RateLimit(7, Duration.ofSeconds(6), 3, Mode.STANDARD);

    assertThat(limit.withBuckets(6))
        .isEqualTo(new RateLimit(7, Duration.ofSeconds(6), 6, Mode.STANDARD));
    assertThat(limit.withMode(Mode.STRICT))
        .isEqualTo(new RateLimit(7, Duration.ofSeconds(6), 3, Mode.STRICT));
  }

  @ParameterizedTest
  @CsvSource({
    "100/60s,            100, 60000",
    "20/1h,              20,  3600000",
    "5/s,                5,   1000",
    "5/ms,               5,   1",
    "5/250ms,            5,   250",
    "5/m,                5,   60000",
    "3/2m,               3,   120000",
    "5/d,                5,   86400000",
    "'  5 / 10  s  ',    5,   10000",
    "007/060s,           7,   60000",
    "4611686018427387904/1s, 4611686018427387904, 1000"
  })
  void shouldReadALimitAsPeopleWriteIt(String text, long units, long millis) {
    assertThat(RateLimit.parse(text)).isEqualTo(RateLimit.of(units, Duration.ofMillis(millis)));
  }

  @ParameterizedTest
  @CsvSource({
    "0/60s,                     limit 0: expected 1 to",
    "4611686018427387905/1s,    limit 4611686018427387905: expected 1 to",
    "9223372036854775808/1s,    expected 1 to",
    "9999999999999999999/1s,    expected 1 to",
    "10/0s,                     window PT0S: expected a whole number of milliseconds",
    "abc,                       expected UNITS/WINDOW",
    "'',                        expected UNITS/WINDOW",
    "/,                         expected UNITS/WINDOW",
    "10,                        expected UNITS/WINDOW",
    "10/,                       expected UNITS/WINDOW",
    "/60s,                      expected UNITS/WINDOW",
    "10/60,                     expected UNITS/WINDOW",
    "10 60s,                    expected UNITS/WINDOW",
    "-1/1s,                     expected UNITS/WINDOW",
    "10/-1s,                    expected UNITS/WINDOW",
    "1.5/1s,                    expected UNITS/WINDOW",
    "1/1.5s,                    expected UNITS/WINDOW",
    "1/1w,                      expected UNITS/WINDOW",
    "1/1S,                      expected UNITS/WINDOW",
    "1/1s1,                     expected UNITS/WINDOW",
    "1/2/3s,                    expected UNITS/WINDOW",
    "1e3/1s,                    expected UNITS/WINDOW",
    "99999999999999999999/1s,   expected UNITS/WINDOW",
    "1/9999999999999s,          expected UNITS/WINDOW",
    "1/999999999999d,           the window is too long"
  })
  void shouldSayInOneLineWhatWasFoundAndExpected(String text, String expected) {
    String message = refusal(() -> RateLimit.parse(text));

    assertThat(message).contains("\"" + text + "\"").contains(expected).doesNotContain("\n");
  }

  @Test
  void shouldRefuseLimitsOutOfRange() {
    assertThat(refusal(() -> RateLimit.perSecond(0))).contains("limit 0").contains("expected 1 to");
    assertThat(refusal(() -> RateLimit.perSecond(-5))).contains("limit -5");
    assertThat(refusal(() -> RateLimit.perSecond(RateLimit.MAX_LIMIT + 1)))
        .contains("limit 4611686018427387905");
    assertThat(RateLimit.perSecond(RateLimit.MAX_LIMIT).limit()).isEqualTo(1L << 62);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT-1S", "PT-0.001S", "PT0.0005S", "PT1.0000001S"})
  void shouldRefuseWindowsThatAreNotWholePositiveMilliseconds(String window) {
    assertThat(refusal(() -> RateLimit.of(1, Duration.parse(window))))
        .contains(Duration.parse(window).toString())
        .contains("expected a whole number of milliseconds");
  }

  @Test
  void shouldRefuseWindowsBeyondALongOfMilliseconds() {
    assertThat(refusal(() -> RateLimit.of(1, Duration.ofSeconds(Long.MAX_VALUE))))
        .contains("too long");
    assertThat(RateLimit.of(1, Duration.ofMillis(Long.MAX_VALUE)).windowMillis())
        .isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void shouldRefuseBucketsThatDoNotDivideTheWindowAndNameSomeThatDo() {
    assertThat(refusal(() -> RateLimit.perSecond(1).withBuckets(7)))
        .contains("window 1000 ms")
        .contains("7 buckets")
        .contains("take 5");
    assertThat(refusal(() -> RateLimit.of(1, Duration.ofMillis(10)).withBuckets(20)))
        .contains("take 10");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 32_768, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void shouldRefuseNumbersOfBucketsOutOfRange(int buckets) {
    Duration window = Duration.ofMillis(32_768L * 32_767);

    assertThat(refusal(() -> RateLimit.of(1, window).withBuckets(buckets)))
        .contains("buckets " + buckets)
        .contains("expected 1 to 32767");
    assertThat(RateLimit.of(1, window).withBuckets(32_767).bucketMillis()).isEqualTo(32_768);
  }

  @Test
  void shouldFindAModeByItsNameWhateverTheCaseAndTheLocale() {
    Locale before = Locale.getDefault();
    // Where the lower case of I is not i.
    Locale.setDefault(Locale.forLanguageTag("tr-TR"));
    try {
      assertThat(Mode.parse("strict")).isEqualTo(Mode.STRICT);
      assertThat(Mode.parse("STRICT")).isEqualTo(Mode.STRICT);
      assertThat(Mode.parse("Standard")).isEqualTo(Mode.STANDARD);
      assertThat(RateLimit.perSecond(3)).hasToString("3/1s in 50 buckets, strict");
    } finally {
      Locale.setDefault(before);
    }
    assertThat(refusal(() -> Mode.parse("loose"))).contains("loose").contains("strict or standard");
  }

  @ParameterizedTest
  @CsvSource({
    "20/3600000ms, 20/1h",
    "20/60m,       20/1h",
    "20/90m,       20/90m",
    "20/90s,       20/90s",
    "20/1001ms,    20/1001ms",
    "20/48h,       20/2d",
    "20/s,         20/1s"
  })
  void shouldPrintItsWindowAsItIsRead(String text, String printed) {
    RateLimit limit = RateLimit.parse(text);

    assertThat(limit.toString()).startsWith(printed + " in ").endsWith(" buckets, strict");
    assertThat(RateLimit.parse(printed)).isEqualTo(limit);
    assertThat(limit.withMode(Mode.STANDARD).toString()).endsWith(", standard");
  }

  @Test
  @SuppressWarnings("NullAway") // What a caller without a null checker may do.
  void shouldNameAPartThatIsMissing() {
    assertThatExceptionOfType(NullPointerException.class)
        .isThrownBy(() -> new RateLimit(1, null, 1, Mode.STRICT))
        .withMessage("window");
    assertThatExceptionOfType(NullPointerException.class)
        .isThrownBy(() -> RateLimit.perSecond(1).withMode(null))
        .withMessage("mode");
  }

  private static String refusal(ThrowingCallable call) {
    IllegalArgumentException e = catchThrowableOfType(IllegalArgumentException.class, call);
    assertThat(e).as("refused").isNotNull();
    assertThat(e.getMessage()).isNotBlank().doesNotContain("\n");
    return String.valueOf(e.getMessage());
  }
}
