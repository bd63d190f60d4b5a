package io.headgate.rules.yaml;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.ListIterator;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.resolver.ScalarResolver;

/**
 * Fills variables into the texts of a file: {@code ${NAME}}, or {@code ${NAME:-default}} for one
 * that may be unset or empty. Where a dollar and a brace are meant, the dollar is written twice.
 * Keys are left as they are. What stood without quotes may be a number or a truth value afterwards.
 * Belongs to one thread.
 */
public final class YamlVariables {

  private static final Pattern USE =
      Pattern.compile("\\$\\$\\{|\\$\\{(?:([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?})?");

  private final Function<String, @Nullable String> values;
  private final Problems problems;
  private final ScalarResolver resolver =
      LoadSettings.builder().build().getSchema().getScalarResolver();

  /** Aliases stand for nodes that may have been here already, even for those around them. */
  private final Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());

  private YamlVariables(Function<String, @Nullable String> values, Problems problems) {
    this.values = values;
    this.problems = problems;
  }

  /**
   * Fills them in. Nodes in it are replaced.
   *
   * @param root top of a file
   * @param values of variables by their names, or null; such as {@code System::getenv}
   * @param problems where those that are not set go
   * @return the top
   */
  public static YamlAt fill(
      YamlAt root, Function<String, @Nullable String> values, Problems problems) {
    Node filled = new YamlVariables(values, problems).fill(root);
    return new YamlAt(filled, root.path());
  }

  private Node fill(YamlAt at) {
    Node node = at.node();
    if (node instanceof ScalarNode scalar) {
      return scalar.getValue().contains("${") ? fill(at, scalar) : scalar;
    }
    if (!seen.add(node)) {
      return node;
    }
    if (node instanceof SequenceNode list) {
      ListIterator<Node> items = list.getValue().listIterator();
      while (items.hasNext()) {
        int index = items.nextIndex();
        items.set(fill(at.child(items.next(), index)));
      }
    } else if (node instanceof MappingNode mapping) {
      List<NodeTuple> entries = new ArrayList<>();
      for (NodeTuple entry : mapping.getValue()) {
        String key = entry.getKeyNode() instanceof ScalarNode name ? name.getValue() : "?";
        entries.add(new NodeTuple(entry.getKeyNode(), fill(at.child(entry.getValueNode(), key))));
      }
      mapping.setValue(entries);
    }
    return node;
  }

  private Node fill(YamlAt at, ScalarNode scalar) {
    Matcher use = USE.matcher(scalar.getValue());
    StringBuilder text = new StringBuilder();
    while (use.find()) {
      use.appendReplacement(text, Matcher.quoteReplacement(value(at, use)));
    }
    String value = use.appendTail(text).toString();
    Tag tag = Tag.STR;
    if (scalar.isPlain()) {
      tag = resolver.resolve(value, true);
      tag = tag.equals(Tag.ENV_TAG) ? Tag.STR : tag;
    }
    return new FilledScalar(tag, value, scalar);
  }

  private String value(YamlAt at, Matcher use) {
    if (use.group().startsWith("$$")) {
      return "${";
    }
    String name = use.group(1);
    if (name == null) {
      problems.add(
          at,
          at.found(),
          "${NAME} or ${NAME:-default}",
          "write $${ where a dollar and a brace are meant");
      return "";
    }
    String value = values.apply(name);
    if (value != null && (!value.isEmpty() || use.group(2) == null)) {
      return value;
    }
    if (use.group(2) == null) {
      problems.add(
          at,
          "the variable " + name + ", which is not set",
          "one that is",
          "set it in the environment, or say what it is without: ${" + name + ":-...}");
      return "";
    }
    return use.group(3);
  }
}
