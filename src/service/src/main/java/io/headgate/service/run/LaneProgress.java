package io.headgate.service.run;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
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
    Map<String, Long> sums = LimiterFigures.sums(metrics);
    long offered = sums.getOrDefault("events-offered-total", 0L);
    long done =
        sums.getOrDefault("events-acked-total", 0L) + sums.getOrDefault("events-lost-total", 0L);
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
