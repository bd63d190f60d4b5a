package io.headgate.service.http;

import java.util.List;

/**
 * When a key was blocked: records per span of time, the oldest span first.
 *
 * @param key its text
 * @param from start of the first span, milliseconds since the epoch
 * @param stepMillis length of each
 * @param blocked blocked records of each
 * @param shadowBlocked records of each that a rule on trial would have blocked
 * @param complete false if not all events were looked at
 */
public record KeyBlocks(
    String key,
    long from,
    long stepMillis,
    List<Long> blocked,
    List<Long> shadowBlocked,
    boolean complete) {}
