package io.headgate.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The command as a user runs it: some rounds in each mode. Each mode has faults of its own here, so
 * that all of them come; {@code -Dchaos.rounds} makes it many rounds of every fault in every mode.
 */
class ChaosIT {

  private static final Integer ROUNDS = Integer.getInteger("chaos.rounds");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    try (PrintStream lines = new PrintStream(out, true, StandardCharsets.UTF_8);
        PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8)) {
      return ChaosCommand.run(lines, errors, args);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "exactly_once_v2 | transactional | every | classic | kill-instance,kill-broker,fence-instance",
        "exactly_once_v2 | at_least_once | every | classic | blocked-topic-unavailable,full-ring,kill-instance",
        "at_least_once | at_least_once | first-and-summary | streams | new-instance,restart-broker,slow-broker"
      })
  void nothingIsLostAndNothingIsCountedTwiceThatNeedNotBe(
      String guarantee, String delivery, String emit, String protocol, String faults)
      throws Exception {
    List<String> args =
        new ArrayList<>(List.of("--guarantee", guarantee, "--delivery", delivery, "--json"));
    args.addAll(
        ROUNDS == null
            ? List.of(
                "--rounds", "3", "--emit", emit, "--faults", faults, "--group-protocol", protocol)
            : List.of("--rounds", String.valueOf(ROUNDS)));
    int exit = run(args.toArray(String[]::new));

    assertThat(exit).as(err.toString(StandardCharsets.UTF_8)).isZero();
    List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
    int rounds = ROUNDS == null ? 3 : ROUNDS;
    assertThat(lines).hasSize(rounds + 2);
    JsonNode outcome = new ObjectMapper().readTree(lines.get(lines.size() - 1));
    assertThat(StreamSupport.stream(((Iterable<String>) outcome::fieldNames).spliterator(), false))
        .containsExactly(
            "rounds",
            "processKills",
            "brokerFaults",
            "rebalances",
            "inputs",
            "admitted",
            "blocked",
            "eventCountSum",
            "duplicates",
            "lost",
            "verdictErrors");
    assertThat(outcome.get("rounds").asInt()).isEqualTo(rounds);
    assertThat(outcome.get("lost").asLong()).isZero();
    assertThat(outcome.get("verdictErrors").asLong()).isZero();
    assertThat(outcome.get("admitted").asLong() + outcome.get("blocked").asLong())
        .isEqualTo(outcome.get("inputs").asLong());
    assertThat(outcome.get("blocked").asLong()).as("there was something to tell").isPositive();
    assertThat(outcome.get("eventCountSum").asLong())
        .isGreaterThanOrEqualTo(outcome.get("blocked").asLong());
    if (delivery.equals("transactional")) {
      assertThat(outcome.get("duplicates").asLong()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--rounds 0",
        "--rounds many",
        "--guarantee exactly_twice",
        "--delivery maybe",
        "--emit some",
        "--faults kill-instance,flood",
        "--group-protocol share",
        "--instances 1",
        "--rate 0",
        "--colour"
      })
  void anOptionThatIsWrongIsOneLineAndNothingStarts(String args) {
    assertThat(run(args.split(" ", -1))).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .hasLineCount(1)
        .startsWith("headgate chaos: ")
        .contains(args.split(" ", -1)[0].substring(2));
    assertThat(out.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  @Test
  void theHelpNamesTheFaults() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("--rounds", "blocked-topic-unavailable");
  }
}
