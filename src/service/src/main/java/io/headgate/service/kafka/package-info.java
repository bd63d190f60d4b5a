/**
 * What is asked of the brokers beside streaming: which topics there are and whether they fit, and
 * the live limits on their topic.
 *
 * <p>Knows the configuration and Kafka's clients; must not know Kafka Streams, HTTP or the command
 * line.
 */
@NullMarked
package io.headgate.service.kafka;

import org.jspecify.annotations.NullMarked;
