package io.headgate.bench.e2e;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.headgate.testkit.ChildJvm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The driver's hold of one application's process. Belongs to the driver's thread. */
final class Subject implements AutoCloseable {

  private static final Duration ANSWER_LIMIT = Duration.ofMinutes(10);
  private static final Duration STOP_LIMIT = Duration.ofMinutes(2);
  private static final long LOOK_MILLIS = 200;
  private static final int FEW_KEYS = 1_000_000;
  private static final Pattern PAUSE = Pattern.compile("Pause.* ([0-9.]+)ms");

  final Setup setup;
  private final Path log;
  private final Path collections;
  private final ChildJvm process;
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private final ObjectMapper json = new ObjectMapper();

  /**
   * Starts the process, and the application in it.
   *
   * @param directory for its logs and state
   * @param profiles where its flight recording goes; null for none
   */
  Subject(Setup setup, Path directory, @Nullable Path profiles) {
    this.setup = setup;
    log = directory.resolve(setup.application() + ".log");
    collections = directory.resolve(setup.application() + ".gc");
    List<String> options = new ArrayList<>();
    String heap = setup.keys() > FEW_KEYS ? "6g" : "1g";
    options.add("-Xms" + heap);
    options.add("-Xmx" + heap);
    options.add("-XX:+UseG1GC");
    options.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=error");
    options.add("-Xlog:gc:file=" + collections);
    if (profiles != null) {
      // So that samples are not only taken where the JVM can stop.
      options.add("-XX:+UnlockDiagnosticVMOptions");
      options.add("-XX:+DebugNonSafepoints");
      Path recording = profiles.resolve(setup.application() + ".jfr");
      options.add("-XX:StartFlightRecording=settings=profile,filename=" + recording);
    }
    try {
      process =
          ChildJvm.start(
              setup.application(),
              options,
              Application.class,
              List.of(json.writeValueAsString(setup), directory.resolve("state").toString()),
              log,
              line -> {
                // The JVM itself may have something to say too.
                if (line.startsWith(Application.ANSWER)) {
                  answers.add(line.substring(Application.ANSWER.length()));
                }
              });
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
    ask(Application.START);
  }

  /** Lets records pass by, measures others, and pauses. */
  Slice measure(long passedBy, long measured) {
    return read(ask(Application.MEASURE + " " + passedBy + " " + measured), Slice.class);
  }

  /** Judges the records up to there, and tells of the whole life. */
  Standing finish(long records) {
    return read(ask(Application.FINISH + " " + records), Standing.class);
  }

  private String ask(String question) {
    process.send(question);
    long deadline = System.nanoTime() + ANSWER_LIMIT.toNanos();
    try {
      while (true) {
        String answer = answers.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        if (answer != null) {
          return answer;
        }
        if (!process.isAlive()) {
          throw new IllegalStateException(setup.variant().label + " failed, see " + log);
        }
        if (System.nanoTime() - deadline > 0) {
          throw new IllegalStateException(setup.variant().label + " takes too long, see " + log);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private <T> T read(String text, Class<T> type) {
    try {
      return json.readValue(text, type);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("not an answer: " + text, e);
    }
  }

  /** The longest pause for garbage collection so far, milliseconds. */
  double longestPause() {
    double longest = 0;
    try {
      for (String line : Files.readAllLines(collections)) {
        Matcher pause = PAUSE.matcher(line);
        // The driver asks for a full one at the end.
        if (pause.find() && !line.contains("System.gc()")) {
          longest = Math.max(longest, Double.parseDouble(pause.group(1)));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return longest;
  }

  /** Stops it cleanly, so that its changelog is whole. */
  void stop() {
    if (process.stop(STOP_LIMIT) != 0) {
      throw new IllegalStateException(setup.variant().label + " ended badly, see " + log);
    }
  }

  @Override
  public void close() {
    process.close();
  }
}
