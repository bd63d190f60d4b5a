package io.headgate.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Counters for the heaviest keys of a stream, against a map that has one for each key. */
class SpaceSavingPropertiesTest {

  record Addition(int key, long weight) {}

  private final Map<Integer, Long> exact = new HashMap<>();

  private SpaceSaving<Integer> count(List<Addition> stream, int size) {
    SpaceSaving<Integer> saving = new SpaceSaving<>(size);
    for (Addition addition : stream) {
      saving.add(addition.key, addition.weight);
      exact.merge(addition.key, addition.weight, Long::sum);
      assertBounds(saving, size);
    }
    return saving;
  }

  /** What the paper proves, after each addition. */
  private void assertBounds(SpaceSaving<Integer> saving, int size) {
    long total = exact.values().stream().mapToLong(Long::longValue).sum();
    assertThat(saving.counters()).hasSizeLessThanOrEqualTo(size);
    assertThat(saving.counters().stream().mapToLong(SpaceSaving.Counter::atMost).sum())
        .isEqualTo(total);
    assertThat(saving.atMostWithout()).isLessThanOrEqualTo(total / size);
    long smallest = Long.MAX_VALUE;
    for (SpaceSaving.Counter<Integer> counter : saving.counters()) {
      long weight = exact.getOrDefault(counter.key, 0L);
      assertThat(weight).isBetween(counter.atLeast(), counter.atMost());
      assertThat(counter.atMost() - counter.atLeast()).isLessThanOrEqualTo(total / size);
      assertThat(saving.counter(counter.key)).isSameAs(counter);
      smallest = Math.min(smallest, counter.atMost());
    }
    if (saving.counters().size() == size) {
      assertThat(saving.atMostWithout()).isEqualTo(smallest);
    }
    Set<Integer> counted =
        saving.counters().stream().map(counter -> counter.key).collect(Collectors.toSet());
    assertThat(counted).hasSameSizeAs(saving.counters());
    exact.forEach(
        (key, weight) -> {
          if (!counted.contains(key)) {
            assertThat(saving.counter(key)).isNull();
            assertThat(weight).isLessThanOrEqualTo(saving.atMostWithout());
          }
        });
  }

  @Property
  void shouldHoldItsBoundsWhateverTheStream(
      @ForAll("streams") List<Addition> stream, @ForAll @IntRange(min = 1, max = 12) int size) {
    exact.clear();
    count(stream, size);
  }

  @Property
  void shouldBeExactAsLongAsThereAreCountersForAllKeys(@ForAll("streams") List<Addition> stream) {
    exact.clear();
    SpaceSaving<Integer> saving = count(stream, 40);

    assertThat(saving.counters()).hasSameSizeAs(exact.keySet());
    for (SpaceSaving.Counter<Integer> counter : saving.counters()) {
      assertThat(counter.atLeast()).isEqualTo(counter.atMost()).isEqualTo(exact.get(counter.key));
    }
  }

  @Property
  void shouldGoOnFromCountersThatWerePutBack(
      @ForAll("streams") List<Addition> before,
      @ForAll("streams") List<Addition> after,
      @ForAll @IntRange(min = 1, max = 12) int size) {
    exact.clear();
    SpaceSaving<Integer> first = count(before, size);
    SpaceSaving<Integer> second = new SpaceSaving<>(size);
    for (SpaceSaving.Counter<Integer> counter : first.counters()) {
      second.restore(counter.key(), counter.atMost(), counter.atLeast());
    }

    for (Addition addition : after) {
      second.add(addition.key, addition.weight);
      exact.merge(addition.key, addition.weight, Long::sum);
      assertBounds(second, size);
    }
  }

  @Test
  void shouldRefuseCountersThatAreNone() {
    SpaceSaving<String> saving = new SpaceSaving<>(2);
    saving.restore("a", 3, 1);

    assertThatIllegalArgumentException().isThrownBy(() -> saving.restore("a", 3, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> saving.restore("b", 3, 4));
    assertThatIllegalArgumentException().isThrownBy(() -> saving.restore("b", 0, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> saving.restore("b", 3, -1));
    saving.restore("b", 3, 3);
    assertThatIllegalArgumentException().isThrownBy(() -> saving.restore("c", 3, 3));
    assertThat(saving.size()).isEqualTo(2);
  }

  @Test
  void shouldGiveTheSmallestCounterToANewKey() {
    SpaceSaving<String> saving = new SpaceSaving<>(2);
    saving.add("a", 5);
    saving.add("b", 3);
    saving.add("c", 1);

    assertThat(saving.counter("b")).isNull();
    assertThat(saving.counters())
        .extracting(counter -> counter.key + " " + counter.atLeast() + " to " + counter.atMost())
        .containsExactlyInAnyOrder("a 5 to 5", "c 1 to 4");
  }

  @Test
  void shouldHoldAWeightAtTheLargestNumber() {
    SpaceSaving<String> saving = new SpaceSaving<>(1);
    saving.add("a", Long.MAX_VALUE);
    saving.add("a", 1);
    assertThat(saving.atMostWithout()).isEqualTo(Long.MAX_VALUE);

    saving.add("b", Long.MAX_VALUE);

    assertThat(saving.atMostWithout()).isEqualTo(Long.MAX_VALUE);
    assertThat(saving.counters().get(0).atLeast()).isZero();
  }

  /** Few keys are heavy and many are light, as those that are blocked are. */
  @Provide
  Arbitrary<List<Addition>> streams() {
    Arbitrary<Integer> keys =
        Arbitraries.oneOf(
            Arbitraries.integers().between(0, 4), Arbitraries.integers().between(0, 39));
    return Combinators.combine(keys, Arbitraries.longs().between(1, 1_000))
        .as(Addition::new)
        .list()
        .ofMaxSize(150);
  }
}
