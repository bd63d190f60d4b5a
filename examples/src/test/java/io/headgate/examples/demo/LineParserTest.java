package io.headgate.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LineParserTest {

  private static final long NOW = 1_700_000_000_000L;

  private static LineParser parser(String key, @Nullable String time, @Nullable String format) {
    return new LineParser(
        Pattern.compile(key),
        time == null ? null : Pattern.compile(time),
        LineParser.formatter(format, 2024),
        () -> NOW);
  }

  private static long time(@Nullable String format, String text) {
    LineParser parser = parser("^(\\S+)", "at (.*)$", format);
    Line line = parser.parse("k at " + text);
    assertThat(parser.complaint()).isNull();
    return line.time();
  }

  @Test
  void shouldReadTheTimeOfAnAccessLog() {
    assertThat(time("dd/MMM/yyyy:HH:mm:ss Z", "17/May/2015:10:05:03 +0200"))
        .isEqualTo(Instant.parse("2015-05-17T08:05:03Z").toEpochMilli());
  }

  @Test
  void shouldTakeTheDefaultYearAndUtcWhereThePatternHasNone() {
    assertThat(time("MMM d HH:mm:ss", "Feb 29 10:00:00"))
        .isEqualTo(Instant.parse("2024-02-29T10:00:00Z").toEpochMilli());
  }

  @Test
  void shouldTakeMidnightWhereThePatternHasNoTimeOfDay() {
    assertThat(time("yyyy-MM-dd", "2020-01-02"))
        .isEqualTo(Instant.parse("2020-01-02T00:00:00Z").toEpochMilli());
  }

  @Test
  void shouldReadProlepticYearsAndIsoTimes() {
    assertThat(time("uuuu-MM-dd HH:mm:ss.SSS XXX", "2020-01-02 03:04:05.678 +01:00"))
        .isEqualTo(Instant.parse("2020-01-02T02:04:05.678Z").toEpochMilli());
    assertThat(time(null, "2020-01-02T03:04:05Z"))
        .isEqualTo(Instant.parse("2020-01-02T03:04:05Z").toEpochMilli());
    assertThat(time("yyyy 'year' MM dd", "2021 year 03 04"))
        .isEqualTo(Instant.parse("2021-03-04T00:00:00Z").toEpochMilli());
  }

  @Test
  void shouldReadEnglishMonthsWhateverTheirCase() {
    assertThat(time("dd MMM yyyy", "03 dec 2020"))
        .isEqualTo(Instant.parse("2020-12-03T00:00:00Z").toEpochMilli());
  }

  @Test
  void shouldBypassALineWithoutAKey() {
    LineParser parser = parser("user=(\\w+)", null, null);
    assertThat(parser.parse("user=ann x").key()).isEqualTo("ann");
    assertThat(parser.complaint()).isNull();
    Line line = parser.parse("nobody");
    assertThat(line.key()).isNull();
    assertThat(line.value()).isEqualTo("nobody");
    assertThat(parser.complaint()).isEqualTo("no key found");
  }

  @Test
  void shouldBypassALineWhoseKeyIsEmpty() {
    assertThat(parser("user=(\\w*)", null, null).parse("user= x").key()).isNull();
  }

  @Test
  void shouldBypassALineWhoseTimeIsMissingOrDoesNotParse() {
    LineParser parser = parser("^(\\S+)", "at (\\S+)", "dd/MMM/yyyy");
    assertThat(parser.parse("k at 01/Mar/2020").key()).isEqualTo("k");
    for (String text :
        new String[] {
          "k", "k at ", "k at 01/Mrz/2020", "k at 30/Feb/2020", "k at 2020", "k at 01/Mar/1960"
        }) {
      Line line = parser.parse(text);
      assertThat(line.key()).as(text).isNull();
      assertThat(parser.complaint()).as(text).contains("time");
      // Stamped with the last time there was.
      assertThat(line.time()).isEqualTo(Instant.parse("2020-03-01T00:00:00Z").toEpochMilli());
    }
  }

  @Test
  void shouldRefuseWhatIsNoPatternInOneLine() {
    assertThatThrownBy(() -> LineParser.withGroup("--key", "a("))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("--key \"a(\"")
        .message()
        .hasLineCount(1);
    assertThatThrownBy(() -> LineParser.withGroup("--time", "abc"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no group");
    assertThatThrownBy(() -> LineParser.formatter("bbb", 2020))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("--time-format \"bbb\"");
  }
}
