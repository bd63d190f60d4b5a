package io.headgate.streams;

import static io.headgate.streams.Cluster.AT_LEAST_ONCE;
import static io.headgate.streams.Cluster.EXACTLY_ONCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.headgate.lane.Delivery;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TaskMetadata;
import org.apache.kafka.streams.ThreadMetadata;
import org.apache.kafka.streams.errors.StreamsException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Windows outlive an instance: others take its tasks, and standbys become active and go back. */
class RebalanceIT extends KeptWindows {

  /** Settings of an instance of an application of a group protocol, and with standbys. */
  private Properties config(String guarantee, String directory, String protocol, int standbys) {
    Properties config = config(guarantee, directory);
    config.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, standbys);
    return protocol.equals("streams") ? cluster.streamsProtocol(config, standbys) : config;
  }

  /** An instance comes, the first one goes, it comes back, and the other goes. */
  @ParameterizedTest
  @CsvSource({
    EXACTLY_ONCE + ", 0, AT_LEAST_ONCE, classic",
    EXACTLY_ONCE + ", 1, AT_LEAST_ONCE, classic",
    EXACTLY_ONCE + ", 1, TRANSACTIONAL, classic",
    AT_LEAST_ONCE + ", 1, AT_LEAST_ONCE, classic",
    EXACTLY_ONCE + ", 0, AT_LEAST_ONCE, streams",
    EXACTLY_ONCE + ", 1, AT_LEAST_ONCE, streams",
    AT_LEAST_ONCE + ", 1, AT_LEAST_ONCE, streams"
  })
  void instancesThatComeAndGoChangeNothing(
      String guarantee, int standbys, Delivery by, String protocol) {
    delivery = by;
    Properties config = config(guarantee, "one", protocol, standbys);
    Properties other = config(guarantee, "two", protocol, standbys);
    App first = app(config);
    App second = null;
    try {
      first.awaitRunning();
      cluster.send(input, REQUESTS, 0, 1_500);
      cluster.awaitProcessed(first, input);

      second = app(other);
      cluster.send(input, REQUESTS, 1_500, 3_000);
      second.awaitRunning();
      cluster.awaitProcessed(second, input);
      hasTasks(second, standbys);

      first.close();
      cluster.send(input, REQUESTS, 3_000, 4_500);
      cluster.awaitProcessed(second, input);

      first = app(config);
      first.awaitRunning();
      cluster.send(input, REQUESTS, 4_500, 5_500);
      hasTasks(first, standbys);
      second.close();
      cluster.send(input, REQUESTS, 5_500, 6_000);
      cluster.awaitProcessed(first, input);
    } finally {
      first.close();
      if (second != null) {
        second.close();
      }
    }
    if (guarantee.equals(EXACTLY_ONCE)) {
      isExactButForEventsToldTwice();
    } else {
      noBlockedRecordIsMissing();
    }
  }

  /**
   * The second instance has nothing but standbys until the first one goes; then it need not read
   * their changelogs from the beginning.
   */
  @ParameterizedTest
  @ValueSource(strings = {AT_LEAST_ONCE, EXACTLY_ONCE})
  void aStandbyThatIsWarmTakesOverInTheMiddleOfTheWindows(String guarantee) {
    Properties config = config(guarantee, "one", "classic", 1);
    Properties other = config(guarantee, "two", "classic", 1);
    for (Properties each : List.of(config, other)) {
      each.put(StreamsConfig.ACCEPTABLE_RECOVERY_LAG_CONFIG, 0L);
      // Or its other thread may be given the task: a store goes from one thread to the other anew.
      each.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    }
    Restores restores = new Restores();
    App first = app(config);
    App second = null;
    try {
      first.awaitRunning();
      cluster.send(input, REQUESTS, 0, 2_000);
      cluster.awaitProcessed(first, input);
      second = app(other, restores);
      awaitStandbys(second);
      assertThat(tasks(first, ThreadMetadata::activeTasks)).isEqualTo(PARTITIONS);
      cluster.send(input, REQUESTS, 2_000, 4_000);
      cluster.awaitProcessed(first, input);
      assertThat(restores.starts).as("so far it only stands by").isEmpty();
      awaitWarm(second);

      first.close();
      cluster.send(input, REQUESTS, 4_000, 6_000);
      cluster.awaitProcessed(second, input);
      assertThat(restores.starts)
          .as("where it goes on")
          .hasSizeGreaterThanOrEqualTo(PARTITIONS)
          .allMatch(Restores::isWarm);
      restores.wereAllTheStateUpdaters();
    } finally {
      first.close();
      if (second != null) {
        second.close();
      }
    }
    isAsIfNothingHadHappened();
  }

  /**
   * One instance's tasks go to another, it stands by for them, and gets them back: as the same
   * stores, or, where the broker ends the standby before it gives the task, as new ones.
   */
  @ParameterizedTest
  @CsvSource({
    AT_LEAST_ONCE + ", classic", EXACTLY_ONCE + ", classic",
    AT_LEAST_ONCE + ", streams", EXACTLY_ONCE + ", streams"
  })
  void aTaskThatWasAStandbyForAWhileKeepsItsWindows(String guarantee, String protocol) {
    Restores restores = new Restores();
    Properties config = config(guarantee, "one", protocol, 1);
    Properties other = config(guarantee, "two", protocol, 1);
    for (Properties each : List.of(config, other)) {
      // Or its other thread may be given the task: a store goes from one thread to the other anew.
      each.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    }
    try (App first = app(config, restores)) {
      first.awaitRunning();
      cluster.send(input, REQUESTS, 0, 2_000);
      cluster.awaitProcessed(first, input);
      long actives = tasks(first, ThreadMetadata::activeTasks);
      assertThat(actives).isEqualTo(PARTITIONS);
      long gone;
      try (App second = app(other)) {
        hasTasks(second, 1);
        hasTasks(first, 1);
        cluster.send(input, REQUESTS, 2_000, 4_000);
        cluster.awaitProcessed(second, input);
        gone = PARTITIONS - tasks(first, ThreadMetadata::activeTasks);
        assertThat(gone).isPositive();
        restores.starts.clear();
      }
      cluster.send(input, REQUESTS, 4_000, 6_000);
      cluster.awaitProcessed(first, input);
      assertThat(tasks(first, ThreadMetadata::activeTasks)).isEqualTo(PARTITIONS);
      assertThat(restores.starts)
          .as("tasks that came back")
          .hasSizeGreaterThanOrEqualTo((int) gone);
      if (protocol.equals("classic")) {
        assertThat(restores.starts).as("to a store that was kept").allMatch(Restores::isWarm);
      }
    }
    if (guarantee.equals(EXACTLY_ONCE)) {
      isExactButForEventsToldTwice();
    } else {
      noBlockedRecordIsMissing();
    }
  }

  private static void awaitStandbys(App app) {
    await()
        .atMost(Cluster.LIMIT)
        .until(() -> tasks(app, ThreadMetadata::standbyTasks) == PARTITIONS);
  }

  /**
   * Waits until an instance's standbys have read what is on their changelogs: all but the mark at
   * the end of a transaction, which is no record.
   */
  private static void awaitWarm(App app) {
    await()
        .atMost(Cluster.LIMIT)
        .ignoreExceptionsInstanceOf(StreamsException.class)
        .until(
            () ->
                app.streams.allLocalStorePartitionLags().values().stream()
                        .flatMap(partitions -> partitions.values().stream())
                        .filter(lag -> lag.currentOffsetPosition() > 0 && lag.offsetLag() <= 1)
                        .count()
                    == PARTITIONS);
  }

  private static long tasks(App app, Function<ThreadMetadata, Set<TaskMetadata>> kind) {
    return app.streams.metadataForLocalThreads().stream()
        .mapToLong(thread -> kind.apply(thread).size())
        .sum();
  }

  /** Waits until a share of the tasks, and of the standbys if there are any, is an instance's. */
  private static void hasTasks(App app, int standbys) {
    await()
        .atMost(Cluster.LIMIT)
        .until(
            () ->
                app.streams.metadataForLocalThreads().stream()
                        .anyMatch(thread -> !thread.activeTasks().isEmpty())
                    && (standbys == 0
                        || app.streams.metadataForLocalThreads().stream()
                            .anyMatch(thread -> !thread.standbyTasks().isEmpty())));
  }
}
