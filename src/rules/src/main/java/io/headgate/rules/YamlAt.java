package io.headgate.rules;

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
record YamlAt(Node node, String path) {

  YamlAt child(Node child, String key) {
    return new YamlAt(child, path.isEmpty() ? key : path + "." + key);
  }

  YamlAt child(Node child, int index) {
    return new YamlAt(child, path + "[" + index + "]");
  }

  boolean isMapping() {
    return node instanceof MappingNode;
  }

  boolean isList() {
    return node instanceof SequenceNode;
  }

  boolean isScalar() {
    return node instanceof ScalarNode;
  }

  /** True of a place where nothing is written, or {@code null}. */
  boolean isNull() {
    return isScalar() && node.getTag().equals(Tag.NULL);
  }

  /** The text of a scalar, as it is written; empty if it is none. */
  String text() {
    return node instanceof ScalarNode scalar ? scalar.getValue() : "";
  }

  /** Says whether this is a scalar of this text, quoted or not. */
  boolean is(String word) {
    return isScalar() && text().equals(word);
  }

  /** What stands there, for an error. */
  String found() {
    if (isNull()) {
      return "nothing";
    }
    if (isScalar()) {
      return "\"" + text() + "\"";
    }
    return isMapping() ? "a mapping" : "a list";
  }
}
