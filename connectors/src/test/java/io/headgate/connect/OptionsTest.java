package io.headgate.connect;

import static io.headgate.connect.Records.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptionsTest {

  /** What Connect's validation says, as it has it: with a prefix before every option. */
  private static List<String> problems(Map<String, String> options) {
    ConfigDef all = new ConfigDef();
    all.embed("transforms.limit.", "", 0, Options.ofTransform());
    Map<String, String> prefixed = new java.util.HashMap<>();
    options.forEach((name, value) -> prefixed.put("transforms.limit." + name, value));
    List<String> problems = new ArrayList<>();
    for (ConfigValue value : all.validate(prefixed)) {
      problems.addAll(value.errorMessages());
    }
    return problems;
  }

  @Test
  void shouldHaveNothingAgainstRightOptions() {
    assertThat(problems(options())).isEmpty();
    assertThat(
            problems(
                options(
                    "limits", "10/1s, 500/1h",
                    "key", "field:/user/id",
                    "over.limit", "route",
                    "route.topic", "over",
                    "scope", "worker",
                    "name", "edge",
                    "blocked.topic", "blocked",
                    "blocked.producer.bootstrap.servers", "a:1,b:2",
                    "cost", "header:cost",
                    "buckets", "10")))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          limits | 10/1x | limits: limit "10/1x": expected UNITS/WINDOW, such as 100/60s or 20/1h
          limits | 1/1s,2/1s | limits: found "2/1s", expected limits of different windows: another has this window already
          key | fields:/a | key: found "fields:/a", expected record, field:POINTER, header:NAME or regex:PATTERN with a group
          key | field:a | key: found "field:a", expected a JSON pointer, such as field:/user/id
          key | field: | key: found "field:", expected a JSON pointer, such as field:/user/id
          key | regex:a+ | key: found "regex:a+", expected a group around what is the key, as in regex:^(\\S+)
          key | regex:( | key: found "regex:(", which is no regular expression: Unclosed group at position 1
          cost | 2 | cost: found "2", expected 1, bytes, field:POINTER or header:NAME
          cost.default | -1 | cost.default: found "-1", expected 0 to 9223372036854775807
          over.limit | hold | over.limit: found "hold", expected drop, tag, route
          over.limit | route | route.topic: found nothing, expected a topic, where over.limit=route sends records
          route.topic | over | route.topic: found "over", expected none without over.limit=route
          scope | cluster | scope: found "cluster", expected task, worker
          scope | worker | name: found nothing, expected a name: scope=worker shares one limiter among its bearers
          blocked.topic | a b | blocked.topic: found "a b", expected a topic: 1 to 249 letters, digits, '.', '_' or '-'
          max.keys | 0 | max.keys: found "0", expected 1 to 1073741824
          buckets | 7 | buckets: window 60000 ms does not divide by 7 buckets into whole milliseconds; take 6, for example
          mode | strikt | mode: found "strikt", expected strict, standard
          no.key.policy | drop | no.key.policy: found "drop", expected admit, block
          event.key | clear | event.key: found "clear", expected plain, hashed, none
          """)
  void shouldSayWhatWasFoundWhatExpectedAndHowToMendIt(String name, String value, String message) {
    assertThat(problems(options(name, value))).contains(message);
    RateLimit.Value<SourceRecord> transform = new RateLimit.Value<>();
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> transform.configure(options(name, value)));
  }

  @Test
  void shouldAskForBrokersOfTheBlockedTopic() {
    assertThat(problems(options("blocked.topic", "blocked")))
        .containsExactly(
            "blocked.producer.bootstrap.servers: found nothing, expected the brokers of"
                + " blocked.topic, such as broker1:9092: a plugin is not told the worker's");
  }

  @Test
  void shouldRefuseWhatIsNoOption() {
    RateLimit.Value<SourceRecord> transform = new RateLimit.Value<>();
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> transform.configure(options("limit", "1/1s", "type", "x")))
        .withMessageStartingWith("limit: found an option of this name, expected blocked.")
        .withMessageContaining("limits");
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(
            () ->
                transform.configure(
                    options(
                        "blocked.topic", "b",
                        "blocked.producer.bootstrap.servers", "a:1",
                        "blocked.producer.linger.ms", "soon")))
        .withMessageStartingWith("blocked.producer.*: ")
        .withMessageContaining("linger.ms");
  }

  @Test
  void shouldDescribeEveryOption() {
    for (ConfigDef def : List.of(Options.ofTransform(), Options.ofPredicate())) {
      assertThat(def.configKeys().values())
          .allSatisfy(key -> assertThat(key.documentation).isNotBlank());
    }
    assertThat(new RateLimit.Key<SourceRecord>().version())
        .isEqualTo(System.getProperty("project.version"));
  }
}
