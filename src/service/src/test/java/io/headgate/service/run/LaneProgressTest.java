package io.headgate.service.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.junit.jupiter.api.Test;

class LaneProgressTest {

  private static final long PATIENCE = LaneProgress.PATIENCE.toNanos();

  private final LaneProgress progress = new LaneProgress(0);

  private static Metric metric(String group, String name, double value) {
    MetricName metricName = new MetricName(name, group, "", Map.of());
    return new Metric() {
      @Override
      public MetricName metricName() {
        return metricName;
      }

      @Override
      public Object metricValue() {
        return value;
      }
    };
  }

  /** Of two tasks, beside others. */
  private static List<Metric> metrics(int offered, int acked, int lost) {
    String group = "stream-headgate-metrics";
    return List.of(
        metric(group, "events-offered-total", offered - 1),
        metric(group, "events-offered-total", 1),
        metric(group, "events-acked-total", acked),
        metric(group, "events-lost-total", lost),
        metric(group, "blocked-total", 1_000),
        metric("others", "events-offered-total", 1_000));
  }

  @Test
  void shouldSayNothingWhileEventsArriveOrThereAreNone() {
    assertThat(progress.look(metrics(1, 1, 0), PATIENCE * 2)).isEmpty();
    assertThat(progress.look(metrics(9, 2, 0), PATIENCE * 4)).isEmpty();
    assertThat(progress.look(metrics(9, 3, 0), PATIENCE * 6)).isEmpty();
    assertThat(progress.look(metrics(9, 3, 1), PATIENCE * 8)).as("lost is settled").isEmpty();
    assertThat(progress.look(metrics(9, 8, 1), PATIENCE * 10)).isEmpty();
    assertThat(progress.look(metrics(9, 8, 1), PATIENCE * 12)).isEmpty();
  }

  @Test
  void shouldSayForHowLongNoneHasArrived() {
    assertThat(progress.look(metrics(9, 2, 0), 0)).isEmpty();
    assertThat(progress.look(metrics(10, 2, 0), PATIENCE - 1)).isEmpty();
    assertThat(progress.look(metrics(12, 2, 0), Duration.ofSeconds(61).toNanos()))
        .contains("10 events of blocked records wait, and none has reached its topic for 61 s");
    assertThat(progress.look(metrics(12, 3, 0), Duration.ofSeconds(62).toNanos())).isEmpty();
  }
}
