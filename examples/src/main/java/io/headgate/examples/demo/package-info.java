/**
 * The demo behind {@code ./headgate demo}: a real Kafka, the service on it, traffic, and figures
 * that are read back from its topics.
 *
 * <p>Knows the service and the testkit's broker; not the examples.
 */
@NullMarked
package io.headgate.examples.demo;

import org.jspecify.annotations.NullMarked;
