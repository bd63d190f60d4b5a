package io.headgate.bench.e2e;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.streams.processor.TimestampExtractor;

/**
 * Counts the records that the stream threads take in, where Kafka Streams asks each for its time
 * anyway, and looks at the clocks at the first and the last of a stretch. Public for Kafka Streams,
 * which makes one; what they count is the process's.
 */
public final class Probe implements TimestampExtractor {

  /** Records of a thread between two looks at the sum. */
  private static final int STEP = 1024;

  private static final OperatingSystemMXBean PROCESS =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final CompilationMXBean COMPILER = ManagementFactory.getCompilationMXBean();

  private static final ThreadLocal<long[]> OF_THREAD = ThreadLocal.withInitial(Probe::newThread);
  private static final Set<Long> STREAM_THREADS = ConcurrentHashMap.newKeySet();
  private static final AtomicLong TAKEN = new AtomicLong();

  private static volatile Stretch stretch = new Stretch(Long.MAX_VALUE, Long.MAX_VALUE);

  /** Records that are measured together. */
  static final class Stretch {
    private final long first;
    private final long last;
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile Reading begin = Reading.now();
    private volatile Reading end = begin;

    private Stretch(long first, long last) {
      this.first = first;
      this.last = last;
    }

    private void reached(long before, long now) {
      if (before < first && now >= first) {
        begin = Reading.now();
      }
      if (before < last && now >= last) {
        end = Reading.now();
        done.countDown();
      }
    }

    /** Waits until its last record has been taken in. */
    Slice await() throws InterruptedException {
      done.await();
      double records = last - first;
      double nanos = end.nanos - begin.nanos;
      return new Slice(
          records / nanos * 1e9,
          (end.threads - begin.threads) / records,
          (end.process - begin.process) / records,
          (end.allocated - begin.allocated) / records,
          end.compiler - begin.compiler);
    }
  }

  /** Clocks and counters at one moment. */
  private record Reading(long nanos, long threads, long process, long allocated, long compiler) {
    static Reading now() {
      long cpu = 0;
      long bytes = 0;
      for (long thread : STREAM_THREADS) {
        cpu += THREADS.getThreadCpuTime(thread);
        bytes += THREADS.getThreadAllocatedBytes(thread);
      }
      return new Reading(
          System.nanoTime(),
          cpu,
          PROCESS.getProcessCpuTime(),
          bytes,
          COMPILER.getTotalCompilationTime());
    }
  }

  private static long[] newThread() {
    STREAM_THREADS.add(Thread.currentThread().getId());
    return new long[1];
  }

  /** Measures so many records, after others that are passed by. */
  static Stretch next(long passedBy, long measured) {
    long first = TAKEN.get() + passedBy;
    Stretch next = new Stretch(first, first + measured);
    stretch = next;
    return next;
  }

  /** Records taken in so far, but for less than a step of each thread. */
  static long taken() {
    return TAKEN.get();
  }

  @Override
  public long extract(ConsumerRecord<Object, Object> record, long partitionTime) {
    long[] mine = OF_THREAD.get();
    if ((++mine[0] & (STEP - 1)) == 0) {
      long now = TAKEN.addAndGet(STEP);
      stretch.reached(now - STEP, now);
    }
    return record.timestamp();
  }
}
