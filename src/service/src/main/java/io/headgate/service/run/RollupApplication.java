package io.headgate.service.run;

import io.headgate.service.analytics.Rollup;
import io.headgate.service.analytics.RollupSettings;
import io.headgate.service.config.AnalyticsConfig;
import io.headgate.service.config.ServiceConfig;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The roll-up beside the limiter: what it fails on it tries again, and the limiter goes on without.
 * Nothing is lost meanwhile: the blocked topic has it, and the sums catch up. Safe for any thread.
 */
final class RollupApplication implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RollupApplication.class);

  /** Kafka Streams itself replaces a thread at once, and again if that fails as well. */
  private static final Duration RETRY = Duration.ofSeconds(30);

  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(3);

  private final String application;
  private final Duration retry;
  private final KafkaStreams streams;
  private final CountDownLatch closing = new CountDownLatch(1);

  RollupApplication(ServiceConfig config, AnalyticsConfig analytics) {
    this(config, analytics, RETRY);
  }

  RollupApplication(ServiceConfig config, AnalyticsConfig analytics, Duration retry) {
    this.application = config.application();
    this.retry = retry;
    RollupSettings settings =
        new RollupSettings(
            config.blocked().topic(),
            analytics.zone(),
            analytics.keepHours(),
            analytics.keepDays(),
            analytics.top());
    streams =
        new KafkaStreams(Rollup.topology(settings), Rollup.config(application, config.kafka()));
    streams.setUncaughtExceptionHandler(this::onError);
  }

  /** Called on the thread that ends on it: until it returns, no other takes its place. */
  private StreamThreadExceptionResponse onError(Throwable error) {
    if (error instanceof Error) {
      // No memory, or a class that is missing: another thread would fare no better.
      LOG.error("{}: reports stand still until a restart", application, error);
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }
    LOG.error(
        "{}: reports stand still; tried again in {} s", application, retry.toSeconds(), error);
    try {
      boolean isClosing = closing.await(retry.toMillis(), TimeUnit.MILLISECONDS);
      return isClosing
          ? StreamThreadExceptionResponse.SHUTDOWN_CLIENT
          : StreamThreadExceptionResponse.REPLACE_THREAD;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }
  }

  void start() {
    streams.start();
  }

  /** Commits what was summed up, and leaves its group. */
  @Override
  public void close() {
    closing.countDown();
    streams.close(leaving(CLOSE_PATIENCE));
  }

  /** Out of its group at once: else its partitions are nobody's until its session is over. */
  static CloseOptions leaving(Duration patience) {
    return CloseOptions.timeout(patience)
        .withGroupMembershipOperation(GroupMembershipOperation.LEAVE_GROUP);
  }
}
