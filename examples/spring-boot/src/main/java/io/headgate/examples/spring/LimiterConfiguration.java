package io.headgate.examples.spring;

import io.headgate.RateLimit;
import io.headgate.streams.Headgate;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorSupplier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.kafka.config.TopicBuilder;
import org.springframework.kafka.core.KafkaAdmin.NewTopics;

/** The limiter, the topology that it is part of, and its topics. */
@Configuration(proxyBeanMethods = false)
class LimiterConfiguration {

  /** Says what is wrong with a limit before anything is started. */
  @Bean
  FixedKeyProcessorSupplier<String, String, String> limiter(LimiterProperties settings) {
    return Headgate.limit(RateLimit.parse(settings.limit()))
        .named("requests-limit")
        .blockedTo(settings.blocked())
        .build();
  }

  @Bean
  KStream<String, String> requests(
      StreamsBuilder builder,
      FixedKeyProcessorSupplier<String, String, String> limiter,
      LimiterProperties settings) {
    KStream<String, String> requests = builder.stream(settings.input());
    requests.processValues(limiter).to(settings.admitted());
    return requests;
  }

  /** Created before Kafka Streams starts, where they are missing. */
  @Bean
  NewTopics topics(LimiterProperties settings) {
    return new NewTopics(
        Stream.of(settings.input(), settings.admitted(), settings.blocked())
            .map(name -> TopicBuilder.name(name).partitions(settings.partitions()).build())
            .toArray(NewTopic[]::new));
  }
}
