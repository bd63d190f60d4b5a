package io.headgate.bench.e2e;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.StateRestoreListener;

/**
 * The main class of an application that is measured. It is told what to do by lines on its standard
 * input, and answers each with one; when its input ends, it does.
 */
final class Application {

  /** Before each answer. */
  static final String ANSWER = "answer ";

  /** Starts, and answers when it runs. */
  static final String START = "start";

  /** With two numbers: lets records pass by, measures others, and pauses; a {@link Slice}. */
  static final String MEASURE = "measure";

  /** With a number: judges the records up to there; a {@link Standing}. */
  static final String FINISH = "finish";

  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(60);
  private static final Duration JUDGED_LIMIT = Duration.ofMinutes(10);
  private static final long LOOK_MILLIS = 5;

  private final Setup setup;
  private final KafkaStreams streams;
  private final Restored restored = new Restored();
  private final ObjectMapper json = new ObjectMapper();

  private Application(Setup setup, String directory) {
    this.setup = setup;
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, setup.application());
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, setup.bootstrap());
    settings.put(StreamsConfig.STATE_DIR_CONFIG, directory);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, setup.guarantee());
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, setup.threads());
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, setup.commitMillis());
    settings.put(StreamsConfig.DEFAULT_TIMESTAMP_EXTRACTOR_CLASS_CONFIG, Probe.class);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    if (setup.lingerMillis() >= 0) {
      settings.put(StreamsConfig.producerPrefix("linger.ms"), setup.lingerMillis());
    }
    streams = new KafkaStreams(setup.variant().topology(setup), settings);
    streams.setGlobalStateRestoreListener(restored);
    streams.setUncaughtExceptionHandler(
        error -> {
          error.printStackTrace();
          // The driver sees the process go.
          Runtime.getRuntime().halt(1);
          throw new IllegalStateException(error);
        });
  }

  /** Runs an application: its setup as JSON, and a directory. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Setup setup = new ObjectMapper().readValue(arguments[0], Setup.class);
    Application application = new Application(setup, arguments[1]);
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        System.out.println(ANSWER + application.answer(line.split(" ", -1)));
      }
    }
    application.streams.close(CLOSE_LIMIT);
    System.exit(0);
  }

  private String answer(String[] words) throws IOException, InterruptedException {
    return switch (words[0]) {
      case START -> {
        streams.start();
        while (streams.state() != KafkaStreams.State.RUNNING) {
          TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
        yield START;
      }
      case MEASURE -> {
        Probe.Stretch stretch = Probe.next(Long.parseLong(words[1]), Long.parseLong(words[2]));
        streams.resume();
        Slice slice = stretch.await();
        streams.pause();
        yield json.writeValueAsString(slice);
      }
      case FINISH -> {
        streams.resume();
        yield json.writeValueAsString(finish(Long.parseLong(words[1])));
      }
      default -> throw new IllegalArgumentException(words[0]);
    };
  }

  private Standing finish(long records) throws InterruptedException {
    long deadline = System.nanoTime() + JUDGED_LIMIT.toNanos();
    while (setup.variant().isOurs() && sum("records-total") < records) {
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException(sum("records-total") + " judged of " + records);
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
    System.gc();
    return new Standing(
        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
        Probe.taken(),
        sum("admitted-total"),
        sum("events-offered-total"),
        restored.rowsPerSecond());
  }

  /** The sum of a metric of ours over all tasks. */
  private long sum(String name) {
    long sum = 0;
    for (Map.Entry<MetricName, ? extends Metric> metric : streams.metrics().entrySet()) {
      MetricName of = metric.getKey();
      if (of.group().equals("stream-headgate-metrics") && of.name().equals(name)) {
        sum += ((Number) metric.getValue().metricValue()).longValue();
      }
    }
    return sum;
  }

  /** How long reading the state back took. */
  private static final class Restored implements StateRestoreListener {
    private final AtomicLong rows = new AtomicLong();
    private volatile long begin;
    private volatile long end;

    @Override
    public void onRestoreStart(TopicPartition partition, String store, long from, long to) {
      if (begin == 0) {
        begin = System.nanoTime();
      }
    }

    @Override
    public void onBatchRestored(TopicPartition partition, String store, long offset, long count) {}

    @Override
    public void onRestoreEnd(TopicPartition partition, String store, long total) {
      rows.addAndGet(total);
      end = System.nanoTime();
    }

    double rowsPerSecond() {
      return rows.get() == 0 ? 0 : rows.get() / ((end - begin) / 1e9);
    }
  }
}
