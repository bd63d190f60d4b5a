package io.headgate.service.config;

import io.headgate.rules.RuleSet;
import io.headgate.rules.RulesException;
import io.headgate.rules.RulesFile;
import io.headgate.rules.yaml.Problem;
import io.headgate.rules.yaml.Problems;
import io.headgate.rules.yaml.YamlAt;
import io.headgate.rules.yaml.YamlException;
import io.headgate.rules.yaml.YamlMapping;
import io.headgate.rules.yaml.YamlReader;
import io.headgate.rules.yaml.YamlSource;
import io.headgate.rules.yaml.YamlVariables;
import io.headgate.streams.NoKeyPolicy;
import io.headgate.streams.TimeSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the file that says what the service does. All that is wrong is said at once, with line and
 * column, that of the rules' own file included. Texts may have variables of the environment in
 * them. Used once, by one thread.
 */
public final class ServiceFile {

  /** What may stand at the top. */
  static final List<String> KEYS =
      List.of(
          "application",
          "kafka",
          "sources",
          "output",
          "blocked",
          "rules",
          "limits",
          "max-keys",
          "time",
          "no-key",
          "hash-seed",
          "create-topics",
          "analytics",
          "http");

  private static final int MAX_KEYS = 1 << 30;
  private static final long DEFAULT_MAX_KEYS = 1_000_000;
  private static final Pattern NAME = Pattern.compile("(?!\\.{1,2}$)[a-zA-Z0-9._-]{1,100}");
  private static final String APPLICATION = "1 to 100 letters, digits, '.', '_' or '-'";

  private final Path file;
  private final Problems problems;
  private final YamlReader yaml;
  private final TopicReader topics;
  private final List<String> warnings = new ArrayList<>();

  /** Of the rules' own file. */
  private final List<Problem> elsewhere = new ArrayList<>();

  private ServiceFile(Path file) {
    this.file = file;
    problems = new Problems(file.toString());
    yaml = new YamlReader(problems);
    topics = new TopicReader(problems, yaml);
  }

  /**
   * Reads a file.
   *
   * @param file at most 1 MiB of UTF-8
   * @param environment values of variables by their names, such as {@code System::getenv}
   * @return what it says
   * @throws ConfigException if it cannot be used, with all that is wrong
   */
  public static ServiceConfig read(Path file, Function<String, @Nullable String> environment) {
    return new ServiceFile(file).read(environment);
  }

  private ServiceConfig read(Function<String, @Nullable String> environment) {
    ServiceConfig config = null;
    List<Problem> all = new ArrayList<>();
    try {
      String text = YamlSource.read(file, "a file that says what the service does", problems);
      YamlAt root = YamlSource.compose(text, "application, kafka, sources, ...", problems);
      config = config(YamlVariables.fill(root, environment, problems));
      problems.throwIfAny();
    } catch (YamlException e) {
      all.addAll(e.problems());
    }
    all.addAll(elsewhere);
    if (config == null || !all.isEmpty()) {
      throw new ConfigException(all);
    }
    return config;
  }

  private @Nullable ServiceConfig config(YamlAt root) {
    YamlMapping found = yaml.mapping(root, "a mapping: application, kafka, sources, ...", KEYS);
    if (found == null) {
      return null;
    }
    YamlAt applicationAt = needed(root, found, "application", "application: " + APPLICATION);
    String application = applicationAt == null ? null : application(applicationAt);
    YamlAt kafkaAt = needed(root, found, "kafka", "kafka: {bootstrap.servers: host:9092}");
    KafkaSettings kafka =
        kafkaAt == null ? null : new KafkaReader(problems, yaml, warnings).read(kafkaAt);
    YamlAt sourcesAt = needed(root, found, "sources", "sources: [ TOPIC, ... ]");
    SourceTopics sources = sourcesAt == null ? null : topics.sources(sourcesAt);
    YamlAt outputAt = needed(root, found, "output", "output: TOPIC");
    OutputTopics output = outputAt == null ? null : topics.output(outputAt);
    YamlAt blockedAt = needed(root, found, "blocked", "blocked: TOPIC");
    BlockedTopic blocked = blockedAt == null ? null : topics.blocked(blockedAt);
    YamlAt rulesAt = needed(root, found, "rules", "rules: FILE, or the rules themselves");
    RulesChoice rules = rulesAt == null ? null : rules(rulesAt);
    YamlAt limitsAt = found.get("limits");
    String limits = limitsAt == null ? null : topics.topic(limitsAt);
    Long maxKeys = number(found.get("max-keys"));
    TimeSource time = constant(found.get("time"), TimeSource.EVENT);
    NoKeyPolicy noKey = constant(found.get("no-key"), NoKeyPolicy.ADMIT);
    YamlAt seedAt = found.get("hash-seed");
    String hashSeed = seedAt == null ? null : yaml.text(seedAt, "a text that only you know");
    PartsReader parts = new PartsReader(directory(), problems, yaml);
    YamlAt createAt = found.get("create-topics");
    CreateTopics createTopics = createAt == null ? null : parts.createTopics(createAt);
    AnalyticsConfig analytics = parts.analytics(found.get("analytics"));
    HttpConfig http = parts.http(found.get("http"));
    if (application == null
        || kafka == null
        || sources == null
        || output == null
        || blocked == null
        || rules == null
        || maxKeys == null
        || time == null
        || noKey == null) {
      return null;
    }
    ServiceConfig config =
        new ServiceConfig(
            file,
            application,
            kafka,
            sources,
            output,
            blocked,
            rules,
            limits,
            maxKeys.intValue(),
            time,
            noKey,
            hashSeed,
            createTopics,
            analytics,
            http,
            List.copyOf(warnings));
    new TopicRoles(config).check(found, problems);
    return config;
  }

  private @Nullable YamlAt needed(YamlAt root, YamlMapping found, String key, String expected) {
    YamlAt at = found.get(key);
    if (at == null && found.whole()) {
      problems.add(root, "no " + key, expected);
    }
    return at;
  }

  private @Nullable String application(YamlAt at) {
    String name = yaml.text(at, APPLICATION);
    if (name != null && !NAME.matcher(name).matches()) {
      problems.add(at, at.found(), APPLICATION);
      return null;
    }
    return name;
  }

  private @Nullable RulesChoice rules(YamlAt at) {
    if (at.isMapping()) {
      RuleSet rules = RulesFile.read(at, problems);
      return rules == null ? null : new RulesChoice(rules, null);
    }
    String expected = "a file of rules, or the rules themselves: {rules: [ ... ]}";
    Path rulesFile = PartsReader.file(at, directory(), expected, yaml, problems);
    if (rulesFile == null) {
      return null;
    }
    try {
      return new RulesChoice(RulesFile.read(rulesFile), rulesFile);
    } catch (RulesException e) {
      elsewhere.addAll(e.problems());
      return null;
    }
  }

  private Path directory() {
    Path parent = file.getParent();
    return parent == null ? Path.of("") : parent;
  }

  private @Nullable Long number(@Nullable YamlAt at) {
    return at == null ? Long.valueOf(DEFAULT_MAX_KEYS) : yaml.number(at, 1, MAX_KEYS);
  }

  private <E extends Enum<E>> @Nullable E constant(@Nullable YamlAt at, E otherwise) {
    return at == null ? otherwise : yaml.constant(at, otherwise.getDeclaringClass());
  }
}
