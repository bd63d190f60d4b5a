package io.headgate.examples.spring;

import org.apache.kafka.streams.KafkaStreams;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.kafka.config.StreamsBuilderFactoryBean;
import org.springframework.stereotype.Component;

/** DOWN when Kafka Streams has ended, as it does if events of blocked records cannot be written. */
@Component
class StreamsHealthIndicator implements HealthIndicator {

  private final StreamsBuilderFactoryBean factory;

  StreamsHealthIndicator(StreamsBuilderFactoryBean factory) {
    this.factory = factory;
  }

  @Override
  public Health health() {
    KafkaStreams streams = factory.getKafkaStreams();
    if (streams == null) {
      return Health.down().withDetail("state", "not started").build();
    }
    KafkaStreams.State state = streams.state();
    boolean works = state.isRunningOrRebalancing();
    return (works ? Health.up() : Health.down()).withDetail("state", state).build();
  }
}
