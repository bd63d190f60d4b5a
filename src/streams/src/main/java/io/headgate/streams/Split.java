package io.headgate.streams;

import org.apache.kafka.streams.kstream.KStream;

/**
 * A stream in two branches: what a limiter lets through, and what it blocks. Made by {@link
 * Headgate#split}; immutable.
 *
 * @param admitted records that are let through: admitted, bypassed, or blocked by shadow rules only
 * @param blocked records that are blocked; each is told of on the blocked topic as well
 * @param <K> type of the keys
 * @param <V> type of the values
 */
public record Split<K, V>(KStream<K, V> admitted, KStream<K, V> blocked) {}
