package io.headgate.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A JVM in a process of its own, with this one's class path, that can be killed and frozen.
 *
 * <p>Its standard input is open as long as it is to live. So a main class that ends when its input
 * does, see {@link #awaitEnd}, is stopped cleanly by {@link #stop}, and never outlives the process
 * that started it. Thread-safe.
 */
public final class ChildJvm implements AutoCloseable {

  private static final Duration KILL_LIMIT = Duration.ofSeconds(30);
  private static final Duration SIGNAL_LIMIT = Duration.ofSeconds(10);

  /** Those that a process which is told to end takes with it: a frozen one sees no end of input. */
  private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> RUNNING.forEach(Process::destroyForcibly), "kill-children"));
  }

  private final String name;
  private final Process process;

  private ChildJvm(String name, Process process) {
    this.name = name;
    this.process = process;
  }

  /**
   * Starts a process.
   *
   * @param name of the process, for messages and its threads here
   * @param jvmOptions options of the JVM
   * @param main the class to run
   * @param arguments its arguments
   * @param log file that gets its standard error, appended
   * @param lines is given each line of its standard output, on a thread of its own
   * @return the process, which may not be ready for anything yet
   * @throws UncheckedIOException if it cannot be started
   */
  public static ChildJvm start(
      String name,
      List<String> jvmOptions,
      Class<?> main,
      List<String> arguments,
      Path log,
      Consumer<String> lines) {
    return startBy(List.of(), name, jvmOptions, main, arguments, log, lines);
  }

  /**
   * Starts a process by a command that becomes it, as {@code nice} does; else as {@link #start}.
   *
   * @param by the command and its options, such as {@code nice -n 10}
   * @param name of the process, for messages and its threads here
   * @param jvmOptions options of the JVM
   * @param main the class to run
   * @param arguments its arguments
   * @param log file that gets its standard error, appended
   * @param lines is given each line of its standard output, on a thread of its own
   * @return the process, which may not be ready for anything yet
   * @throws UncheckedIOException if it cannot be started
   */
  public static ChildJvm startBy(
      List<String> by,
      String name,
      List<String> jvmOptions,
      Class<?> main,
      List<String> arguments,
      Path log,
      Consumer<String> lines) {
    List<String> command = new ArrayList<>(by);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmOptions);
    command.add("-cp");
    // A test runner may have put the class path into the manifest of a jar.
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(main.getName());
    command.addAll(arguments);
    try {
      Process process =
          new ProcessBuilder(command).redirectError(Redirect.appendTo(log.toFile())).start();
      RUNNING.add(process);
      Thread reader = new Thread(() -> read(process, lines), name + "-output");
      reader.setDaemon(true);
      reader.start();
      return new ChildJvm(name, process);
    } catch (IOException e) {
      throw new UncheckedIOException(name + " cannot be started", e);
    }
  }

  private static void read(Process process, Consumer<String> lines) {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.accept(line);
      }
    } catch (IOException e) {
      // The process is gone, in the middle of a line perhaps.
    } finally {
      RUNNING.remove(process);
    }
  }

  /**
   * In the child: returns when the parent wants it to end, or has ended itself.
   *
   * @throws UncheckedIOException if standard input cannot be read
   */
  public static void awaitEnd() {
    try {
      while (System.in.read() >= 0) {
        // Nothing is sent; what counts is the end.
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Gives the process a line on its standard input, where {@link #awaitEnd} would pass over it.
   *
   * @param line without its end
   * @throws UncheckedIOException if the process has ended
   */
  public void send(String line) {
    try {
      process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(name + " does not listen", e);
    }
  }

  /** {@return whether the process runs, frozen or not} */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** {@return the name that it was started with} */
  public String name() {
    return name;
  }

  /** Kills the process, frozen or not, and waits until it is gone. It has no say in it. */
  public void kill() {
    process.destroyForcibly();
    if (!endsWithin(KILL_LIMIT)) {
      throw new IllegalStateException(name + " does not die");
    }
  }

  /** Freezes the process ({@code SIGSTOP}). */
  public void suspend() {
    signal("-STOP");
  }

  /** Lets a frozen process go on ({@code SIGCONT}). */
  public void resume() {
    signal("-CONT");
  }

  private void signal(String signal) {
    try {
      Process kill =
          // The shell's own: not every machine has the command.
          new ProcessBuilder("sh", "-c", "kill " + signal + " " + process.pid())
              .redirectErrorStream(true)
              .redirectOutput(Redirect.DISCARD)
              .start();
      if (!kill.waitFor(SIGNAL_LIMIT.toSeconds(), TimeUnit.SECONDS) || kill.exitValue() != 0) {
        throw new IllegalStateException(name + ": kill " + signal + " failed; has it ended?");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(name + ": there is no shell to kill it with", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /**
   * Ends the process's input, and waits until the process has ended for it.
   *
   * @param limit how long to wait
   * @return its exit code
   * @throws IllegalStateException if it does not end; it is killed then
   */
  public int stop(Duration limit) {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // It has ended already.
    }
    if (!endsWithin(limit)) {
      kill();
      throw new IllegalStateException(name + " did not stop within " + limit.toSeconds() + " s");
    }
    return process.exitValue();
  }

  private boolean endsWithin(Duration limit) {
    try {
      return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Kills the process if it still runs. */
  @Override
  public void close() {
    kill();
  }
}
