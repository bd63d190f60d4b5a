package io.headgate.bench.e2e;

import java.util.List;

/**
 * What one application of a group showed.
 *
 * @param slices of each round
 * @param standing at its end
 * @param changelogBytes of the changelog on the broker
 * @param pauseMillis the longest pause for garbage collection
 */
record Result(List<Slice> slices, Standing standing, long changelogBytes, double pauseMillis) {}
