package io.headgate.service.ingest;

import io.headgate.Decision;
import io.headgate.RateLimiter;
import io.headgate.lane.LaneException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * Judges lines one after the other, sends those that pass, and tells of the others. {@link #run} is
 * called once, by one thread; {@link #stop} by any.
 */
public final class Ingest {

  private static final int BATCH = 1_000;
  private static final long WAIT_MILLIS = 100;
  private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final IngestSettings settings;
  private final Supplier<Producer<byte[], byte[]>> producers;
  private final LineQueue queue = new LineQueue();
  private final InputCounts counts = new InputCounts();
  private final AtomicReference<String> inputFailure = new AtomicReference<>();
  private final LineInput input;
  private final RateLimiter limiter;
  private final long begun = System.nanoTime();

  // All below belongs to the judging thread.
  private long lines;
  private long admitted;
  private long blocked;
  private long bypassed;

  /**
   * Makes a run that has not begun.
   *
   * @param settings what lines are limited by
   * @param source where they come from
   * @param producers makes a producer: one for lines, and one for events of blocked ones
   */
  public Ingest(
      IngestSettings settings, LineSource source, Supplier<Producer<byte[], byte[]>> producers) {
    this.settings = settings;
    this.producers = producers;
    this.input = source.open(queue, counts, message -> inputFailure.compareAndSet(null, message));
    this.limiter =
        RateLimiter.builder(settings.limit())
            .maxKeys(settings.maxKeys())
            .hasher(settings.hasher())
            .build();
  }

  /** Has the run end: what was read is judged and sent, and no more is read. Waits a moment. */
  public void stop() {
    input.close();
  }

  /**
   * Judges lines until the input ends or {@link #stop} is called, and until Kafka has what passed.
   *
   * @return what became of them, and why it ended early if it did
   */
  public Result run() {
    String failure = null;
    LineSender sender;
    long told = 0;
    try (Producer<byte[], byte[]> producer = producers.get()) {
      sender = new LineSender(producer, settings.topic());
      try (BlockedLines events = blockedLines()) {
        failure = judgeAll(sender, events);
        told = events == null ? 0 : events.told();
      } finally {
        queue.end();
        input.close();
      }
    }
    return new Result(summary(sender, told), failure);
  }

  /**
   * How a run ended.
   *
   * @param summary what became of the lines
   * @param failure why it could not go on, in one line; null if it was not to go on
   */
  public record Result(IngestSummary summary, @Nullable String failure) {}

  private @Nullable BlockedLines blockedLines() {
    String topic = settings.blockedTopic();
    return topic == null ? null : new BlockedLines(settings, topic, input.name(), producers);
  }

  /** Returns why it ended, or null if there is no more. */
  private @Nullable String judgeAll(LineSender sender, @Nullable BlockedLines events) {
    String failure = null;
    try {
      input.start();
      judgeUntilEnd(sender, events);
    } catch (IngestException | LaneException e) {
      failure = e.getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failure = "interrupted";
    }
    // Whatever happened: what was sent is waited for, and what cannot be is said.
    try {
      sender.flush();
      if (events != null) {
        events.settle();
      }
      sender.check();
    } catch (IngestException | LaneException | KafkaException e) {
      failure = failure == null ? String.valueOf(e.getMessage()) : failure;
    }
    return failure == null ? inputFailure.get() : failure;
  }

  private void judgeUntilEnd(LineSender sender, @Nullable BlockedLines events)
      throws InterruptedException {
    long settled = System.nanoTime();
    while (!queue.isDone()) {
      for (Line line : queue.take(BATCH, WAIT_MILLIS)) {
        judge(line, sender, events);
      }
      sender.check();
      if (events != null) {
        events.pump();
        if (System.nanoTime() - settled > SETTLE_NANOS) {
          events.settle();
          settled = System.nanoTime();
        }
      }
    }
  }

  private void judge(Line line, LineSender sender, @Nullable BlockedLines events) {
    String key = settings.key().of(line.bytes(), line.peer());
    long number = lines++;
    boolean pass;
    if (key == null) {
      pass = !settings.blockKeyless();
      if (pass) {
        bypassed++;
      }
    } else {
      pass = Decision.isAdmitted(limiter.tryAcquire(key));
      if (pass) {
        admitted++;
      }
    }
    if (pass) {
      sender.send(key, line.bytes());
    } else {
      blocked++;
      if (events != null) {
        events.report(key, number, System.currentTimeMillis());
      }
    }
  }

  private IngestSummary summary(LineSender sender, long told) {
    return new IngestSummary(
        lines,
        admitted,
        blocked,
        bypassed,
        counts.tooLong.get(),
        counts.empty.get(),
        counts.cutOff.get(),
        sender.written(),
        sender.refused(),
        sender.failed(),
        told,
        limiter.keys(),
        limiter.overflowed(),
        counts.connections.get(),
        counts.refusedConnections.get(),
        counts.rotations.get(),
        (System.nanoTime() - begun) / 1e9);
  }
}
