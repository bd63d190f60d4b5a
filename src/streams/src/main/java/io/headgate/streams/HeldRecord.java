package io.headgate.streams;

import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * A record that was held, as it is read back.
 *
 * @param at where it lies in the store
 * @param size bytes that it takes there
 * @param key its key
 * @param value its value
 * @param timestamp its own, milliseconds
 * @param headers its headers
 * @param topic where it came from; null if a punctuation made it
 * @param partition of that topic
 * @param offset in that partition
 * @param shadowed whether a rule that is not enforced would have blocked it
 * @param heldAt the wall clock when it came, milliseconds
 * @param <K> type of the key
 * @param <V> type of the value
 */
record HeldRecord<K, V>(
    Bytes at,
    int size,
    @Nullable K key,
    @Nullable V value,
    long timestamp,
    Headers headers,
    @Nullable String topic,
    int partition,
    long offset,
    boolean shadowed,
    long heldAt)
    implements RecordMetadata {}
