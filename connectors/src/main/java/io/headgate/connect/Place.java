package io.headgate.connect;

import com.fasterxml.jackson.core.JsonPointer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.header.Header;
import org.jspecify.annotations.Nullable;

/** Where in a record something is: its limit key, or its cost. Belongs to one thread. */
@FunctionalInterface
interface Place {

  /** What a limit key may be, for messages. */
  String KEYS = "record, field:POINTER, header:NAME or regex:PATTERN with a group";

  /** Which part of a record fields are of. */
  enum Part {
    KEY,
    VALUE;

    @Nullable Object of(ConnectRecord<?> record) {
      return this == KEY ? record.key() : record.value();
    }
  }

  /**
   * What is there; null if nothing is.
   *
   * @throws DataException if a text is too long for a pattern
   */
  @Nullable Object in(ConnectRecord<?> record);

  /**
   * Reads where a limit key is.
   *
   * @param text {@link #KEYS}
   * @param part what fields and patterns are of
   * @throws IllegalArgumentException if it is none of these, in one line
   */
  static Place parse(String text, Part part) {
    if (text.equals("record")) {
      return ConnectRecord::key;
    }
    int colon = text.indexOf(':');
    String what = text.substring(colon + 1);
    return switch (colon < 0 ? text : text.substring(0, colon)) {
      case "field" -> field(what, part);
      case "header" -> header(what);
      case "regex" -> regex(what, part);
      default -> throw new IllegalArgumentException("found \"" + text + "\", expected " + KEYS);
    };
  }

  /** A field of the key or the value. */
  static Place field(String text, Part part) {
    JsonPointer pointer = Fields.pointer(text);
    return record -> Fields.at(part.of(record), pointer);
  }

  /** The last header of a name. */
  static Place header(String name) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("found \"header:\", expected a name, as in header:tenant");
    }
    return record -> {
      Header header = record.headers().lastWithName(name);
      return header == null ? null : header.value();
    };
  }

  private static Place regex(String text, Part part) {
    Pattern pattern;
    try {
      pattern = Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "found \"regex:"
              + text
              + "\", which is no regular expression: "
              + e.getDescription()
              + " at position "
              + e.getIndex(),
          e);
    }
    if (pattern.matcher("").groupCount() == 0) {
      throw new IllegalArgumentException(
          "found \"regex:"
              + text
              + "\", expected a group around what is the key, as in regex:^(\\S+)");
    }
    // A matcher for each record would be a quarter of what a record costs.
    Matcher matcher = pattern.matcher("");
    return record -> {
      if (!(part.of(record) instanceof String line)) {
        return null;
      }
      try {
        return matcher.reset(line).find() ? matcher.group(1) : null;
      } catch (StackOverflowError e) {
        // Groups that repeat are matched by recursion: Connect is told of the one record.
        throw new DataException(
            "pattern \""
                + text
                + "\": a text of "
                + line.length()
                + " characters is too long for it; repeat characters, not groups, or possessively"
                + " (*+)",
            e);
      } finally {
        matcher.reset(""); // It must not keep the line.
      }
    };
  }
}
