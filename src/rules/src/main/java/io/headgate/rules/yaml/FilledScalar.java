package io.headgate.rules.yaml;

import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** A scalar whose variables are filled in, and how it is written: what errors show of it. */
final class FilledScalar extends ScalarNode {

  private final String written;

  FilledScalar(Tag tag, String value, ScalarNode from) {
    super(tag, true, value, from.getScalarStyle(), from.getStartMark(), from.getEndMark());
    written = from.getValue();
  }

  String written() {
    return written;
  }
}
