package io.headgate.streams;

import io.headgate.rules.RulesException;
import io.headgate.rules.RulesFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets rules follow their file: looks at it every so often, and takes it over when its bytes are
 * others. Bytes, not times and not the file system's notices: neither of them is to be trusted
 * where the file is a link that somebody turns, as configuration in containers is. A file that is
 * wrong, or says what cannot be changed while the limiter runs, is refused with its reasons; the
 * rules stay as they were. Safe for any thread; has one of its own until it is closed.
 */
public final class RulesFileWatch implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RulesFileWatch.class);

  private final Path file;
  private final LiveRules rules;
  private final ScheduledExecutorService thread;

  /** What was read last, good or bad; the thread's alone after the start. */
  private byte @Nullable [] seen;

  private RulesFileWatch(Path file, LiveRules rules) {
    this.file = file;
    this.rules = rules;
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread daemon = new Thread(task, "headgate-rules-" + file.getFileName());
              daemon.setDaemon(true);
              return daemon;
            });
  }

  /**
   * Starts to watch a file.
   *
   * @param file the rules' file; what it says now counts as a change too, if it is one
   * @param interval between two looks, more than 0
   * @param rules that change with it
   * @return the watch; to be closed
   */
  public static RulesFileWatch start(Path file, Duration interval, LiveRules rules) {
    RulesFileWatch watch = new RulesFileWatch(file, rules);
    var unused =
        watch.thread.scheduleWithFixedDelay(
            watch::look, 0, interval.toNanos(), TimeUnit.NANOSECONDS);
    return watch;
  }

  private void look() {
    try {
      byte[] bytes = Files.readAllBytes(file);
      if (Arrays.equals(bytes, seen)) {
        return;
      }
      seen = bytes;
      takeOver();
    } catch (IOException e) {
      if (seen == null || seen.length > 0) {
        // Once, not at each look: it may be gone for as long as somebody replaces it.
        LOG.warn(
            "rules file {} cannot be read: {}; the rules stay as they are", file, e.toString());
        seen = new byte[0];
      }
    } catch (RuntimeException e) {
      // Whatever it is, the next look must come.
      LOG.error("rules file {} could not be taken over; the rules stay as they are", file, e);
    }
  }

  private void takeOver() throws IOException {
    Optional<String> refusal;
    try {
      refusal = rules.replace(RulesFile.read(file));
    } catch (RulesException e) {
      refusal = rules.refuse(String.valueOf(e.getMessage()));
    }
    if (refusal.isPresent()) {
      LOG.warn("rules file {} is refused, the rules stay as they are: {}", file, refusal.get());
    } else {
      LOG.info("rules file {} is taken over as version {}", file, rules.version());
    }
  }

  /** Ends the watch; the rules stay as they are. */
  @Override
  public void close() {
    thread.shutdownNow();
  }
}
