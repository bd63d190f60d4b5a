package io.headgate.chaos;

import io.headgate.streams.Headgate;
import io.headgate.testkit.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/**
 * The main class of an instance: a limiter between two topics, as a user would write it, until its
 * input ends. On standard output it tells of its states, a line each.
 */
final class Instance {

  /** Before the name of a state of Kafka Streams. */
  static final String STATE = "state ";

  /** Before the error that a stream thread ended on. */
  static final String ERROR = "error ";

  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(30);

  private Instance() {}

  /** Runs an instance: its directory, the file of its counts, and the {@link Setup}. */
  public static void main(String[] arguments) {
    Setup setup = Setup.of(Arrays.copyOfRange(arguments, 2, arguments.length));
    JudgedCounts judged = JudgedCounts.open(Path.of(arguments[1]));
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(Setup.REQUESTS, Consumed.with(Serdes.String(), Serdes.String()))
        .peek((user, value) -> judged.add(Setup.number(user)))
        .processValues(
            Headgate.limit(Setup.LIMIT)
                .blockedTo(Setup.BLOCKED)
                .delivery(setup.delivery())
                .emit(setup.emit())
                .ring(Setup.RING, Setup.SLOTS)
                .maxEventsPerSecond(Setup.MAX_EVENTS_PER_SECOND)
                .build())
        .to(Setup.ADMITTED, Produced.with(Serdes.String(), Serdes.String()));
    KafkaStreams streams = new KafkaStreams(builder.build(), setup.streams(arguments[0]));
    streams.setStateListener((state, before) -> System.out.println(STATE + state));
    streams.setUncaughtExceptionHandler(
        error -> {
          System.out.println(ERROR + causes(error));
          error.printStackTrace();
          // What a supervisor does with a process that ends on an error.
          return StreamThreadExceptionResponse.REPLACE_THREAD;
        });
    streams.start();
    ChildJvm.awaitEnd();
    boolean ended =
        streams.close(
            CloseOptions.timeout(CLOSE_LIMIT)
                .withGroupMembershipOperation(GroupMembershipOperation.LEAVE_GROUP));
    System.exit(ended ? 0 : 1);
  }

  /** An error and what caused it, on one line. */
  private static String causes(Throwable error) {
    StringBuilder text = new StringBuilder(error.toString());
    for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) {
      text.append(" <- ").append(cause);
    }
    return text.toString().replace('\n', ' ');
  }
}
