package io.headgate.connect;

import io.headgate.JointRateLimiter;
import java.util.LinkedHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.apache.kafka.common.metrics.Gauge;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.jspecify.annotations.Nullable;

/**
 * What became of an instance's records, as Connect's metrics of plugins. Written by the task's
 * thread alone, with ordered writes; read by any.
 */
final class Counts {

  private final AtomicLong admitted = new AtomicLong();
  private final AtomicLong blocked = new AtomicLong();
  private final AtomicLong shadowBlocked = new AtomicLong();
  private final AtomicLong bypassed = new AtomicLong();
  private final AtomicLong keyless = new AtomicLong();
  private final JointRateLimiter limiter;
  private final @Nullable BlockedRecords events;

  Counts(JointRateLimiter limiter, @Nullable BlockedRecords events) {
    this.limiter = limiter;
    this.events = events;
  }

  void add(Gate.Outcome outcome) {
    add(
        switch (outcome) {
          case ADMITTED -> admitted;
          case BLOCKED -> blocked;
          case SHADOW_BLOCKED -> shadowBlocked;
          case BYPASSED -> bypassed;
        });
  }

  void addKeyless() {
    add(keyless);
  }

  private static void add(AtomicLong count) {
    // One writer: no need to compare.
    count.lazySet(count.get() + 1);
  }

  /** Connect removes them itself when the plugin is closed. */
  void register(PluginMetrics metrics) {
    add(metrics, "admitted-total", "records admitted", admitted::get);
    add(metrics, "blocked-total", "records blocked", blocked::get);
    add(
        metrics,
        "shadow-blocked-total",
        "records that passed and would have been blocked",
        shadowBlocked::get);
    add(metrics, "bypassed-total", "records passed unjudged", bypassed::get);
    add(metrics, "keyless-total", "records without a limit key", keyless::get);
    add(metrics, "keys", "keys with windows of their own, in this scope", limiter::keys);
    add(
        metrics,
        "overflow-total",
        "records of keys beyond max.keys, in this scope",
        limiter::overflowed);
    add(
        metrics,
        "behind-total",
        "records so far behind that their key's limit may have started anew, in this scope",
        limiter::behind);
    BlockedRecords of = events;
    if (of != null) {
      add(metrics, "events-acked-total", "events the broker has", of::eventsAcked);
      add(metrics, "events-lost-total", "events given up", of::eventsLost);
      add(
          metrics,
          "records-lost-total",
          "blocked and shadow records that no event tells of",
          of::recordsLost);
    }
  }

  private static void add(PluginMetrics to, String name, String doc, LongSupplier value) {
    to.addMetric(
        to.metricName(name, doc, new LinkedHashMap<>()),
        (Gauge<Long>) (config, now) -> value.getAsLong());
  }
}
