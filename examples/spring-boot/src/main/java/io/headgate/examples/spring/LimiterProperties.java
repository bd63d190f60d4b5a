package io.headgate.examples.spring;

import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Settings under {@code limiter}.
 *
 * @param limit what each key is allowed, such as {@code 100/1m}
 * @param input topic of the records
 * @param admitted topic of those that pass
 * @param blocked topic of the events of the others
 * @param partitions of each topic
 */
@ConfigurationProperties("limiter")
public record LimiterProperties(
    String limit, String input, String admitted, String blocked, int partitions) {}
