/**
 * The structures against the best of others, one file a topic, and the command that runs them:
 * {@link io.headgate.bench.StructuresBench}.
 *
 * <p>Knows the core and its peers; nothing depends on it, and nothing of it is published.
 */
@NullMarked
package io.headgate.bench;

import org.jspecify.annotations.NullMarked;
