package io.headgate.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Produced;

/** One instance of an application, and the errors that its threads ended on. */
final class App implements AutoCloseable {

  private static final Duration CLOSE = Duration.ofSeconds(60);

  final KafkaStreams streams;

  private final String name;
  private final List<Throwable> errors = new CopyOnWriteArrayList<>();

  /**
   * Starts an application.
   *
   * @param config its settings
   * @param onError what follows an error of a thread
   * @param topology is given a builder
   */
  App(Properties config, StreamThreadExceptionResponse onError, Consumer<StreamsBuilder> topology) {
    this(config, onError, topology, streams -> {});
  }

  /** As the other one; {@code beforeStart} is given what is about to start. */
  App(
      Properties config,
      StreamThreadExceptionResponse onError,
      Consumer<StreamsBuilder> topology,
      Consumer<KafkaStreams> beforeStart) {
    StreamsBuilder builder = new StreamsBuilder();
    topology.accept(builder);
    name = config.getProperty(StreamsConfig.APPLICATION_ID_CONFIG);
    streams = new KafkaStreams(builder.build(), config);
    streams.setUncaughtExceptionHandler(
        error -> {
          errors.add(error);
          return onError;
        });
    beforeStart.accept(streams);
    streams.start();
  }

  /** Starts an application that ends on its first error. */
  App(Properties config, Consumer<StreamsBuilder> topology) {
    this(config, StreamThreadExceptionResponse.SHUTDOWN_CLIENT, topology);
  }

  static KStream<String, String> stream(StreamsBuilder builder, String topic) {
    return builder.stream(topic, Consumed.with(Serdes.String(), Serdes.String()));
  }

  /** The limiter as most tests have it: from one topic to another. */
  static Consumer<StreamsBuilder> limited(String from, Headgate.Builder limiter, String to) {
    return builder ->
        stream(builder, from).processValues(limiter.<String, String>build()).to(to, strings());
  }

  static Produced<String, String> strings() {
    return Produced.with(Serdes.String(), Serdes.String());
  }

  String name() {
    return name;
  }

  List<Throwable> errors() {
    return errors;
  }

  void awaitRunning() {
    await("application " + name + " runs")
        .atMost(Cluster.LIMIT)
        .failFast(() -> assertThat(errors).isEmpty())
        .until(() -> streams.state() == KafkaStreams.State.RUNNING);
  }

  /** Waits for the error that ends the application. */
  Throwable awaitError() {
    await("application " + name + " ends on an error")
        .atMost(Cluster.LIMIT)
        .until(() -> !errors.isEmpty());
    return errors.get(0);
  }

  /**
   * Ends it cleanly, and has its group know at once: else the next instance waits for a timeout.
   */
  @Override
  @SuppressWarnings("deprecation") // What took its place is not in Kafka Streams 4.1.
  public void close() {
    boolean ended = streams.close(new KafkaStreams.CloseOptions().timeout(CLOSE).leaveGroup(true));
    assertThat(ended).as("application %s has ended", name).isTrue();
  }
}
