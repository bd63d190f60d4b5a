package io.headgate.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

import io.headgate.lane.BlockedEvent.KeyForm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who is blocked most right now. */
class TopKeysTest {

  private static final long MINUTE = 60_000_000_000L;

  private long nanos = -7 * MINUTE;
  private final TopKeys keys = new TopKeys(4, () -> nanos);

  private static BlockedEvent event(
      String rule,
      @Nullable String key,
      KeyForm form,
      @Nullable String fingerprint,
      long count,
      boolean shadow) {
    return new BlockedEvent(
        "orders",
        rule,
        key,
        form,
        fingerprint,
        count,
        count,
        10,
        1_000,
        "orders-in",
        0,
        1,
        1,
        1,
        1,
        0,
        "00c0ffee00c0ffee",
        fingerprint == null,
        false,
        false,
        false,
        false,
        shadow,
        false);
  }

  private static BlockedEvent blocked(String key, long count) {
    return event("default", key, KeyForm.TEXT, "f-" + key, count, false);
  }

  private static List<String> told(List<TopKey> top) {
    return top.stream()
        .map(
            key ->
                key.estimate() == key.lowerBound()
                    ? key.key() + " " + key.estimate()
                    : key.key() + " " + key.lowerBound() + " to " + key.estimate())
        .toList();
  }

  // ------------------------------------------------------------------ what counts

  @Test
  void shouldTellTheKeysThatAreBlockedMostByTheirEventsCounts() {
    keys.add(blocked("a", 3));
    keys.add(blocked("b", 10));
    keys.add(blocked("c", 1));
    keys.add(blocked("a", 9));

    assertThat(told(keys.top(10))).containsExactly("a 12", "b 10", "c 1");
    assertThat(told(keys.top(2))).containsExactly("a 12", "b 10");
    assertThat(keys.top(0)).isEmpty();
    assertThat(keys.top(1))
        .containsExactly(new TopKey("default", "a", KeyForm.TEXT, "f-a", 12, 12));
  }

  @Test
  void shouldTellTheBlocksOfRulesApart() {
    keys.add(event("per-second", "a", KeyForm.TEXT, "f", 2, false));
    keys.add(event("per-hour", "a", KeyForm.TEXT, "f", 5, false));

    assertThat(keys.top(9))
        .extracting(TopKey::rule, TopKey::estimate)
        .containsExactly(tuple("per-hour", 5L), tuple("per-second", 2L));
  }

  @Test
  void shouldTellKeysThatLookAlikeApart() {
    keys.add(event("default", "5", KeyForm.TEXT, "f-1", 2, false));
    keys.add(event("default", "5", KeyForm.NUMBER, "f-2", 1, false));
    keys.add(event("default", "5", KeyForm.TEXT, "f-3", 1, false));

    assertThat(keys.top(9)).hasSize(3).extracting(TopKey::key).containsOnly("5");
  }

  @Test
  void shouldKeepWhatPassedOutOfWhatWasBlocked() {
    for (int i = 0; i < 100; i++) {
      keys.add(event("trial", "shadow-" + i, KeyForm.TEXT, "f-" + i, 100, true));
    }
    keys.add(blocked("a", 1));

    assertThat(told(keys.top(10))).containsExactly("a 1");
    assertThat(keys.topShadow(10))
        .hasSize(4)
        .allSatisfy(key -> assertThat(key.rule()).isEqualTo("trial"))
        .allSatisfy(key -> assertThat(key.estimate()).isEqualTo(2_500));
  }

  @Test
  void shouldShowTheHashWhereKeysAreHashed() {
    keys.add(event("default", null, KeyForm.HASHED, "00ff", 2, false));

    assertThat(keys.top(1))
        .containsExactly(new TopKey("default", "00ff", KeyForm.HASHED, "00ff", 2, 2));
  }

  @Test
  void shouldTellNothingOfEventsThatShowNoKey() {
    keys.add(event("default", null, KeyForm.NONE, null, 2, false));

    assertThat(keys.top(9)).isEmpty();
    assertThat(keys.topShadow(9)).isEmpty();
  }

  @Test
  void shouldTellNothingIfItIsToTellNothing() {
    TopKeys none = new TopKeys(0, () -> nanos);
    none.add(blocked("a", 3));

    assertThat(none.top(9)).isEmpty();
    assertThat(TopKeys.maxBytes(0)).isZero();
  }

  @Test
  void shouldCutAnEndlessKey() {
    String whole = "k".repeat(TopKeys.MAX_TEXT);
    keys.add(blocked(whole, 3));
    keys.add(blocked(whole + "more", 2));
    keys.add(blocked("k".repeat(TopKeys.MAX_TEXT - 1) + "\ud83d\ude00", 1));

    assertThat(keys.top(9))
        .extracting(TopKey::key)
        .containsExactly(whole, whole, "k".repeat(TopKeys.MAX_TEXT - 1));
  }

  @Test
  void shouldRefuseANumberBelowZero() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> keys.top(-1))
        .withMessageContaining("top -1 keys: expected 0 or more");
    assertThatIllegalArgumentException().isThrownBy(() -> keys.topShadow(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> TopKeys.merge(List.of(), -1));
  }

  // ------------------------------------------------------------------ right now

  @Test
  void shouldForgetWhatIsOld() {
    keys.add(blocked("a", 5));
    nanos += 4 * MINUTE;
    keys.add(blocked("b", 3));
    assertThat(told(keys.top(9))).containsExactly("a 5", "b 3");

    nanos += 5 * MINUTE;
    keys.add(blocked("b", 4));
    keys.add(blocked("c", 1));
    assertThat(told(keys.top(9))).containsExactly("b 7", "a 5", "c 1");

    nanos += MINUTE;
    assertThat(told(keys.top(9))).containsExactly("b 4", "c 1");

    nanos += 5 * MINUTE;
    assertThat(keys.top(9)).isEmpty();
  }

  @Test
  void shouldForgetAllAfterALongSilence() {
    keys.add(blocked("a", 5));
    keys.add(event("default", "b", KeyForm.TEXT, "f", 5, true));
    nanos += 60 * MINUTE;

    assertThat(keys.topShadow(9)).isEmpty();
    assertThat(keys.top(9)).isEmpty();
  }

  @Test
  void shouldSayHowFarBackItKnows() {
    assertThat(keys.covers()).isZero();
    nanos += 3 * MINUTE;
    assertThat(keys.covers()).isEqualTo(Duration.ofMinutes(3));
    nanos += 4 * MINUTE;
    assertThat(keys.covers()).isEqualTo(Duration.ofMinutes(7));
    nanos += 4 * MINUTE;
    assertThat(keys.covers()).isEqualTo(Duration.ofMinutes(6));
    nanos += 1_003 * MINUTE;
    assertThat(keys.covers()).isEqualTo(Duration.ofMinutes(9));
  }

  @Test
  void shouldForgetAllWhenItIsReset() {
    keys.add(blocked("a", 5));
    keys.add(event("default", "b", KeyForm.TEXT, "f", 5, true));
    nanos += 6 * MINUTE;
    keys.add(blocked("a", 5));

    keys.reset();

    assertThat(keys.top(9)).isEmpty();
    assertThat(keys.topShadow(9)).isEmpty();
    assertThat(keys.covers()).isZero();
    keys.add(blocked("a", 2));
    assertThat(told(keys.top(9))).containsExactly("a 2");
  }

  // ------------------------------------------------------------------ bounds

  record Addition(int key, long count, int minutes) {}

  /**
   * An oracle counts exactly, in the same generations: each key that is missing is below the bound,
   * and none is outside its own.
   */
  @Property
  void shouldBoundWhatItTells(
      @ForAll("streams") List<Addition> stream, @ForAll @IntRange(min = 1, max = 8) int size) {
    long[] now = {-3 * MINUTE};
    TopKeys top = new TopKeys(size, () -> now[0]);
    List<Map<String, Long>> generations = new ArrayList<>(List.of(new HashMap<>()));
    long minutes = 0;
    for (Addition addition : stream) {
      minutes += addition.minutes;
      now[0] += addition.minutes * MINUTE;
      while (generations.size() <= minutes / 5) {
        generations.add(new HashMap<>());
      }
      String key = "key-" + addition.key;
      top.add(blocked(key, addition.count));
      generations.get(generations.size() - 1).merge(key, addition.count, Long::sum);
    }
    Map<String, Long> exact = new HashMap<>();
    long bound = 0;
    int last = generations.size() - 1;
    for (Map<String, Long> generation : generations.subList(Math.max(0, last - 1), last + 1)) {
      generation.forEach((key, count) -> exact.merge(key, count, Long::sum));
      bound += generation.values().stream().mapToLong(Long::longValue).sum() / size;
    }

    List<TopKey> all = top.top(Integer.MAX_VALUE);
    assertThat(all).hasSizeLessThanOrEqualTo(2 * size).doesNotHaveDuplicates();
    Map<String, Long> missing = new HashMap<>(exact);
    long before = Long.MAX_VALUE;
    for (TopKey key : all) {
      assertThat(Objects.requireNonNull(missing.remove(key.key())))
          .isBetween(key.lowerBound(), key.estimate());
      assertThat(key.estimate() - key.lowerBound()).isLessThanOrEqualTo(bound);
      assertThat(key.estimate()).isLessThanOrEqualTo(before);
      before = key.estimate();
    }
    long mostMissing = bound;
    assertThat(missing.values()).allMatch(count -> count <= mostMissing);
    if (exact.size() <= size) {
      assertThat(missing).isEmpty();
    }
    assertThat(top.top(3)).isEqualTo(all.subList(0, Math.min(3, all.size())));
  }

  @Provide
  Arbitrary<List<Addition>> streams() {
    Arbitrary<Integer> some =
        Arbitraries.oneOf(
            Arbitraries.integers().between(0, 2), Arbitraries.integers().between(0, 20));
    Arbitrary<Integer> minutes =
        Arbitraries.oneOf(Arbitraries.just(0), Arbitraries.just(0), Arbitraries.of(1, 3, 5, 12));
    return Combinators.combine(some, Arbitraries.longs().between(1, 100), minutes)
        .as(Addition::new)
        .list()
        .ofMaxSize(120);
  }

  // ------------------------------------------------------------------ several together

  @Test
  void shouldPutAnswersTogether() {
    TopKeys other = new TopKeys(4, () -> nanos);
    keys.add(blocked("a", 5));
    keys.add(blocked("b", 3));
    other.add(blocked("c", 4));
    other.add(blocked("b", 3));
    other.add(event("another", "b", KeyForm.TEXT, "f-b", 1, false));

    List<List<TopKey>> answers = List.of(keys.top(9), other.top(9));

    assertThat(told(TopKeys.merge(answers, 9))).containsExactly("b 6", "a 5", "c 4", "b 1");
    assertThat(told(TopKeys.merge(answers, 1))).containsExactly("b 6");
    assertThat(TopKeys.merge(List.of(), 9)).isEmpty();
  }

  @Test
  void shouldAnswerWhileItIsFed() throws Exception {
    int records = 100_000;
    ExecutorService lane = Executors.newSingleThreadExecutor();
    try {
      Future<?> fed =
          lane.submit(
              () -> {
                for (int i = 0; i < records; i++) {
                  keys.add(blocked(i % 2 == 0 ? "a" : "key-" + i % 50, 1));
                }
              });
      long before = 0;
      while (!fed.isDone()) {
        List<TopKey> top = keys.top(9);
        assertThat(top).hasSizeLessThanOrEqualTo(4);
        if (before > 0) {
          assertThat(top.get(0).key()).isEqualTo("a");
          assertThat(top.get(0).lowerBound()).isGreaterThanOrEqualTo(before);
        }
        before = top.isEmpty() || !top.get(0).key().equals("a") ? 0 : top.get(0).lowerBound();
      }
      fed.get();
    } finally {
      lane.shutdownNow();
    }

    assertThat(keys.top(1).get(0).lowerBound()).isEqualTo(records / 2);
    assertThat(keys.top(9).stream().mapToLong(TopKey::estimate).sum()).isEqualTo(records);
  }

  @Test
  void shouldNotBeChangedByAnythingThatComesAfterAnAnswer() {
    keys.add(blocked("a", 5));
    List<TopKey> answer = keys.top(9);
    keys.add(blocked("a", 5));

    assertThat(told(answer)).containsExactly("a 5");
  }
}
