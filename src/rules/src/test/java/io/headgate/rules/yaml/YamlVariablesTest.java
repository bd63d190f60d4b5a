package io.headgate.rules.yaml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class YamlVariablesTest {

  private static final Map<String, String> VALUES =
      Map.of("A", "one", "N", "7", "EMPTY", "", "SECRET", "hunter2", "DOLLAR", "${A}");

  private final Problems problems = new Problems("f.yaml");
  private final YamlReader reader = new YamlReader(problems);

  private YamlAt value(String yaml) {
    YamlAt root = YamlSource.compose("v: " + yaml, "a mapping", problems);
    YamlMapping found =
        reader.mapping(YamlVariables.fill(root, VALUES::get, problems), "", List.of("v"));
    assertThat(found).isNotNull();
    YamlAt at = found.get("v");
    assertThat(at).isNotNull();
    return at;
  }

  @ParameterizedTest
  @CsvSource({
    "${A}, one",
    "'\"${A}\"', one",
    "a-${A}-${N}, a-one-7",
    "${NONE:-other}, other",
    "'\"${NONE:-}\"', ''",
    "'\"${EMPTY}\"', ''",
    "${EMPTY:-other}, other",
    "${A:-other}, one",
    "'\"$${A}\"', ${A}",
    "${DOLLAR}, ${A}",
    "$A, $A",
    "'\"a$\"', a$"
  })
  void shouldFillTexts(String yaml, String text) {
    assertThat(reader.text(value(yaml), "a text")).isEqualTo(text);
    assertThat(problems.count()).isZero();
  }

  @Test
  void shouldMakeNumbersAndTruthValuesOfWhatHasNoQuotes() {
    assertThat(reader.number(value("${N}"), 1, 10)).isEqualTo(7);
    assertThat(reader.truth(value("${NONE:-true}"))).isTrue();
    assertThat(value("${NONE:-}").isNull()).isTrue();
    assertThat(reader.number(value("\"${N}\""), 1, 10)).as("quoted").isNull();
  }

  @Test
  void shouldFillListsMappingsAndWhatAliasesStandFor() {
    YamlAt at = value("[ &a { k: \"${A}\" }, *a, &b [ \"${N}\", *b ] ]");
    List<YamlAt> items = reader.list(at, "a list");
    assertThat(items).isNotNull().hasSize(3);
    for (YamlAt item : items.subList(0, 2)) {
      YamlMapping mapping = reader.entries(item, "a mapping", "a key");
      assertThat(mapping).isNotNull();
      assertThat(mapping.values().get("k")).extracting(YamlAt::text).isEqualTo("one");
    }
    assertThat(reader.list(items.get(2), "a list"))
        .isNotNull()
        .first()
        .extracting(YamlAt::text)
        .isEqualTo("7");
  }

  @Test
  void shouldSayWhatIsNotSetAndWhatIsNoVariable() {
    value("[ \"${NONE}\", \"${not a name}\", \"a ${\" ]");
    YamlException e = catchThrowableOfType(YamlException.class, problems::throwIfAny);
    assertThat(e.problems())
        .extracting(Problem::toString)
        .containsExactly(
            "f.yaml:1:6: v[0]: found the variable NONE, which is not set, expected one that is; set it"
                + " in the environment, or say what it is without: ${NONE:-...}",
            "f.yaml:1:17: v[1]: found \"${not a name}\", expected ${NAME} or ${NAME:-default}; write"
                + " $${ where a dollar and a brace are meant",
            "f.yaml:1:34: v[2]: found \"a ${\", expected ${NAME} or ${NAME:-default}; write $${ where a"
                + " dollar and a brace are meant");
  }

  @Test
  void shouldNeverShowAValueInAnError() {
    assertThat(reader.number(value("${SECRET}"), 1, 10)).isNull();
    assertThat(reader.word(value("${SECRET}"), List.of("hunter"), "hunter")).isNull();
    YamlException e = catchThrowableOfType(YamlException.class, problems::throwIfAny);
    assertThat(e).message().doesNotContain("hunter2").contains("${SECRET}");
  }
}
