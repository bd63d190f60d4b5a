package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecisionTest {

  private static final long MOST_REMAINING = (1L << 22) - 1;

  @Property
  void shouldReadAnAdmissionBack(@ForAll @LongRange(min = 0) long remaining) {
    long decision = Decision.admitted(remaining);

    assertThat(Decision.isAdmitted(decision)).isTrue();
    assertThat(Decision.remaining(decision)).isEqualTo(remaining);
    assertThat(Decision.retryAfterMillis(decision)).isZero();
  }

  @Property
  void shouldReadARefusalBack(
      @ForAll @LongRange(min = 0, max = (1L << 22) - 1) long remaining,
      @ForAll @LongRange(min = 0, max = (1L << 41) - 1) long retryAfter) {
    long decision = Decision.blocked(remaining, retryAfter);

    assertThat(Decision.isAdmitted(decision)).isFalse();
    assertThat(Decision.remaining(decision)).isEqualTo(remaining);
    assertThat(Decision.retryAfterMillis(decision)).isEqualTo(retryAfter);
  }

  @Property
  void shouldSaturateWhatARefusalCannotHold(
      @ForAll @LongRange(min = 0) long remaining, @ForAll @LongRange(min = 0) long retryAfter) {
    long decision = Decision.blocked(remaining, retryAfter);

    assertThat(Decision.isAdmitted(decision)).isFalse();
    assertThat(Decision.remaining(decision)).isEqualTo(Math.min(remaining, MOST_REMAINING));
    assertThat(Decision.retryAfterMillis(decision)).isEqualTo(Math.min(retryAfter, Decision.NEVER));
  }

  @ParameterizedTest
  @ValueSource(longs = {MOST_REMAINING - 1, MOST_REMAINING, MOST_REMAINING + 1, Long.MAX_VALUE})
  void shouldNotLetALargeRemainderReachTheRetryTime(long remaining) {
    long decision = Decision.blocked(remaining, 1);

    assertThat(Decision.remaining(decision)).isEqualTo(Math.min(remaining, MOST_REMAINING));
    assertThat(Decision.retryAfterMillis(decision)).isEqualTo(1);
  }

  @Test
  void shouldTellNeverFromTheLongestWait() {
    assertThat(Decision.retryAfterMillis(Decision.blocked(0, Decision.NEVER)))
        .isEqualTo(Decision.NEVER);
    assertThat(Decision.retryAfterMillis(Decision.blocked(0, Decision.NEVER - 1)))
        .isEqualTo(Decision.NEVER - 1);
  }
}
