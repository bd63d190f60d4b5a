package io.headgate.rules;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import org.jspecify.annotations.Nullable;

/** Rules of every kind, with texts that are hard to write down. */
final class RuleArbitraries {

  private RuleArbitraries() {}

  /** Texts as keys and headers may hold them; no lone surrogates, which are in no UTF-8. */
  static Arbitrary<String> texts() {
    Arbitrary<String> hard =
        Arbitraries.of(
            "",
            " ",
            "true",
            "null",
            "~",
            "12",
            "-",
            ": ",
            " #x",
            "\"",
            "\\",
            "a\nb",
            "\t",
            "\r",
            "\u0000",
            "\u0085",
            "\u2028",
            "\ufeff",
            "\ud83d\ude00",
            "*a",
            "&a",
            "!t",
            "{}",
            "[",
            "'",
            "%",
            "@",
            "`",
            "<<",
            "---",
            "...",
            "? a",
            "0x1f",
            "1e3",
            "y");
    Arbitrary<String> any = Arbitraries.strings().withCharRange('\u0000', '\ud7ff').ofMaxLength(6);
    return Arbitraries.oneOf(hard, any, Arbitraries.strings().alpha().ofMaxLength(8))
        .withoutEdgeCases();
  }

  private static Arbitrary<List<String>> someTexts() {
    return texts().list().ofMinSize(1).ofMaxSize(3);
  }

  private static Arbitrary<String> patterns() {
    return Arbitraries.of(".*", "[a-c]+", "\\d{1,3}", "a|b", "\\Q\"\\E", "(?i)bot.*", "");
  }

  private static Arbitrary<String> pointers() {
    return Arbitraries.of("", "/a", "/user/id", "/l/0", "/a~1b/~0", "/ \"");
  }

  private static Arbitrary<String> subnets() {
    return Arbitraries.of("10.0.0.0/8", "192.168.1.1", "2001:db8::/32", "::1", "0.0.0.0/0", "::/0");
  }

  private static String[] rest(List<String> texts) {
    return texts.subList(1, texts.size()).toArray(String[]::new);
  }

  static Arbitrary<Condition> conditions() {
    return Arbitraries.recursive(RuleArbitraries::leaves, RuleArbitraries::joined, 0, 3)
        .withoutEdgeCases();
  }

  private static Arbitrary<Condition> leaves() {
    return Arbitraries.oneOf(
            Arbitraries.just(Conditions.always()),
            someTexts().map(t -> Conditions.topic(t.get(0), rest(t))),
            texts().map(Conditions::topicPrefix),
            patterns().map(Conditions::topicPattern),
            someTexts().map(t -> Conditions.keyIs(t.get(0), rest(t))),
            texts().map(Conditions::keyPrefix),
            patterns().map(Conditions::keyPattern),
            subnets()
                .list()
                .ofMinSize(1)
                .ofMaxSize(3)
                .map(t -> Conditions.keyCidr(t.get(0), rest(t))),
            Combinators.combine(texts(), someTexts())
                .as((n, t) -> Conditions.headerIs(n, t.get(0), rest(t))),
            Combinators.combine(texts(), texts()).as(Conditions::headerPrefix),
            Combinators.combine(texts(), patterns()).as(Conditions::headerPattern),
            texts().map(Conditions::headerPresent),
            Combinators.combine(pointers(), someTexts())
                .as((n, t) -> Conditions.fieldIs(n, t.get(0), rest(t))),
            Combinators.combine(pointers(), texts()).as(Conditions::fieldPrefix),
            Combinators.combine(pointers(), patterns()).as(Conditions::fieldPattern),
            pointers().map(Conditions::fieldPresent))
        .withoutEdgeCases();
  }

  private static Arbitrary<Condition> joined(Arbitrary<Condition> inner) {
    Arbitrary<List<Condition>> some = inner.list().ofMinSize(1).ofMaxSize(3);
    return Arbitraries.oneOf(
            inner.map(Conditions::not), some.map(Conditions::allOf), some.map(Conditions::anyOf))
        .withoutEdgeCases();
  }

  static Arbitrary<RateLimit> limits() {
    return Combinators.combine(
            Arbitraries.longs().between(1, RateLimit.MAX_LIMIT),
            Arbitraries.longs().between(1, 100_000_000L),
            Arbitraries.integers().between(1, 100),
            Arbitraries.of(Mode.class))
        .as(
            (units, millis, buckets, mode) -> {
              int divisor = (int) Math.min(buckets, millis);
              while (millis % divisor != 0) {
                divisor--;
              }
              return new RateLimit(units, Duration.ofMillis(millis), divisor, mode);
            });
  }

  private static Arbitrary<KeySource> keyParts() {
    return Arbitraries.oneOf(
        Arbitraries.just(KeySource.recordKey()),
        texts().map(KeySource::header),
        pointers().map(KeySource::field));
  }

  static Arbitrary<KeySource> keys() {
    return keyParts()
        .list()
        .ofMinSize(1)
        .ofMaxSize(3)
        .map(parts -> KeySource.composite(parts.toArray(KeySource[]::new)));
  }

  private static Arbitrary<Cost> costs() {
    return Arbitraries.oneOf(
        Arbitraries.of(Cost.ONE, Cost.VALUE_BYTES),
        Combinators.combine(texts(), Arbitraries.longs().greaterOrEqual(0)).as(Cost::header),
        Combinators.combine(pointers(), Arbitraries.longs().between(0, 3))
            .as((pointer, otherwise) -> Cost.field(pointer, otherwise)));
  }

  private static Arbitrary<OverLimit> overLimits() {
    return Arbitraries.of(
        OverLimit.drop(),
        OverLimit.tag(),
        OverLimit.hold(),
        OverLimit.hold(7, Duration.ofMillis(90_500)),
        OverLimit.route("some.topic-1"));
  }

  /** Changes one part of a rule, or none. */
  private static <T> Arbitrary<Function<Rule.Builder, Rule.Builder>> part(
      Arbitrary<T> values, Function<Rule.Builder, Function<T, Rule.Builder>> setter) {
    return values
        .<@Nullable T>map(value -> value)
        .injectNull(0.5)
        .map(value -> rule -> value == null ? rule : setter.apply(rule).apply(value));
  }

  private static Arbitrary<Rule> rule(int index) {
    List<Arbitrary<Function<Rule.Builder, Rule.Builder>>> parts = new ArrayList<>();
    parts.add(part(conditions(), rule -> rule::when));
    parts.add(part(costs(), rule -> rule::cost));
    parts.add(part(overLimits(), rule -> rule::overLimit));
    parts.add(part(Arbitraries.of(OverflowPolicy.class), rule -> rule::overflow));
    parts.add(part(Arbitraries.of(LatePolicy.class), rule -> rule::late));
    parts.add(part(texts().set().ofMaxSize(4), rule -> keys -> rule.exemptKeys(keys)));
    parts.add(part(Arbitraries.of(true, false), rule -> rule::shadow));
    parts.add(part(Arbitraries.integers().between(0, 100), rule -> rule::enforcePercent));
    parts.add(part(keys(), rule -> rule::classOf));
    Arbitrary<List<RateLimit>> limits =
        limits().list().ofMaxSize(Rule.MAX_LIMITS).uniqueElements(RateLimit::window);
    return Combinators.combine(Combinators.combine(parts).as(List::copyOf), limits)
        .as(
            (changes, list) -> {
              Rule.Builder rule = Rule.named("rule-" + index).limits(list).exempt(list.isEmpty());
              for (Function<Rule.Builder, Rule.Builder> change : changes) {
                rule = change.apply(rule);
              }
              return rule.build();
            });
  }

  /** Rules of which none hides another. */
  static Arbitrary<RuleSet> ruleSets() {
    return Arbitraries.integers()
        .between(1, 5)
        .flatMap(
            count -> {
              List<Arbitrary<Rule>> rules = new ArrayList<>();
              for (int i = 0; i < count; i++) {
                rules.add(rule(i));
              }
              return Combinators.combine(
                      Combinators.combine(rules).as(List::copyOf),
                      keys(),
                      Arbitraries.of(true, false))
                  .as(RuleArbitraries::ruleSet);
            });
  }

  private static RuleSet ruleSet(List<Rule> rules, KeySource key, boolean shadow) {
    RuleSet.Builder set = RuleSet.builder().key(key).shadow(shadow);
    for (Rule rule : rules) {
      set.rule(rule);
      if (rule.endsEveryWalk()) {
        break;
      }
    }
    return set.build();
  }
}
