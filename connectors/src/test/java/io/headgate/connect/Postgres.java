package io.headgate.connect;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.headgate.testkit.FreePorts;
import io.headgate.testkit.TemporaryDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A PostgreSQL of its own: a free port, a fresh directory, gone when closed. */
final class Postgres implements AutoCloseable {

  private static final Path DEBIAN = Path.of("/usr/lib/postgresql");

  private final Path bin;
  private final Path directory;
  private final int port;

  private Postgres(Path bin, Path directory, int port) {
    this.bin = bin;
    this.directory = directory;
    this.port = port;
  }

  /** Starts one; where there is no PostgreSQL on the machine the test is left out, and says so. */
  static Postgres start() throws IOException {
    Optional<Path> bin = binaries();
    if (bin.isEmpty()) {
      System.err.println("NOT TESTED: there is no PostgreSQL on this machine (Debian: postgresql)");
    }
    assumeTrue(bin.isPresent(), "needs PostgreSQL's server, of Debian's package postgresql");
    Path directory = Files.createTempDirectory("headgate-postgres");
    Postgres postgres = new Postgres(bin.orElseThrow(), directory, FreePorts.choose(1).get(0));
    if (isRoot()) {
      // PostgreSQL refuses to be run by root; Debian's package makes this user.
      run(List.of("chown", "postgres", directory.toString()));
    }
    String data = directory.resolve("data").toString();
    postgres.as("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N");
    postgres.as(
        "pg_ctl",
        "-D",
        data,
        "-w",
        "-l",
        directory.resolve("log").toString(),
        "-o",
        "-p "
            + postgres.port
            + " -k "
            + directory
            + " -c listen_addresses=127.0.0.1 -c fsync=off -c timezone=UTC",
        "start");
    return postgres;
  }

  private static Optional<Path> binaries() throws IOException {
    if (!Files.isDirectory(DEBIAN)) {
      return Optional.empty();
    }
    try (Stream<Path> versions = Files.list(DEBIAN)) {
      return versions
          .map(version -> version.resolve("bin"))
          .filter(path -> Files.isExecutable(path.resolve("initdb")))
          .max(Comparator.naturalOrder());
    }
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  private String as(String command, String... arguments) throws IOException {
    List<String> line = new ArrayList<>();
    if (isRoot()) {
      line.addAll(List.of("runuser", "-u", "postgres", "--"));
    }
    line.add(bin.resolve(command).toString());
    line.addAll(List.of(arguments));
    return run(line);
  }

  private static String run(List<String> line) throws IOException {
    Path out = Files.createTempFile("headgate", ".out");
    try {
      // A server that is left behind keeps a pipe open for ever; a file it may.
      int exit =
          new ProcessBuilder(line)
              .directory(Path.of("/").toFile())
              .redirectErrorStream(true)
              .redirectOutput(out.toFile())
              .start()
              .waitFor();
      String said = Files.readString(out, StandardCharsets.UTF_8);
      if (exit != 0) {
        throw new IllegalStateException(line + " ends with " + exit + ": " + said);
      }
      return said.strip();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    } finally {
      Files.delete(out);
    }
  }

  String url() {
    return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
  }

  /** The one value of a query. */
  String query(String sql) throws IOException {
    return as(
        "psql", "-h", "127.0.0.1", "-p", String.valueOf(port), "-U", "postgres", "-At", "-c", sql);
  }

  @Override
  public void close() throws IOException {
    as("pg_ctl", "-D", directory.resolve("data").toString(), "-m", "immediate", "stop");
    TemporaryDirectory.delete(directory);
  }
}
