package io.headgate.rules.yaml;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Reads nodes as what is expected of them. What is something else becomes a problem and null.
 * Belongs to one thread.
 */
public final class YamlReader {

  /**
   * Nodes that may be looked at: a file that is not too large has fewer, unless aliases stand for
   * the same ones over and over.
   */
  private static final int MAX_LOOKS = 1_000_000;

  private static final Set<Tag> TEXTS = Set.of(Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL);

  private final Problems problems;
  private int looks;

  /**
   * Starts to read a file.
   *
   * @param problems where those that it finds go
   */
  public YamlReader(Problems problems) {
    this.problems = problems;
  }

  /**
   * Reads a mapping.
   *
   * @param at where
   * @param expected what should be there, for an error
   * @param known the keys that it may have
   * @return what it has under them; or null if it is none
   */
  public @Nullable YamlMapping mapping(YamlAt at, String expected, List<String> known) {
    return entries(at, expected, "one of " + String.join(", ", known), known);
  }

  /**
   * Reads a mapping of any keys.
   *
   * @param at where
   * @param expected what should be there, for an error
   * @param key what a key is, for an error
   * @return what it has under them; or null if it is none
   */
  public @Nullable YamlMapping entries(YamlAt at, String expected, String key) {
    return entries(at, expected, key, null);
  }

  private @Nullable YamlMapping entries(
      YamlAt at, String expected, String expectedKey, @Nullable List<String> known) {
    look(at);
    if (!(at.node() instanceof MappingNode mapping) || !isPlain(at, Tag.MAP)) {
      problems.add(at, found(at), expected);
      return null;
    }
    Map<String, YamlAt> values = new LinkedHashMap<>();
    boolean whole = true;
    for (NodeTuple entry : mapping.getValue()) {
      YamlAt key = new YamlAt(entry.getKeyNode(), at.path());
      look(key);
      if (!(entry.getKeyNode() instanceof ScalarNode scalar)) {
        whole = false;
        problems.add(key, key.found() + " as a key", expectedKey);
        continue;
      }
      String name = scalar.getValue();
      if (known != null && !known.contains(name)) {
        whole = false;
        String nearest = NearestWord.to(name, known);
        problems.add(
            key,
            "the key \"" + name + "\"",
            expectedKey,
            nearest == null ? "" : "did you mean " + nearest + "?");
        continue;
      }
      YamlAt earlier = values.putIfAbsent(name, at.child(entry.getValueNode(), name));
      if (earlier != null) {
        whole = false;
        problems.add(
            at.child(entry.getKeyNode(), name),
            "the key " + name + " again",
            "each key once",
            "it stands " + line(earlier.node()) + " already");
      }
    }
    return new YamlMapping(values, whole);
  }

  /**
   * Reads a list.
   *
   * @param at where
   * @param expected what should be there, for an error
   * @return its items; or null if it is none
   */
  public @Nullable List<YamlAt> list(YamlAt at, String expected) {
    look(at);
    if (!(at.node() instanceof SequenceNode list) || !isPlain(at, Tag.SEQ)) {
      problems.add(
          at,
          found(at),
          expected,
          at.isScalar() && !at.isNull() ? "put brackets around it: [ ... ]" : "");
      return null;
    }
    List<YamlAt> items = new ArrayList<>();
    for (Node item : list.getValue()) {
      items.add(at.child(item, items.size()));
    }
    return items;
  }

  /**
   * Reads a text; numbers and truth values are texts too, as they are written.
   *
   * @param at where
   * @param expected what should be there, for an error
   * @return the text; or null if it is none
   */
  public @Nullable String text(YamlAt at, String expected) {
    look(at);
    if (at.node() instanceof ScalarNode scalar && TEXTS.contains(scalar.getTag())) {
      return scalar.getValue();
    }
    problems.add(at, found(at), expected, at.isNull() ? "write \"\" for an empty text" : "");
    return null;
  }

  /**
   * Reads true or false.
   *
   * @param at where
   * @return which; or null if it is something else
   */
  public @Nullable Boolean truth(YamlAt at) {
    look(at);
    if (at.node() instanceof ScalarNode scalar && scalar.getTag().equals(Tag.BOOL)) {
      return scalar.getValue().toLowerCase(Locale.ROOT).equals("true");
    }
    boolean quoted = at.is("true") || at.is("false");
    problems.add(at, found(at), "true or false", quoted ? "write it without quotes" : "");
    return null;
  }

  /**
   * Reads a whole number in a range.
   *
   * @param at where
   * @param from the smallest
   * @param to the largest
   * @return the number; or null if it is something else
   */
  public @Nullable Long number(YamlAt at, long from, long to) {
    look(at);
    if (at.node() instanceof ScalarNode scalar && scalar.getTag().equals(Tag.INT)) {
      try {
        long number = Long.parseLong(scalar.getValue());
        if (number >= from && number <= to) {
          return number;
        }
      } catch (NumberFormatException e) {
        // Too large, or not decimal: the problem is the same.
      }
    }
    problems.add(at, found(at), "a whole number, " + from + " to " + to);
    return null;
  }

  /**
   * Reads one of some words.
   *
   * @param at where
   * @param words in lower case
   * @param expected what should be there, for an error
   * @return the word; or null if it is something else
   */
  public @Nullable String word(YamlAt at, List<String> words, String expected) {
    look(at);
    if (at.node() instanceof ScalarNode scalar && TEXTS.contains(scalar.getTag())) {
      if (words.contains(scalar.getValue())) {
        return scalar.getValue();
      }
      String nearest = NearestWord.to(scalar.getValue(), words);
      problems.add(at, found(at), expected, nearest == null ? "" : "did you mean " + nearest + "?");
      return null;
    }
    problems.add(at, found(at), expected);
    return null;
  }

  /**
   * Reads a constant of an enum by its word, such as {@code shared-row}.
   *
   * @param at where
   * @param type the enum
   * @param <E> the enum
   * @return the constant; or null if it is something else
   */
  public <E extends Enum<E>> @Nullable E constant(YamlAt at, Class<E> type) {
    List<String> words = new ArrayList<>();
    for (E constant : type.getEnumConstants()) {
      words.add(word(constant));
    }
    String word = word(at, words, String.join(" or ", words));
    return word == null ? null : type.getEnumConstants()[words.indexOf(word)];
  }

  /**
   * Returns the word of a constant.
   *
   * @param constant of an enum
   * @return its name in lower case, with hyphens
   */
  public static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * Says in which line something stands.
   *
   * @param node what
   * @return such as {@code in line 3}
   */
  public static String line(Node node) {
    return node.getStartMark().map(mark -> "in line " + lineOf(mark)).orElse("elsewhere");
  }

  private static int lineOf(Mark mark) {
    return mark.getLine() + 1;
  }

  private static boolean isPlain(YamlAt at, Tag tag) {
    return at.node().getTag().equals(tag);
  }

  /** What stands there, with its tag if somebody has given it one of his own. */
  private static String found(YamlAt at) {
    Tag tag = at.node().getTag();
    boolean usual =
        TEXTS.contains(tag) || tag.equals(Tag.NULL) || tag.equals(Tag.MAP) || tag.equals(Tag.SEQ);
    return usual ? at.found() : at.found() + " with the tag " + tag.getValue();
  }

  private void look(YamlAt at) {
    if (++looks > MAX_LOOKS) {
      problems.add(
          at,
          "more than " + MAX_LOOKS + " values, aliases (*name) included",
          "fewer",
          "write out less through aliases");
      throw problems.exception();
    }
  }
}
