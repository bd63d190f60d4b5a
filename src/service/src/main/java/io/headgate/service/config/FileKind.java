package io.headgate.service.config;

import io.headgate.rules.yaml.Problems;
import io.headgate.rules.yaml.YamlAt;
import io.headgate.rules.yaml.YamlException;
import io.headgate.rules.yaml.YamlSource;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** What a file is, by the words at its top. */
public enum FileKind {
  /** Says what the service does. */
  SERVICE,
  /** Says which record falls under which limit. */
  RULES;

  /**
   * Looks at a file.
   *
   * @param file at most 1 MiB of UTF-8
   * @return what it is, whatever is wrong with it
   * @throws ConfigException if it is neither, or no YAML
   */
  public static FileKind of(Path file) {
    Problems problems = new Problems(file.toString());
    String expected = "a service file (application, kafka, sources, ...) or one of rules";
    try {
      String text = YamlSource.read(file, expected, problems);
      YamlAt root = YamlSource.compose(text, expected, problems);
      Map<String, YamlAt> top = new HashMap<>();
      if (root.node() instanceof MappingNode mapping) {
        for (NodeTuple entry : mapping.getValue()) {
          if (entry.getKeyNode() instanceof ScalarNode key) {
            top.put(key.getValue(), new YamlAt(entry.getValueNode(), key.getValue()));
          }
        }
      }
      YamlAt rules = top.remove("rules");
      if (top.keySet().stream().anyMatch(ServiceFile.KEYS::contains)) {
        return SERVICE;
      }
      if (rules != null) {
        return rules.isList() ? RULES : SERVICE;
      }
      problems.add(root, root.isMapping() ? "neither" : root.found(), expected);
      throw problems.exception();
    } catch (YamlException e) {
      throw new ConfigException(e.problems());
    }
  }
}
