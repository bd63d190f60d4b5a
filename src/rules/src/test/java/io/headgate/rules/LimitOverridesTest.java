package io.headgate.rules;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.headgate.KeyHasher;
import io.headgate.RateLimit;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LimitOverridesTest {

  private static final RuleSet RULES =
      RuleSet.builder()
          .rule(
              Rule.named("api")
                  .limits(RateLimit.perSecond(10), RateLimit.perHour(500))
                  .classOf(KeySource.header("plan"))
                  .build())
          .rule(Rule.named("rest").limits(RateLimit.perMinute(7)).build())
          .build();
  private static final LimitOverrides NONE = LimitOverrides.none(RULES);

  private static final KeyHasher[] HASHERS = {
    KeyHasher.seeded(1).derive("api"), KeyHasher.seeded(1).derive("rest")
  };

  private static LimitOverrides with(LimitOverrides from, String key, String limits) {
    LimitOverrides.Result result = from.with(key, "{\"limits\":[" + limits + "]}");
    assertThat(result.refusal()).isNull();
    return result.overrides();
  }

  private static long limit(
      BoundLimits limits, int rule, int index, @Nullable String className, String key) {
    byte[] bytes = key.getBytes(UTF_8);
    return limits.limit(
        rule,
        index,
        className,
        HASHERS[rule].high(bytes, 0, bytes.length),
        HASHERS[rule].low(bytes, 0, bytes.length));
  }

  private static String refusal(String key, String value) {
    LimitOverrides.Result result = NONE.with(key, value);
    assertThat(result.accepted()).isFalse();
    assertThat(result.overrides()).isSameAs(NONE);
    return String.valueOf(result.refusal());
  }

  @Test
  void shouldHaveTheRulesOwnLimitsWithoutEntries() {
    BoundLimits limits = NONE.bind(HASHERS);

    assertThat(limit(limits, 0, 0, "gold", "k")).isEqualTo(10);
    assertThat(limit(limits, 0, 1, null, "k")).isEqualTo(500);
    assertThat(limit(limits, 1, 0, null, "k")).isEqualTo(7);
    assertThat(limits.hasClasses(0)).isFalse();
    assertThat(NONE.version()).isZero();
    assertThat(NONE.size()).isZero();
    assertThat(NONE.entries()).isEmpty();
  }

  @Test
  void shouldAskTheKeyThenTheClassThenTheRule() {
    LimitOverrides overrides = with(NONE, "api", "\"20/1s\",\"600/1h\"");
    overrides = with(overrides, "api/class/gold", "\"30/1s\",\"700/3600s\"");
    overrides = with(overrides, "api/key/k", "\"800/60m\"");
    BoundLimits limits = overrides.bind(HASHERS);

    assertThat(limit(limits, 0, 0, null, "other")).isEqualTo(20);
    assertThat(limit(limits, 0, 1, "free", "other")).isEqualTo(600);
    assertThat(limit(limits, 0, 0, "gold", "other")).isEqualTo(30);
    assertThat(limit(limits, 0, 1, "gold", "other")).isEqualTo(700);
    assertThat(limit(limits, 0, 1, "gold", "k")).isEqualTo(800);
    // The key's entry does not name the second.
    assertThat(limit(limits, 0, 0, "gold", "k")).isEqualTo(30);
    assertThat(limit(limits, 0, 0, null, "k")).isEqualTo(20);
    assertThat(limit(limits, 1, 0, "gold", "k")).isEqualTo(7);
    assertThat(limits.hasClasses(0)).isTrue();
    assertThat(limits.hasClasses(1)).isFalse();
    assertThat(limits.largest(0, 0)).isEqualTo(30);
    assertThat(limits.largest(0, 1)).isEqualTo(800);
    assertThat(limits.largest(1, 0)).isEqualTo(7);
    assertThat(limits.version()).isEqualTo(3);
    assertThat(limits.overrides()).isSameAs(overrides);
  }

  @Test
  void shouldLeaveOlderSnapshotsAsTheyAre() {
    LimitOverrides first = with(NONE, "rest", "\"8/1m\"");
    LimitOverrides second = with(first, "rest", "\"9/1m\"");
    LimitOverrides third = second.with("rest", null).overrides();

    assertThat(limit(first.bind(HASHERS), 1, 0, null, "k")).isEqualTo(8);
    assertThat(limit(second.bind(HASHERS), 1, 0, null, "k")).isEqualTo(9);
    assertThat(limit(third.bind(HASHERS), 1, 0, null, "k")).isEqualTo(7);
    assertThat(third.version()).isEqualTo(3);
    assertThat(third.size()).isZero();
    assertThat(second.entries()).containsOnly(Map.entry("rest", "{\"limits\":[\"9/1m\"]}"));
  }

  @Test
  void shouldTakeAllThatFollowsForTheKey() {
    LimitOverrides overrides = with(NONE, "rest/key/a/b/ c", "\"8/1m\"");
    overrides = with(overrides, "rest/key/", "\"9/1m\"");
    overrides = with(overrides, "rest/key/caf\u00e9\u001fx", "\"11/1m\"");
    overrides = with(overrides, "api/class/a/b", "\"12/1s\"");
    BoundLimits limits = overrides.bind(HASHERS);

    assertThat(limit(limits, 1, 0, null, "a/b/ c")).isEqualTo(8);
    assertThat(limit(limits, 1, 0, null, "a")).isEqualTo(7);
    assertThat(limit(limits, 1, 0, null, "")).isEqualTo(9);
    assertThat(limit(limits, 1, 0, null, "caf\u00e9\u001fx")).isEqualTo(11);
    assertThat(limit(limits, 0, 0, "a/b", "k")).isEqualTo(12);
  }

  @Test
  void shouldRefuseWhatDoesNotFitTheRules() {
    String good = "{\"limits\":[\"20/1s\"]}";
    assertThat(refusal("none", good))
        .isEqualTo("entry \"none\": no rule \"none\": expected one of api, rest");
    assertThat(refusal("", good)).contains("no rule \"\"");
    assertThat(refusal("api/", good))
        .isEqualTo("entry \"api/\": expected RULE, RULE/class/CLASS or RULE/key/KEY");
    assertThat(refusal("api/key", good)).contains("expected RULE, RULE/class");
    assertThat(refusal("api/kex/1", good)).contains("expected RULE, RULE/class");
    assertThat(refusal("rest/class/gold", "{\"limits\":[\"20/1m\"]}"))
        .isEqualTo(
            "entry \"rest/class/gold\": rule rest has no classes: give it a class, or name keys");
    assertThat(refusal("api", "{\"limits\":[\"20/1s\",\"30/1m\"]}"))
        .isEqualTo(
            "entry \"api\": the window of 30/1m is none of rule api, whose limits are [10/1s in 50"
                + " buckets, strict, 500/1h in 60 buckets, strict]");
    assertThat(refusal("api", "{\"limits\":[\"20/1s\",\"30/1000ms\"]}"))
        .isEqualTo("entry \"api\": has the window of 30/1000ms twice");
  }

  @Test
  void shouldRefuseBadTexts() {
    String form = "expected {\"limits\":[\"20/1s\",\"1000/1h\"]}";
    for (String text :
        new String[] {
          "",
          "20/1s",
          "null",
          "[]",
          "{}",
          "{\"limits\":[]}",
          "{\"limits\":\"20/1s\"}",
          "{\"limits\":[\"20/1s\"],\"more\":1}",
          "{\"limits\":[\"20/1s\"]} x",
          "{\"limits\":[\"20/1s\"],\"limits\":[\"20/1s\"]}",
          "{\"limits\":",
          "{\n\"a\":\n1}"
        }) {
      assertThat(refusal("api", text)).contains("found ").contains(form).doesNotContain("\n");
    }
    assertThat(refusal("api", "{\"limits\":[20]}")).contains("found 20 among its limits");
    assertThat(refusal("api", "{\"limits\":[\"0/1s\"]}")).contains("expected 1 to");
    assertThat(refusal("api", "{\"limits\":[\"1/1x\"]}")).contains("expected UNITS/WINDOW");
    assertThat(refusal("api", "[".repeat(5_000))).hasSizeLessThan(700).contains(form);
    assertThat(refusal("api", "x".repeat(20_000))).contains("20000 characters");
  }

  @Test
  void shouldTakeOutWhatIsNotThere() {
    LimitOverrides.Result result = NONE.with("api/key/k", null);

    assertThat(result.accepted()).isTrue();
    assertThat(result.overrides().version()).isOne();
    assertThat(NONE.with("none", null).accepted()).isFalse();
  }

  @Test
  void shouldMakeSeveralChangesAtOnce() {
    Map<String, @Nullable String> changes = new LinkedHashMap<>();
    changes.put("api", "{\"limits\":[\"20/1s\"]}");
    changes.put("none", "{\"limits\":[\"20/1s\"]}");
    changes.put("rest", "{\"limits\":[\"8/1m\"]}");
    LimitOverrides.Results results = NONE.withAll(changes);

    assertThat(results.overrides().version()).isOne();
    assertThat(results.overrides().entries()).containsOnlyKeys("api", "rest");
    assertThat(results.refusals()).containsOnlyKeys("none");
    assertThat(results.overrides()).hasToString("limits of version 1, changed by [api, rest]");

    changes.clear();
    changes.put("api", null);
    assertThat(results.overrides().withAll(changes).overrides().entries()).containsOnlyKeys("rest");
  }

  @Test
  void shouldTakeEntriesAlongToOtherRules() {
    LimitOverrides overrides = with(NONE, "api/key/k", "\"20/1s\"");
    overrides = with(overrides, "rest/key/k", "\"8/1m\"");
    RuleSet other = RuleSet.builder().rule(RULES.rule(1)).build();
    LimitOverrides.Results results = overrides.onto(other);

    assertThat(results.overrides().rules()).isEqualTo(other);
    assertThat(results.overrides().version()).isEqualTo(3);
    assertThat(results.overrides().entries()).containsOnlyKeys("rest/key/k");
    assertThat(results.refusals()).containsOnlyKeys("api/key/k");
  }

  @Test
  void shouldBindKeysByOtherBytesThanText() {
    LimitOverrides overrides = with(NONE, "rest/key/42", "\"8/1m\"");
    overrides = with(overrides, "rest/key/x", "\"9/1m\"");
    BoundLimits limits =
        overrides.bind(
            HASHERS,
            key ->
                key.matches("\\d+")
                    ? List.of(
                        key.getBytes(UTF_8),
                        ByteBuffer.allocate(8).putLong(Long.parseLong(key)).array())
                    : List.of());

    assertThat(limits.limit(1, 0, null, HASHERS[1].high(42), HASHERS[1].low(42))).isEqualTo(8);
    assertThat(limit(limits, 1, 0, null, "42")).isEqualTo(8);
    assertThat(limit(limits, 1, 0, null, "x")).isEqualTo(7);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NONE.bind(new KeyHasher[] {HASHERS[0]}))
        .withMessage("1 hashers: expected one for each of 2 rules");
  }

  @Test
  void shouldFindNoKeyInTheRowOfRecordsWithoutOne() {
    BoundLimits limits = with(NONE, "rest/key/k", "\"8/1m\"").bind(HASHERS);

    assertThat(limits.limit(1, 0, null, 0, 1)).isEqualTo(7);
    assertThat(limits.limit(1, 0, null, 0, 0)).isEqualTo(7);
  }
}
