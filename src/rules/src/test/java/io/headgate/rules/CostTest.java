package io.headgate.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

class CostTest {

  private static long header(String text) {
    return Cost.header("cost", 7).of(Records.headers("cost", text));
  }

  @Test
  void shouldCostOneOrTheValuesBytes() {
    assertThat(Cost.ONE.of(Records.value("four"))).isOne();
    assertThat(Cost.VALUE_BYTES.of(Records.value("four"))).isEqualTo(4);
    assertThat(Cost.VALUE_BYTES.of(Records.value(null))).isZero();
  }

  @Test
  void shouldCostWhatAHeaderSays() {
    assertThat(header("0")).isZero();
    assertThat(header("12")).isEqualTo(12);
    assertThat(header("+12")).isEqualTo(12);
    assertThat(header("-0")).isZero();
    assertThat(header("007")).isEqualTo(7);
    assertThat(header("9223372036854775807")).isEqualTo(Long.MAX_VALUE);
    assertThat(header("9223372036854775806")).isEqualTo(Long.MAX_VALUE - 1);
    assertThat(header("9223372036854775808")).isEqualTo(Long.MAX_VALUE);
    assertThat(header("99999999999999999999999999")).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void shouldCostTheDefaultWhenThereIsNoWholeNumber() {
    for (String text :
        new String[] {"", " ", "1 ", "-", "+", "1.5", "1e3", "0x10", "\u0661", "x"}) {
      assertThat(header(text)).as("\"%s\"", text).isEqualTo(7);
    }
    assertThat(Cost.header("cost", 0).of(Records.headers())).isZero();
    assertThat(Cost.header("cost").of(Records.headers("cost", null))).isOne();
    assertThat(Cost.field("/n").of(Records.value("no JSON"))).isOne();
  }

  @Test
  void shouldCostWhatAFieldSays() {
    RecordView view = Records.value("{\"n\":12,\"t\":\"13\",\"f\":1.5,\"o\":{}}");

    assertThat(Cost.field("/n", 7).of(view)).isEqualTo(12);
    assertThat(Cost.field("/t", 7).of(view)).isEqualTo(13);
    assertThat(Cost.field("/f", 7).of(view)).isEqualTo(7);
    assertThat(Cost.field("/o", 7).of(view)).isEqualTo(7);
  }

  @Test
  void shouldRefuseNegativeNumbers() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> header("-5"))
        .withMessage("cost -5 in header cost: expected 0 or more");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Cost.field("/n").of(Records.value("{\"n\":-99999999999999999999}")))
        .withMessage("cost -99999999999999999999 in field /n: expected 0 or more");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Cost.of(view -> -1).of(Records.value("")))
        .withMessage("cost -1 of the cost function: expected 0 or more");
    assertThatIllegalArgumentException().isThrownBy(() -> Cost.header("cost", -1));
    assertThatIllegalArgumentException().isThrownBy(() -> Cost.field("/n", -1));
  }

  @Test
  void shouldBeEqualWhenTheySayTheSame() {
    ToLongFunction<RecordView> function = RecordView::timestamp;
    assertThat(Cost.header("a", 1)).isEqualTo(Cost.header("a")).isNotEqualTo(Cost.header("b"));
    assertThat(Cost.field("/a", 1)).isEqualTo(Cost.field("/a")).isNotEqualTo(Cost.field("/a", 2));
    assertThat(Cost.of(function)).isEqualTo(Cost.of(function)).isNotEqualTo(Cost.ONE);
    assertThat(Cost.of(function)).isNotEqualTo(Cost.of(view -> 1));
    assertThat(Cost.VALUE_BYTES).hasToString("bytes");
    assertThat(Cost.field("/a", 2)).hasToString("field /a, default 2");
  }
}
