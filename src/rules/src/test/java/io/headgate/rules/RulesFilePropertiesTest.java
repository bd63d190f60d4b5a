package io.headgate.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.rules.yaml.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What is written is read, and what is broken is told. */
class RulesFilePropertiesTest {

  private static final String[] PIECES = {
    ":",
    "-",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "\n",
    " ",
    "\t",
    "#",
    "&a",
    "*a",
    "!x ",
    "!!binary ",
    "|",
    ">",
    "?",
    "%",
    "---\n",
    "...\n",
    "null",
    "true",
    "-1",
    "0",
    "99999999999999999999",
    "<<",
    "\u0000",
    "\ufeff",
    "\ud83d",
    "\u2028",
    "name: a",
    "rules:",
    "limits: [ 1/1s ]",
    "any: [ *a ]",
    "%YAML 1.3\n",
    "\\",
    "10/1s",
    "{}",
    "[]",
    "\r"
  };

  private static final int MUTANTS = 50;

  @Provide
  Arbitrary<RuleSet> ruleSets() {
    return RuleArbitraries.ruleSets();
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void shouldReadWhatWasWritten(@ForAll("ruleSets") RuleSet set, @ForAll boolean all) {
    String yaml = RuleYaml.write(set, all);

    RuleSet read = RulesFile.parse("rules.yaml", yaml);

    assertThat(read).as(yaml).isEqualTo(set).hasSameHashCodeAs(set).hasToString(set.toString());
  }

  private static void mutate(StringBuilder text, Random random) {
    int from = random.nextInt(text.length() + 1);
    int to = Math.min(text.length(), from + 1 + random.nextInt(random.nextInt(8) == 0 ? 200 : 6));
    switch (random.nextInt(5)) {
      case 0 -> text.delete(from, to);
      case 1 -> text.insert(from, PIECES[random.nextInt(PIECES.length)]);
      case 2 -> text.insert(random.nextInt(text.length() + 1), text.substring(from, to));
      case 3 -> text.replace(from, to, PIECES[random.nextInt(PIECES.length)]);
      default -> text.insert(from, (char) random.nextInt(0x300));
    }
  }

  private static void read(String what, Runnable reader) {
    try {
      reader.run();
    } catch (RulesException e) {
      assertThat(e.problems()).isNotEmpty();
      assertThat(String.valueOf(e.getMessage()).split("\n", -1)).hasSize(e.problems().size());
      for (Problem problem : e.problems()) {
        assertThat(problem.toString()).contains("rules.yaml").doesNotContain("\n", "\r");
        // Unless the text itself has it, and is quoted.
        assertThat(what.contains("null,") || !problem.toString().contains("null,"))
            .as(problem.toString())
            .isTrue();
        assertThat(problem.found()).isNotBlank();
        assertThat(problem.expected()).isNotBlank();
      }
    } catch (Throwable e) {
      throw new AssertionError("not a RulesException of:\n" + what, e);
    }
  }

  @Property(tries = 150, edgeCases = EdgeCasesMode.NONE)
  void shouldThrowNothingButProblemsWhateverIsBroken(
      @ForAll("ruleSets") RuleSet set, @ForAll boolean all, @ForAll Random random) {
    String right = RuleYaml.write(set, all);
    for (int i = 0; i < MUTANTS; i++) {
      StringBuilder text = new StringBuilder(right);
      for (int k = random.nextInt(6); k >= 0; k--) {
        mutate(text, random);
      }
      String yaml = text.toString();
      read(yaml, () -> RulesFile.parse("rules.yaml", yaml));
    }
  }

  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
  void shouldThrowNothingButProblemsWhateverTheBytes(
      @ForAll("ruleSets") RuleSet set, @ForAll Random random) throws IOException {
    byte[] bytes = RuleYaml.write(set, true).getBytes(StandardCharsets.UTF_8);
    for (int i = random.nextInt(4); i >= 0; i--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    Path directory = Files.createTempDirectory("headgate-rules");
    Path file = directory.resolve("rules.yaml");
    try {
      Files.write(file, bytes);
      read(new String(bytes, StandardCharsets.ISO_8859_1), () -> RulesFile.read(file));
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(directory);
    }
  }
}
