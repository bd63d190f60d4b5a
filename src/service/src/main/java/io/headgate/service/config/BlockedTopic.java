package io.headgate.service.config;

import io.headgate.lane.Delivery;
import io.headgate.lane.Emit;
import io.headgate.lane.EventKey;

/**
 * The topic that tells of records that are blocked, and how.
 *
 * @param topic its name
 * @param delivery how events reach it, and what a commit waits for
 * @param emit which blocked records are events of their own
 * @param key how much of a key events show
 */
public record BlockedTopic(String topic, Delivery delivery, Emit emit, EventKey key) {}
