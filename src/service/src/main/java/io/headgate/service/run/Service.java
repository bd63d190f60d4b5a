package io.headgate.service.run;

import io.headgate.service.config.ServiceConfig;
import io.headgate.service.config.UserError;
import io.headgate.service.http.Health;
import io.headgate.service.http.HttpService;
import io.headgate.service.http.HttpSettings;
import io.headgate.service.http.Snapshot;
import io.headgate.service.kafka.Brokers;
import io.headgate.service.kafka.RootMessage;
import io.headgate.service.kafka.TopicCheck;
import io.headgate.streams.LiveRules;
import io.headgate.streams.RulesFileWatch;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KafkaStreams.State;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service: prepared, started, ended, each once.
 *
 * <pre>
 *   prepare ──► start ──► await ──► close
 *   topics      HTTP,     returns   not ready, rules' file, Kafka Streams with a last commit
 *   checked     rules'    when it   (which waits for the events of blocked records), the
 *   and made    file,     fails or  roll-up, HTTP
 *               Kafka     is closed
 *               Streams
 * </pre>
 *
 * <p>Safe for any thread.
 */
public final class Service implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Service.class);

  /** Those who end processes wait 30 s as a rule. */
  static final Duration CLOSE_PATIENCE = Duration.ofSeconds(25);

  private static final Duration RULES_INTERVAL = Duration.ofSeconds(2);

  private final ServiceConfig config;
  private final LiveRules rules;
  private final KafkaStreams streams;

  /** Sums up the blocked topic; null if nobody wants it to. */
  private final @Nullable RollupApplication rollup;

  /** Where HTTP listens; null if it does not. */
  private final @Nullable HttpSettings http;

  private final LaneProgress progress = new LaneProgress(System.nanoTime());
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicReference<String> failure = new AtomicReference<>();

  /** Set by who closes, read by who asks for health. */
  private volatile boolean stopping;

  /** Guarded by this. */
  private @Nullable RulesFileWatch watch;

  /** Has a thread of its own. Guarded by this. */
  private @Nullable StreamsMeters kafkaMetrics;

  /** Guarded by this. */
  private @Nullable HttpService server;

  /** Guarded by this. */
  private boolean closed;

  private Service(ServiceConfig config, @Nullable HttpSettings http) {
    this.config = config;
    this.http = http;
    rules = LiveRules.of(config.rules().rules());
    streams = create();
    rollup = config.analytics() == null ? null : new RollupApplication(config, config.analytics());
    streams.setUncaughtExceptionHandler(
        error -> {
          fail(error);
          return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    streams.setStateListener(
        (newState, oldState) -> {
          LOG.info("{}: {}", config.application(), newState);
          if (newState == State.ERROR) {
            failure.compareAndSet(null, "all its threads have ended");
            ended.countDown();
          }
        });
  }

  private KafkaStreams create() {
    try {
      Properties settings = config.kafka().streams(config.application());
      if (http != null) {
        // What other instances know this one by.
        settings.putIfAbsent(StreamsConfig.APPLICATION_SERVER_CONFIG, HttpAddress.of(http));
      }
      return new KafkaStreams(LimiterTopology.build(config, rules), settings);
    } catch (IllegalStateException e) {
      throw new UserError(config.file() + ": " + e.getMessage());
    } catch (KafkaException e) {
      throw new UserError(config.file() + ": kafka: " + RootMessage.of(e));
    }
  }

  private void fail(Throwable error) {
    LOG.error("{}: a thread has ended, and so does the service", config.application(), error);
    failure.compareAndSet(null, RootMessage.ofOurs(error));
  }

  /**
   * Checks all that can be checked before anything starts, and makes topics if it is to.
   *
   * @param config what the service does
   * @return the service, not started
   * @throws UserError if something is to be mended, with a line for each
   * @throws io.headgate.service.kafka.BrokerException if the brokers cannot be asked
   */
  public static Service prepare(ServiceConfig config) {
    config.warnings().forEach(LOG::warn);
    HttpSettings http = config.http() == null ? null : HttpAddress.settings(config.http());
    try (Brokers brokers = Brokers.connect(config.kafka())) {
      TopicCheck.Result topics = TopicCheck.checkAndMake(config, brokers);
      topics.warnings().forEach(LOG::warn);
      if (!topics.errors().isEmpty()) {
        throw new UserError(String.join("\n", topics.errors()));
      }
      if (!topics.made().isEmpty()) {
        LOG.info("topics made: {}", String.join(", ", topics.made()));
      }
    }
    return new Service(config, http);
  }

  /** Starts it. Returns when the limits' topic was read, and before the first record is judged. */
  public void start() {
    synchronized (this) {
      if (closed) {
        return;
      }
      if (http != null) {
        server = listen(http);
      }
      Path file = config.rules().file();
      watch = file == null ? null : RulesFileWatch.start(file, RULES_INTERVAL, rules);
    }
    LOG.info(
        "{}: from {} to {}, blocked records to {}",
        config.application(),
        config.sources(),
        config.output().of("*"),
        config.blocked().topic());
    streams.start();
    if (rollup != null) {
      rollup.start();
    }
  }

  private HttpService listen(HttpSettings settings) {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    LiveBackend backend =
        new LiveBackend(
            config,
            rules,
            streams,
            this::health,
            this::figures,
            HttpAddress.self(config.kafka(), settings));
    kafkaMetrics = new StreamsMeters(streams);
    List.of(
            kafkaMetrics,
            new JvmMemoryMetrics(),
            new JvmThreadMetrics(),
            new ProcessorMetrics(),
            new UptimeMetrics())
        .forEach(metrics -> metrics.bindTo(registry));
    try {
      return HttpService.start(settings, backend, registry);
    } catch (IllegalStateException e) {
      throw new UserError(config.file() + ": http: " + e.getMessage());
    }
  }

  /**
   * Says where the page is.
   *
   * @return its address; nothing if nothing is shown over HTTP, or not yet
   */
  public synchronized Optional<String> address() {
    return server == null || http == null
        ? Optional.empty()
        : Optional.of("http://" + HttpAddress.of(http) + "/");
  }

  /**
   * Waits until it has failed, or was closed.
   *
   * @return why it failed; nothing if it did not
   * @throws InterruptedException if the thread is interrupted
   */
  public Optional<String> await() throws InterruptedException {
    ended.await();
    return failure();
  }

  /**
   * Says why it failed.
   *
   * @return the reason; nothing if it did not
   */
  public Optional<String> failure() {
    return Optional.ofNullable(failure.get());
  }

  /**
   * Says how it is.
   *
   * @return whether it is alive and ready, and why not
   */
  public Health health() {
    State state = streams.state();
    boolean alive = failure.get() == null && state != State.ERROR && !closedByItself(state);
    List<String> reasons = new ArrayList<>();
    failure().ifPresent(reason -> reasons.add("failed: " + reason));
    if (stopping) {
      reasons.add("stopping");
    }
    if (state != State.RUNNING) {
      reasons.add("Kafka Streams is " + state);
    } else {
      progress.look(streams.metrics().values(), System.nanoTime()).ifPresent(reasons::add);
    }
    return new Health(alive, reasons.isEmpty(), reasons);
  }

  private boolean closedByItself(State state) {
    return state == State.NOT_RUNNING && !stopping;
  }

  /**
   * Counts, as of now, what this instance's tasks have done.
   *
   * @return totals and states, summed over the tasks
   */
  public Snapshot figures() {
    return LimiterFigures.read(
        streams.metrics().values(),
        streams.state().toString(),
        config.application(),
        rules.rules(),
        config.maxKeys());
  }

  /**
   * Returns what Kafka Streams runs.
   *
   * @return the application; closed with the service
   */
  public KafkaStreams streams() {
    return streams;
  }

  /**
   * Returns the rules as they are now and may be changed.
   *
   * @return the live rules
   */
  public LiveRules rules() {
    return rules;
  }

  /**
   * Ends it in order, within {@link #CLOSE_PATIENCE}: first it says that it is not ready, last it
   * commits and leaves its group, so that other instances take over at once. A second call waits
   * for the first.
   */
  @Override
  public void close() {
    stopping = true;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      if (watch != null) {
        watch.close();
      }
      boolean inTime = streams.close(RollupApplication.leaving(CLOSE_PATIENCE));
      if (!inTime) {
        failure.compareAndSet(
            null,
            "not ended within "
                + CLOSE_PATIENCE.toSeconds()
                + " s: what was not committed is judged again");
      }
      if (rollup != null) {
        rollup.close();
      }
      if (server != null) {
        // Last: until now it said that the service is not ready.
        server.close();
      }
      if (kafkaMetrics != null) {
        kafkaMetrics.close();
      }
      ended.countDown();
    }
    LOG.info("{}: ended", config.application());
  }
}
