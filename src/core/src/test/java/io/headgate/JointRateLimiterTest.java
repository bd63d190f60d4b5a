package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.headgate.testkit.ExactLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class JointRateLimiterTest {

  private static final KeyHasher HASHER = KeyHasher.seeded(3);
  private static final RateLimit SHORT = RateLimit.perSecond(2).withBuckets(10);
  private static final RateLimit LONG = RateLimit.perMinute(3).withBuckets(6);

  private final Verdict verdict = new Verdict();

  private boolean asks(JointRateLimiter limiter, String key, long cost, long time) {
    return limiter.tryAcquire(HASHER.high(key), HASHER.low(key), cost, time, verdict);
  }

  @Test
  void shouldChargeNoLimitIfOneRefuses() {
    JointRateLimiter limiter = new JointRateLimiter(List.of(SHORT, LONG), 100);
    assertThat(asks(limiter, "a", 1, 0)).isTrue();
    assertThat(verdict.limit()).as("the tightest").isZero();
    assertThat(verdict.remaining()).isEqualTo(1);
    assertThat(asks(limiter, "a", 1, 0)).isTrue();
    for (int i = 0; i < 5; i++) {
      assertThat(asks(limiter, "a", 1, 0)).isFalse();
      assertThat(verdict.limit()).isZero();
      assertThat(verdict.remaining()).isZero();
      assertThat(verdict.retryAfterMillis()).isEqualTo(1_100);
      assertThat(verdict.resetMillis()).isEqualTo(1_100);
    }
    // The minute was charged twice, not seven times: one more passes, and then the minute refuses.
    assertThat(asks(limiter, "a", 1, 2_000)).isTrue();
    assertThat(verdict.limit()).isEqualTo(1);
    assertThat(asks(limiter, "a", 1, 2_000)).isFalse();
    assertThat(verdict.limit()).isEqualTo(1);
    assertThat(verdict.isAdmitted()).isFalse();
    // And the second was not charged by what the minute refused.
    assertThat(asks(limiter, "a", 0, 2_000)).as("a cost of 0").isTrue();
    assertThat(asks(limiter, "a", 9, 2_000)).isFalse();
    assertThat(verdict.limit()).isZero();
    assertThat(verdict.retryAfterMillis()).as("never").isEqualTo(-1);
    assertThat(verdict.remaining()).isEqualTo(1);
  }

  @Test
  void shouldSayWhenTheWindowIsEmptyAlsoToAKeyThatIsBlockedAgainAndAgain() {
    JointRateLimiter limiter =
        new JointRateLimiter(List.of(RateLimit.of(2, Duration.ofSeconds(10)).withBuckets(10)), 9);
    assertThat(asks(limiter, "a", 1, 0)).isTrue();
    assertThat(asks(limiter, "a", 1, 0)).isTrue();
    for (int time = 0; time < 11_000; time += 500) {
      assertThat(asks(limiter, "a", 1, time)).isFalse();
      assertThat(verdict.retryAfterMillis()).isEqualTo(11_000 - time);
      assertThat(verdict.resetMillis()).isEqualTo(11_000 - time);
    }
    assertThat(asks(limiter, "a", 0, 11_000)).isTrue();
    assertThat(verdict.resetMillis()).as("empty").isZero();
    assertThat(asks(limiter, "a", 1, 11_000)).isTrue();
    assertThat(asks(limiter, "a", 0, 15_000)).isTrue();
    assertThat(verdict.resetMillis()).as("nothing charged since").isEqualTo(7_000);
    assertThat(asks(limiter, "a", 1, 16_000)).isTrue();
    assertThat(verdict.resetMillis()).as("charged just now").isEqualTo(11_000);
  }

  @Test
  void shouldShareOneRowBeyondTheBoundOnKeys() {
    JointRateLimiter limiter = new JointRateLimiter(List.of(SHORT, LONG), 2, 1);
    assertThat(asks(limiter, "a", 1, 0)).isTrue();
    assertThat(asks(limiter, "b", 1, 0)).isTrue();
    assertThat(verdict.isSharedRow()).isFalse();
    assertThat(asks(limiter, "c", 1, 0)).isTrue();
    assertThat(verdict.isSharedRow()).isTrue();
    assertThat(asks(limiter, "d", 1, 0)).isTrue();
    assertThat(asks(limiter, "e", 1, 0)).isFalse();
    assertThat(limiter.keys()).isEqualTo(2);
    assertThat(limiter.overflowed()).isEqualTo(3);
  }

  @Test
  void shouldCountKeysThatMayStartAnewSinceOthersAreFarAhead() {
    JointRateLimiter limiter = new JointRateLimiter(List.of(RateLimit.perSecond(1), LONG), 64, 1);
    assertThat(asks(limiter, "ahead", 1, 1_000_000)).isTrue();
    int admitted = 0;
    for (int time = 0; time < 900; time++) {
      long behind = limiter.behind();
      if (asks(limiter, "k", 1, time)) {
        admitted++;
        assertThat(limiter.behind() - behind).isEqualTo(admitted == 1 ? 0 : 1);
      }
      asks(limiter, "key-" + time, 1, time);
    }
    assertThat(admitted).as("or this shows nothing").isGreaterThan(1);
    assertThat(limiter.overflowed()).isZero();
    long behind = limiter.behind();
    assertThat(asks(limiter, "new", 1, 1_000_000)).isTrue();
    assertThat(limiter.behind()).isEqualTo(behind);
  }

  @Test
  void shouldSayWhatIsWrongWithItsArguments() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new JointRateLimiter(List.of(), 1))
        .withMessage("limits: found none, expected one or more");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new JointRateLimiter(List.of(SHORT), 0))
        .withMessageStartingWith("max.keys 0: expected 1 to ");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> asks(new JointRateLimiter(List.of(SHORT), 1), "a", -1, 0))
        .withMessage("cost -1: expected 0 or more");
  }

  @Property(tries = 500)
  void shouldJudgeAsExactLogsThatMustAgree(
      @ForAll @Size(max = 300) List<@IntRange(max = 9_999) Integer> asks) {
    JointRateLimiter limiter = new JointRateLimiter(List.of(SHORT, LONG), 1_000);
    ExactLog second = new ExactLog(2, 1_000, 10, true);
    ExactLog minute = new ExactLog(3, 60_000, 6, true);
    long time = 0;
    for (int ask : asks) {
      String key = "key-" + ask % 3;
      long cost = ask / 3 % 3;
      time += ask / 9 % 700;
      // Both are asked: judging moves a window's time also where the other refuses.
      boolean hasRoom = minute.hasRoom(key, time, cost);
      boolean both = second.hasRoom(key, time, cost) && hasRoom;
      if (both) {
        second.charge(key, cost);
        minute.charge(key, cost);
      }
      assertThat(asks(limiter, key, cost, time)).isEqualTo(both);
    }
  }

  @Test
  void shouldHoldBetweenThreads() {
    JointRateLimiter limiter =
        new JointRateLimiter(List.of(RateLimit.perSecond(20_000), RateLimit.perMinute(500)), 10);
    List<CompletableFuture<Integer>> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      threads.add(
          CompletableFuture.supplyAsync(
              () -> {
                Verdict mine = new Verdict();
                int admitted = 0;
                for (int n = 0; n < 5_000; n++) {
                  admitted += limiter.tryAcquire(1, 2, 1, 7, mine) ? 1 : 0;
                }
                return admitted;
              }));
    }
    assertThat(threads.stream().mapToInt(CompletableFuture::join).sum()).isEqualTo(500);
  }
}
