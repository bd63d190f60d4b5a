package io.headgate.rules;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a condition asks of a text: to be one of some, to begin so, or to match. Immutable. */
final class TextTest {

  enum Kind {
    IS,
    PREFIX,
    PATTERN
  }

  private final Kind kind;

  /** In the order they were given, and compared without it. */
  private final Set<String> texts;

  private final String first;
  private final byte[] firstBytes;
  private final @Nullable Pattern pattern;

  private TextTest(Kind kind, Set<String> texts, @Nullable Pattern pattern) {
    this.kind = kind;
    this.texts = texts;
    this.first = texts.iterator().next();
    this.firstBytes = first.getBytes(StandardCharsets.UTF_8);
    this.pattern = pattern;
  }

  static TextTest is(String text, String... more) {
    Set<String> texts = new LinkedHashSet<>();
    texts.add(Objects.requireNonNull(text, "text"));
    for (String another : more) {
      texts.add(Objects.requireNonNull(another, "text"));
    }
    return new TextTest(Kind.IS, Collections.unmodifiableSet(texts), null);
  }

  static TextTest prefix(String prefix) {
    return new TextTest(Kind.PREFIX, Set.of(prefix), null);
  }

  static TextTest pattern(String pattern) {
    try {
      return new TextTest(Kind.PATTERN, Set.of(pattern), Pattern.compile(pattern));
    } catch (PatternSyntaxException e) {
      String where = e.getIndex() < 0 ? "" : " at character " + (e.getIndex() + 1);
      throw new IllegalArgumentException(
          "pattern \"" + pattern + "\": " + e.getDescription() + where, e);
    }
  }

  Kind kind() {
    return kind;
  }

  Set<String> texts() {
    return texts;
  }

  /** The text, the prefix or the pattern; of several texts the first. */
  String first() {
    return first;
  }

  /** Not to be changed. */
  byte[] firstBytes() {
    return firstBytes;
  }

  boolean matches(@Nullable String text) {
    if (text == null) {
      return false;
    }
    return switch (kind) {
      case IS -> texts.contains(text);
      case PREFIX -> text.startsWith(first);
      case PATTERN -> matchesPattern(text);
    };
  }

  private boolean matchesPattern(String text) {
    try {
      return pattern != null && pattern.matcher(text).matches();
    } catch (StackOverflowError e) {
      // Groups that repeat are matched by recursion: one long text must not end the thread.
      throw new IllegalArgumentException(
          "pattern \""
              + first
              + "\": a text of "
              + text.length()
              + " characters is too long for it; repeat characters, not groups, or possessively"
              + " (*+)",
          e);
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TextTest that && kind == that.kind && texts.equals(that.texts);
  }

  @Override
  public int hashCode() {
    return Objects.hash(kind, texts);
  }

  @Override
  public String toString() {
    return switch (kind) {
      case IS ->
          texts.stream()
              .map(text -> "\"" + text + "\"")
              .collect(Collectors.joining(" or ", "is ", ""));
      case PREFIX -> "begins with \"" + first + "\"";
      case PATTERN -> "matches \"" + first + "\"";
    };
  }
}
