package io.headgate.service.config;

import io.headgate.rules.OverLimit;
import io.headgate.rules.Rule;
import io.headgate.rules.yaml.Problems;
import io.headgate.rules.yaml.YamlAt;
import io.headgate.rules.yaml.YamlMapping;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What each topic is for. None may be read and written, or written by two: records would go round
 * for ever, or be taken for what they are not. Immutable.
 */
public final class TopicRoles {

  /** What the roll-up's topic is called after the application. */
  private static final String ROLLUP_TOPIC = "-rollup-periods-changelog";

  private final ServiceConfig config;

  /**
   * Looks at a configuration.
   *
   * @param config what the service does
   */
  public TopicRoles(ServiceConfig config) {
    this.config = config;
  }

  /**
   * Returns the topics that rules route blocked records to.
   *
   * @return their names, in order
   */
  public Set<String> routes() {
    Set<String> routes = new TreeSet<>();
    for (Rule rule : config.rules().rules().rules()) {
      OverLimit over = rule.overLimit();
      if (over != null && over.topic() != null) {
        routes.add(over.topic());
      }
    }
    return routes;
  }

  /**
   * Returns the topics that Kafka Streams makes for the limiter, those that it may not need as
   * well: each has as many partitions as the widest source.
   *
   * @return their names
   */
  public List<String> internal() {
    String limiter = config.application() + "-" + config.application();
    return List.of(
        limiter + "-windows-changelog",
        limiter + "-held-changelog",
        repartition(config.application()));
  }

  /**
   * Returns the topic through which records go to the task of their key, where that is not the
   * record's own.
   *
   * @param application {@code application.id}, which is the limiter's name as well
   * @return its name
   */
  public static String repartition(String application) {
    return application + "-" + application + "-by-limit-key-repartition";
  }

  /** Finds what is named in two places of the file. */
  void check(YamlMapping found, Problems problems) {
    YamlAt nameAt = found.get("application");
    if (nameAt != null) {
      // They are not there before the first start, and a pattern would take them in after it.
      internal().forEach(topic -> mustNotBeSource(topic, nameAt, problems));
      mustNotBeSource(config.application() + ROLLUP_TOPIC, nameAt, problems);
    }
    Map<String, String> written = new LinkedHashMap<>();
    YamlAt blockedAt = found.get("blocked");
    YamlAt outputAt = found.get("output");
    written.put(config.blocked().topic(), "blocked");
    if (blockedAt != null) {
      mustNotBeSource(config.blocked().topic(), blockedAt, problems);
    }
    for (String topic : outputs()) {
      String other = written.putIfAbsent(topic, "output");
      if (outputAt != null) {
        mustNotBeSource(topic, outputAt, problems);
        if (other != null && !other.equals("output")) {
          twice(topic, other, outputAt, problems);
        }
      }
    }
    one(config.limits(), "limits", written, found, problems);
    for (String topic : routes()) {
      YamlAt at = found.get("rules");
      String other = written.get(topic);
      if (at != null && other != null && !other.equals("output")) {
        twice(topic, other, at, problems);
      }
      if (at != null) {
        mustNotBeSource(topic, at, problems);
      }
    }
  }

  /** The outputs that can be named without a broker. */
  private Set<String> outputs() {
    Set<String> outputs = new TreeSet<>();
    String one = config.output().topic();
    if (one != null) {
      outputs.add(one);
    }
    config.sources().names().forEach(source -> outputs.add(config.output().of(source)));
    return outputs;
  }

  private void one(
      @Nullable String topic,
      String role,
      Map<String, String> written,
      YamlMapping found,
      Problems problems) {
    if (topic == null) {
      return;
    }
    // A topic without a name of its own is named after the blocked one.
    YamlAt at = found.get(found.has(role) ? role : "blocked");
    String other = written.putIfAbsent(topic, role);
    if (at != null && other != null) {
      twice(topic, other, at, problems);
    }
    if (at != null) {
      mustNotBeSource(topic, at, problems);
    }
  }

  private static void twice(String topic, String other, YamlAt at, Problems problems) {
    problems.add(at, "the topic " + topic + ", which is that of " + other + " too", "its own");
  }

  private void mustNotBeSource(String topic, YamlAt at, Problems problems) {
    if (config.sources().contains(topic)) {
      problems.add(
          at,
          "the topic " + topic + ", which is one of the sources (" + config.sources() + ")",
          "another one",
          "or records would go round for ever");
    }
  }
}
