package io.headgate.service.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which key a line has. */
class LineKeyTest {

  private static @Nullable String key(String spec, String line) {
    return LineKey.parse(spec).of(line.getBytes(StandardCharsets.UTF_8), "10.0.0.7");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "line | any text | any text",
        "peer | any text | 10.0.0.7",
        "field:/user/id | {\"user\":{\"id\":\"anna\"}} | anna",
        "field:/user/id | {\"user\":{\"id\":42}} | 42",
        "field:/a/1 | {\"a\":[true,false]} | false",
        "regex:^(\\S+) | 10.1.2.3 - - GET | 10.1.2.3",
        "regex:user=(\\w+) | at=1 user=eve x | eve",
      })
  void shouldFindTheKey(String spec, String line, String expected) {
    assertThat(key(spec, line)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "field:/user/id | {\"user\":{}}",
        "field:/user/id | {\"user\":{\"id\":null}}",
        "field:/user/id | {\"user\":{\"id\":\"\"}}",
        "field:/user/id | {\"user\":{\"id\":{}}}",
        "field:/user/id | no JSON",
        "field:/user/id | {\"user\":",
        "regex:user=(\\w+) | nobody",
        "regex:user=(\\w*) | user=",
        "regex:(a)|b | b",
      })
  void shouldFindNone(String spec, String line) {
    assertThat(key(spec, line)).isNull();
  }

  @Test
  void shouldFindNoneInALineThatIsTooLongForThePattern() {
    LineKey key = LineKey.parse("regex:user=\"((?:[^\"\\\\]|\\\\.)*)\"");
    byte[] line = ("user=\"" + "x".repeat(60_000) + "\"").getBytes(StandardCharsets.UTF_8);

    assertThat(key.of(line, "")).isNull();
    assertThat(key.of("user=\"eve\"".getBytes(StandardCharsets.UTF_8), "")).isEqualTo("eve");
  }

  @Test
  void shouldHaveNoPeerWhereNobodySends() {
    assertThat(LineKey.parse("peer").of(new byte[] {'a'}, "")).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "lines",
        "field",
        "field:",
        "field:user",
        "regex:",
        "regex:(",
        "regex:^a",
        "text:(a)"
      })
  void shouldRefuseWhatIsNoKey(String spec) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LineKey.parse(spec))
        .withMessageStartingWith("key \"")
        .withMessageNotContaining("\n");
  }
}
