package io.headgate.rules;

import io.headgate.RateLimit;
import io.headgate.rules.yaml.YamlReader;
import java.util.Collection;
import java.util.Objects;
import java.util.stream.Collectors;

/** Writes rules as the YAML that they could have been read from. */
final class RuleYaml {

  private RuleYaml() {}

  /**
   * Writes a set.
   *
   * @param all also what is the default
   */
  static String write(RuleSet set, boolean all) {
    StringBuilder yaml = new StringBuilder("# rules\n");
    if (all || !set.key().isRecordKey()) {
      yaml.append("key: ").append(key(set.key())).append('\n');
    }
    if (all || set.shadow()) {
      yaml.append("shadow: ").append(set.shadow()).append('\n');
    }
    yaml.append("rules:\n");
    for (Rule rule : set.rules()) {
      write(rule, all, yaml);
    }
    return yaml.toString();
  }

  private static void write(Rule rule, boolean all, StringBuilder yaml) {
    yaml.append("  - name: ").append(rule.name()).append('\n');
    add(yaml, all || rule.when() != Conditions.always(), "when", condition(rule.when()));
    String limits =
        rule.limits().stream().map(RuleYaml::limit).collect(Collectors.joining(", ", "[ ", " ]"));
    add(yaml, all || !rule.limits().isEmpty(), "limits", limits);
    add(yaml, all || rule.cost() != Cost.ONE, "cost", cost(rule.cost()));
    if (rule.overLimit() != null) {
      add(yaml, true, "over-limit", overLimit(rule.overLimit()));
    }
    add(
        yaml,
        all || rule.overflow() != OverflowPolicy.SHARED_ROW,
        "overflow",
        YamlReader.word(rule.overflow()));
    add(yaml, all || rule.late() != LatePolicy.JUDGE, "late", YamlReader.word(rule.late()));
    add(yaml, all || !rule.exemptKeys().isEmpty(), "exempt-keys", list(rule.exemptKeys()));
    add(yaml, all || rule.exempt(), "exempt", rule.exempt());
    add(yaml, all || rule.shadow(), "shadow", rule.shadow());
    add(yaml, all || rule.enforcePercent() != 100, "enforce-percent", rule.enforcePercent());
    if (rule.classOf() != null) {
      add(yaml, true, "class", key(rule.classOf()));
    }
  }

  private static void add(StringBuilder yaml, boolean write, String word, Object value) {
    if (write) {
      yaml.append("    ").append(word).append(": ").append(value).append('\n');
    }
  }

  private static String limit(RateLimit limit) {
    return "{ limit: "
        + limit.limit()
        + "/"
        + limit.windowMillis()
        + "ms, buckets: "
        + limit.buckets()
        + ", mode: "
        + YamlReader.word(limit.mode())
        + " }";
  }

  private static String cost(Cost cost) {
    if (cost instanceof CostKinds.OfHeader header) {
      return "{ header: " + quoted(header.name()) + ", default: " + header.otherwise() + " }";
    }
    if (cost instanceof CostKinds.OfField field) {
      return "{ field: " + quoted(field.pointer()) + ", default: " + field.otherwise() + " }";
    }
    return cost == Cost.ONE ? "1" : "bytes";
  }

  private static String overLimit(OverLimit action) {
    OverLimit.Hold hold = action.bounds();
    if (hold != null && !action.equals(OverLimit.hold())) {
      return "{ hold: { max-records-per-key: "
          + hold.maxRecordsPerKey()
          + ", max-time: "
          + hold.maxTimeMillis()
          + "ms } }";
    }
    return action.topic() == null
        ? YamlReader.word(action.action())
        : "{ route: " + action.topic() + " }";
  }

  private static String key(KeySource key) {
    if (key instanceof KeySources.OfHeader header) {
      return "{ header: " + quoted(header.name()) + " }";
    }
    if (key instanceof KeySources.OfField field) {
      return "{ field: " + quoted(field.pointer()) + " }";
    }
    if (key instanceof KeySources.Composite composite) {
      return composite.parts().stream()
          .map(RuleYaml::key)
          .collect(Collectors.joining(", ", "[ ", " ]"));
    }
    return "record";
  }

  private static String condition(Condition condition) {
    if (condition instanceof ConditionKinds.Topic topic) {
      return "{ topic: { " + test(topic.test()) + " } }";
    }
    if (condition instanceof ConditionKinds.TopicPattern topic) {
      return "{ topic: { " + test(topic.test) + " } }";
    }
    if (condition instanceof ConditionKinds.Key key) {
      return "{ key: { " + test(key.test()) + " } }";
    }
    if (condition instanceof ConditionKinds.Cidr cidr) {
      return "{ key: { cidr: "
          + list(cidr.subnets().stream().map(Subnet::toString).toList())
          + " } }";
    }
    if (condition instanceof ConditionKinds.HeaderValue header) {
      return "{ header: { name: " + quoted(header.name()) + ", " + test(header.test()) + " } }";
    }
    if (condition instanceof ConditionKinds.HeaderPresent header) {
      return "{ header: { name: " + quoted(header.name()) + ", present: true } }";
    }
    if (condition instanceof ConditionKinds.FieldValue field) {
      return "{ field: { pointer: " + quoted(field.pointer()) + ", " + test(field.test()) + " } }";
    }
    if (condition instanceof ConditionKinds.FieldPresent field) {
      return "{ field: { pointer: " + quoted(field.pointer()) + ", present: true } }";
    }
    if (condition instanceof ConditionKinds.All all) {
      return "{ all: " + conditions(all.parts()) + " }";
    }
    if (condition instanceof ConditionKinds.Any any) {
      return "{ any: " + conditions(any.parts()) + " }";
    }
    if (condition instanceof ConditionKinds.Not not) {
      return "{ not: " + condition(not.part()) + " }";
    }
    return "always";
  }

  private static String conditions(Collection<Condition> conditions) {
    return conditions.stream()
        .map(RuleYaml::condition)
        .collect(Collectors.joining(", ", "[ ", " ]"));
  }

  private static String test(TextTest test) {
    return switch (test.kind()) {
      case IS -> "is: " + list(test.texts());
      case PREFIX -> "prefix: " + quoted(test.first());
      case PATTERN -> "pattern: " + quoted(test.first());
    };
  }

  private static String list(Collection<String> texts) {
    return texts.stream().map(RuleYaml::quoted).collect(Collectors.joining(", ", "[ ", " ]"));
  }

  private static String quoted(Object value) {
    StringBuilder quoted = new StringBuilder("\"");
    Objects.toString(value)
        .codePoints()
        .forEach(
            c -> {
              if (c == '"' || c == '\\') {
                quoted.append('\\').appendCodePoint(c);
              } else if ((c >= ' ' && c < 0x7f) || (c > 0xa0 && c < 0x2000)) {
                quoted.appendCodePoint(c);
              } else {
                quoted.append(String.format("\\U%08x", c));
              }
            });
    return quoted.append('"').toString();
  }
}
