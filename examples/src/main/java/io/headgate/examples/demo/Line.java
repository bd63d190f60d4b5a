package io.headgate.examples.demo;

import org.jspecify.annotations.Nullable;

/**
 * One record to feed.
 *
 * @param key the limit key; null for a line that no limit applies to
 * @param value the line, as it was read
 * @param time milliseconds since the epoch
 */
record Line(@Nullable String key, String value, long time) {}
