package io.headgate.rules;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ConditionsTest {

  private static final Condition NEVER = view -> false;

  private static boolean key(Condition condition, @Nullable Object key) {
    return condition.matches(Records.key(key));
  }

  @Test
  void shouldMatchTopics() {
    Condition names = Conditions.topic("a", "b");
    assertThat(names.matches(Records.topic("a"))).isTrue();
    assertThat(names.matches(Records.topic("b"))).isTrue();
    assertThat(names.matches(Records.topic("ab"))).isFalse();

    assertThat(Conditions.topicPrefix("a").matches(Records.topic("ab"))).isTrue();
    assertThat(Conditions.topicPrefix("b").matches(Records.topic("ab"))).isFalse();

    Condition pattern = Conditions.topicPattern("a.");
    for (int i = 0; i < 2; i++) {
      // The second time from memory.
      assertThat(pattern.matches(Records.topic("ab"))).isTrue();
      assertThat(pattern.matches(Records.topic("abc"))).isFalse();
    }
  }

  @Test
  void shouldMatchMoreTopicsThanItRemembers() {
    Condition pattern = Conditions.topicPattern(".*[02468]");
    for (int i = 0; i < 3_000; i++) {
      assertThat(pattern.matches(Records.topic("t" + i))).isEqualTo(i % 2 == 0);
    }
  }

  @Test
  void shouldMatchKeys() {
    assertThat(key(Conditions.keyIs("x", "y"), "y")).isTrue();
    assertThat(key(Conditions.keyIs("x", "y"), "y".getBytes(UTF_8))).isTrue();
    assertThat(key(Conditions.keyIs("42"), 42L)).isTrue();
    assertThat(key(Conditions.keyIs("x"), "xy")).isFalse();
    assertThat(key(Conditions.keyIs("null"), null)).isFalse();

    assertThat(key(Conditions.keyPattern("[a-c]+"), "abc")).isTrue();
    assertThat(key(Conditions.keyPattern("[a-c]+"), "abcd")).isFalse();
    assertThat(key(Conditions.keyPattern(".*"), null)).isFalse();
  }

  @Test
  void shouldMatchTheBeginningOfKeysOfEveryForm() {
    Condition prefix = Conditions.keyPrefix("caf\u00e9");
    for (String text : List.of("caf\u00e9", "caf\u00e9s", "caf\u00e8", "caf", "", "\u00e9")) {
      byte[] bytes = text.getBytes(UTF_8);
      ByteBuffer read = ByteBuffer.wrap(bytes);
      read.position(read.limit());
      boolean expected = text.startsWith("caf\u00e9");
      for (Object key : List.of(text, bytes, Bytes.wrap(bytes), read)) {
        assertThat(key(prefix, key)).as("%s as %s", text, key.getClass()).isEqualTo(expected);
      }
    }
    assertThat(key(Conditions.keyPrefix("-1"), -12)).isTrue();
    assertThat(key(Conditions.keyPrefix(""), null)).isFalse();
  }

  @Test
  void shouldMatchHeaders() {
    RecordView view = Records.headers("plan", "free", "plan", "gold", "empty", null);

    assertThat(Conditions.headerIs("plan", "gold").matches(view)).isTrue();
    assertThat(Conditions.headerIs("plan", "free").matches(view)).isFalse();
    assertThat(Conditions.headerPrefix("plan", "go").matches(view)).isTrue();
    assertThat(Conditions.headerPattern("plan", "g..d").matches(view)).isTrue();
    assertThat(Conditions.headerPattern("plan", "g").matches(view)).isFalse();
    assertThat(Conditions.headerPresent("empty").matches(view)).isTrue();
    assertThat(Conditions.headerIs("empty", "").matches(view)).isFalse();
    assertThat(Conditions.headerPresent("other").matches(view)).isFalse();
  }

  @Test
  void shouldMatchFields() {
    RecordView view = Records.value("{\"a\":\"text\",\"n\":5,\"o\":{}}");

    assertThat(Conditions.fieldIs("/a", "x", "text").matches(view)).isTrue();
    assertThat(Conditions.fieldIs("/n", "5").matches(view)).isTrue();
    assertThat(Conditions.fieldPrefix("/a", "te").matches(view)).isTrue();
    assertThat(Conditions.fieldPattern("/a", "t.*").matches(view)).isTrue();
    assertThat(Conditions.fieldPresent("/o").matches(view)).isTrue();
    assertThat(Conditions.fieldIs("/o", "{}").matches(view)).isFalse();
    assertThat(Conditions.fieldPresent("/z").matches(view)).isFalse();
  }

  @Test
  void shouldJoinConditions() {
    Condition always = Conditions.always();
    RecordView view = Records.key("k");

    assertThat(Conditions.allOf(always, always).matches(view)).isTrue();
    assertThat(Conditions.allOf(always, NEVER).matches(view)).isFalse();
    assertThat(Conditions.anyOf(NEVER, always).matches(view)).isTrue();
    assertThat(Conditions.anyOf(NEVER, NEVER).matches(view)).isFalse();
    assertThat(Conditions.not(NEVER).matches(view)).isTrue();
    assertThat(Conditions.not(always).matches(view)).isFalse();
    assertThat(Conditions.allOf(NEVER)).isSameAs(NEVER);
    assertThat(Conditions.anyOf(NEVER)).isSameAs(NEVER);
  }

  @Test
  void shouldNotAskFurtherThanItMust() {
    Condition fails =
        view -> {
          throw new AssertionError("asked");
        };
    RecordView view = Records.key("k");

    assertThat(Conditions.allOf(NEVER, fails).matches(view)).isFalse();
    assertThat(Conditions.anyOf(Conditions.always(), fails).matches(view)).isTrue();
  }

  private static final List<Supplier<Condition>> ALL =
      List.of(
          Conditions::always,
          () -> Conditions.topic("a", "b"),
          () -> Conditions.topicPrefix("a"),
          () -> Conditions.topicPattern("a"),
          () -> Conditions.keyIs("a"),
          () -> Conditions.keyPrefix("a"),
          () -> Conditions.keyPattern("a"),
          () -> Conditions.keyCidr("10.0.0.0/8", "::/0"),
          () -> Conditions.headerIs("h", "a"),
          () -> Conditions.headerPrefix("h", "a"),
          () -> Conditions.headerPattern("h", "a"),
          () -> Conditions.headerPresent("h"),
          () -> Conditions.fieldIs("/f", "a"),
          () -> Conditions.fieldPrefix("/f", "a"),
          () -> Conditions.fieldPattern("/f", "a"),
          () -> Conditions.fieldPresent("/f"),
          () -> Conditions.allOf(Conditions.keyIs("a"), Conditions.keyIs("b")),
          () -> Conditions.anyOf(Conditions.keyIs("a"), Conditions.keyIs("b")),
          () -> Conditions.not(Conditions.keyIs("a")));

  @Test
  void shouldBeEqualWhenTheySayTheSame() {
    for (int i = 0; i < ALL.size(); i++) {
      for (int k = 0; k < ALL.size(); k++) {
        Condition one = ALL.get(i).get();
        Condition other = ALL.get(k).get();
        assertThat(one.equals(other)).as("%s and %s", one, other).isEqualTo(i == k);
        if (i == k) {
          assertThat(one).hasSameHashCodeAs(other).hasToString(other.toString());
        }
      }
    }
    assertThat(Conditions.topic("a", "b")).isEqualTo(Conditions.topic("b", "a"));
  }

  @Test
  void shouldSayWhatTheyAreInWords() {
    assertThat(Conditions.always()).hasToString("always");
    assertThat(Conditions.topic("a", "b")).hasToString("topic is \"a\" or \"b\"");
    assertThat(Conditions.keyCidr("10.0.0.0/8", "2001:db8::/32"))
        .hasToString("key in 10.0.0.0/8 or 2001:db8:0:0:0:0:0:0/32");
    assertThat(
            Conditions.anyOf(
                Conditions.headerPresent("h"),
                Conditions.not(
                    Conditions.allOf(
                        Conditions.fieldPattern("/a", ".*"), Conditions.keyPrefix("x")))))
        .hasToString(
            "(header h present or not ((field /a matches \".*\" and key begins with \"x\")))");
  }

  @Test
  void shouldRefuseWhatIsNoPatternOrPointerOrSubnet() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Conditions.keyPattern("a(b"))
        .withMessage("pattern \"a(b\": Unclosed group at character 4");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Conditions.fieldPresent("a"))
        .withMessage("pointer \"a\": expected a JSON pointer, such as /user/id");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Conditions.keyCidr("10.0.0.0/8", "host"))
        .withMessageContaining("subnet \"host\"");
    assertThatIllegalArgumentException().isThrownBy(Conditions::allOf);
    assertThatIllegalArgumentException().isThrownBy(Conditions::anyOf);
  }

  @Test
  void shouldNotLetALongTextEndTheThread() {
    Condition deep = Conditions.keyPattern("(a|b)*");
    assertThat(key(deep, "abab")).isTrue();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> key(deep, "ab".repeat(1_000_000)))
        .withMessageContaining("(a|b)*")
        .withMessageContaining("2000000 characters");
  }
}
