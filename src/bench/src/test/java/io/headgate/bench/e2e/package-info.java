/**
 * The limiter in a Kafka Streams application on a real broker, beside the same application without
 * one and with what else there is. Broker and application are processes of their own; every figure
 * comes from a fresh one.
 */
@NullMarked
package io.headgate.bench.e2e;

import org.jspecify.annotations.NullMarked;
