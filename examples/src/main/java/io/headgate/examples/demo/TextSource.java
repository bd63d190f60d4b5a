package io.headgate.examples.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Records from the lines of a text. Shows the first lines that have no key or time. */
final class TextSource implements LineSource {

  private static final int SHOWN = 3;
  private static final int SHOWN_CHARS = 100;

  private final BufferedReader reader;
  private final LineParser parser;
  private final PrintStream complaints;
  private long number;
  private int shown;

  private TextSource(InputStream in, LineParser parser, PrintStream complaints) {
    // Malformed bytes become replacement characters: a log is not to stop at them.
    this.reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8), 1 << 16);
    this.parser = parser;
    this.complaints = complaints;
  }

  /**
   * Opens a file.
   *
   * @param path of the file; {@code -} for standard input
   * @param complaints where lines without key or time are shown
   */
  static TextSource open(String path, LineParser parser, PrintStream complaints) {
    if (path.equals("-")) {
      return new TextSource(System.in, parser, complaints);
    }
    Path file = Path.of(path);
    if (!Files.exists(file)) {
      throw new UserError("--input " + path + ": there is no such file");
    }
    if (Files.isDirectory(file)) {
      throw new UserError("--input " + path + ": is a directory, expected a file of lines");
    }
    try {
      return new TextSource(Files.newInputStream(file), parser, complaints);
    } catch (IOException e) {
      throw new UserError(
          "--input " + path + ": cannot be read (" + e.getClass().getSimpleName() + ")");
    }
  }

  @Override
  public @Nullable Line next() throws IOException {
    String text = reader.readLine();
    if (text == null) {
      return null;
    }
    number++;
    Line line = parser.parse(text);
    if (line.key() == null && shown < SHOWN) {
      shown++;
      String start = text.length() > SHOWN_CHARS ? text.substring(0, SHOWN_CHARS) + "..." : text;
      complaints.println(
          "line "
              + number
              + " bypassed: "
              + parser.complaint()
              + ": "
              + start
              + (shown == SHOWN ? " (further ones are counted, not shown)" : ""));
    }
    return line;
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
