/**
 * The limiter for Kafka Connect: {@link io.headgate.connect.RateLimit} drops, tags or routes what
 * is over a limit, {@link io.headgate.connect.OverLimit} says of a record whether it is, for any
 * other transform, and {@link io.headgate.connect.BlockedEventConverter} shows the events of
 * blocked records to any sink.
 *
 * <p>Knows core, the lane, and the API of Kafka Connect; must not know Kafka Streams, nor how a
 * worker is built. All of it but {@link io.headgate.connect.SharedLimiter} belongs to one task.
 */
@NullMarked
package io.headgate.connect;

import org.jspecify.annotations.NullMarked;
