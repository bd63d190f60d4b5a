package io.headgate.examples.spring;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.kafka.annotation.EnableKafkaStreams;

/** The entry. What it does is in {@link LimiterConfiguration}, its settings in application.yaml. */
@SpringBootApplication
@ConfigurationPropertiesScan
@EnableKafkaStreams
public class LimiterApplication {

  /**
   * Runs until it is stopped.
   *
   * @param args Spring's, such as {@code --limiter.limit=20/1s}
   */
  public static void main(String... args) {
    SpringApplication.run(LimiterApplication.class, args);
  }
}
