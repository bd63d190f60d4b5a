package io.headgate.service.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * The interface's description, and whether an answer is what it says: no member more, none less.
 */
final class Schema {

  private final Map<String, Object> all;

  Schema() throws Exception {
    try (InputStream in = Schema.class.getResourceAsStream("/openapi.yaml")) {
      all = map(new Load(LoadSettings.builder().build()).loadFromInputStream(in));
    }
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> map(@Nullable Object node) {
    if (node == null) {
      throw new IllegalArgumentException("the description has nothing there");
    }
    return (Map<String, Object>) node;
  }

  Map<String, Object> paths() {
    return map(all.get("paths"));
  }

  /** What is wrong with an answer of this path and status; empty if nothing is. */
  List<String> problems(String method, String path, int status, String type, JsonNode answer) {
    Map<String, Object> responses = map(map(map(paths().get(path)).get(method)).get("responses"));
    Object described = responses.get(String.valueOf(status));
    if (described == null) {
      return List.of(method + " " + path + ": the status " + status + " is not described");
    }
    Object content = resolve(described).get("content");
    Object media = content == null ? null : map(content).get(type);
    if (media == null) {
      return List.of(method + " " + path + ": the type " + type + " is not described");
    }
    List<String> problems = new ArrayList<>();
    compare(map(media).get("schema"), answer, method + " " + path, problems);
    return problems;
  }

  private Map<String, Object> resolve(@Nullable Object node) {
    Object reference = map(node).get("$ref");
    if (reference == null) {
      return map(node);
    }
    Object at = all;
    for (String name : reference.toString().substring(2).split("/", -1)) {
      at = map(at).get(name);
    }
    return resolve(at);
  }

  private void compare(
      @Nullable Object described, JsonNode value, String at, List<String> problems) {
    Map<String, Object> schema = resolve(described);
    if (value.isNull()) {
      if (!Boolean.TRUE.equals(schema.get("nullable"))) {
        problems.add(at + ": null");
      }
      return;
    }
    switch (String.valueOf(schema.get("type"))) {
      case "object" -> {
        Map<String, Object> properties = map(schema.get("properties"));
        Map<String, Object> missing = new LinkedHashMap<>();
        ((List<?>) schema.getOrDefault("required", List.of()))
            .forEach(name -> missing.put(name.toString(), name));
        if (!value.isObject()) {
          problems.add(at + ": no object");
          return;
        }
        value
            .properties()
            .forEach(
                member -> {
                  missing.remove(member.getKey());
                  Object of = properties.get(member.getKey());
                  if (of == null) {
                    problems.add(at + ": " + member.getKey() + " is not described");
                  } else {
                    compare(of, member.getValue(), at + "/" + member.getKey(), problems);
                  }
                });
        missing.keySet().forEach(name -> problems.add(at + ": no " + name));
      }
      case "array" -> {
        if (!value.isArray()) {
          problems.add(at + ": no array");
        }
        value.forEach(item -> compare(schema.get("items"), item, at + "[]", problems));
      }
      case "string" -> check(value.isTextual(), value, schema, at, problems);
      case "integer" -> check(value.isIntegralNumber(), value, schema, at, problems);
      case "number" -> check(value.isNumber(), value, schema, at, problems);
      case "boolean" -> check(value.isBoolean(), value, schema, at, problems);
      default -> problems.add(at + ": the description has no type");
    }
  }

  private static void check(
      boolean right, JsonNode value, Map<String, Object> schema, String at, List<String> problems) {
    if (!right) {
      problems.add(at + ": " + value + " is no " + schema.get("type"));
    }
    if (schema.get("enum") instanceof List<?> words && !words.contains(value.asText())) {
      problems.add(at + ": " + value + " is none of " + words);
    }
  }
}
