package io.headgate.service.ingest;

import io.headgate.KeyHasher;
import io.headgate.RateLimit;
import io.headgate.lane.EventKey;
import org.jspecify.annotations.Nullable;

/**
 * What lines are limited by, and where they go. Immutable.
 *
 * @param name of the limiter, in events
 * @param topic where lines go that pass
 * @param blockedTopic where events of the others go; null for nowhere
 * @param eventKey how much of a key events show
 * @param limit what each key is allowed
 * @param key what the key of a line is
 * @param blockKeyless whether lines without a key are blocked; else they pass
 * @param maxKeys keys that are told apart at a time
 * @param hasher fingerprints of the keys
 */
public record IngestSettings(
    String name,
    String topic,
    @Nullable String blockedTopic,
    EventKey eventKey,
    RateLimit limit,
    LineKey key,
    boolean blockKeyless,
    int maxKeys,
    KeyHasher hasher) {}
