package io.headgate.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** Where a broker, or a run of several processes, keeps its data. Stateless; any thread. */
public final class TemporaryDirectory {
  private TemporaryDirectory() {}

  /**
   * {@return a new directory among the temporary files of the system}
   *
   * @throws UncheckedIOException if there can be none
   */
  static Path create() {
    try {
      return Files.createTempDirectory("headgate-kafka-");
    } catch (IOException e) {
      throw new UncheckedIOException("no temporary directory for an embedded broker", e);
    }
  }

  /**
   * Deletes a directory with all that is in it; does nothing if it is gone already.
   *
   * @param root the directory
   * @throws UncheckedIOException if something of it stays behind
   */
  public static void delete(Path root) {
    if (!Files.exists(root)) {
      return;
    }
    try {
      Files.walkFileTree(root, new Deletion());
    } catch (IOException e) {
      throw new UncheckedIOException("temporary data stays behind: " + root, e);
    }
  }

  private static final class Deletion extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.deleteIfExists(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException error)
        throws IOException {
      if (error != null) {
        throw error;
      }
      Files.deleteIfExists(directory);
      return FileVisitResult.CONTINUE;
    }
  }
}
