package io.headgate.checks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The commands that the launcher names at its top, and those that pages show. */
final class Launcher {

  private static final Pattern NAMED = Pattern.compile("#   \\./headgate (.+?)(?: \\[--help])?");
  private static final Pattern SHOWN =
      Pattern.compile("(?:^|[ (])(?:\\./)?headgate ([a-z][a-z0-9]*)(?: ([a-z][a-z0-9]*))?.*");

  private Launcher() {}

  /** Of one word, or of two. */
  static Set<String> commands(Path root) throws IOException {
    Set<String> commands = new TreeSet<>();
    for (String line : Files.readAllLines(root.resolve("headgate"))) {
      Matcher named = NAMED.matcher(line);
      if (named.matches()) {
        commands.addAll(List.of(named.group(1).split(" \\| ", -1)));
      }
    }
    return commands;
  }

  /** What the pages show that the launcher does not name. */
  static List<String> unknown(Path root) throws IOException {
    Set<String> commands = commands(root);
    List<String> unknown = new ArrayList<>();
    for (Path file : Repository.pages(root)) {
      Page page = Page.read(file);
      List<String> code = new ArrayList<>(page.codeSpans);
      page.codeLines.stream().filter(line -> line.contains("./headgate ")).forEach(code::add);
      for (String each : code) {
        Matcher shown = SHOWN.matcher(each);
        if (shown.lookingAt()
            && !commands.contains(shown.group(1))
            && !commands.contains(shown.group(1) + " " + shown.group(2))) {
          unknown.add(root.relativize(file) + ": " + each);
        }
      }
    }
    return unknown;
  }
}
