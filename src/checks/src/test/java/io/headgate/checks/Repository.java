package io.headgate.checks;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The checkout that these tests run in. Stateless. */
final class Repository {

  private static final Set<String> NOT_OURS = Set.of("target", "node_modules", ".git");
  private static final Pattern MODULE = Pattern.compile("<module>([^<]+)</module>");

  private Repository() {}

  /** The directory of the launcher, above this module's. */
  static Path root() {
    Path root = Path.of("").toAbsolutePath();
    while (!Files.exists(root.resolve("headgate")) || !Files.exists(root.resolve("pom.xml"))) {
      root = root.getParent();
      if (root == null) {
        throw new IllegalStateException("not in a checkout: " + Path.of("").toAbsolutePath());
      }
    }
    return root;
  }

  /** The directories of the modules, in the order of the root's list. */
  static List<Path> modules() throws IOException {
    List<Path> modules = new ArrayList<>();
    Matcher module = MODULE.matcher(Files.readString(root().resolve("pom.xml")));
    while (module.find()) {
      modules.add(root().resolve(module.group(1)));
    }
    return modules;
  }

  /** The pages below a directory, sorted. */
  static List<Path> pages(Path below) throws IOException {
    List<Path> pages = new ArrayList<>();
    Files.walkFileTree(
        below,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            return NOT_OURS.contains(String.valueOf(directory.getFileName()))
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".md")) {
              pages.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    pages.sort(null);
    return pages;
  }
}
