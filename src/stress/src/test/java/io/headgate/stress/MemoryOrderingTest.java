package io.headgate.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The list of what threads share, in the docs, misses nothing that the sources declare. */
class MemoryOrderingTest {

  private static final Path SOURCES = Path.of("..");
  private static final Pattern FIELD =
      Pattern.compile(
          "^ {2,6}(?:private |protected |public |static |final )*"
              + "(?:volatile [^(;=]*?|VarHandle |Atomic\\w+(?:<.*>)? )(\\w+)(?: =.*|;)?$",
          Pattern.MULTILINE);

  @Test
  void shouldListEveryFieldThatIsDeclaredAsShared() throws IOException {
    String list = Files.readString(SOURCES.resolve("docs/memory-ordering.md"));
    List<String> fields =
        Stream.of("core", "lane", "streams").flatMap(MemoryOrderingTest::sharedFields).toList();

    assertThat(fields).contains("TAIL", "HEAD", "STATE", "sources").hasSizeGreaterThan(20);
    assertThat(fields)
        .allSatisfy(field -> assertThat(list).containsPattern("[`.]" + field + "\\b"));
  }

  private static Stream<String> sharedFields(String module) {
    try (Stream<Path> files = Files.walk(SOURCES.resolve(module + "/src/main/java"))) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .flatMap(file -> FIELD.matcher(read(file)).results())
          .map(field -> field.group(1))
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
