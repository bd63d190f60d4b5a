package io.headgate.streams;

import org.apache.kafka.common.serialization.Serde;

/**
 * What held records are written and read by.
 *
 * @param keys of the stream's keys
 * @param values of the stream's values
 * @param <K> type of the keys
 * @param <V> type of the values
 */
record HeldSerdes<K, V>(Serde<K> keys, Serde<V> values) {}
