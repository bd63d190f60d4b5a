package io.headgate.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RowLayoutTest {

  @ParameterizedTest
  @CsvSource({
    "1,                    1, 255",
    "255,                  1, 255",
    "256,                  2, 65535",
    "65535,                2, 65535",
    "65536,                4, 4294967295",
    "4294967295,           4, 4294967295",
    "4294967296,           8, 9223372036854775807",
    "9223372036854775807,  8, 9223372036854775807"
  })
  void shouldTakeTheNarrowestCounterThatHoldsTheLimit(long limit, int bytes, long most) {
    RowLayout layout = new RowLayout(10, limit);

    assertThat(layout.counterBytes()).isEqualTo(bytes);
    assertThat(layout.counterMax()).isEqualTo(most);
    assertThat(layout.span()).isEqualTo(10);
  }

  @ParameterizedTest
  @CsvSource({
    // At a limit of 100 units: 10 and 60 buckets, strict and standard.
    "11,     100,         64",
    "10,     100,         64",
    "61,     100,         112",
    "60,     100,         112",
    "61,     1000,        176",
    "61,     100000,      296",
    "61,     10000000000, 536",
    "1,      1,           56",
    "8,      1,           56",
    "9,      1,           64",
    "65535,  10000000000, 524328"
  })
  void shouldSpendNoMoreBytesOnARowThanItsFieldsRoundedUpToEight(int span, long limit, int stride) {
    assertThat(new RowLayout(span, limit).stride()).isEqualTo(stride);
  }

  @ParameterizedTest
  @ValueSource(longs = {0xff, 0xffff, 0xffff_ffffL, Long.MAX_VALUE})
  void shouldReadBackEveryCounterAndTouchNoOther(long most) {
    RowLayout layout = new RowLayout(5, most);
    byte[] page = new byte[3 * layout.stride()];
    int base = layout.stride();
    for (int position = 0; position < 5; position++) {
      layout.counter(page, base, position, most - position);
    }
    for (int position = 0; position < 5; position++) {
      assertThat(layout.counter(page, base, position)).isEqualTo(most - position);
    }
    for (int at = 0; at < page.length; at++) {
      boolean counter =
          at >= base + RowLayout.COUNTERS
              && at < base + RowLayout.COUNTERS + 5 * layout.counterBytes();
      assertThat(counter || page[at] == 0).as("%s", at).isTrue();
    }
  }

  @Test
  void shouldKeepFieldsApartAndAligned() {
    int[] fields = {
      RowLayout.FINGERPRINT_HIGH,
      RowLayout.FINGERPRINT_LOW,
      RowLayout.HEAD,
      RowLayout.TOTAL,
      RowLayout.OPEN_EVENT,
      RowLayout.SUPPRESSED,
      RowLayout.FLAGS,
      RowLayout.COUNTERS
    };
    int[] bytes = {8, 8, 8, 8, 8, 4, 4, 8};
    for (int i = 0; i < fields.length; i++) {
      assertThat(fields[i] % bytes[i]).isZero();
      if (i > 0) {
        assertThat(fields[i]).isEqualTo(fields[i - 1] + bytes[i - 1]);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "-1, 1", "65536, 1"})
  void shouldRefuseASpanOutOfRange(int span, long limit) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RowLayout(span, limit))
        .withMessage("span " + span + ": expected 1 to 65535 counters");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void shouldRefuseALimitBelowOne(long limit) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RowLayout(1, limit))
        .withMessage("limit " + limit + ": expected 1 or more");
  }
}
