package io.headgate.lane;

import io.headgate.concurrent.AgentThread;
import io.headgate.concurrent.IdleStrategy;
import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.Producer;

/**
 * One lane thread and one producer for all tasks of an owner, such as one {@code KafkaStreams}
 * object: made when its first task opens a lane, ended when its last one gives it back. Any thread.
 */
public final class SharedLane {

  private static final IdentityHashMap<Object, SharedLane> BY_OWNER = new IdentityHashMap<>();
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(3);

  /**
   * Events go out in batches, this far apart: one by one, each would cost the lane's thread, the
   * producer's and the broker a turn of their own. A commit that waits for them wakes the thread.
   */
  private static final long PACE_NANOS = 5_000_000;

  private final Object owner;
  private final long maxEventsPerSecond;
  private final LaneAgent agent;
  private final AgentThread thread;

  /** By the names of limiters: the keys of each, whatever its tasks are. */
  private final Map<String, TopKeys> topKeys = new ConcurrentHashMap<>();

  /** Guarded by the class, as the map is. */
  private int users;

  private SharedLane(
      Object owner, String name, long maxEventsPerSecond, Producer<byte[], byte[]> producer) {
    this.owner = owner;
    this.maxEventsPerSecond = maxEventsPerSecond;
    this.agent = new LaneAgent(name, producer, maxEventsPerSecond, System::nanoTime);
    this.thread = new AgentThread(agent, IdleStrategy.paced(PACE_NANOS, LaneAgent.BATCH));
  }

  /**
   * Finds the owner's lane, or makes it and starts its thread. Each call is to be matched by one of
   * {@link #release}.
   *
   * @param owner whose lane it is, by identity
   * @param name of the thread, if it is made now
   * @param maxEventsPerSecond what the lane may send a second, commits aside; at least 1
   * @param producer makes the producer, if the lane is made now; closed with the lane
   * @return the lane
   * @throws IllegalArgumentException if the owner's lane has another budget
   */
  public static SharedLane acquire(
      Object owner,
      String name,
      long maxEventsPerSecond,
      Supplier<Producer<byte[], byte[]>> producer) {
    synchronized (SharedLane.class) {
      SharedLane lane = BY_OWNER.get(owner);
      if (lane == null || lane.agent.hasEnded() || !lane.thread.isRunning()) {
        lane = new SharedLane(owner, name, maxEventsPerSecond, producer.get());
        lane.thread.start();
        BY_OWNER.put(owner, lane);
      } else if (lane.maxEventsPerSecond != maxEventsPerSecond) {
        throw new IllegalArgumentException(
            "limiters of one application share a lane: give them one lane.max.events.per.second,"
                + " not "
                + lane.maxEventsPerSecond
                + " and "
                + maxEventsPerSecond);
      }
      lane.users++;
      return lane;
    }
  }

  /**
   * Opens a task's side.
   *
   * @param settings what it is made of
   * @return the task's lane, to be closed by the task
   */
  public AnalyticsLane open(LaneSettings settings) {
    TopKeys keys =
        topKeys.computeIfAbsent(
            settings.limiter(), limiter -> new TopKeys(settings.topKeys(), System::nanoTime));
    AnalyticsLane lane = new AnalyticsLane(settings, thread::wakeUp, keys);
    agent.add(lane);
    return lane;
  }

  /**
   * Says whether an error has ended the lane's thread. Its tasks are told; with {@link
   * Delivery#BEST_EFFORT} what they report from now on is lost, and counted with each {@link
   * Lane#pump}.
   *
   * @return true once it has
   */
  public boolean hasEnded() {
    return agent.hasEnded();
  }

  /**
   * Gives the lane back; with the last user its thread ends and its producer is closed. Waits for
   * that a few seconds at the most: if a broker is gone, it goes on in the background until the
   * send that is under way has failed.
   */
  public void release() {
    synchronized (SharedLane.class) {
      if (--users > 0) {
        return;
      }
      BY_OWNER.remove(owner, this);
    }
    agent.endSoon();
    thread.close(CLOSE_PATIENCE);
  }
}
