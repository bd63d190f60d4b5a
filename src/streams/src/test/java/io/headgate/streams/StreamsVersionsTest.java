package io.headgate.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Of the version that runs: the tests of this module are run with older ones too. */
class StreamsVersionsTest {

  private static boolean isAtLeast43() {
    int[] version =
        Arrays.stream(StreamsVersions.running().split("[.-]", -1))
            .limit(2)
            .mapToInt(Integer::parseInt)
            .toArray();
    return version[0] > 4 || (version[0] == 4 && version[1] >= 3);
  }

  @Test
  void whatChangedWithVersion43IsFound() {
    assertThat(StreamsVersions.TELL_OF_COMMITS).isEqualTo(isAtLeast43());
    assertThat(StreamsVersions.LOG_CHANGE_WITHOUT_HEADERS == null).isEqualTo(isAtLeast43());
  }

  @Test
  void holdingIsRefusedOnlyWhereNobodySaysWhatMayBeDeleted() {
    assertThatCode(() -> StreamsVersions.checkHolding("edge", true, false))
        .doesNotThrowAnyException();
    assertThatCode(() -> StreamsVersions.checkHolding("edge", false, true))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> StreamsVersions.checkHolding("edge", false, false))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("limiter edge: a rule holds records, and Kafka Streams ")
        .hasMessageContaining(StreamsVersions.running())
        .hasMessageContaining("use kafka-streams 4.3.x, or processing.guarantee=exactly_once_v2");
  }
}
