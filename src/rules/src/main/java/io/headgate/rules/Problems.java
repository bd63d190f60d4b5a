package io.headgate.rules;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.snakeyaml.engine.v2.exceptions.Mark;

/** What is wrong with one file, as its reader finds it. Belongs to one thread. */
final class Problems {

  /** Who has so many has seen enough. */
  private static final int MAX = 100;

  private static final int MAX_TEXT = 200;

  private final String file;
  private final List<Problem> all = new ArrayList<>();

  Problems(String file) {
    this.file = oneLine(file);
  }

  int count() {
    return all.size();
  }

  void add(YamlAt at, String found, String expected) {
    add(at, found, expected, "");
  }

  void add(YamlAt at, String found, String expected, String mend) {
    Mark mark = at.node().getStartMark().orElse(null);
    int line = mark == null ? 0 : mark.getLine() + 1;
    int column = mark == null ? 0 : mark.getColumn() + 1;
    add(line, column, at.path(), found, expected, mend);
  }

  void add(int line, int column, String path, String found, String expected, String mend) {
    all.add(
        new Problem(file, line, column, path, oneLine(found), oneLine(expected), oneLine(mend)));
    if (all.size() == MAX) {
      throw exception();
    }
  }

  void throwIfAny() {
    if (!all.isEmpty()) {
      throw exception();
    }
  }

  RulesException exception() {
    List<Problem> sorted = new ArrayList<>(all);
    sorted.sort(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column));
    return new RulesException(sorted);
  }

  /** A text as it may stand in an error: in one line, and not too long. */
  static String oneLine(String text) {
    return oneLine(text, MAX_TEXT);
  }

  static String oneLine(String text, int most) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < text.length() && i < most; i++) {
      char c = text.charAt(i);
      boolean plain = !Character.isISOControl(c) && c != '\u2028' && c != '\u2029';
      line.append(plain ? c : ' ');
    }
    return text.length() > most ? line.append("...").toString() : line.toString();
  }
}
