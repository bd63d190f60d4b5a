package io.headgate.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.streams.Traffic.Request;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an application shows of its limiters over JMX while it lives. */
class MetricsIT {

  private static final RateLimit LIMIT = new RateLimit(20, Duration.ofHours(1), 60, Mode.STRICT);
  private static final MBeanServer SERVER = ManagementFactory.getPlatformMBeanServer();

  @AutoClose private static final Cluster cluster = new Cluster();

  @SuppressWarnings("NullAway.Init")
  @TempDir
  private Path state;

  private static Set<ObjectName> beans(String application) {
    try {
      return SERVER.queryNames(
          new ObjectName(
              "kafka.streams:type=stream-headgate-metrics,thread-id=" + application + "-*,*"),
          null);
    } catch (JMException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long sum(String application, String attribute) {
    try {
      double sum = 0;
      for (ObjectName bean : beans(application)) {
        sum += (double) SERVER.getAttribute(bean, attribute);
      }
      return (long) sum;
    } catch (JMException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The largest of all tasks, milliseconds. */
  private static double longest(String application, String attribute) {
    try {
      double largest = 0;
      for (ObjectName bean : beans(application)) {
        largest = Math.max(largest, (double) SERVER.getAttribute(bean, attribute));
      }
      return largest;
    } catch (JMException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void everyTasksNumbersAreThereWhileItLives() {
    String application = Cluster.unique("metrics");
    String input = cluster.topic("requests", 3);
    String blocked = cluster.topic("blocked", 1);
    String admitted = cluster.topic("admitted", 1);
    List<Request> requests = Traffic.generated(12, 5_000, 100, 7_200_000);
    BitSet expected = Traffic.admitted(requests, LIMIT);
    long expectedBlocked = (long) requests.size() - expected.cardinality();
    cluster.send(input, requests);

    Properties config = cluster.config(application, Cluster.EXACTLY_ONCE, state.toString());
    // A second thread may join when all is processed: a task that goes there starts its counts
    // anew.
    config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    try (App app =
        new App(
            config,
            App.limited(
                input, Headgate.limit(LIMIT).named("logins").blockedTo(blocked), admitted))) {
      cluster.awaitProcessed(app, input);

      Set<ObjectName> beans = beans(application);
      Set<String> tasks = new HashSet<>();
      for (ObjectName bean : beans) {
        assertThat(bean.getKeyPropertyList().keySet())
            .containsExactlyInAnyOrder("type", "thread-id", "task-id", "limiter");
        assertThat(bean.getKeyProperty("limiter")).isEqualTo("logins");
        assertThat(bean.getKeyProperty("thread-id")).contains("-StreamThread-");
        tasks.add(bean.getKeyProperty("task-id"));
      }
      assertThat(tasks).containsExactlyInAnyOrder("0_0", "0_1", "0_2");
      assertThat(sum(application, "records-total")).isEqualTo(requests.size());
      assertThat(sum(application, "admitted-total")).isEqualTo(expected.cardinality());
      assertThat(sum(application, "blocked-total")).isEqualTo(expectedBlocked);
      assertThat(sum(application, "bypassed-total")).isZero();
      assertThat(sum(application, "keys"))
          .isEqualTo(requests.stream().map(Request::key).distinct().count());
      assertThat(sum(application, "late-total")).isPositive();
      assertThat(sum(application, "state-bytes")).isPositive();
      assertThat(sum(application, "events-offered-total")).isEqualTo(expectedBlocked);
      assertThat(sum(application, "events-acked-total")).isEqualTo(expectedBlocked);
      assertThat(sum(application, "events-lost-total")).isZero();
      assertThat(sum(application, "events-waiting")).isZero();
      assertThat(longest(application, "event-latency-avg")).isPositive();
      assertThat(longest(application, "event-latency-max"))
          .isGreaterThanOrEqualTo(longest(application, "event-latency-avg"));
      assertThat(app.streams.metrics().keySet())
          .anyMatch(name -> name.group().equals("stream-headgate-metrics"));
    }
    assertThat(beans(application)).isEmpty();
  }

  @Test
  void aTaskThatGoesElsewhereTakesItsNumbersAlong() {
    String application = Cluster.unique("metrics");
    String input = cluster.topic("requests", 2);
    String blocked = cluster.topic("blocked", 1);
    String admitted = cluster.topic("admitted", 1);
    cluster.send(input, Traffic.generated(13, 100, 10, 1_000));
    var topology = App.limited(input, Headgate.limit(LIMIT).blockedTo(blocked), admitted);
    try (App one =
        new App(
            cluster.config(application, Cluster.AT_LEAST_ONCE, state.resolve("one").toString()),
            topology)) {
      cluster.awaitProcessed(one, input);
      assertThat(beans(application)).hasSize(2);
      try (App two =
          new App(
              cluster.config(application, Cluster.AT_LEAST_ONCE, state.resolve("two").toString()),
              topology)) {
        await()
            .atMost(Cluster.LIMIT)
            .until(() -> two.streams.state() == KafkaStreams.State.RUNNING);
        // One each, wherever they are.
        await()
            .atMost(Cluster.LIMIT)
            .untilAsserted(
                () -> {
                  Set<String> clients = new HashSet<>();
                  for (ObjectName bean : beans(application)) {
                    String thread = bean.getKeyProperty("thread-id");
                    clients.add(thread.substring(0, thread.indexOf("-StreamThread-")));
                  }
                  assertThat(clients).hasSize(2);
                  assertThat(beans(application)).hasSize(2);
                });
      }
    }
    assertThat(beans(application)).isEmpty();
  }
}
