package io.headgate.service.run;

import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import org.apache.kafka.common.Metric;

/**
 * Tells whether events of blocked records reach their topic, by the limiter's metrics: looked at
 * now and then, it knows for how long none has arrived although some are under way. Safe for any
 * thread.
 */
final class LaneProgress {

  /** A broker that is away for less is none that anybody should hear of. */
  static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final String GROUP = "stream-headgate-metrics";

  private long settled = -1;
  private long since;

  LaneProgress(long nowNanos) {
    since = nowNanos;
  }

  /**
   * Looks.
   *
   * @param metrics of the application
   * @param nowNanos {@link System#nanoTime}
   * @return what is wrong; nothing if nothing is
   */
  synchronized Optional<String> look(Collection<? extends Metric> metrics, long nowNanos) {
    long offered = 0;
    long done = 0;
    for (Metric metric : metrics) {
      if (!metric.metricName().group().equals(GROUP)
          || !(metric.metricValue() instanceof Number number)) {
        continue;
      }
      switch (metric.metricName().name()) {
        case "events-offered-total" -> offered += number.longValue();
        case "events-acked-total", "events-lost-total" -> done += number.longValue();
        default -> {}
      }
    }
    if (done >= offered || done != settled) {
      settled = done;
      since = nowNanos;
      return Optional.empty();
    }
    long waited = nowNanos - since;
    return waited < PATIENCE.toNanos()
        ? Optional.empty()
        : Optional.of(
            offered
                - done
                + " events of blocked records wait, and none has reached its topic for "
                + Duration.ofNanos(waited).toSeconds()
                + " s");
  }
}
