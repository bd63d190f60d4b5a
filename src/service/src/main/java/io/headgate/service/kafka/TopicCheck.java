package io.headgate.service.kafka;

import io.headgate.service.config.CreateTopics;
import io.headgate.service.config.ServiceConfig;
import io.headgate.service.config.TopicRoles;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.TopicConfig;
import org.jspecify.annotations.Nullable;

/**
 * Holds what the service needs of its topics against what the brokers have: whether they are there,
 * have partitions enough, keep what they must keep, and may be used. Belongs to one thread.
 */
public final class TopicCheck {

  /**
   * What was found.
   *
   * @param errors what keeps the service from running, a line each
   * @param warnings what may not be meant, a line each
   * @param made topics that were missing and were made, or would be
   */
  public record Result(List<String> errors, List<String> warnings, List<String> made) {}

  private final ServiceConfig config;
  private final Brokers brokers;
  private final List<String> errors = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  private TopicCheck(ServiceConfig config, Brokers brokers) {
    this.config = config;
    this.brokers = brokers;
  }

  /**
   * Checks, and changes nothing.
   *
   * @param config what the service does
   * @param brokers whose topics they are
   * @return what was found
   * @throws BrokerException if the brokers cannot be asked
   */
  public static Result check(ServiceConfig config, Brokers brokers) {
    return new TopicCheck(config, brokers).run(false);
  }

  /**
   * Checks, and makes missing topics if the configuration says so and nothing else is wrong.
   *
   * @param config what the service does
   * @param brokers whose topics they are
   * @return what was found
   * @throws BrokerException if the brokers cannot be asked, or do not make a topic
   */
  public static Result checkAndMake(ServiceConfig config, Brokers brokers) {
    return new TopicCheck(config, brokers).run(true);
  }

  private Result run(boolean make) {
    Set<String> sources = sources();
    if (!errors.isEmpty()) {
      return new Result(errors, warnings, List.of());
    }
    Map<String, TopicDescription> there = describe(sources);
    List<NeededTopic> needed = needed(sources, there);
    List<NeededTopic> missing =
        needed.stream().filter(each -> !there.containsKey(each.name())).toList();
    for (NeededTopic topic : needed) {
      TopicDescription description = there.get(topic.name());
      if (description != null) {
        checkOperation(topic, description);
      }
    }
    checkPartitions(sources, there);
    checkSettings(needed, there);
    CreateTopics create = config.createTopics();
    if (create == null) {
      missing.forEach(
          topic ->
              errors.add(
                  "no topic "
                      + topic.name()
                      + " ("
                      + topic.role()
                      + "): make it with "
                      + topic.command(brokers.servers())
                      + ", or say create-topics: {partitions: N}"));
    } else if (make && errors.isEmpty()) {
      List<NewTopic> topics = new ArrayList<>();
      missing.forEach(each -> topics.add(each.make(create.partitions(), create.replication())));
      brokers.create(topics);
    }
    List<String> made =
        create == null ? List.of() : missing.stream().map(NeededTopic::name).toList();
    return new Result(errors, warnings, made);
  }

  private Set<String> sources() {
    if (config.sources().pattern() == null) {
      return new TreeSet<>(config.sources().names());
    }
    Set<String> matching = new TreeSet<>(brokers.topics());
    matching.removeIf(topic -> !config.sources().contains(topic));
    if (matching.isEmpty()) {
      errors.add("no topic for the sources: " + config.sources() + " matches none that there is");
    }
    for (String source : matching) {
      String output = config.output().of(source);
      if (config.sources().contains(output)) {
        errors.add(
            "topic "
                + output
                + " (output of "
                + source
                + ") matches the sources' "
                + config.sources()
                + ": records would go round for ever; choose a pattern that leaves it out");
      }
    }
    return matching;
  }

  private Map<String, TopicDescription> describe(Set<String> sources) {
    Set<String> names = new TreeSet<>(sources);
    sources.forEach(source -> names.add(config.output().of(source)));
    needed(sources, Map.of()).forEach(topic -> names.add(topic.name()));
    names.addAll(internal());
    return brokers.describe(names);
  }

  /** Topics that Kafka Streams makes, each with as many partitions as the widest source. */
  private List<String> internal() {
    List<String> names = new ArrayList<>(new TopicRoles(config).internal());
    if (config.rules().rules().key().isRecordKey()) {
      names.remove(TopicRoles.repartition(config.application()));
    }
    return names;
  }

  /** What is needed, sources first: each topic once. */
  private List<NeededTopic> needed(Set<String> sources, Map<String, TopicDescription> there) {
    Map<String, NeededTopic> needed = new LinkedHashMap<>();
    sources.forEach(source -> needed.put(source, NeededTopic.source(source)));
    Map<String, Integer> outputs = new LinkedHashMap<>();
    for (String source : sources) {
      outputs.merge(config.output().of(source), partitions(source, there), Math::max);
    }
    outputs.forEach((name, partitions) -> needed.put(name, NeededTopic.output(name, partitions)));
    String blocked = config.blocked().topic();
    needed.put(blocked, NeededTopic.blocked(blocked));
    for (String route : new TopicRoles(config).routes()) {
      needed.putIfAbsent(route, NeededTopic.route(route));
    }
    String limits = config.limits();
    if (limits != null) {
      needed.put(limits, NeededTopic.limits(limits));
    }
    return new ArrayList<>(needed.values());
  }

  /** Of a source that is there, or is to be made; or {@link NeededTopic#ANY}. */
  private int partitions(String source, Map<String, TopicDescription> there) {
    TopicDescription description = there.get(source);
    if (description != null) {
      return description.partitions().size();
    }
    return config.createTopics() == null ? NeededTopic.ANY : config.createTopics().partitions();
  }

  private void checkOperation(NeededTopic topic, TopicDescription description) {
    Set<AclOperation> allowed = description.authorizedOperations();
    if (allowed != null
        && !allowed.contains(topic.operation())
        && !allowed.contains(AclOperation.ALL)) {
      errors.add(
          "topic "
              + topic.name()
              + " ("
              + topic.role()
              + "): this user may not "
              + topic.operation()
              + "; allow it with kafka-acls.sh");
    }
  }

  private void checkPartitions(Set<String> sources, Map<String, TopicDescription> there) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    for (String source : sources) {
      TopicDescription from = there.get(source);
      if (from == null) {
        continue;
      }
      int partitions = from.partitions().size();
      counts.put(source, partitions);
      TopicDescription to = there.get(config.output().of(source));
      if (to != null && to.partitions().size() < partitions) {
        errors.add(
            "topic "
                + to.name()
                + " (output) has "
                + to.partitions().size()
                + " partitions, its source "
                + source
                + " has "
                + partitions
                + ": give it as many, with kafka-topics.sh --bootstrap-server "
                + config.kafka().bootstrapServers()
                + " --alter --topic "
                + to.name()
                + " --partitions "
                + partitions);
      }
    }
    if (config.rules().rules().key().isRecordKey() && new TreeSet<>(counts.values()).size() > 1) {
      warnings.add(
          "the sources have different numbers of partitions ("
              + counts
              + "): a key that is in several of them has a limit in each");
    }
    int most = counts.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    for (String name : internal()) {
      TopicDescription internal = there.get(name);
      if (internal != null && most > 0 && internal.partitions().size() != most) {
        errors.add(
            "topic "
                + name
                + " has "
                + internal.partitions().size()
                + " partitions, of the time when the sources had as many; now they have "
                + most
                + ": what is counted belongs to partitions and cannot be taken along; give the"
                + " service another application to start with empty windows");
      }
    }
  }

  private void checkSettings(List<NeededTopic> needed, Map<String, TopicDescription> there) {
    List<String> names = needed.stream().map(NeededTopic::name).filter(there::containsKey).toList();
    Map<String, Map<String, String>> settings = brokers.settings(names);
    for (NeededTopic topic : needed) {
      Map<String, String> of = settings.get(topic.name());
      if (of != null) {
        checkSettings(topic, of);
      }
    }
  }

  private void checkSettings(NeededTopic topic, Map<String, String> settings) {
    String policy = value(settings, TopicConfig.CLEANUP_POLICY_CONFIG);
    boolean compacts = policy.contains(TopicConfig.CLEANUP_POLICY_COMPACT);
    String name = "topic " + topic.name() + " (" + topic.role() + ")";
    if (topic.isCompacted()) {
      boolean deletes = policy.contains(TopicConfig.CLEANUP_POLICY_DELETE);
      boolean keeps =
          value(settings, TopicConfig.RETENTION_MS_CONFIG).equals("-1")
              && value(settings, TopicConfig.RETENTION_BYTES_CONFIG).equals("-1");
      if (deletes && !keeps) {
        errors.add(
            name
                + " has cleanup.policy="
                + policy
                + ", which forgets entries after a time: give it cleanup.policy=compact");
      }
    } else if (compacts && !topic.role().equals("sources")) {
      String what =
          name + " has cleanup.policy=" + policy + ", which keeps the last record of a key only";
      if (topic.role().equals("blocked")) {
        errors.add(what + ": give it cleanup.policy=delete");
      } else {
        warnings.add(what);
      }
    }
    if (topic.role().equals("output")
        && value(settings, TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG).equals("LogAppendTime")) {
      warnings.add(
          name + " has message.timestamp.type=LogAppendTime: records lose their own timestamps");
    }
  }

  private static String value(Map<String, String> settings, String name) {
    @Nullable String value = settings.get(name);
    return Objects.requireNonNullElse(value, "");
  }
}
