package io.headgate.checks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinksTest {

  @TempDir Path directory;

  @Test
  void everyLinkOfEveryPageLeadsSomewhere() throws IOException {
    Links.Result result = Links.follow(Repository.root());
    assertThat(result.problems()).isEmpty();
    assertThat(result.followed()).isGreaterThan(50);
  }

  @Test
  void everyCommandOfTheLauncherThatAPageShowsIsThere() throws IOException {
    assertThat(Launcher.commands(Repository.root())).contains("demo", "run", "bench e2e");
    assertThat(Launcher.unknown(Repository.root())).isEmpty();
  }

  @Test
  void whatLeadsNowhereIsFound() throws IOException {
    Files.writeString(directory.resolve("other.md"), "# `Other` things: two\n## Same\n## Same\n");
    Files.writeString(
        directory.resolve("page.md"),
        """
        [right](other.md#other-things-two) [right](other.md#same-1) [here](#page)
        [not asked](https://example.org/nowhere) ![none](none.svg)

        # Page

        | table |
        |---|
        | [heading](other.md#none) |

        [case](Other.md) [out](../out.md) [later][later] `[code](none.md)`

        [later]: gone.md
        """);
    Links.Result result = Links.follow(directory);
    assertThat(result.followed()).isEqualTo(8);
    assertThat(result.problems())
        .hasSize(5)
        .anyMatch(problem -> problem.equals("page.md: none.svg: no such file"))
        .anyMatch(problem -> problem.startsWith("page.md: other.md#none: no such heading"))
        .anyMatch(problem -> problem.startsWith("page.md: Other.md: "))
        .anyMatch(problem -> problem.startsWith("page.md: ../out.md: leads out"))
        .anyMatch(problem -> problem.equals("page.md: gone.md: no such file"));
  }

  @Test
  void commandsThatTheLauncherDoesNotNameAreFound() throws IOException {
    Files.writeString(
        directory.resolve("headgate"),
        "#   ./headgate run | check [--help]\n#   ./headgate bench a\n");
    Files.writeString(
        directory.resolve("page.md"),
        """
        `headgate run` and `headgate runs` and `headgate bench b`

        ```sh
        ./headgate check x
        cd here && ./headgate bench a --quick
        ./headgate gone
        ```
        """);
    assertThat(Launcher.unknown(directory))
        .containsExactly(
            "page.md: headgate runs", "page.md: headgate bench b", "page.md: ./headgate gone");
  }

  @ParameterizedTest
  @CsvSource({"Is anything lost?, is-anything-lost", "A `b_c` – d, a-b_c--d", "1.2 Ä!, 12-ä"})
  void anchorsAreThoseOfGitHub(String heading, String anchor) {
    assertThat(Page.anchor(heading.replace("`", ""))).isEqualTo(anchor);
  }
}
