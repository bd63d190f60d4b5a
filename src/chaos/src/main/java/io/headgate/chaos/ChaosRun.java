package io.headgate.chaos;

import io.headgate.testkit.KafkaCluster;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * One run: instances on a cluster, steady traffic, fault after fault, and the account at the end.
 */
final class ChaosRun {

  /** Is told of each round when it is over. */
  interface Listener {
    /**
     * A round is over.
     *
     * @param round its number, from 1
     * @param fault what happened
     * @param seconds until everything that had come in meanwhile was committed
     * @param inputs records sent so far
     */
    void round(int round, Fault fault, double seconds, long inputs);
  }

  /**
   * How a run goes.
   *
   * @param rounds faults
   * @param instances of the application
   * @param recordsPerSecond steady traffic
   * @param seed of the faults and the traffic
   * @param faults that there may be
   */
  record Plan(int rounds, int instances, int recordsPerSecond, long seed, List<Fault> faults) {}

  /** What a run came to. */
  record Result(Outcome outcome, Checks checks) {}

  private final KafkaCluster cluster;
  private final Path directory;
  private final Setup setup;
  private final Plan plan;
  private final Listener listener;

  ChaosRun(KafkaCluster cluster, Path directory, Setup setup, Plan plan, Listener listener) {
    this.cluster = cluster;
    this.directory = directory;
    this.setup = setup;
    this.plan = plan;
    this.listener = listener;
  }

  Result run() throws InterruptedException {
    Random random = new Random(plan.seed);
    int kills = 0;
    int brokerFaults = 0;
    try (Progress progress = new Progress(cluster.bootstrapServers());
        Fleet fleet = new Fleet(directory, setup)) {
      progress.createTopics(setup);
      for (int i = 0; i < plan.instances; i++) {
        fleet.start();
      }
      fleet.awaitRunning();
      try (Feed feed = new Feed(cluster.bootstrapServers(), plan.recordsPerSecond, plan.seed)) {
        Faults faults = new Faults(cluster, fleet, feed, progress, random, plan.faults);
        for (int round = 1; round <= plan.rounds; round++) {
          Fault fault = faults.next();
          long begin = System.nanoTime();
          faults.strike(fault);
          listener.round(round, fault, (System.nanoTime() - begin) / 1e9, feed.sent());
          kills += fault == Fault.KILL_INSTANCE ? 1 : 0;
          brokerFaults += fault.isOfBroker() ? 1 : 0;
        }
        feed.end();
        progress.awaitCommitted(progress.ends(Setup.REQUESTS));
        fleet.stopAll();
        Feed.topics().forEach(progress::awaitNoTransaction);
        return account(Ledger.read(cluster.bootstrapServers()), fleet, kills, brokerFaults, feed);
      }
    }
  }

  private Result account(Ledger ledger, Fleet fleet, int kills, int brokerFaults, Feed feed) {
    if (ledger.inputs() != feed.sent()) {
      throw new IllegalStateException(
          "the traffic is not what was sent: "
              + feed.sent()
              + " sent, "
              + ledger.inputs()
              + " there");
    }
    long judged = 0;
    for (int user = 0; user < Setup.USERS; user++) {
      judged += fleet.judged(user);
    }
    long lost = ledger.lost();
    List<Ledger.Deviation> deviations = ledger.deviations(fleet::judged);
    long unexplained = deviations.stream().mapToLong(Ledger.Deviation::unexplained).sum();
    Outcome outcome =
        new Outcome(
            plan.rounds,
            kills,
            brokerFaults,
            fleet.rebalances(),
            ledger.inputs(),
            ledger.admitted(),
            ledger.inputs() - ledger.admitted() - lost,
            ledger.eventCountSum(),
            ledger.duplicates(),
            lost,
            setup.isExactlyOnce() ? ledger.verdictErrors() : unexplained);
    Checks checks =
        new Checks(
            judged - ledger.inputs(),
            ledger.grownEvents(),
            ledger.overflowEvents(),
            fleet.errors(),
            fleet.ungraceful(),
            deviations);
    return new Result(outcome, checks);
  }
}
