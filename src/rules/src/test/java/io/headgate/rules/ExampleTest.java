package io.headgate.rules;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** What is shown to people works: the example, and each piece of YAML in the documentation. */
class ExampleTest {

  private static Path root() {
    Path at = Path.of("").toAbsolutePath();
    while (at != null && !Files.exists(at.resolve("config/rules/example.yaml"))) {
      at = at.getParent();
    }
    if (at == null) {
      throw new IllegalStateException("not inside the repository");
    }
    return at;
  }

  private static RuleSet example() {
    return RulesFile.read(root().resolve("config/rules/example.yaml"));
  }

  @Test
  void shouldReadTheExampleAsItsTwinInCode() {
    RuleSet twin =
        RuleSet.builder()
            .key(KeySource.recordKey())
            .rule(Rule.named("monitoring").when(Conditions.keyIs("10.0.0.1")).exempt(true).build())
            .rule(
                Rule.named("bots")
                    .when(Conditions.fieldPattern("/agent", "(?i).*(bot|crawler|spider).*"))
                    .limits(RateLimit.perSecond(10), RateLimit.perHour(500))
                    .overLimit(OverLimit.route("requests-from-bots"))
                    .enforcePercent(10)
                    .build())
            .rule(
                Rule.named("company")
                    .when(Conditions.keyCidr("10.0.0.0/8", "192.168.0.0/16", "fd00::/8"))
                    .limits(RateLimit.perMinute(2_000).withBuckets(120))
                    .build())
            .rule(
                Rule.named("downloads")
                    .when(
                        Conditions.allOf(
                            Conditions.fieldPrefix("/path", "/download/"),
                            Conditions.not(Conditions.headerPresent("internal"))))
                    .limits(RateLimit.perHour(1_000_000_000))
                    .cost(Cost.field("/bytes", 65_536))
                    .overLimit(OverLimit.tag())
                    .build())
            .rule(
                Rule.named("orders")
                    .when(Conditions.fieldPrefix("/path", "/orders/"))
                    .limits(RateLimit.perMinute(30))
                    .overLimit(OverLimit.hold(500, Duration.ofMinutes(10)))
                    .build())
            .rule(
                Rule.named("everyone")
                    .limits(RateLimit.perMinute(100).withMode(Mode.STANDARD))
                    .overLimit(OverLimit.tag())
                    .exemptKeys("203.0.113.7")
                    .classOf(KeySource.header("plan"))
                    .build())
            .build();

    assertThat(example()).isEqualTo(twin);
  }

  private static String ruleOf(String key, String value) {
    RuleSet rules = example();
    RecordHeaders headers = new RecordHeaders();
    RecordView view =
        new RecordView().set("requests", key.getBytes(UTF_8), value.getBytes(UTF_8), headers, 0);
    return rules.rule(rules.match(view, 0)).name();
  }

  @Test
  void shouldMatchAsTheExampleSays() {
    assertThat(ruleOf("10.0.0.1", "{\"agent\":\"Googlebot\"}")).isEqualTo("monitoring");
    assertThat(ruleOf("10.0.0.2", "{\"agent\":\"Googlebot/2.1\"}")).isEqualTo("bots");
    assertThat(ruleOf("10.0.0.2", "{\"agent\":\"Firefox\"}")).isEqualTo("company");
    assertThat(ruleOf("fd12::1", "no JSON")).isEqualTo("company");
    assertThat(ruleOf("8.8.8.8", "{\"path\":\"/download/x\"}")).isEqualTo("downloads");
    assertThat(ruleOf("8.8.8.8", "{\"path\":\"/orders/7\"}")).isEqualTo("orders");
    assertThat(ruleOf("8.8.8.8", "{\"path\":\"/x\"}")).isEqualTo("everyone");
    assertThat(ruleOf("host", "")).isEqualTo("everyone");
  }

  @Test
  void shouldTakeTheEntryThatTheExampleNames() {
    LimitOverrides.Result result =
        LimitOverrides.none(example()).with("everyone/class/gold", "{\"limits\":[\"500/1m\"]}");

    assertThat(result.refusal()).isNull();
  }

  /** Pieces with "rules:" are whole files; the others are what a rule consists of. */
  @Test
  void shouldReadEachPieceOfYamlInTheDocumentation() throws IOException {
    String page = Files.readString(root().resolve("src/docs/rules.md"));
    Matcher piece = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(page);
    List<RuleSet> sets = new ArrayList<>();
    while (piece.find()) {
      String yaml = piece.group(1);
      String file =
          yaml.contains("rules:\n")
              ? yaml
              : "rules:\n- name: piece\n"
                  + (yaml.contains("limits:") || yaml.contains("exempt: true")
                      ? ""
                      : "  limits: [ 1/1s ]\n")
                  + yaml.indent(2);
      sets.add(RulesFile.parse("piece " + (sets.size() + 1), file));
    }
    assertThat(sets).hasSize(6);
  }

  @Test
  void shouldReadEachConditionInTheDocumentation() throws IOException {
    String page = Files.readString(root().resolve("src/docs/rules.md"));
    Matcher piece = Pattern.compile("`(\\{(topic|key|header|field): \\{.*?}})`").matcher(page);
    List<Condition> conditions = new ArrayList<>();
    while (piece.find()) {
      String rule = "rules: [ { name: a, limits: [ 1/1s ], when: " + piece.group(1) + " } ]";
      conditions.add(RulesFile.parse(piece.group(1), rule).rule(0).when());
    }
    assertThat(conditions).hasSizeGreaterThan(8).doesNotHaveDuplicates();
  }
}
