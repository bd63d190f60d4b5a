package io.headgate.rules.yaml;

import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * A node of a YAML file and the way to it.
 *
 * @param node what stands there
 * @param path the way, such as {@code rules[2].limits[0]}; empty at the top
 */
public record YamlAt(Node node, String path) {

  /**
   * Goes down a mapping.
   *
   * @param child what stands there
   * @param key under which key
   * @return the place
   */
  public YamlAt child(Node child, String key) {
    return new YamlAt(child, path.isEmpty() ? key : path + "." + key);
  }

  /**
   * Goes down a list.
   *
   * @param child what stands there
   * @param index at which place, from 0
   * @return the place
   */
  public YamlAt child(Node child, int index) {
    return new YamlAt(child, path + "[" + index + "]");
  }

  /**
   * Says whether this is a mapping.
   *
   * @return true if it is
   */
  public boolean isMapping() {
    return node instanceof MappingNode;
  }

  /**
   * Says whether this is a list.
   *
   * @return true if it is
   */
  public boolean isList() {
    return node instanceof SequenceNode;
  }

  /**
   * Says whether this is neither a list nor a mapping.
   *
   * @return true if it is a scalar
   */
  public boolean isScalar() {
    return node instanceof ScalarNode;
  }

  /**
   * Says whether nothing is written here, or {@code null}.
   *
   * @return true if so
   */
  public boolean isNull() {
    return isScalar() && node.getTag().equals(Tag.NULL);
  }

  /**
   * Returns the text of a scalar, as it is written.
   *
   * @return the text; empty if it is no scalar
   */
  public String text() {
    return node instanceof ScalarNode scalar ? scalar.getValue() : "";
  }

  /**
   * Says whether this is a scalar of this text, quoted or not.
   *
   * @param word the text
   * @return true if it is
   */
  public boolean is(String word) {
    return isScalar() && text().equals(word);
  }

  /**
   * Says whether variables were filled in here: its text may be a secret.
   *
   * @return true if so
   */
  public boolean isFilled() {
    return node instanceof FilledScalar;
  }

  /**
   * Says what stands there, for an error: of a text with variables, as it is written.
   *
   * @return in a word or two
   */
  public String found() {
    if (node instanceof FilledScalar filled) {
      return "\"" + filled.written() + "\" with its variables filled in";
    }
    if (isNull()) {
      return "nothing";
    }
    if (isScalar()) {
      return "\"" + text() + "\"";
    }
    return isMapping() ? "a mapping" : "a list";
  }
}
