package io.headgate.lane;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.headgate.memory.Handle;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Events that go with the task's output: one for each record, at once. */
class TransactionalLaneTest {

  private record Sent(String topic, @Nullable String key, BlockedEvent event) {}

  private final List<Sent> sent = new ArrayList<>();
  private final BlockedFacts facts = new BlockedFacts();
  private final TransactionalLane lane = lane(EventKey.PLAIN);

  private TransactionalLane lane(EventKey eventKey) {
    return new TransactionalLane(
        LaneRig.settings(2, 2, eventKey, Delivery.TRANSACTIONAL), this::add);
  }

  private void add(String topic, byte @Nullable [] key, byte[] value) {
    sent.add(
        new Sent(topic, key == null ? null : new String(key, UTF_8), BlockedEventJson.read(value)));
  }

  private long report(TransactionalLane to, String key, long offset) {
    facts.key = key.getBytes(UTF_8);
    facts.keyLength = facts.key.length;
    facts.keyKind = SlotLayout.KEY_TEXT;
    facts.topic = LaneRig.SOURCE;
    facts.partition = 3;
    facts.offset = offset;
    facts.time = 10 * offset;
    facts.cost = 7;
    return to.report(facts);
  }

  @Test
  void shouldSendOneEventForEachRecordAtOnce() {
    for (int offset = 0; offset < 10; offset++) {
      assertThat(report(lane, "key-" + offset % 2, offset)).isEqualTo(Handle.NONE);
      assertThat(sent).hasSize(offset + 1);
    }

    assertThat(sent).extracting(Sent::topic).containsOnly(LaneRig.TOPIC);
    assertThat(sent).extracting(Sent::key).containsOnly("key-0", "key-1");
    BlockedEvent event = sent.get(5).event();
    assertThat(event.key()).isEqualTo("key-1");
    assertThat(event.count()).isEqualTo(1);
    assertThat(event.cost()).isEqualTo(7);
    assertThat(event.topic()).isEqualTo(LaneRig.SOURCE);
    assertThat(event.partition()).isEqualTo(3);
    assertThat(event.firstOffset()).isEqualTo(event.lastOffset()).isEqualTo(5);
    assertThat(event.firstTime()).isEqualTo(event.lastTime()).isEqualTo(50);
    assertThat(sent).extracting(one -> one.event().attempt()).containsOnly(event.attempt());
  }

  @Test
  void shouldKeepNothingOfTheKeyBefore() {
    report(lane, "a-long-key", 1);
    report(lane, "key", 2);

    assertThat(sent.get(1).event().key()).isEqualTo("key");
    assertThat(sent.get(1).event().keyCut()).isFalse();
  }

  @Test
  void shouldTellEventsOfOneOffsetApart() {
    report(lane, "key", 4);
    report(lane, "key", 4);
    report(lane, "key", 5);

    assertThat(sent).extracting(one -> one.event().ordinal()).containsExactly(0, 1, 0);
  }

  @Test
  void shouldHideTheKeyFromKafkaToo() {
    report(lane(EventKey.NONE), "secret", 1);

    assertThat(sent.get(0).key()).isNull();
    assertThat(sent.get(0).event().key()).isNull();
    assertThat(sent.get(0).event().fingerprint()).isNull();
  }

  @Test
  void shouldHaveNothingToWaitForBeforeACommit() {
    report(lane, "key", 1);

    assertThat(lane.hasOpen()).isFalse();
    assertThat(lane.pump()).isTrue();
    lane.awaitAcked(System.nanoTime());
    lane.close();
    assertThat(sent).hasSize(1);
  }

  @Test
  void shouldCountAsAckedWhatACommitBeforeTheLastFlushed() {
    report(lane, "key", 1);
    lane.awaitAcked(LaneRig.inTime());
    report(lane, "key", 2);
    assertThat(lane.stats().eventsOffered()).isEqualTo(2);
    assertThat(lane.stats().eventsAcked()).isZero();

    lane.awaitAcked(LaneRig.inTime());

    assertThat(lane.stats().eventsAcked()).isEqualTo(1);
    assertThat(lane.stats().records()).isEqualTo(2);
  }

  @Test
  void shouldNotCountAnEventThatCouldNotBeSent() {
    TransactionalLane failing =
        new TransactionalLane(
            LaneRig.settings(2, 2, EventKey.PLAIN, Delivery.TRANSACTIONAL),
            (topic, key, value) -> {
              throw new IllegalStateException("fenced");
            });

    assertThatIllegalStateException()
        .isThrownBy(() -> report(failing, "key", 1))
        .withMessage("fenced");
    assertThat(failing.stats().eventsOffered()).isZero();
  }

  @Test
  void shouldGoOnAfterAnEventThatCouldNotBeSent() {
    boolean[] fenced = {true};
    TransactionalLane again =
        new TransactionalLane(
            LaneRig.settings(2, 2, EventKey.PLAIN, Delivery.TRANSACTIONAL),
            (topic, key, value) -> {
              if (fenced[0]) {
                throw new IllegalStateException("fenced");
              }
            });
    for (int offset = 0; offset < 3; offset++) {
      int at = offset;
      assertThatIllegalStateException().isThrownBy(() -> report(again, "key", at));
    }
    fenced[0] = false;

    report(again, "key", 3);

    assertThat(again.stats().eventsOffered()).isEqualTo(1);
    assertThat(again.stats().recordsOverflowed()).isZero();
    assertThat(again.stats().slotsInUse()).isZero();
  }

  @Test
  void shouldSumUpInTheSameTransaction() {
    TransactionalLane summing =
        new TransactionalLane(
            LaneRig.settings(2, 8, Delivery.TRANSACTIONAL, Emit.FIRST_AND_SUMMARY), this::add);
    assertThat(report(summing, "key", 1)).isEqualTo(Handle.NONE);
    assertThat(sent).hasSize(1);
    facts.repeat = true;
    facts.open = report(summing, "key", 2);
    assertThat(facts.open).isNotEqualTo(Handle.NONE);
    report(summing, "key", 3);
    assertThat(summing.hasOpen()).isTrue();
    assertThat(sent).hasSize(1);

    summing.awaitAcked(System.nanoTime());

    assertThat(sent).extracting(one -> one.event().count()).containsExactly(1L, 2L);
    assertThat(summing.hasOpen()).isFalse();
    assertThat(summing.stats().slotsInUse()).isZero();
    assertThat(summing.stats().recordsGrown()).isEqualTo(1);
  }

  @Test
  void shouldSendSummariesWhenAsked() {
    TransactionalLane summing =
        new TransactionalLane(
            LaneRig.settings(2, 8, Delivery.TRANSACTIONAL, Emit.FIRST_AND_SUMMARY), this::add);
    facts.repeat = true;
    report(summing, "key", 1);
    assertThat(sent).isEmpty();

    assertThat(summing.pump()).isTrue();

    assertThat(sent).hasSize(1);
  }

  /** The producer of the task's output may be fenced by then. */
  @Test
  void shouldKeepASummaryThatCouldNotBeSent() {
    boolean[] fenced = {true};
    TransactionalLane failing =
        new TransactionalLane(
            LaneRig.settings(2, 8, Delivery.TRANSACTIONAL, Emit.FIRST_AND_SUMMARY),
            (topic, key, value) -> {
              if (fenced[0]) {
                throw new IllegalStateException("fenced");
              }
              add(topic, key, value);
            });
    facts.repeat = true;
    facts.open = report(failing, "key", 1);
    report(failing, "key", 2);
    assertThatIllegalStateException().isThrownBy(failing::pump);
    assertThat(report(failing, "key", 3)).isEqualTo(facts.open);
    fenced[0] = false;

    assertThat(failing.pump()).isTrue();

    assertThat(sent).extracting(one -> one.event().count()).containsExactly(3L);
  }

  @Test
  void shouldPayForOneSlotOnly() {
    report(lane, "key", 1);
    report(lane, "other", 2);

    assertThat(lane.stats().slotBytes()).isLessThan(1024);
    assertThat(lane.stats().slotsInUse()).isZero();
  }

  @Test
  void shouldTellItsTopKeys() {
    report(lane, "a", 1);
    report(lane, "b", 2);
    report(lane, "b", 3);
    facts.flags = SlotLayout.SHADOW;
    report(lane, "a", 4);

    assertThat(lane.topKeys().top(9))
        .extracting(key -> key.key() + " " + key.estimate())
        .containsExactly("b 2", "a 1");
    assertThat(lane.topKeys().topShadow(9)).hasSize(1);
    assertThat(sent).extracting(one -> one.event().shadow()).endsWith(false, true);
    assertThat(lane.stats().records()).isEqualTo(3);
    assertThat(lane.stats().shadowRecords()).isEqualTo(1);
  }

  @Test
  void shouldNotTellKeysThatEventsHide() {
    TransactionalLane hiding = lane(EventKey.NONE);
    report(hiding, "secret", 1);

    assertThat(hiding.topKeys().top(9)).isEmpty();
  }

  @Test
  void shouldNotBeMistakenForALaneWithAThread() {
    LaneSettings settings = LaneRig.settings(2, 2, EventKey.PLAIN, Delivery.TRANSACTIONAL);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AnalyticsLane(settings, () -> {}, new TopKeys(1, () -> 0)))
        .withMessageContaining("TRANSACTIONAL");
  }
}
