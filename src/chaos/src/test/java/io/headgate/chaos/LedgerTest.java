package io.headgate.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.chaos.Ledger.Claim;
import io.headgate.chaos.Ledger.Input;
import io.headgate.lane.Delivery;
import io.headgate.lane.Emit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An account that finds nothing is worth what it would have found: each wrong is planted here. */
class LedgerTest {

  private static final int LIMIT = (int) Setup.LIMIT.limit();
  private static final int EACH = LIMIT + 10;
  private static final long TIME = 1_431_864_000_000L;

  /** Two users in turn, above their limits, in one partition; offsets have gaps. */
  private final List<Input> inputs = new ArrayList<>();

  private final List<Claim> claims = new ArrayList<>();
  private final int[] admitted = new int[2 * EACH];

  @BeforeEach
  void asItShouldBe() {
    for (int i = 0; i < 2 * EACH; i++) {
      int user = i % 2;
      inputs.add(new Input(i, 3, 2L * i, user, TIME));
      if (i / 2 < LIMIT) {
        admitted[i] = 1;
      } else {
        claims.add(new Claim(3, user, 2L * i, 2L * i, 1));
      }
    }
  }

  private Ledger ledger() {
    return new Ledger(inputs, admitted, claims);
  }

  private long unexplained(int replayedOfEach) {
    return ledger().deviations(user -> user < 2 ? EACH + replayedOfEach : 0).stream()
        .mapToLong(Ledger.Deviation::unexplained)
        .sum();
  }

  private void replace(int from, int to, Claim by) {
    claims.subList(from, to).clear();
    claims.add(by);
  }

  @Test
  void whatIsAsItShouldBeIsFoundSo() {
    assertThat(ledger().inputs()).isEqualTo(2L * EACH);
    assertThat(ledger().admitted()).isEqualTo(2L * LIMIT);
    assertThat(ledger().eventCountSum()).isEqualTo(20);
    assertThat(ledger().lost()).isZero();
    assertThat(ledger().duplicates()).isZero();
    assertThat(ledger().verdictErrors()).isZero();
    assertThat(unexplained(0)).isZero();
  }

  @Test
  void anEventThatIsMissingIsARecordLost() {
    claims.remove(7);
    assertThat(ledger().lost()).isEqualTo(1);
  }

  @Test
  void anAdmittedRecordThatIsMissingIsLostAndAWrongVerdict() {
    admitted[4] = 0;
    assertThat(ledger().lost()).isEqualTo(1);
    assertThat(ledger().verdictErrors()).isEqualTo(1);
    assertThat(unexplained(0)).isEqualTo(1);
  }

  @Test
  void anEventThatIsThereTwiceMakesUpForNoOther() {
    claims.set(7, claims.get(6));
    assertThat(ledger().lost()).isEqualTo(1);
    assertThat(ledger().eventCountSum()).isEqualTo(20);
    assertThat(ledger().duplicates()).isEqualTo(1);
  }

  @Test
  void anEventOfAnotherUserMakesUpForNone() {
    Claim claim = claims.get(7);
    claims.set(7, new Claim(3, 1 - user(claim), claim.first(), claim.last(), 1));
    assertThat(ledger().lost()).isEqualTo(1);
  }

  private static int user(Claim claim) {
    Integer user = claim.user();
    return user == null ? -1 : user;
  }

  @Test
  void anEventForSeveralRecordsHasAPlaceForEach() {
    claims.removeIf(claim -> user(claim) == 0);
    claims.add(
        new Claim(3, 0, inputs.get(2 * LIMIT).offset(), inputs.get(2 * EACH - 2).offset(), 10));
    assertThat(ledger().lost()).isZero();
    assertThat(ledger().grownEvents()).isEqualTo(1);
    assertThat(ledger().verdictErrors()).isZero();
  }

  @Test
  void anEventWhoseCountIsTooLowLosesTheRest() {
    claims.removeIf(claim -> user(claim) == 0);
    claims.add(
        new Claim(3, 0, inputs.get(2 * LIMIT).offset(), inputs.get(2 * EACH - 2).offset(), 7));
    assertThat(ledger().lost()).isEqualTo(3);
  }

  @Test
  void anEventWithoutAUserStandsForAnyOfItsPartition() {
    replace(4, 8, new Claim(3, null, claims.get(4).first(), claims.get(7).last(), 4));
    assertThat(ledger().lost()).isZero();
    assertThat(ledger().overflowEvents()).isEqualTo(1);
    assertThat(ledger().verdictErrors()).isZero();
    replace(0, 1, new Claim(2, null, 0, Long.MAX_VALUE - 1, 9));
    assertThat(ledger().lost()).as("of another partition").isEqualTo(1);
  }

  @Test
  void anEventThatEndsBeforeARecordHasNoPlaceForIt() {
    replace(4, 8, new Claim(3, null, claims.get(4).first(), claims.get(6).last(), 4));
    assertThat(ledger().lost()).isEqualTo(1);
  }

  @Test
  void aCountThatIsTooHighIsADuplicateAndAWrongVerdict() {
    Claim claim = claims.get(19);
    claims.set(19, new Claim(3, claim.user(), claim.first(), claim.last(), 3));
    assertThat(ledger().duplicates()).isEqualTo(2);
    assertThat(ledger().verdictErrors()).isEqualTo(1);
  }

  @Test
  void aRecordThatIsAdmittedTwiceIsADuplicate() {
    admitted[0] = 3;
    assertThat(ledger().duplicates()).isEqualTo(2);
    assertThat(ledger().lost()).isZero();
  }

  @Test
  void aRecordThatIsAdmittedAboveTheLimitIsAWrongVerdict() {
    int number = 2 * LIMIT;
    admitted[number] = 1;
    claims.removeIf(claim -> claim.first() == inputs.get(number).offset());
    assertThat(ledger().lost()).isZero();
    assertThat(ledger().verdictErrors()).isEqualTo(1);
    assertThat(unexplained(0)).isEqualTo(1);
    assertThat(unexplained(1)).as("one of each was judged again").isZero();
  }

  @Test
  void aRecordThatIsBothAdmittedAndToldOfIsADuplicate() {
    claims.add(new Claim(3, 0, 0, 0, 1));
    assertThat(ledger().duplicates()).isEqualTo(1);
    assertThat(ledger().verdictErrors()).as("the exact log does not block it").isEqualTo(1);
  }

  @Test
  void theChecksNameWhatDoesNotHold() {
    Setup once = new Setup("exactly_once_v2", Delivery.TRANSACTIONAL, Emit.EVERY, "classic", "");
    Setup lane = new Setup("exactly_once_v2", Delivery.AT_LEAST_ONCE, Emit.EVERY, "classic", "");
    Checks checks = new Checks(5, 0, 0, List.of(), 0, List.of());
    Outcome good = new Outcome(1, 0, 0, 0, 10, 4, 6, 6, 0, 0, 0);
    Outcome told = new Outcome(1, 0, 0, 0, 10, 4, 6, 11, 5, 0, 0);
    Outcome more = new Outcome(1, 0, 0, 0, 10, 4, 6, 12, 6, 0, 0);
    Outcome bad = new Outcome(1, 0, 0, 0, 10, 4, 5, 5, 0, 1, 2);
    assertThat(checks.broken(once, good)).isEmpty();
    assertThat(checks.broken(lane, told)).isEmpty();
    assertThat(checks.broken(once, told)).hasSize(1);
    assertThat(checks.broken(lane, more)).hasSize(1);
    assertThat(checks.broken(lane, bad)).hasSize(2);
    assertThat(new Checks(-1, 0, 0, List.of(), 0, List.of()).broken(lane, good)).isNotEmpty();
    assertThat(Arrays.stream(Fault.values()).map(Fault::text).map(Fault::of))
        .containsExactly(Fault.values());
  }
}
