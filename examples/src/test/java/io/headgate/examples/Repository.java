package io.headgate.examples;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Finds what stands around the module that a test runs in. */
public final class Repository {

  private Repository() {}

  /** The folder that holds README and launcher. */
  public static Path root() {
    Path at = Path.of("").toAbsolutePath();
    while (at != null && !Files.exists(at.resolve("headgate"))) {
      at = at.getParent();
    }
    if (at == null) {
      throw new IllegalStateException("not inside the repository");
    }
    return at;
  }

  /** Real web traffic, where somebody has put it beside the repository. */
  public static Optional<Path> accessLog() {
    Path log = root().resolve("../shared/data/access.log").normalize();
    return Files.isReadable(log) ? Optional.of(log) : Optional.empty();
  }
}
