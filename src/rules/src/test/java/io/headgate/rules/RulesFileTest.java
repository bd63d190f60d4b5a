package io.headgate.rules;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.headgate.RateLimit;
import io.headgate.RateLimit.Mode;
import io.headgate.rules.yaml.Problem;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RulesFileTest {

  private static RuleSet parse(String... lines) {
    return RulesFile.parse("r.yaml", String.join("\n", lines));
  }

  /** What is wrong with these lines, a line each. */
  private static List<String> problems(String... lines) {
    return problems(() -> parse(lines));
  }

  private static List<String> problems(Runnable reader) {
    RulesException e = catchThrowableOfType(RulesException.class, reader::run);
    assertThat(e).isNotNull();
    List<String> problems = e.problems().stream().map(Problem::toString).toList();
    assertThat(e).hasMessage(String.join("\n", problems));
    return problems;
  }

  private static Rule rule(String line) {
    return parse("rules:", "  - { name: a, limits: [ 10/1s ], " + line + " }").rule(0);
  }

  private static List<String> problemsOf(String line) {
    return problems("rules:", "- { name: a, limits: [ 10/1s ],", line + " }");
  }

  @Test
  void shouldReadTheShortestFile() {
    assertThat(parse("rules: [ { name: default, limits: [ 10/1s ] } ]"))
        .isEqualTo(RuleSet.of(RateLimit.perSecond(10)));
  }

  @Test
  void shouldReadEveryWord() {
    RuleSet set =
        parse(
            "%YAML 1.2",
            "---",
            "key: [ record, {header: tenant}, {field: /user/id} ]",
            "shadow: true",
            "rules:",
            "  - name: all",
            "    when: { topic: [ a, b ], not: { key: { is: 42 } } }",
            "    limits:",
            "      - 10/1s",
            "      - { limit: 500/1h, buckets: 20, mode: strict }",
            "    mode: standard",
            "    buckets: 10",
            "    cost: { field: /bytes, default: 0 }",
            "    over-limit: { route: late-ones }",
            "    overflow: block",
            "    late: admit",
            "    exempt-keys: [ 10.0.0.1, '', 7 ]",
            "    shadow: false",
            "    enforce-percent: 5",
            "    class: { header: plan }",
            "  - { name: free, exempt: true }");
    Rule all =
        Rule.named("all")
            .when(
                Conditions.allOf(
                    Conditions.topic("a", "b"), Conditions.not(Conditions.keyIs("42"))))
            .limits(
                RateLimit.parse("10/1s").withBuckets(10).withMode(Mode.STANDARD),
                RateLimit.parse("500/1h").withBuckets(20))
            .cost(Cost.field("/bytes", 0))
            .overLimit(OverLimit.route("late-ones"))
            .overflow(OverflowPolicy.BLOCK)
            .late(LatePolicy.ADMIT)
            .exemptKeys("10.0.0.1", "", "7")
            .enforcePercent(5)
            .classOf(KeySource.header("plan"))
            .build();
    assertThat(set)
        .isEqualTo(
            RuleSet.builder()
                .key(
                    KeySource.composite(
                        KeySource.recordKey(),
                        KeySource.header("tenant"),
                        KeySource.field("/user/id")))
                .shadow(true)
                .rule(all)
                .rule(Rule.named("free").exempt(true).build())
                .build());
  }

  @Test
  void shouldReadEveryCondition() {
    assertThat(rule("when: always").when()).isEqualTo(Conditions.always());
    assertThat(rule("when: {topic: a}").when()).isEqualTo(Conditions.topic("a"));
    assertThat(rule("when: {topic: {is: a}}").when()).isEqualTo(Conditions.topic("a"));
    assertThat(rule("when: {topic: {prefix: a}}").when()).isEqualTo(Conditions.topicPrefix("a"));
    assertThat(rule("when: {topic: {pattern: a}}").when()).isEqualTo(Conditions.topicPattern("a"));
    assertThat(rule("when: {key: {is: [a, b]}}").when()).isEqualTo(Conditions.keyIs("a", "b"));
    assertThat(rule("when: {key: {prefix: a}}").when()).isEqualTo(Conditions.keyPrefix("a"));
    assertThat(rule("when: {key: {pattern: a}}").when()).isEqualTo(Conditions.keyPattern("a"));
    assertThat(rule("when: {key: {cidr: '::1'}}").when()).isEqualTo(Conditions.keyCidr("::1"));
    assertThat(rule("when: {header: {name: h, is: a}}").when())
        .isEqualTo(Conditions.headerIs("h", "a"));
    assertThat(rule("when: {header: {name: h, present: true}}").when())
        .isEqualTo(Conditions.headerPresent("h"));
    assertThat(rule("when: {field: {pointer: /f, prefix: a}}").when())
        .isEqualTo(Conditions.fieldPrefix("/f", "a"));
    assertThat(rule("when: {field: {pointer: /f, present: true}}").when())
        .isEqualTo(Conditions.fieldPresent("/f"));
    assertThat(rule("when: {all: [{topic: a}, {any: [{topic: b}, {topic: c}]}]}").when())
        .isEqualTo(
            Conditions.allOf(
                Conditions.topic("a"),
                Conditions.anyOf(Conditions.topic("b"), Conditions.topic("c"))));
  }

  @Test
  void shouldReadEveryCostKeyAndAction() {
    assertThat(rule("cost: 1").cost()).isEqualTo(Cost.ONE);
    assertThat(rule("cost: bytes").cost()).isEqualTo(Cost.VALUE_BYTES);
    assertThat(rule("cost: {header: c}").cost()).isEqualTo(Cost.header("c", 1));
    assertThat(rule("cost: {header: c, default: 5}").cost()).isEqualTo(Cost.header("c", 5));
    assertThat(rule("over-limit: drop").overLimit()).isEqualTo(OverLimit.drop());
    assertThat(rule("over-limit: tag").overLimit()).isEqualTo(OverLimit.tag());
    assertThat(rule("over-limit: hold").overLimit())
        .isEqualTo(OverLimit.hold(1_000, Duration.ofHours(1)));
    assertThat(rule("over-limit: {hold: {max-records-per-key: 20, max-time: 90s}}").overLimit())
        .isEqualTo(OverLimit.hold(20, Duration.ofSeconds(90)));
    assertThat(rule("over-limit: {hold: {max-time: 2d}}").overLimit())
        .isEqualTo(OverLimit.hold(1_000, Duration.ofDays(2)));
    assertThat(rule("over-limit: {hold: {max-records-per-key: 3}}").overLimit())
        .isEqualTo(OverLimit.hold(3, Duration.ofHours(1)));
    assertThat(rule("overflow: shared-row").overflow()).isEqualTo(OverflowPolicy.SHARED_ROW);
    assertThat(rule("class: record").classOf()).isEqualTo(KeySource.recordKey());
    assertThat(rule("class: [ record ]").classOf()).isEqualTo(KeySource.recordKey());
  }

  @Test
  void shouldSayAllProblemsAtOnceInTheOrderOfTheFile() {
    assertThat(
            problems(
                "shadow: yes",
                "rules:",
                "  - name: a b",
                "    limits: [ 10/1x, 5/1s, 6/1000ms ]",
                "    cots: bytes",
                "  - limits: 5/1s",
                "    enforce-percent: 101"))
        .containsExactly(
            "r.yaml:1:9: shadow: found \"yes\", expected true or false",
            "r.yaml:3:11: rules[0].name: found \"a b\", expected 1 to 100 letters, digits, '.',"
                + " '_' or '-'",
            "r.yaml:4:15: rules[0].limits[0]: found \"10/1x\", expected UNITS/WINDOW, such as"
                + " 10/1s or 500/1h",
            "r.yaml:4:28: rules[0].limits[2]: found a second limit of one window (6/1s in 50"
                + " buckets, strict), expected limits of different windows; rules[0].limits[1] has"
                + " this window already",
            "r.yaml:5:5: rules[0]: found the key \"cots\", expected one of name, when, limits,"
                + " cost, mode, buckets, over-limit, overflow, late, exempt-keys, exempt, shadow,"
                + " enforce-percent, class; did you mean cost?",
            "r.yaml:6:5: rules[1]: found a rule without a name, expected name: 1 to 100 letters,"
                + " digits, '.', '_' or '-'",
            "r.yaml:6:13: rules[1].limits: found \"5/1s\", expected limits: a list of 1 to 8, such"
                + " as [ 10/1s, 500/1h ]; put brackets around it: [ ... ]",
            "r.yaml:7:22: rules[1].enforce-percent: found \"101\", expected a whole number, 0 to"
                + " 100");
  }

  @Test
  void shouldHoldThePartsOfAProblem() {
    RulesException e =
        catchThrowableOfType(
            RulesException.class, () -> parse("rules:", "  - name: a", "    limits: [ 1/0s ]"));

    assertThat(e.problems())
        .containsExactly(
            new Problem(
                "r.yaml",
                3,
                15,
                "rules[0].limits[0]",
                "\"1/0s\"",
                "UNITS/WINDOW, such as 10/1s or 500/1h",
                "window PT0S: expected a whole number of milliseconds, at least" + " 1"));
  }

  @Test
  void shouldRefuseDuplicateKeysAndNames() {
    assertThat(
            problems(
                "rules:",
                "  - name: a",
                "    limits: [ 1/1s ]",
                "    when: { topic: t }",
                "    limits: [ 2/1s ]",
                "  - name: a",
                "    limits: [ 3/1s ]"))
        .containsExactly(
            "r.yaml:5:5: rules[0].limits: found the key limits again, expected each key once; it"
                + " stands in line 3 already",
            "r.yaml:6:11: rules[1].name: found \"a\" again, expected a name of its own;"
                + " rules[0].name in line 2 has it already");
  }

  @Test
  void shouldRefuseRulesThatNoRecordReaches() {
    assertThat(
            problems(
                "rules:",
                "  - { name: aside, shadow: true, limits: [ 1/1s ] }",
                "  - { name: part, enforce-percent: 99, limits: [ 1/1s ] }",
                "  - { name: all, when: { any: [ {topic: t}, always ] }, limits: [ 1/1s ] }",
                "  - { name: hidden, limits: [ 1/1s ] }",
                "  - { name: hidden-too, limits: [ 1/1s ] }"))
        .containsExactly(
            "r.yaml:5:5: rules[3]: found a rule that no record reaches, expected rules that are"
                + " enforced for all records last; rule \"all\" (rules[2]) is for all records and"
                + " ends here: move it to the end, or give it a when",
            "r.yaml:6:5: rules[4]: found a rule that no record reaches, expected rules that are"
                + " enforced for all records last; rule \"all\" (rules[2]) is for all records and"
                + " ends here: move it to the end, or give it a when");
  }

  @Test
  void shouldRefuseWrongValuesOfEachWord() {
    assertThat(problemsOf("when: {}")).hasSize(1);
    assertThat(problemsOf("when: never")).hasSize(1);
    assertThat(problemsOf("when: [ {topic: a} ]")).hasSize(1);
    assertThat(problemsOf("when: {topc: a}").get(0)).endsWith("did you mean topic?");
    assertThat(problemsOf("when: {topic: [a, [b]]}"))
        .containsExactly(
            "r.yaml:3:19: rules[0].when.topic[1]: found a list, expected topics, or"
                + " {is|prefix|pattern: TEXT}");
    assertThat(problemsOf("when: {topic: []}").get(0)).contains("found an empty list");
    assertThat(problemsOf("when: {key: a}")).hasSize(1);
    assertThat(problemsOf("when: {key: {is: a, prefix: b}}").get(0))
        .contains("found is and prefix", "all: [");
    assertThat(problemsOf("when: {key: {}}").get(0)).contains("found no test");
    assertThat(problemsOf("when: {key: {is: }}").get(0)).contains("found nothing", "write \"\"");
    assertThat(problemsOf("when: {key: {pattern: 'a('}}").get(0))
        .contains("rules[0].when.key.pattern", "Unclosed group");
    assertThat(problemsOf("when: {key: {cidr: [10.0.0.0/8, 10.0.0.1/8]}}").get(0))
        .contains("write 10.0.0.0/8");
    assertThat(problemsOf("when: {header: {is: a}}").get(0)).contains("found no name");
    assertThat(problemsOf("when: {header: {name: a}}").get(0)).contains("found no test");
    assertThat(problemsOf("when: {header: {name: a, present: false}}").get(0)).contains("not: {");
    assertThat(problemsOf("when: {field: {pointer: a, present: true}}").get(0))
        .contains("JSON pointer");
    assertThat(problemsOf("when: {any: []}").get(0)).contains("found an empty list");
    assertThat(problemsOf("when: {any: {topic: a}}")).hasSize(1);
    assertThat(problemsOf("cost: 2")).hasSize(1);
    assertThat(problemsOf("cost: byte").get(0)).endsWith("did you mean bytes?");
    assertThat(problemsOf("cost: {header: a, field: /b}").get(0)).contains("header and field");
    assertThat(problemsOf("cost: {default: 3}").get(0)).contains("neither header nor field");
    assertThat(problemsOf("cost: {header: a, default: -1}")).hasSize(1);
    assertThat(problemsOf("cost: {header: a, default: 1.5}")).hasSize(1);
    assertThat(problemsOf("over-limit: dorp").get(0)).endsWith("did you mean drop?");
    assertThat(problemsOf("over-limit: {route: a b}").get(0)).contains("a topic: 1 to 249");
    assertThat(problemsOf("over-limit: hodl").get(0)).endsWith("did you mean hold?");
    assertThat(problemsOf("over-limit: {}").get(0)).contains("neither route nor hold");
    assertThat(problemsOf("over-limit: {route: a, hold: {max-time: 1s}}").get(0))
        .contains("route and hold");
    assertThat(problemsOf("over-limit: {hold: 5}").get(0))
        .endsWith("expected max-records-per-key, max-time or both");
    assertThat(problemsOf("over-limit: {hold: {max-recods-per-key: 5}}").get(0))
        .endsWith("did you mean max-records-per-key?");
    assertThat(problemsOf("over-limit: {hold: {max-records-per-key: 0}}").get(0))
        .endsWith("expected a whole number, 1 to 2147483647");
    for (String time : List.of("0s", "1", "s", "1w", "-1s", "366d", "999999999999d", "1.5h")) {
      assertThat(problemsOf("over-limit: {hold: {max-time: " + time + "}}"))
          .singleElement()
          .asString()
          .endsWith(
              "found \"" + time + "\", expected a time of 1ms to 365d, such as 500ms, 90s or 1h");
    }
    assertThat(problemsOf("over-limit: {hold: {max-records-per-key: x, max-time: y}}")).hasSize(2);
    assertThat(problemsOf("overflow: shared_row").get(0)).endsWith("did you mean shared-row?");
    assertThat(problemsOf("late: ADMIT").get(0)).endsWith("did you mean admit?");
    assertThat(problemsOf("mode: lax").get(0)).endsWith("expected strict or standard");
    assertThat(problemsOf("buckets: 0").get(0)).contains("1 to 32767");
    assertThat(problemsOf("buckets: 7").get(0))
        .contains("7 buckets for a window of 1000 ms", "take 5");
    assertThat(problemsOf("exempt-keys: a").get(0)).contains("brackets");
    assertThat(problemsOf("exempt-keys: [ null ]")).hasSize(1);
    assertThat(problemsOf("exempt: 'true'").get(0)).contains("without quotes");
    assertThat(problemsOf("enforce-percent: '5'")).hasSize(1);
    assertThat(problemsOf("enforce-percent: 99999999999999999999")).hasSize(1);
    assertThat(problemsOf("class: []").get(0)).contains("empty list");
    assertThat(problemsOf("class: {header: a, field: /b}").get(0)).contains("header and field");
    assertThat(problemsOf("class: {field: b}").get(0)).contains("JSON pointer");
    assertThat(problemsOf("? [a] : b").get(0)).contains("a list as a key");
    assertThat(problemsOf("cost: !mine 1").get(0)).contains("\"1\" with the tag !mine");
    assertThat(problemsOf("<<: {cost: bytes}").get(0)).contains("the key \"<<\"");
  }

  @Test
  void shouldRefuseWhatHasNoRules() {
    assertThat(problems("")).containsExactly("r.yaml: found nothing, expected rules");
    assertThat(problems("# only a remark")).hasSize(1);
    assertThat(problems("key: record").get(0)).contains("found no rules");
    assertThat(problems("rules: []").get(0)).contains("found 0 rules");
    assertThat(problems("- a").get(0)).contains("found a list");
    assertThat(problems("rules:").get(0)).contains("found nothing");
    assertThat(problems("rules: [ 1 ]").get(0)).contains("rules[0]: found \"1\"");
    assertThat(problems("rules: [ { name: a } ]").get(0)).contains("or exempt: true");
    assertThat(problems("rules: [ { name: a, limits: [] } ]").get(0)).contains("0 limits");
    assertThat(problems("rules: [ { name: a, limits: [ {buckets: 5} ] } ]").get(0))
        .contains("found no limit");
    assertThat(problems("rules: [" + "{},".repeat(1_001) + "]").get(0)).contains("1001 rules");
  }

  @Test
  void shouldStopWhenThereAreVeryManyProblems() {
    assertThat(problems("rules: [" + "{},".repeat(900) + "]")).hasSize(100);
  }

  @Test
  void shouldSayWhereTheYamlIsBroken() {
    assertThat(problems("rules:", "  - name: a", " - name: b").get(0))
        .startsWith("r.yaml:3:2: found no YAML (while parsing a block mapping: ")
        .endsWith("expected YAML 1.2");
    assertThat(problems("a: 1", "---", "b: 2").get(0)).startsWith("r.yaml:2:1: ");
    assertThat(problems("rules: [\tname, \u0007 ]"))
        .containsExactly(
            "r.yaml:1:16: found the character U+0007, expected characters that YAML allows");
    assertThat(problems("rules: *none").get(0)).contains("none");
    assertThat(problems("rules: '\nx")).hasSize(1);
  }

  @Test
  void shouldNotFallIntoTraps() {
    StringBuilder bomb = new StringBuilder("rules:\n- name: b\n  limits: [1/1s]\n  when: {any: [");
    bomb.append("&a0 {topic: x}");
    for (int i = 1; i < 20; i++) {
      bomb.append(", &a").append(i).append(" {any: [");
      bomb.append(("*a" + (i - 1) + ", ").repeat(9)).append("]}");
    }
    assertThat(problems(bomb + "]}")).hasSize(1);
    assertThat(problems("rules: [ { name: a, limits: [1/1s], when: &w { not: *w } } ]").get(0))
        .contains("more than 32 conditions in each other");
    assertThat(problems("rules: &r [ *r ]")).isNotEmpty();
    assertThat(problems("[".repeat(100_000)).get(0))
        .startsWith("r.yaml:1:65: found more than 64 lists and mappings in each other");
    assertThat(problems("{a: ".repeat(100_000)).get(0)).contains("more than 64 lists");
    assertThat(problems("- ".repeat(100_000)).get(0)).contains("more than 64 lists");
    assertThat(problems("? ".repeat(100_000)).get(0)).contains("more than 64 lists");
    assertThat(problems("#" + "x".repeat(1 << 20)).get(0)).contains("more than 1048576 bytes");
    assertThat(problems("#" + "\u20ac".repeat((1 << 20) / 3 + 1)).get(0))
        .contains("more than 1048576");
  }

  @Test
  void shouldReadAliasesThatAreNoTrap() {
    RuleSet set =
        parse(
            "rules:",
            "  - { name: a, when: &bots {key: {prefix: bot}}, limits: &l [ 1/1s ] }",
            "  - { name: b, when: {all: [*bots, {topic: t}]}, limits: *l }");

    assertThat(set.rule(1).when())
        .isEqualTo(Conditions.allOf(Conditions.keyPrefix("bot"), Conditions.topic("t")));
    assertThat(set.rule(1).limits()).isEqualTo(set.rule(0).limits());
  }

  @Test
  void shouldReadAFile(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("rules.yaml");
    String yaml = "rules: [ { name: a, when: {topic: caf\u00e9}, limits: [ 1/1s ] } ]\r\n";
    Files.writeString(file, yaml);
    RuleSet set = RulesFile.read(file);
    assertThat(set.rule(0).when()).isEqualTo(Conditions.topic("caf\u00e9"));
    Files.writeString(file, "\ufeff" + yaml);
    assertThat(RulesFile.read(file)).isEqualTo(set);
  }

  @Test
  void shouldSayWhyAFileCannotBeRead(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("rules.yaml");
    assertThat(problems(() -> RulesFile.read(file)))
        .containsExactly(file + ": found no such file, expected a file of rules");
    assertThat(problems(() -> RulesFile.read(directory)).get(0)).contains("cannot be read");
    Files.write(file, "rules:\n- name: caf\u00e9\n".getBytes(ISO_8859_1));
    assertThat(problems(() -> RulesFile.read(file)))
        .containsExactly(
            file + ":2:12: found the byte 0xe9, expected UTF-8; save the file in UTF-8");
    Files.write(file, "rules:".getBytes(UTF_16));
    assertThat(problems(() -> RulesFile.read(file)).get(0)).contains(":1:1: found the byte 0xfe");
    Files.write(file, new byte[(1 << 20) + 1]);
    assertThat(problems(() -> RulesFile.read(file)).get(0)).contains("more than 1048576 bytes");
    Files.write(file, new byte[] {'a', (byte) 0xe2, (byte) 0x82});
    assertThat(problems(() -> RulesFile.read(file)).get(0)).contains(":1:2: found the byte 0xe2");
    Files.write(file, "a".getBytes(UTF_8));
    assertThat(problems(() -> RulesFile.read(file)).get(0)).contains("found \"a\"");
  }

  @Test
  void shouldKeepEachProblemInOneLine() {
    assertThat(problems("rules: [ { name: \"a\\nb\\x85\\u2028\", limits: [ \"1/\\r1s\" ] } ]"))
        .hasSize(1)
        .allSatisfy(line -> assertThat(line).doesNotContain("\n", "\u0085", "\u2028"));
    assertThat(problems("rules: [ { name: " + "x".repeat(5_000) + ", limits: [ 1/1s ] } ]").get(0))
        .hasSizeLessThan(400);
  }

  @Test
  void shouldGoThroughSerialization() throws Exception {
    RulesException e = catchThrowableOfType(RulesException.class, () -> parse("rules: []"));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(e);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      RulesException read = (RulesException) in.readObject();
      assertThat(read).hasMessage(e.getMessage());
      assertThat(read.problems()).isEmpty();
    }
  }
}
