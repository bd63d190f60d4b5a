package io.headgate.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.opentest4j.AssertionFailedError;

/** Commands of this machine, run to their end. For any thread. */
final class Shell {

  private static final Duration LIMIT = Duration.ofMinutes(4);

  private final Path directory;
  private final Map<String, String> environment;

  /**
   * Prepares to run commands.
   *
   * @param directory where they run
   * @param environment what is set beside this process's own
   */
  Shell(Path directory, Map<String, String> environment) {
    this.directory = directory;
    this.environment = Map.copyOf(environment);
  }

  /** What a command left: its exit code, and what it wrote. */
  record Ran(int exitCode, String out, String err) {}

  /** Runs a command that must succeed, and returns what it wrote, without white space around. */
  String run(String... command) {
    Ran ran = attempt(command);
    if (ran.exitCode() != 0) {
      throw new AssertionFailedError(
          "%s ended with %d:\n%s%s"
              .formatted(List.of(command), ran.exitCode(), ran.out(), ran.err()));
    }
    return ran.out().strip();
  }

  /** Runs a command that may fail. */
  Ran attempt(String... command) {
    try {
      Path out = Files.createTempFile("headgate-", ".out");
      Path err = Files.createTempFile("headgate-", ".err");
      try {
        ProcessBuilder builder =
            new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().putAll(environment);
        return new Ran(
            exitCode(builder.start(), command),
            Files.readString(out, UTF_8),
            Files.readString(err, UTF_8));
      } finally {
        Files.delete(out);
        Files.delete(err);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int exitCode(Process process, String... command) {
    try {
      if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionFailedError(List.of(command) + " does not end");
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new AssertionFailedError(List.of(command) + " was interrupted", e);
    }
  }
}
