package io.headgate.docker;

import java.nio.file.Files;
import java.nio.file.Path;

/** Finds what this module is about. */
final class Repository {

  private Repository() {}

  /** The folder with compose.yaml. */
  static Path docker() {
    Path at = Path.of("").toAbsolutePath();
    while (at != null && !Files.exists(at.resolve("docker/compose.yaml"))) {
      at = at.getParent();
    }
    if (at == null) {
      throw new IllegalStateException("not inside the repository");
    }
    return at.resolve("docker");
  }
}
