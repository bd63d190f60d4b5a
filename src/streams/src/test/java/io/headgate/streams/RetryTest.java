package io.headgate.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.streams.StubContext.Place;
import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A record that Kafka Streams runs again, since something downstream timed out: it keeps its
 * verdict.
 */
class RetryTest {

  private static final long NOW = TaskFixture.NOW;

  private final TaskFixture task =
      new TaskFixture(
              Headgate.limit(new RateLimit(3, Duration.ofSeconds(10), 10, Mode.STRICT))
                  .maxKeys(100))
          .start();

  @AfterEach
  void close() {
    task.close();
  }

  private void at(String topic, int partition, long offset) {
    task.context.metadata = Optional.of(new Place(topic, partition, offset));
  }

  private boolean run(Object key) {
    int before = task.forwarded.size();
    task.processor.process(StubContext.record(key, "value", NOW));
    return task.forwarded.size() > before;
  }

  /** The record's forward times out. */
  private void fail(Object key) {
    task.context.downstream =
        record -> {
          throw new TimeoutException("downstream");
        };
    assertThatThrownBy(() -> task.processor.process(StubContext.record(key, "value", NOW)))
        .isInstanceOf(TimeoutException.class);
    task.context.downstream = task.forwarded::add;
  }

  private long metric(String name) {
    return task.context.metrics().metrics().values().stream()
        .filter(metric -> metric.metricName().group().equals("stream-headgate-metrics"))
        .filter(metric -> metric.metricName().name().equals(name))
        .mapToLong(metric -> ((Number) metric.metricValue()).longValue())
        .sum();
  }

  @Test
  void aRecordThatIsRunAgainIsChargedOnce() {
    at("source", 0, 10);
    fail("k");
    assertThat(run("k")).isTrue();
    for (int offset = 11; offset < 13; offset++) {
      at("source", 0, offset);
      assertThat(run("k")).as("offset %s", offset).isTrue();
    }
    at("source", 0, 13);
    assertThat(run("k")).as("three were charged").isFalse();
    assertThat(metric("records-total")).isEqualTo(4);
    assertThat(metric("admitted-total")).isEqualTo(3);
    assertThat(metric("retried-total")).isEqualTo(1);
  }

  @Test
  void aRecordThatFailsOverAndOverIsChargedOnce() {
    at("source", 0, 10);
    for (int i = 0; i < 10; i++) {
      fail("k");
    }
    assertThat(run("k")).isTrue();
    at("source", 0, 11);
    assertThat(run("k")).isTrue();
    at("source", 0, 12);
    assertThat(run("k")).isTrue();
    assertThat(metric("retried-total")).isEqualTo(10);
  }

  @Test
  void theLastRecordThatFitsPassesWhenItIsRunAgain() {
    for (int offset = 0; offset < 2; offset++) {
      at("source", 0, offset);
      run("k");
    }
    at("source", 0, 2);
    fail("k");
    // Judged anew it would be blocked.
    assertThat(run("k")).isTrue();
    assertThat(metric("blocked-total")).isZero();
  }

  @Test
  void anotherRecordIsNotTakenForTheOneThatFailed() {
    for (Place place :
        new Place[] {
          new Place("source", 0, 11), new Place("source", 1, 10), new Place("other", 0, 10)
        }) {
      String key = place.toString();
      at("source", 0, 10);
      fail(key);
      task.context.metadata = Optional.of(place);
      assertThat(run(key)).isTrue();
      assertThat(run(key)).isTrue();
      assertThat(run(key)).as("the one that failed was charged, and these").isFalse();
    }
    assertThat(metric("retried-total")).isZero();
  }

  @Test
  void onceItHasPassedItIsARecordLikeAnyOther() {
    at("source", 0, 10);
    fail("k");
    run("k");
    // An operator upstream makes more than one record of its own.
    assertThat(run("k")).isTrue();
    assertThat(run("k")).isTrue();
    assertThat(run("k")).isFalse();
  }

  @Test
  void aBlockedRecordBesideTheOneThatFailedStaysBlocked() {
    at("source", 0, 10);
    for (int i = 0; i < 3; i++) {
      run("busy");
    }
    // Of one record, an operator upstream makes two; the second one's forward fails.
    at("source", 0, 11);
    assertThat(run("busy")).isFalse();
    fail("k");
    // And both again.
    assertThat(run("busy")).as("it is not the one in flight").isFalse();
    assertThat(run("k")).isTrue();
    assertThat(metric("retried-total")).isEqualTo(1);
  }

  @Test
  void keysAreComparedByWhatTheyHold() {
    at("source", 0, 10);
    fail(new byte[] {1, 2});
    run(new byte[] {1, 2});
    assertThat(metric("retried-total")).isEqualTo(1);
  }

  @Test
  void recordsOfAPunctuatorAreNeverTakenForOneThatFailed() {
    for (Optional<Place> none :
        java.util.List.of(Optional.of(new Place(null, -1, -1)), Optional.<Place>empty())) {
      task.context.metadata = none.map(place -> place);
      fail("k" + none.isPresent());
      run("k" + none.isPresent());
    }
    assertThat(metric("retried-total")).isZero();
    assertThat(metric("records-total")).isEqualTo(4);
  }

  @Test
  void aNewLifeRemembersNoRecordOfTheOldOne() {
    at("source", 0, 10);
    fail("k");
    task.stop();
    task.start();
    run("k");
    assertThat(metric("retried-total")).isZero();
  }
}
