package io.headgate.checks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.headgate.RateLimit;
import io.headgate.lane.BlockedEvent;
import io.headgate.rules.RuleSet;
import io.headgate.streams.Headgate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ApiListingTest {

  private static final String UPDATE =
      "mvn -B -pl src/checks -am test -Dtest=ApiListingTest"
          + " -Dsurefire.failIfNoSpecifiedTests=false -Dapi.update";

  static List<Arguments> modules() {
    return List.of(
        Arguments.of("core", RateLimit.class),
        Arguments.of("rules", RuleSet.class),
        Arguments.of("lane", BlockedEvent.class),
        Arguments.of("streams", Headgate.class));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("modules")
  void thePublicTypesAreTheOnesThatAreListed(String module, Class<?> one) throws Exception {
    Path file = Repository.root().resolve("src/checks/api/" + module + ".txt");
    List<String> now = ApiListing.of(one);
    if (System.getProperty("api.update") != null) {
      Files.write(file, now);
    }
    List<String> listed = Files.exists(file) ? Files.readAllLines(file) : List.of();
    if (!listed.equals(now)) {
      fail(
          "the public types of headgate-%s are not those of %s%n%s%nif that is meant: %s%n",
          module, file, difference(listed, now), UPDATE);
    }
  }

  /** Lines that went and came, each below the type that it is of. */
  static String difference(List<String> before, List<String> after) {
    List<String> was = qualified(before);
    List<String> is = qualified(after);
    StringBuilder text = new StringBuilder();
    was.stream()
        .filter(line -> !is.contains(line))
        .forEach(line -> text.append("- " + line + "\n"));
    is.stream()
        .filter(line -> !was.contains(line))
        .forEach(line -> text.append("+ " + line + "\n"));
    return text.toString();
  }

  private static List<String> qualified(List<String> lines) {
    List<String> qualified = new ArrayList<>();
    String type = "";
    for (String line : lines) {
      if (line.startsWith(" ")) {
        qualified.add(type + ":" + line.stripTrailing().substring(1));
      } else {
        type = line;
        qualified.add(line);
      }
    }
    return qualified;
  }

  @Test
  void namesBoundsConstantsAndErrorsAreListedAndWhatIsHiddenIsNot() throws Exception {
    String name = ApiSample.class.getName();
    List<String> lines = ApiListing.of(ApiSample.class);
    int at =
        lines.indexOf(
            "public abstract class "
                + name
                + "<T extends Number> implements Comparable<"
                + name
                + "<T>>");
    assertThat(at).isNotNegative();
    assertThat(lines.subList(at + 1, lines.size()))
        .containsExactly(
            "  protected new()",
            "  public abstract <E extends Exception> java.util.List<? super T> generic(E[]) throws E",
            "  public static final int CONSTANT = 7");
  }

  @Test
  void aDifferenceNamesTheTypeOfEachMember() {
    assertThat(
            difference(
                List.of("class A", "  a()", "class B", "  a()"),
                List.of("class A", "  a()", "class B", "  b()")))
        .isEqualTo("- class B: a()\n+ class B: b()\n");
  }
}
