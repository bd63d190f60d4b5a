/**
 * The core API: what a rate limit is, what a decision says, how a key becomes a fingerprint, and
 * the thread-safe {@link io.headgate.RateLimiter} for use inside one process.
 *
 * <p>Knows the window structures below it; must not know Kafka, topics, threads of a framework, or
 * where a record came from.
 */
@NullMarked
package io.headgate;

import org.jspecify.annotations.NullMarked;
