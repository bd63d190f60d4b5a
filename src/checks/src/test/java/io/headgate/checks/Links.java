package io.headgate.checks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Follows the links of pages to files and headings; those with a scheme are not asked for. */
final class Links {

  private static final Pattern SCHEME = Pattern.compile("[a-z][a-z0-9+.-]*:.*");

  private final Path root;
  private final Map<Path, Page> pages = new HashMap<>();
  private final List<String> problems = new ArrayList<>();
  private int followed;

  private Links(Path root) {
    this.root = root;
  }

  /** What was found. */
  record Result(List<String> problems, int followed) {}

  static Result follow(Path root) throws IOException {
    Links links = new Links(root.toRealPath());
    for (Path file : Repository.pages(links.root)) {
      for (String link : links.page(file).links) {
        links.follow(file, link);
      }
    }
    return new Result(links.problems, links.followed);
  }

  private Page page(Path file) throws IOException {
    Page known = pages.get(file);
    if (known == null) {
      known = Page.read(file);
      pages.put(file, known);
    }
    return known;
  }

  private void follow(Path from, String link) throws IOException {
    if (SCHEME.matcher(link).matches()) {
      return;
    }
    followed++;
    int hash = link.indexOf('#');
    String path = hash < 0 ? link : link.substring(0, hash);
    Path parent = from.getParent();
    Path to = path.isEmpty() || parent == null ? from : parent.resolve(path).normalize();
    if (!to.startsWith(root)) {
      problem(from, link, "leads out of the repository");
    } else if (!Files.exists(to)) {
      problem(from, link, "no such file");
    } else if (!to.toRealPath().equals(to)) {
      problem(from, link, "the file is called " + to.toRealPath().getFileName());
    } else if (hash >= 0 && !to.toString().endsWith(".md")) {
      problem(from, link, "only a page has headings");
    } else if (hash >= 0 && !page(to).anchors.contains(link.substring(hash + 1))) {
      problem(from, link, "no such heading, found " + page(to).anchors);
    }
  }

  private void problem(Path from, String link, String what) {
    problems.add(root.relativize(from) + ": " + link + ": " + what);
  }
}
