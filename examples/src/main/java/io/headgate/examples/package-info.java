/**
 * Runnable examples, and the demo behind {@code ./headgate demo}: a real Kafka, a real Kafka
 * Streams application, and figures that are read back from its topics.
 *
 * <p>Knows the public API of Headgate and the testkit's broker; nothing depends on it.
 */
@NullMarked
package io.headgate.examples;

import org.jspecify.annotations.NullMarked;
