package io.headgate.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.lane.Delivery;
import io.headgate.lane.Emit;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same law on Kafka as its image has it: three brokers in containers, one killed under load.
 */
@Tag("containers")
class ContainersIT {

  @SuppressWarnings("NullAway.Init")
  @TempDir
  private Path directory;

  @Test
  void nothingIsLostWhenABrokerIsKilledUnderLoad() throws Exception {
    try (ContainerCluster cluster = ContainerCluster.ofBrokers(ChaosCommand.BROKERS)) {
      Setup setup =
          new Setup(
              StreamsConfig.EXACTLY_ONCE_V2,
              Delivery.AT_LEAST_ONCE,
              Emit.EVERY,
              "classic",
              cluster.bootstrapServers());
      ChaosRun.Plan plan =
          new ChaosRun.Plan(2, 2, 1_000, 1, List.of(Fault.KILL_BROKER, Fault.KILL_INSTANCE));
      ChaosRun.Result result =
          new ChaosRun(cluster, directory, setup, plan, (round, fault, seconds, inputs) -> {})
              .run();
      assertThat(result.checks().broken(setup, result.outcome())).isEmpty();
      assertThat(result.outcome().blocked()).isPositive();
      assertThat(result.outcome().brokerFaults()).isEqualTo(1);
      assertThat(result.outcome().processKills()).isEqualTo(1);
    }
  }
}
