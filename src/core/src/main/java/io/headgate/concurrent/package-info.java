/**
 * What threads share: the single-producer single-consumer ring, the spin lock, the sequence lock,
 * and the duty cycle of a dedicated thread.
 *
 * <p>Knows memory order; must not know rates, windows, events or Kafka.
 */
@NullMarked
package io.headgate.concurrent;

import org.jspecify.annotations.NullMarked;
