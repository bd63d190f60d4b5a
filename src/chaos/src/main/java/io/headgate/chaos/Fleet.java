package io.headgate.chaos;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** The instances of the application, and what all that ever were have judged. */
final class Fleet implements AutoCloseable {

  private final Path directory;
  private final Setup setup;
  private final List<InstanceProcess> running = new ArrayList<>();
  private final List<JudgedCounts> judged = new ArrayList<>();
  private final AtomicInteger rebalances = new AtomicInteger();
  private int started;
  private int ended;
  private final List<String> errors = new ArrayList<>();

  Fleet(Path directory, Setup setup) {
    this.directory = directory;
    this.setup = setup;
  }

  /** Starts an instance, which joins the others when it is ready. */
  InstanceProcess start() {
    String name = "instance-" + ++started;
    Path counts = directory.resolve(name + ".judged");
    // Mapped here before the process does: it is there to be read however soon that one ends.
    JudgedCounts shared = JudgedCounts.open(counts);
    judged.add(shared);
    InstanceProcess instance =
        new InstanceProcess(directory, name, setup, counts, shared, rebalances);
    running.add(instance);
    return instance;
  }

  void awaitRunning() {
    running.forEach(InstanceProcess::awaitRunning);
  }

  /** The instance that has judged the most since this was last asked: it has tasks to lose. */
  InstanceProcess busiest() {
    running.forEach(InstanceProcess::look);
    return running.stream()
        .max(Comparator.comparingLong(InstanceProcess::judgedOfLate))
        .orElseThrow(() -> new IllegalStateException("no instance runs"));
  }

  void kill(InstanceProcess instance) {
    instance.kill();
    forget(instance);
  }

  /** Has an instance leave its group and end. */
  void stop(InstanceProcess instance) {
    if (!instance.stop()) {
      ended++;
    }
    forget(instance);
  }

  private void forget(InstanceProcess instance) {
    running.remove(instance);
    errors.addAll(instance.errors());
  }

  void stopAll() {
    List.copyOf(running).forEach(this::stop);
  }

  int size() {
    return running.size();
  }

  /** How often an instance has gone into a rebalance. */
  int rebalances() {
    return rebalances.get();
  }

  /** The errors that stream threads ended on, of instances that are gone. */
  List<String> errors() {
    return List.copyOf(errors);
  }

  /** Instances that did not end in time when they were told to. */
  int ungraceful() {
    return ended;
  }

  /** How many records of a user were given to a limiter, by all instances there ever were. */
  long judged(int user) {
    return judged.stream().mapToLong(counts -> counts.get(user)).sum();
  }

  @Override
  public void close() {
    List.copyOf(running).forEach(this::kill);
  }
}
