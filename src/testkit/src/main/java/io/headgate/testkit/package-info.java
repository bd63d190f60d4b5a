/**
 * What the tests stand on: a real Kafka broker in the test's own JVM, a reader of whole topics, and
 * the exact oracle.
 *
 * <p>Nothing here depends on another module of this project, so that the tests and the code under
 * test cannot agree by construction.
 */
@NullMarked
package io.headgate.testkit;

import org.jspecify.annotations.NullMarked;
