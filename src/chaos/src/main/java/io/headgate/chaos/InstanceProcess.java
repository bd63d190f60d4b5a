package io.headgate.chaos;

import static org.awaitility.Awaitility.await;

import io.headgate.testkit.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.streams.KafkaStreams.State;

/** The driver's hold of one life of an instance. Belongs to the driver's thread. */
final class InstanceProcess {

  private static final Duration START_LIMIT = Duration.ofMinutes(2);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(90);

  private static final List<String> JVM_OPTIONS =
      List.of(
          "-Xms64m",
          "-Xmx256m",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-ea",
          "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
          "-Dorg.slf4j.simpleLogger.log.io.headgate=info",
          "-Dorg.slf4j.simpleLogger.showDateTime=true");

  final String name;

  private final ChildJvm process;
  private final JudgedCounts judged;
  private final AtomicInteger rebalances;
  private final List<String> errors = new CopyOnWriteArrayList<>();
  private long judgedBefore;
  private long judgedOfLate;
  private volatile String state = State.CREATED.name();

  /**
   * Starts an instance.
   *
   * @param directory of the run
   * @param name of this life of it
   * @param setup what it is to do
   * @param counts file of its judged records
   * @param judged the same, mapped here
   * @param rebalances counts them
   */
  InstanceProcess(
      Path directory,
      String name,
      Setup setup,
      Path counts,
      JudgedCounts judged,
      AtomicInteger rebalances) {
    this.name = name;
    this.judged = judged;
    this.rebalances = rebalances;
    List<String> arguments = new ArrayList<>();
    arguments.add(directory.resolve(name + "-state").toString());
    arguments.add(counts.toString());
    arguments.addAll(setup.arguments());
    process =
        ChildJvm.start(
            name,
            JVM_OPTIONS,
            Instance.class,
            arguments,
            directory.resolve(name + ".log"),
            this::heard);
  }

  private void heard(String line) {
    if (line.startsWith(Instance.STATE)) {
      state = line.substring(Instance.STATE.length());
      if (state.equals(State.REBALANCING.name())) {
        rebalances.incrementAndGet();
      }
    } else if (line.startsWith(Instance.ERROR)) {
      errors.add(line.substring(Instance.ERROR.length()));
    }
  }

  void awaitRunning() {
    await(name + " runs")
        .atMost(START_LIMIT)
        .failFast(name + " has ended", () -> !process.isAlive())
        .until(() -> state.equals(State.RUNNING.name()));
  }

  /** Notes how much it has judged, for {@link #judgedOfLate}. */
  void look() {
    long sum = judged.sum();
    judgedOfLate = sum - judgedBefore;
    judgedBefore = sum;
  }

  long judgedOfLate() {
    return judgedOfLate;
  }

  /** The errors that its stream threads ended on, before they were replaced. */
  List<String> errors() {
    return errors;
  }

  void kill() {
    process.kill();
  }

  void suspend() {
    process.suspend();
  }

  void resume() {
    process.resume();
  }

  /** Has it leave its group; true if it ended cleanly. */
  boolean stop() {
    return process.stop(STOP_LIMIT) == 0;
  }
}
