package io.headgate.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The project's own files, as they lie around the module that a test runs in. Stateless. */
public final class Checkout {
  private Checkout() {}

  /**
   * {@return the directory of the launcher and the README}
   *
   * @throws IllegalStateException if the tests run somewhere else
   */
  public static Path root() {
    return upwards()
        .filter(path -> Files.isRegularFile(path.resolve("headgate")))
        .findFirst()
        .orElseThrow(
            () -> new IllegalStateException("not in a checkout: " + Path.of("").toAbsolutePath()));
  }

  /**
   * {@return 10,000 lines of real web traffic, on machines that have them beside the project or
   * above it}
   */
  public static Optional<Path> accessLog() {
    return upwards()
        .map(path -> path.resolve("shared").resolve("data").resolve("access.log"))
        .filter(Files::isReadable)
        .findFirst();
  }

  private static Stream<Path> upwards() {
    return Stream.iterate(Path.of("").toAbsolutePath(), path -> path != null, Path::getParent);
  }
}
