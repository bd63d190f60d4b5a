package io.headgate.lane;

import java.util.List;
import java.util.Objects;

/**
 * What one task's lane is made of. Immutable.
 *
 * @param topic the blocked topic
 * @param limiter name of the limiter, in every event
 * @param rules names of its rules, in the order of {@link BlockedFacts#rule}
 * @param ring events that may wait for the lane's thread, 1 to 2^24; rounded up to a power of two
 * @param slots events that may exist at a time, waiting or open, 1 to 2^23
 * @param slotBytes bytes of an event slot, a multiple of 8, 128 to 65,536
 * @param eventKey how much of a key events show
 * @param delivery what a commit waits for
 * @param emit which blocked records are events of their own
 * @param onFailure what becomes of events that no retry can get to their topic
 * @param topKeys keys that {@link Lane#topKeys} tells apart, 0 (it tells none) to 65,536; {@link
 *     TopKeys#maxBytes} says what they cost
 */
public record LaneSettings(
    String topic,
    String limiter,
    List<String> rules,
    int ring,
    int slots,
    int slotBytes,
    EventKey eventKey,
    Delivery delivery,
    Emit emit,
    LaneFailurePolicy onFailure,
    int topKeys) {

  /** How many keys are told apart unless something else is asked for. */
  public static final int DEFAULT_TOP_KEYS = 256;

  /**
   * Checks the ranges.
   *
   * @param topic the blocked topic
   * @param limiter name of the limiter
   * @param rules names of its rules
   * @param ring events that may wait
   * @param slots events that may exist
   * @param slotBytes bytes of a slot
   * @param eventKey how much of a key events show
   * @param delivery what a commit waits for
   * @param emit which blocked records are events of their own
   * @param onFailure what becomes of events that no retry can get to their topic
   * @param topKeys keys that are told apart
   * @throws IllegalArgumentException if a number is out of its range, in one line that says which
   */
  public LaneSettings {
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(limiter, "limiter");
    Objects.requireNonNull(eventKey, "eventKey");
    Objects.requireNonNull(delivery, "delivery");
    Objects.requireNonNull(emit, "emit");
    Objects.requireNonNull(onFailure, "onFailure");
    rules = List.copyOf(rules);
    inRange("ring", ring, 1, 1 << 24);
    inRange("slots", slots, 1, 1 << 23);
    inRange("slot bytes", slotBytes, 128, 1 << 16);
    if (slotBytes % 8 != 0) {
      throw new IllegalArgumentException("slot bytes " + slotBytes + ": expected a multiple of 8");
    }
    inRange("top keys", topKeys, 0, 1 << 16);
  }

  /**
   * Makes settings with {@link #DEFAULT_TOP_KEYS}.
   *
   * @param topic the blocked topic
   * @param limiter name of the limiter
   * @param rules names of its rules
   * @param ring events that may wait
   * @param slots events that may exist
   * @param slotBytes bytes of a slot
   * @param eventKey how much of a key events show
   * @param delivery what a commit waits for
   * @param emit which blocked records are events of their own
   * @param onFailure what becomes of events that no retry can get to their topic
   * @throws IllegalArgumentException if a number is out of its range, in one line that says which
   */
  public LaneSettings(
      String topic,
      String limiter,
      List<String> rules,
      int ring,
      int slots,
      int slotBytes,
      EventKey eventKey,
      Delivery delivery,
      Emit emit,
      LaneFailurePolicy onFailure) {
    this(
        topic,
        limiter,
        rules,
        ring,
        slots,
        slotBytes,
        eventKey,
        delivery,
        emit,
        onFailure,
        DEFAULT_TOP_KEYS);
  }

  private static void inRange(String name, int value, int from, int to) {
    if (value < from || value > to) {
      throw new IllegalArgumentException(name + " " + value + ": expected " + from + " to " + to);
    }
  }
}
