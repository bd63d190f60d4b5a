package io.headgate.service.ingest;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** Finds the limit key of a line. Immutable; safe for any thread. */
@FunctionalInterface
public interface LineKey {

  /** What a key may be, for messages. */
  String EXPECTED = "line, peer, field:/json/pointer or regex:PATTERN with a group";

  /**
   * Finds the key.
   *
   * @param line the line's bytes
   * @param peer address of who sent it; empty if nobody did
   * @return the key, or null if the line has none
   */
  @Nullable String of(byte[] line, String peer);

  /**
   * Reads what a key is.
   *
   * @param text {@code line}, {@code peer}, {@code field:POINTER} or {@code regex:PATTERN}
   * @return what finds it
   * @throws IllegalArgumentException if it is none of these, in one line
   */
  static LineKey parse(String text) {
    if (text.equals("line")) {
      return (line, peer) -> text(line);
    }
    if (text.equals("peer")) {
      return (line, peer) -> peer.isEmpty() ? null : peer;
    }
    int colon = text.indexOf(':');
    String kind = colon < 0 ? text : text.substring(0, colon);
    String what = colon < 0 ? "" : text.substring(colon + 1);
    return switch (kind) {
      case "field" -> field(what);
      case "regex" -> regex(what);
      default -> throw new IllegalArgumentException("key \"" + text + "\": expected " + EXPECTED);
    };
  }

  private static String text(byte[] line) {
    return new String(line, StandardCharsets.UTF_8);
  }

  private static LineKey field(String text) {
    JsonPointer pointer;
    try {
      pointer = JsonPointer.compile(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "key \"field:" + text + "\": expected a JSON pointer, such as field:/user/id", e);
    }
    if (pointer.matches()) {
      throw new IllegalArgumentException(
          "key \"field:\" names no field: expected a JSON pointer, such as field:/user/id");
    }
    ObjectReader json = JsonMapper.builder().build().readerFor(JsonNode.class);
    return (line, peer) -> {
      try {
        JsonNode root = json.readTree(line);
        JsonNode found = root.at(pointer);
        return found.isValueNode() && !found.isNull() && !found.asText().isEmpty()
            ? found.asText()
            : null;
      } catch (IOException e) {
        // What is no JSON has no key.
        return null;
      }
    };
  }

  private static LineKey regex(String text) {
    Pattern pattern;
    try {
      pattern = Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "key \"regex:"
              + text
              + "\" is no regular expression: "
              + e.getDescription()
              + " at position "
              + e.getIndex(),
          e);
    }
    if (pattern.matcher("").groupCount() == 0) {
      throw new IllegalArgumentException(
          "key \"regex:"
              + text
              + "\" has no group: put what is the key in parentheses, as in regex:^(\\S+)");
    }
    return (line, peer) -> {
      try {
        Matcher matcher = pattern.matcher(text(line));
        String found = matcher.find() ? matcher.group(1) : null;
        return found == null || found.isEmpty() ? null : found;
      } catch (StackOverflowError e) {
        // Groups that repeat are matched by recursion: one long line must not end the run.
        return null;
      }
    };
  }
}
