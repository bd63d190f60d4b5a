package io.headgate.chaos;

import static org.awaitility.Awaitility.await;

import io.headgate.testkit.KafkaCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Brings faults about, and mends them again: after each, all brokers run and as many instances as
 * before. Belongs to the driver's thread.
 */
final class Faults {

  private static final Duration TRAFFIC_LIMIT = Duration.ofMinutes(2);

  /** Longer than a commit waits for the lane, so that it gives up. */
  private static final long UNAVAILABLE_MILLIS = Setup.TRANSACTION_TIMEOUT_MS;

  /** A broker that is frozen for shorter than this is not missed by the others. */
  private static final long FROZEN_MILLIS = 700;

  private static final long THAWED_MILLIS = 50;
  private static final int FREEZES = 6;

  /** Blocked records in a burst, in seconds of steady traffic. */
  private static final int BURST_SECONDS = 15;

  private final KafkaCluster cluster;
  private final Fleet fleet;
  private final Feed feed;
  private final Progress progress;
  private final Random random;
  private final List<Fault> chosen;
  private final List<Fault> deck = new ArrayList<>();

  Faults(
      KafkaCluster cluster,
      Fleet fleet,
      Feed feed,
      Progress progress,
      Random random,
      List<Fault> chosen) {
    this.cluster = cluster;
    this.fleet = fleet;
    this.feed = feed;
    this.progress = progress;
    this.random = random;
    this.chosen = chosen;
  }

  /** The next fault: each comes once, in any order, before one comes again. */
  Fault next() {
    if (deck.isEmpty()) {
      deck.addAll(chosen);
      Collections.shuffle(deck, random);
    }
    return deck.remove(deck.size() - 1);
  }

  void strike(Fault fault) throws InterruptedException {
    awaitTraffic();
    int broker = random.nextInt(cluster.size());
    switch (fault) {
      case KILL_INSTANCE -> {
        fleet.kill(fleet.busiest());
        fleet.start().awaitRunning();
      }
      case FENCE_INSTANCE -> {
        InstanceProcess frozen = fleet.busiest();
        frozen.suspend();
        // What comes for its tasks from here on, others must do.
        awaitTraffic();
        progress.awaitCommitted(progress.ends(Setup.REQUESTS));
        frozen.resume();
      }
      case RESTART_BROKER -> {
        cluster.stop(broker);
        cluster.start(broker);
      }
      case KILL_BROKER -> {
        cluster.kill(broker);
        // The application goes on while it is gone.
        awaitTraffic();
        progress.awaitCommitted(progress.ends(Setup.REQUESTS));
        cluster.start(broker);
      }
      case NEW_INSTANCE -> {
        InstanceProcess old = fleet.busiest();
        fleet.start().awaitRunning();
        fleet.stop(old);
      }
      case BLOCKED_TOPIC_UNAVAILABLE -> {
        progress.blockedTopicNeeds(cluster.size());
        cluster.stop(broker);
        TimeUnit.MILLISECONDS.sleep(UNAVAILABLE_MILLIS);
        cluster.start(broker);
        progress.blockedTopicNeeds(cluster.size() - 1);
      }
      case FULL_RING -> feed.burst((long) BURST_SECONDS * feed.perSecond());
      case SLOW_BROKER -> {
        for (int i = 0; i < FREEZES; i++) {
          cluster.suspend(broker);
          try {
            TimeUnit.MILLISECONDS.sleep(FROZEN_MILLIS);
          } finally {
            cluster.resume(broker);
          }
          TimeUnit.MILLISECONDS.sleep(THAWED_MILLIS);
        }
      }
    }
    if (fault.isOfBroker()) {
      // Else the next broker to go may be the last to have a record.
      progress.awaitAllInSync();
    }
    progress.awaitCommitted(progress.ends(Setup.REQUESTS));
  }

  /** Waits for a second's worth of records, so that every partition has had some. */
  private void awaitTraffic() {
    long wanted = feed.sent() + feed.perSecond();
    await("traffic").atMost(TRAFFIC_LIMIT).until(() -> feed.sent() >= wanted);
  }
}
