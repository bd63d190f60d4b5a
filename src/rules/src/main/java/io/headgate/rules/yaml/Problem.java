package io.headgate.rules.yaml;

/**
 * One thing that is wrong with a file, and how to mend it.
 *
 * @param file name of the file
 * @param line where it is, from 1; 0 if it is the file as a whole
 * @param column where in the line, from 1; 0 if it is the file as a whole
 * @param path where in the file, such as {@code rules[2].limits[0]}; empty at the top
 * @param found what stands there
 * @param expected what should
 * @param mend what to do, where that is not plain; or empty
 */
public record Problem(
    String file, int line, int column, String path, String found, String expected, String mend) {

  /** Says all of it in one line. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(file);
    if (line > 0) {
      text.append(':').append(line).append(':').append(column);
    }
    text.append(": ");
    if (!path.isEmpty()) {
      text.append(path).append(": ");
    }
    text.append("found ").append(found).append(", expected ").append(expected);
    if (!mend.isEmpty()) {
      text.append("; ").append(mend);
    }
    return text.toString();
  }
}
