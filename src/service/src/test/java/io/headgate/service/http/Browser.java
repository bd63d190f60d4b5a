package io.headgate.service.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A real browser, which node drives by a script of {@code src/test/browser}. */
public final class Browser {

  private static final Path SOURCES = Path.of("src/test/browser");
  private static final Path WORK = Path.of("target/browser");

  private final Path chromium;

  private Browser(Path chromium) {
    this.chromium = chromium;
  }

  /**
   * Finds it, or skips the test, loudly, where there is none and nobody relies on it.
   *
   * @return the browser
   * @throws Exception if what drives it cannot be installed
   */
  public static Browser find() throws Exception {
    Path chromium = onPath("chromium");
    boolean all = chromium != null && onPath("node") != null && onPath("npm") != null;
    if (!all && System.getenv("CI") == null) {
      System.err.println(
          "######## NO CHROMIUM, NODE OR NPM HERE: THE PAGE IS NOT TESTED IN A BROWSER ########");
    }
    assumeTrue(all || System.getenv("CI") != null, "needs chromium, node and npm");
    assertThat(all).as("chromium, node and npm are on the path").isTrue();
    Files.createDirectories(shots());
    install();
    return new Browser(Path.of(String.valueOf(chromium)));
  }

  /** Installs what drives it, unless it is; a test in another process waits meanwhile. */
  private static void install() throws Exception {
    Files.createDirectories(WORK);
    try (FileChannel lock =
        FileChannel.open(
            WORK.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      lock.lock();
      boolean installed = Files.exists(WORK.resolve("node_modules"));
      for (String name : List.of("package.json", "package-lock.json")) {
        Path source = SOURCES.resolve(name);
        Path copy = WORK.resolve(name);
        if (!Files.exists(copy) || Files.mismatch(source, copy) >= 0) {
          Files.copy(source, copy, StandardCopyOption.REPLACE_EXISTING);
          installed = false;
        }
      }
      if (!installed) {
        run(
            Map.of(),
            "npm",
            "ci",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--loglevel=error");
      }
    }
  }

  /**
   * Says where pictures of the page go.
   *
   * @return a folder
   */
  public static Path shots() {
    return Path.of("target/screenshots").toAbsolutePath();
  }

  /**
   * Runs a script's tests; fails if one of them does.
   *
   * @param script name of the script
   * @param told what it is told
   * @throws Exception if it cannot be run
   */
  public void test(String script, Map<String, String> told) throws Exception {
    Files.copy(SOURCES.resolve(script), WORK.resolve(script), StandardCopyOption.REPLACE_EXISTING);
    Map<String, String> environment = new HashMap<>(told);
    environment.put("CHROMIUM", chromium.toString());
    environment.put("SHOTS", shots().toString());
    run(environment, "node", "--test", "--test-reporter=spec", script);
  }

  private static @Nullable Path onPath(String command) {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
        .map(folder -> Path.of(folder, command))
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(null);
  }

  /** Runs a command in the work folder, and shows what it says; fails if it does. */
  private static void run(Map<String, String> environment, String... command) throws Exception {
    Path output = Files.createTempFile(WORK, "output", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(WORK.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    boolean ended = process.waitFor(6, TimeUnit.MINUTES);
    if (!ended) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    String said = Files.readString(output, StandardCharsets.UTF_8);
    System.out.println(said);
    assertThat(ended).as("ended in time").isTrue();
    assertThat(process.exitValue()).as(() -> String.join(" ", command) + "\n" + said).isZero();
  }
}
