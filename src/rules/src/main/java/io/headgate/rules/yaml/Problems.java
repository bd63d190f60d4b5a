package io.headgate.rules.yaml;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.snakeyaml.engine.v2.exceptions.Mark;

/** What is wrong with one file, as its reader finds it. Belongs to one thread. */
public final class Problems {

  /** Who has so many has seen enough. */
  private static final int MAX = 100;

  private static final int MAX_TEXT = 200;

  private final String file;
  private final List<Problem> all = new ArrayList<>();

  /**
   * Starts without any.
   *
   * @param file what errors call the file
   */
  public Problems(String file) {
    this.file = oneLine(file);
  }

  /**
   * Returns how many there are.
   *
   * @return 0 or more
   */
  public int count() {
    return all.size();
  }

  /**
   * Adds one that mends itself once it is known.
   *
   * @param at where
   * @param found what stands there
   * @param expected what should
   * @throws YamlException if there are too many
   */
  public void add(YamlAt at, String found, String expected) {
    add(at, found, expected, "");
  }

  /**
   * Adds one.
   *
   * @param at where
   * @param found what stands there
   * @param expected what should
   * @param mend what to do; or empty
   * @throws YamlException if there are too many
   */
  public void add(YamlAt at, String found, String expected, String mend) {
    Mark mark = at.node().getStartMark().orElse(null);
    int line = mark == null ? 0 : mark.getLine() + 1;
    int column = mark == null ? 0 : mark.getColumn() + 1;
    add(line, column, at.path(), found, expected, mend);
  }

  /**
   * Adds one that has no node.
   *
   * @param line from 1; 0 if it is the file as a whole
   * @param column from 1; 0 if it is the file as a whole
   * @param path where in the file; empty at the top
   * @param found what stands there
   * @param expected what should
   * @param mend what to do; or empty
   * @throws YamlException if there are too many
   */
  public void add(int line, int column, String path, String found, String expected, String mend) {
    all.add(
        new Problem(file, line, column, path, oneLine(found), oneLine(expected), oneLine(mend)));
    if (all.size() == MAX) {
      throw exception();
    }
  }

  /**
   * Ends the reading of a file.
   *
   * @throws YamlException if there are any
   */
  public void throwIfAny() {
    if (!all.isEmpty()) {
      throw exception();
    }
  }

  /**
   * Makes the error that says them all.
   *
   * @return the error
   */
  public YamlException exception() {
    List<Problem> sorted = new ArrayList<>(all);
    sorted.sort(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column));
    return new YamlException(sorted);
  }

  /**
   * Makes a text one that may stand in an error: in one line, and not too long.
   *
   * @param text any
   * @return at most 203 characters
   */
  public static String oneLine(String text) {
    return oneLine(text, MAX_TEXT);
  }

  /**
   * Makes a text one that may stand in an error: in one line, and not too long.
   *
   * @param text any
   * @param most characters that are kept
   * @return at most three characters more
   */
  public static String oneLine(String text, int most) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < text.length() && i < most; i++) {
      char c = text.charAt(i);
      boolean plain = !Character.isISOControl(c) && c != '\u2028' && c != '\u2029';
      line.append(plain ? c : ' ');
    }
    return text.length() > most ? line.append("...").toString() : line.toString();
  }
}
