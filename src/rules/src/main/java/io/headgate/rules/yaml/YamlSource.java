package io.headgate.rules.yaml;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.parser.Parser;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * Makes nodes of a YAML file, if it is one that can be trusted not to be a trap: of bounded size
 * and depth, in UTF-8, one document. Stateless.
 */
public final class YamlSource {

  /** The most bytes of UTF-8. */
  public static final int MAX_BYTES = 1 << 20;

  /** Of lists and mappings in each other: nodes are made by recursion. */
  private static final int MAX_DEPTH = 64;

  private static final int MAX_ALIASES = 1_000;

  private static final String YAML = "YAML 1.2";

  private YamlSource() {}

  /**
   * Reads the text of a file.
   *
   * @param file at most {@link #MAX_BYTES}
   * @param expected what it should be, for errors, such as {@code a file of rules}
   * @param problems that are there so far
   * @return the text
   * @throws YamlException if it cannot be read
   */
  public static String read(Path file, String expected, Problems problems) {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (NoSuchFileException e) {
      throw whole(problems, "no such file", expected);
    } catch (IOException e) {
      throw whole(problems, "a file that cannot be read (" + e + ")", expected);
    }
    checkSize(bytes.length, problems);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    CoderResult result = decoder.decode(in, out, true);
    if (result.isError()) {
      out.flip();
      int[] at = lineAndColumn(out.toString(), out.limit());
      problems.add(
          at[0],
          at[1],
          "",
          String.format("the byte 0x%02x", bytes[in.position()]),
          "UTF-8",
          "save the file in UTF-8");
      throw problems.exception();
    }
    return out.flip().toString();
  }

  /**
   * Makes nodes of the one document of a text.
   *
   * @param text at most {@link #MAX_BYTES} in UTF-8
   * @param expected what should be in it, for errors, such as {@code rules}
   * @param problems that are there so far
   * @return the top of it
   * @throws YamlException if it is none that can be trusted
   */
  public static YamlAt compose(String text, String expected, Problems problems) {
    // A text of more chars than that has more bytes, too: no need to make them.
    checkSize(
        text.length() > MAX_BYTES ? text.length() : text.getBytes(StandardCharsets.UTF_8).length,
        problems);
    String yaml = text.startsWith("\ufeff") ? text.substring(1) : text;
    try {
      LoadSettings settings =
          LoadSettings.builder()
              .setAllowDuplicateKeys(true)
              .setAllowNonScalarKeys(true)
              .setMaxAliasesForCollections(MAX_ALIASES)
              .build();
      checkDepth(parser(settings, yaml), problems);
      Node root = new Composer(settings, parser(settings, yaml)).getSingleNode().orElse(null);
      if (root == null) {
        throw whole(problems, "nothing", expected);
      }
      return new YamlAt(root, "");
    } catch (YamlException e) {
      throw e;
    } catch (ReaderException e) {
      int[] at = lineAndColumn(yaml, e.getPosition());
      String found = String.format("the character U+%04X", e.getCodePoint());
      problems.add(at[0], at[1], "", found, "characters that YAML allows", "");
    } catch (MarkedYamlEngineException e) {
      addMarked(e, problems);
    } catch (RuntimeException e) {
      // Of the library, which says so of what it does not support, aliases beyond number included.
      throw whole(problems, "no YAML (" + e.getMessage() + ")", YAML);
    }
    throw problems.exception();
  }

  private static void addMarked(MarkedYamlEngineException e, Problems problems) {
    Mark mark = e.getProblemMark().orElse(null);
    String context = e.getContext() == null ? "" : e.getContext() + ": ";
    problems.add(
        mark == null ? 0 : mark.getLine() + 1,
        mark == null ? 0 : mark.getColumn() + 1,
        "",
        "no YAML (" + context + e.getProblem() + ")",
        YAML,
        "");
  }

  private static void checkSize(long bytes, Problems problems) {
    if (bytes > MAX_BYTES) {
      throw whole(problems, "more than " + MAX_BYTES + " bytes", "at most so many");
    }
  }

  /** Of the packages that the library's module exports: its short cuts are not among them. */
  private static Parser parser(LoadSettings settings, String yaml) {
    return new ParserImpl(settings, new StreamReader(settings, yaml));
  }

  private static void checkDepth(Parser events, Problems problems) {
    int depth = 0;
    while (events.hasNext()) {
      Event event = events.next();
      switch (event.getEventId()) {
        case MappingStart, SequenceStart -> {
          if (++depth > MAX_DEPTH) {
            Mark mark = event.getStartMark().orElse(null);
            problems.add(
                mark == null ? 0 : mark.getLine() + 1,
                mark == null ? 0 : mark.getColumn() + 1,
                "",
                "more than " + MAX_DEPTH + " lists and mappings in each other",
                "fewer",
                "");
            throw problems.exception();
          }
        }
        case MappingEnd, SequenceEnd -> depth--;
        default -> {}
      }
    }
  }

  private static YamlException whole(Problems problems, String found, String expected) {
    problems.add(0, 0, "", found, expected, "");
    return problems.exception();
  }

  /** Where the character of this index is, both from 1. */
  private static int[] lineAndColumn(String text, int index) {
    int line = 1;
    int start = 0;
    int end = Math.min(index, text.length());
    for (int i = 0; i < end; i++) {
      if (text.charAt(i) == '\n') {
        line++;
        start = i + 1;
      }
    }
    return new int[] {line, end - start + 1};
  }
}
