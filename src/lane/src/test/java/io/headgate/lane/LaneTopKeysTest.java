package io.headgate.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.headgate.lane.BlockedEvent.KeyForm;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which keys a lane tells as its top keys. */
class LaneTopKeysTest {

  @Test
  void shouldTellItsTopKeysAsTheirEventsAreEncoded() {
    LaneRig rig = LaneRig.acking(2, 16);
    rig.report("a");
    rig.report("b");
    for (int i = 0; i < 5; i++) {
      rig.report("c");
    }
    assertThat(rig.lane.topKeys().top(9)).as("the judging thread counts none").isEmpty();

    rig.work();

    assertThat(rig.lane.topKeys().top(9))
        .extracting(TopKey::key, TopKey::rule, TopKey::estimate)
        .containsExactly(
            tuple("c", "per-second", 5L),
            tuple("a", "per-second", 1L),
            tuple("b", "per-second", 1L));
  }

  @Test
  void shouldKeepKeysOfShadowRecordsOutOfItsTopKeys() {
    LaneRig rig = LaneRig.acking(8, 16);
    rig.report("a");
    rig.facts.flags = SlotLayout.SHADOW;
    rig.report("b");
    rig.work();

    assertThat(rig.lane.topKeys().top(9)).extracting(TopKey::key).containsExactly("a");
    assertThat(rig.lane.topKeys().topShadow(9)).extracting(TopKey::key).containsExactly("b");
  }

  @Test
  void shouldCountNoKeyOfAnOverflow() {
    LaneRig rig = LaneRig.acking(2, 2);
    for (int i = 0; i < 9; i++) {
      rig.report("key-" + i);
    }
    rig.work();

    assertThat(rig.sentCount()).isEqualTo(9);
    assertThat(rig.lane.topKeys().top(9)).extracting(TopKey::key).containsExactly("key-0", "key-1");
  }

  @ParameterizedTest
  @EnumSource(EventKey.class)
  void shouldTellNoMoreOfItsTopKeysThanEventsDo(EventKey eventKey) {
    LaneRig rig =
        new LaneRig(
            LaneRig.settings(8, 8, eventKey, Delivery.AT_LEAST_ONCE),
            LaneRig.UNLIMITED,
            LaneRig.producer(true));
    rig.report("secret");
    rig.facts.flags = SlotLayout.SHADOW;
    rig.report("secret");
    rig.work();

    String hash = BlockedEvent.hex("secret".hashCode(), "secret".length());
    for (List<TopKey> top : List.of(rig.lane.topKeys().top(9), rig.lane.topKeys().topShadow(9))) {
      switch (eventKey) {
        case PLAIN ->
            assertThat(top)
                .containsExactly(new TopKey("per-second", "secret", KeyForm.TEXT, hash, 1, 1));
        case HASHED ->
            assertThat(top)
                .containsExactly(new TopKey("per-second", hash, KeyForm.HASHED, hash, 1, 1));
        case NONE -> assertThat(top).isEmpty();
      }
    }
  }
}
