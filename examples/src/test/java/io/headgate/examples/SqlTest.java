package io.headgate.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The columns of the SQL files are fields that events have. */
class SqlTest {

  private static final Pattern COLUMN =
      Pattern.compile("(?m)^ +`(\\w+)` (?:STRING|VARCHAR|BIGINT)");

  @ParameterizedTest
  @ValueSource(strings = {"blocked-flink.sql", "blocked-ksqldb.sql"})
  void shouldNameFieldsOfEvents(String file) throws IOException {
    Path root = Checkout.root();
    String schema = Files.readString(root.resolve("src/docs/blocked-event.md"));
    List<String> columns =
        COLUMN
            .matcher(Files.readString(root.resolve("examples/sql").resolve(file)))
            .results()
            .map((MatchResult column) -> column.group(1))
            .toList();
    assertThat(columns)
        .contains("rule", "outcome", "fingerprint", "count", "firstTime")
        .allSatisfy(column -> assertThat(schema).contains("\n| `" + column + "`"));
  }
}
