package io.headgate.rules;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.KeyHasher;
import io.headgate.RateLimit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

/** Entries that come and go, against an oracle that keeps a map of their texts. */
class LimitOverridesPropertiesTest {

  private static final String[] NAMES = {"a", "b", "c"};
  private static final long[] OWN = {10, 500, 7};
  private static final String[] WINDOWS = {"1s", "1h", "1m"};
  private static final List<String> KEYS = List.of("", "k", "l", "a/b", "caf\u00e9", "\u001f");
  private static final List<String> CLASSES = List.of("gold", "free", "x/y");

  private static final RuleSet RULES = rules();
  private static final KeyHasher[] HASHERS =
      RULES.rules().stream()
          .map(rule -> KeyHasher.seeded(9).derive(rule.name()))
          .toArray(KeyHasher[]::new);

  /** Rule a has the first window, b two, c all three, in other orders. */
  private static RuleSet rules() {
    RuleSet.Builder set = RuleSet.builder();
    for (int i = 0; i < NAMES.length; i++) {
      List<RateLimit> limits = new ArrayList<>();
      for (int k = i; k >= 0; k--) {
        limits.add(RateLimit.parse(OWN[k] + "/" + WINDOWS[k]));
      }
      set.rule(Rule.named(NAMES[i]).limits(limits).classOf(KeySource.header("plan")).build());
    }
    return set.build();
  }

  /**
   * One change.
   *
   * @param what the end of an entry's key
   * @param units for each window, 0 for none; null takes the entry out
   */
  record Change(int rule, String what, @Nullable List<Integer> units) {
    String key() {
      return NAMES[rule] + what;
    }

    @Nullable String value() {
      if (units == null) {
        return null;
      }
      List<String> limits = new ArrayList<>();
      for (int i = 0; i < units.size(); i++) {
        if (units.get(i) > 0) {
          limits.add("\"" + units.get(i) + "/" + WINDOWS[i] + "\"");
        }
      }
      return "{\"limits\":[" + String.join(",", limits) + "]}";
    }

    /** It names a window, and none that its rule does not have. */
    boolean isRight() {
      if (units == null) {
        return true;
      }
      boolean some = false;
      for (int i = 0; i < units.size(); i++) {
        some |= units.get(i) > 0;
        if (units.get(i) > 0 && i > rule) {
          return false;
        }
      }
      return some;
    }
  }

  @Provide
  Arbitrary<List<Change>> changes() {
    Arbitrary<String> what =
        Arbitraries.oneOf(
            Arbitraries.just(""),
            Arbitraries.of(CLASSES).map(name -> "/class/" + name),
            Arbitraries.of(KEYS).map(name -> "/key/" + name));
    Arbitrary<Integer> units =
        Arbitraries.frequencyOf(
            Tuple.of(1, Arbitraries.just(0)),
            Tuple.of(1, Arbitraries.integers().between(1, 1_000_000)));
    Arbitrary<@Nullable List<Integer>> all = units.list().ofSize(3).injectNull(0.2);
    return Combinators.combine(Arbitraries.integers().between(0, 2), what, all)
        .as(Change::new)
        .list()
        .ofMaxSize(40);
  }

  @Property
  void shouldAgreeWithAMapOfTexts(@ForAll("changes") List<Change> changes, @ForAll boolean atOnce) {
    LimitOverrides overrides = LimitOverrides.none(RULES);
    Map<String, String> texts = new TreeMap<>();
    Map<String, List<Integer>> oracle = new HashMap<>();
    Map<String, @Nullable String> batch = new HashMap<>();
    long version = 0;
    for (Change change : changes) {
      String value = change.value();
      if (atOnce) {
        batch.put(change.key(), value);
      } else {
        LimitOverrides.Result result = overrides.with(change.key(), value);
        assertThat(result.accepted()).as("%s", change).isEqualTo(change.isRight());
        overrides = result.overrides();
        version += change.isRight() ? 1 : 0;
      }
    }
    for (Change change : changes) {
      String value = change.value();
      if (atOnce && !Objects.equals(batch.get(change.key()), value)) {
        // A later change of this entry is what the batch holds.
        continue;
      }
      if (value == null) {
        texts.remove(change.key());
        oracle.remove(change.key());
      } else if (change.isRight() && change.units() != null) {
        texts.put(change.key(), value);
        oracle.put(change.key(), change.units());
      }
    }
    if (atOnce) {
      overrides = overrides.withAll(batch).overrides();
      version = 1;
    }
    assertThat(overrides.version()).isEqualTo(version);
    assertThat(overrides.entries()).isEqualTo(texts);
    assertThat(overrides.size()).isEqualTo(texts.size());
    assertLooksUp(overrides.bind(HASHERS), oracle);
  }

  private static void assertLooksUp(BoundLimits limits, Map<String, List<Integer>> oracle) {
    List<@Nullable String> classes = new ArrayList<>(CLASSES);
    classes.add(null);
    classes.add("none");
    for (int rule = 0; rule < NAMES.length; rule++) {
      for (int window = 0; window <= rule; window++) {
        int index = rule - window;
        for (String key : List.of("", "k", "l", "a/b", "caf\u00e9", "\u001f", "other")) {
          byte[] bytes = key.getBytes(UTF_8);
          long high = HASHERS[rule].high(bytes, 0, bytes.length);
          long low = HASHERS[rule].low(bytes, 0, bytes.length);
          for (String className : classes) {
            assertThat(limits.limit(rule, index, className, high, low))
                .as("%s %s %s %s", NAMES[rule], WINDOWS[window], key, className)
                .isEqualTo(expected(oracle, rule, window, key, className));
          }
        }
      }
    }
  }

  private static long expected(
      Map<String, List<Integer>> oracle,
      int rule,
      int window,
      String key,
      @Nullable String className) {
    String name = NAMES[rule];
    for (String entry : List.of(name + "/key/" + key, name + "/class/" + className, name)) {
      List<Integer> units = oracle.get(entry);
      if (units != null && units.get(window) > 0) {
        return units.get(window);
      }
    }
    return OWN[window];
  }

  @Property(tries = 200)
  void shouldFindEveryFingerprintInATable(
      @ForAll @IntRange(min = 1, max = 500) int count,
      @ForAll @IntRange(min = 1, max = 8) int numbers,
      @ForAll @IntRange(min = 1, max = 64) int spread,
      @ForAll Random random) {
    FingerprintTable table = new FingerprintTable(count, numbers);
    Map<List<Long>, long[]> oracle = new HashMap<>();
    for (int i = 0; i < count; i++) {
      // Few places, so that runs are long and go round the end.
      long high = -1L - random.nextInt(spread);
      long low = 1L + random.nextInt(spread);
      long[] values = random.longs(numbers, 1, Long.MAX_VALUE).toArray();
      table.put(high, low, values);
      oracle.put(List.of(high, low), values);
    }
    for (long high = -1L - spread; high <= 0; high++) {
      for (long low = 0; low <= spread + 1; low++) {
        long[] values = oracle.get(List.of(high, low));
        for (int i = 0; i < numbers; i++) {
          assertThat(table.get(high, low, i)).isEqualTo(values == null ? 0 : values[i]);
        }
      }
    }
  }
}
