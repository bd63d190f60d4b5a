package io.headgate.lane;

import io.headgate.lane.BlockedEvent.KeyForm;

/**
 * A key among the most blocked, as {@link TopKeys} tells it. Immutable.
 *
 * @param rule name of the rule that blocked
 * @param key the key's text as its events show it, cut after 256 chars; for a {@code keyForm} of
 *     {@link KeyForm#HASHED} the fingerprint
 * @param keyForm what the text is
 * @param fingerprint the key's seeded 128-bit fingerprint, 32 hexadecimal digits
 * @param estimate records that were blocked, at the most
 * @param lowerBound records that were blocked, at the least
 */
public record TopKey(
    String rule, String key, KeyForm keyForm, String fingerprint, long estimate, long lowerBound) {}
