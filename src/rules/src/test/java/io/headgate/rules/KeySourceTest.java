package io.headgate.rules;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Objects;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class KeySourceTest {

  private static RecordView view() {
    RecordHeaders headers = new RecordHeaders();
    headers.add("tenant", "acme".getBytes(UTF_8));
    return new RecordView().set("t", "key", "{\"user\":{\"id\":5}}", headers, 0);
  }

  @Test
  void shouldFindTheKey() {
    assertThat(KeySource.recordKey().of(view())).isEqualTo("key");
    assertThat(KeySource.header("tenant").of(view())).isEqualTo("acme");
    assertThat(KeySource.field("/user/id").of(view())).isEqualTo("5");
    assertThat(
            KeySource.composite(
                    KeySource.recordKey(), KeySource.header("tenant"), KeySource.field("/user/id"))
                .of(view()))
        .isEqualTo("key\u001facme\u001f5");
  }

  @Test
  void shouldFindNoKeyWhenAPartIsMissing() {
    KeySource missing = KeySource.header("none");
    assertThat(missing.of(view())).isNull();
    assertThat(KeySource.composite(KeySource.recordKey(), missing).of(view())).isNull();
    assertThat(KeySource.composite(missing, KeySource.recordKey()).of(view())).isNull();
    assertThat(KeySource.field("/user").of(view())).isNull();
  }

  @Test
  void shouldBeTheRecordKeyOnlyIfThatIsAll() {
    assertThat(KeySource.recordKey().isRecordKey()).isTrue();
    assertThat(KeySource.header("h").isRecordKey()).isFalse();
    assertThat(KeySource.field("/f").isRecordKey()).isFalse();
    assertThat(KeySource.composite(KeySource.recordKey()).isRecordKey()).isTrue();
    assertThat(KeySource.composite(KeySource.recordKey(), KeySource.recordKey()).isRecordKey())
        .isFalse();
  }

  @Test
  void shouldBeEqualWhenTheySayTheSame() {
    KeySource header = KeySource.header("h");
    KeySource field = KeySource.field("/f");
    KeySource both = KeySource.composite(header, field);
    assertThat(both).isEqualTo(KeySource.composite(KeySource.header("h"), KeySource.field("/f")));
    assertThat(both).isNotEqualTo(KeySource.composite(field, header));
    assertThat(KeySource.composite(both, KeySource.recordKey()))
        .isEqualTo(KeySource.composite(header, field, KeySource.recordKey()))
        .hasToString("header h + field /f + record");
    assertThatIllegalArgumentException().isThrownBy(KeySource::composite);
    assertThatIllegalArgumentException().isThrownBy(() -> KeySource.field("f"));
  }

  @Provide
  Arbitrary<List<String>> parts() {
    return Arbitraries.strings()
        .withChars('a', '0', '1', '\u001e', '\u001f')
        .ofMaxLength(4)
        .list()
        .ofSize(2);
  }

  /** Who can choose a part must not reach another key's budget. */
  @Property(tries = 5_000)
  void shouldNotMakeOneKeyOfTwo(
      @ForAll("parts") List<String> one, @ForAll("parts") List<String> other) {
    KeySource both = KeySource.composite(KeySource.header("a"), KeySource.header("b"));
    String first = both.of(Records.headers("a", one.get(0), "b", one.get(1)));
    String second = both.of(Records.headers("a", other.get(0), "b", other.get(1)));

    assertThat(first).isNotNull();
    assertThat(Objects.equals(first, second)).isEqualTo(one.equals(other));
  }
}
