package io.headgate.lane;

import io.headgate.concurrent.Agent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnsupportedCompressionTypeException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The dedicated producer's duty cycle: takes ready events from every task's lane in turn, encodes
 * and sends them, and gives the slots back. The one consumer of all ready rings, the one producer
 * of all return rings, and the owner of the Kafka producer.
 */
final class LaneAgent implements Agent {

  private static final Logger LOG = LoggerFactory.getLogger(LaneAgent.class);

  /** Events of one lane before it is the next one's turn. */
  static final int BATCH = 256;

  /** How much longer than it took to fail a topic is not tried again, where events are given up. */
  private static final int REST = 10;

  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(2);

  private final String name;
  private final Producer<byte[], byte[]> producer;
  private final LongSupplier nanoClock;
  private final EventBudget budget;

  /** Topics that are not tried again for a while. Belongs to the agent's thread. */
  private final Map<String, Rest> resting = new HashMap<>();

  /** Why a topic is not tried, and the time until when. */
  private record Rest(LaneException why, long untilNanos) {}

  /**
   * Written under this object's lock by any thread, read by the agent: volatile, a new array each.
   */
  private volatile List<AnalyticsLane> lanes = List.of();

  /** Why this agent's thread has ended, if an error ended it. Written under the lock. */
  private volatile @Nullable LaneException ended;

  /**
   * When to give up what is not sent, once this agent is to end. Written by whoever ends it, before
   * its thread is told; read once an event, since each may block: volatile.
   */
  private volatile @Nullable Long giveUpAtNanos;

  LaneAgent(
      String name,
      Producer<byte[], byte[]> producer,
      long maxEventsPerSecond,
      LongSupplier nanoClock) {
    this.name = name;
    this.producer = producer;
    this.nanoClock = nanoClock;
    this.budget = new EventBudget(maxEventsPerSecond, nanoClock.getAsLong());
  }

  synchronized void add(AnalyticsLane lane) {
    LaneException error = ended;
    if (error != null) {
      lane.onEnd(error);
      lane.abandon();
      return;
    }
    List<AnalyticsLane> more = new ArrayList<>(lanes);
    more.add(lane);
    lanes = List.copyOf(more);
  }

  private synchronized void remove(AnalyticsLane lane) {
    List<AnalyticsLane> fewer = new ArrayList<>(lanes);
    fewer.remove(lane);
    lanes = List.copyOf(fewer);
  }

  /** True once an error has ended this agent's thread: it serves no lane any more. */
  boolean hasEnded() {
    return ended != null;
  }

  /** Says that the thread is about to be ended, even in the middle of a turn. Any thread. */
  void endSoon() {
    giveUpAtNanos = soon();
  }

  private long soon() {
    return nanoClock.getAsLong() + CLOSE_PATIENCE.toNanos();
  }

  @Override
  public int doWork() {
    int work = 0;
    for (AnalyticsLane lane : lanes) {
      work += serve(lane);
    }
    return work;
  }

  private int serve(AnalyticsLane lane) {
    if (lane.isDone()) {
      remove(lane);
      return 0;
    }
    long now = nanoClock.getAsLong();
    // A commit is not held back by the budget: it waits for at most as many events as there are
    // slots.
    int limit = lane.isFlushing() ? BATCH : Math.min(BATCH, budget.left(now));
    int sent = limit == 0 || !lane.hasReady() ? 0 : lane.drain(new Sender(lane), limit);
    if (sent > 0) {
      lane.flushReturned();
      budget.spend(sent, now);
    }
    return sent;
  }

  private final class Sender implements LongConsumer {
    private final AnalyticsLane lane;

    Sender(AnalyticsLane lane) {
      this.lane = lane;
    }

    @Override
    public void accept(long handle) {
      try {
        // After a failure the records are judged again: sending more would only double events.
        if (!lane.hasFailed() && !lane.isDiscarded()) {
          send(handle);
        }
      } finally {
        lane.giveBack(handle);
      }
    }

    private void send(long handle) {
      Sending sending =
          new Sending(lane, lane.count(handle), lane.isShadow(handle), lane.probe().isOf(handle));
      try {
        String topic = lane.settings().topic();
        Rest rest = resting.get(topic);
        long begin = nanoClock.getAsLong();
        if (rest != null && begin - rest.untilNanos < 0 && lane.givesUp(rest.why)) {
          sending.fail(rest.why);
          return;
        }
        Long giveUpAt = giveUpAtNanos;
        if (giveUpAt != null && begin - giveUpAt >= 0) {
          sending.fail(notWritten(lane.settings(), "the lane has ended before its turn", null));
          return;
        }
        send(topic, handle, sending);
        LaneException failed = sending.failure();
        if (failed != null && !failed.isRetriable() && isOfTopic(failed.getCause())) {
          // Where events are given up, each of them could take as long to fail as this one did.
          long end = nanoClock.getAsLong();
          resting.put(topic, new Rest(failed, end + REST * (end - begin)));
        }
      } catch (Error error) {
        // It ends this thread, see onError; this event is no longer in the ring.
        sending.fail(ended(error));
        throw error;
      }
    }

    private void send(String topic, long handle, Sending sending) {
      ProducerRecord<byte[], byte[]> event;
      try {
        BlockedEvent blocked = lane.event(handle);
        byte[] value = BlockedEventJson.write(blocked);
        event = new ProducerRecord<>(topic, lane.kafkaKey(handle), value);
        lane.topKeys().add(blocked);
      } catch (RuntimeException error) {
        sending.fail(LaneAgent.failure(lane.settings(), error));
        return;
      }
      try {
        // The callback tells; it may come before send returns, or on the producer's thread later.
        Future<RecordMetadata> unused = producer.send(event, sending);
      } catch (RuntimeException error) {
        // What is wrong with an event, the callback is told. A producer that throws is of no more
        // use, and the next user of this lane gets a new one.
        sending.fail(LaneAgent.failure(lane.settings(), error));
        throw error;
      }
    }
  }

  /** One event on its way. Ends once: a producer may throw, and tell the callback later as well. */
  private static final class Sending implements Callback {
    private static final Object ACKED = new Object();

    private final AnalyticsLane lane;
    private final long count;
    private final boolean shadow;

    /** Whether the time is taken that this event needs. */
    private final boolean timed;

    /** Null as long as it is under way; then {@link #ACKED}, or why it failed. */
    private final AtomicReference<@Nullable Object> outcome = new AtomicReference<>();

    Sending(AnalyticsLane lane, long count, boolean shadow, boolean timed) {
      this.lane = lane;
      this.count = count;
      this.shadow = shadow;
      this.timed = timed;
    }

    @Override
    public void onCompletion(@Nullable RecordMetadata metadata, @Nullable Exception error) {
      if (error != null) {
        fail(LaneAgent.failure(lane.settings(), error));
      } else if (outcome.compareAndSet(null, ACKED)) {
        if (timed) {
          lane.probe().acked();
        }
        lane.onAck();
      }
    }

    void fail(LaneException failure) {
      if (!outcome.compareAndSet(null, failure)) {
        return;
      }
      if (timed) {
        lane.probe().failed();
      }
      boolean news = lane.isFailureNews();
      lane.onFailure(failure, count, shadow);
      if (!news) {
        return;
      }
      if (lane.settings().onFailure() == LaneFailurePolicy.BEST_EFFORT && lane.givesUp(failure)) {
        LaneStats stats = lane.stats();
        LOG.error(
            "limiter {}: {} events of {} blocked records are lost so far (on.lane.failure ="
                + " best-effort): {}",
            lane.settings().limiter(),
            stats.eventsLost(),
            stats.recordsLost(),
            failure.getMessage());
      } else {
        LOG.warn("{}", failure.getMessage());
      }
    }

    /** Why it failed, if it has by now. */
    @Nullable LaneException failure() {
      return outcome.get() instanceof LaneException failure ? failure : null;
    }
  }

  static LaneException failure(LaneSettings of, Exception error) {
    String what = error.getMessage() == null ? error.toString() : error.getMessage();
    String mend = mendOf(error);
    return mend == null
        ? notWritten(of, what, error)
        : new LaneException(
            "event cannot be written to topic " + of.topic() + ": " + what + "; " + mend,
            false,
            error);
  }

  /** A failure that a retry may mend; best effort makes none. */
  private static LaneException notWritten(LaneSettings of, String what, @Nullable Exception error) {
    return new LaneException(
        "event not written to topic "
            + of.topic()
            + ": "
            + what
            + (of.delivery() == Delivery.BEST_EFFORT ? "; it is lost" : "; will be tried again")
            + ". Does the topic exist, and is its broker up?",
        true,
        error);
  }

  /** What has to be mended before a retry can help, or null if a retry may help. */
  private static @Nullable String mendOf(Throwable error) {
    String mend = mend(error);
    if (mend == null && error.getCause() != null) {
      // A producer that an error has ended wraps it up for whoever sends next; and one that waited
      // in vain for a topic says what the brokers said of it.
      mend = mend(error.getCause());
    }
    return mend;
  }

  private static @Nullable String mend(Throwable error) {
    if (error instanceof AuthorizationException || error instanceof AuthenticationException) {
      return "let this application write to it";
    }
    if (error instanceof UnknownTopicOrPartitionException) {
      return "create it, with as many partitions as its readers need";
    }
    if (error instanceof InvalidTopicException) {
      return "choose a legal topic name";
    }
    if (error instanceof RecordTooLargeException || error instanceof RecordBatchTooLargeException) {
      return "raise the topic's max.message.bytes, or lower the event slot's size";
    }
    if (error instanceof InvalidTimestampException) {
      return "set this machine's clock right: events carry the time at which they are sent";
    }
    if (error instanceof InvalidRecordException) {
      return "set the topic's cleanup.policy to delete: not every event has a key";
    }
    if (error instanceof SerializationException
        || error instanceof UnsupportedVersionException
        || error instanceof UnsupportedCompressionTypeException) {
      return "check the lane's producer settings";
    }
    return null;
  }

  /** Says whether what no retry can mend is wrong with the topic, and not with one event. */
  private static boolean isOfTopic(@Nullable Throwable error) {
    return error instanceof TimeoutException
        || error instanceof UnknownTopicOrPartitionException
        || error instanceof InvalidTopicException
        || error instanceof AuthorizationException
        || error instanceof AuthenticationException;
  }

  private static LaneException ended(Throwable error) {
    String mend = mendOf(error);
    // A class or native library that is not there is not there in the next thread either.
    return new LaneException(
        "the lane's thread has ended: " + error + (mend == null ? "" : "; " + mend),
        mend == null && !(error instanceof LinkageError),
        error);
  }

  @Override
  public void onError(Throwable error) {
    LaneException failure = ended(error);
    LOG.error("lane {}: {}", name, failure.getMessage(), error);
    synchronized (this) {
      ended = failure;
    }
    for (AnalyticsLane lane : lanes) {
      lane.onEnd(failure);
    }
  }

  @Override
  public void onClose() {
    Long giveUpAt = giveUpAtNanos;
    long until = giveUpAt == null ? soon() : giveUpAt;
    try {
      for (AnalyticsLane lane : lanes) {
        if (lane.settings().delivery() == Delivery.BEST_EFFORT) {
          sendRest(lane, until);
        }
        lane.abandon();
      }
    } finally {
      producer.close(CLOSE_PATIENCE);
    }
  }

  /** Sends what a best-effort task left behind, for as long as that is bearable. */
  private void sendRest(AnalyticsLane lane, long until) {
    Sender sender = new Sender(lane);
    int sent = 1;
    // One at a time: without a broker, each may block.
    while (sent > 0 && ended == null && nanoClock.getAsLong() - until < 0) {
      try {
        sent = lane.drain(sender, 1);
      } catch (RuntimeException | Error error) {
        onError(error);
      }
    }
  }

  @Override
  public String roleName() {
    return name;
  }
}
