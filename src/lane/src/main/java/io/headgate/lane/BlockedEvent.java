package io.headgate.lane;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * One event of the blocked topic: {@code count} records of one key that one rule blocked, from one
 * source topic-partition. If {@code shadow} is true, the rule only would have: the records passed,
 * and a sum of blocked records leaves the event out. Its JSON, field by field, is in {@code
 * src/docs/blocked-event.md}; immutable.
 *
 * @param limiter name of the limiter
 * @param rule name of the rule that blocked
 * @param key the limit key as text: itself, its decimal digits or its Base64, as {@code keyForm}
 *     says; null if the form is {@link KeyForm#HASHED} or {@link KeyForm#NONE}
 * @param keyForm what {@code key} is
 * @param fingerprint the key's seeded 128-bit fingerprint, 32 hexadecimal digits; null without a
 *     key
 * @param count records that this event stands for, 1 or more
 * @param cost units that they would have cost, saturated at the largest {@code long}
 * @param limit units per window that they met: of the first limit of the rule that refused them
 * @param windowMillis length of that window, milliseconds
 * @param topic topic the records came from
 * @param partition partition they came from
 * @param firstOffset offset of the first
 * @param lastOffset offset of the last
 * @param firstTime timestamp of the first, milliseconds since the epoch
 * @param lastTime timestamp of the last, milliseconds since the epoch
 * @param ordinal tells events of one first offset apart
 * @param attempt 16 hexadecimal digits, drawn anew whenever a task starts: events of a replay have
 *     another
 * @param overflow true if the records are of several keys, counted together for want of event slots
 * @param keyCut true if the key was too long for its slot, and is cut
 * @param sharedRow true if a record was judged in the row that keys share at {@code max.keys}
 * @param future true if a record's time was too far ahead and was not believed
 * @param late true if a record was older than its key's newest by more than a window
 * @param shadow true if the records passed: a shadow rule would have blocked them
 * @param firstOver true if the first record was the first block of its key in the window; never of
 *     an overflow
 */
public record BlockedEvent(
    String limiter,
    String rule,
    @Nullable String key,
    KeyForm keyForm,
    @Nullable String fingerprint,
    long count,
    long cost,
    long limit,
    long windowMillis,
    String topic,
    int partition,
    long firstOffset,
    long lastOffset,
    long firstTime,
    long lastTime,
    int ordinal,
    String attempt,
    boolean overflow,
    boolean keyCut,
    boolean sharedRow,
    boolean future,
    boolean late,
    boolean shadow,
    boolean firstOver) {

  /** The newest version of the schema that this build knows. */
  public static final int SCHEMA_VERSION = 2;

  /** The version of events whose records were blocked: what every reader understands. */
  private static final int BLOCKED_VERSION = 1;

  /** The version since which {@code count} may be of records that passed. */
  private static final int SHADOW_VERSION = 2;

  /** What the text of a key is. */
  public enum KeyForm {
    /** The key itself. */
    TEXT,
    /** The decimal digits of a key that is a number. */
    NUMBER,
    /** The Base64 of a key that is no text. */
    BASE64,
    /** The key is not shown; its fingerprint is. */
    HASHED,
    /** There is no key, or none is shown. */
    NONE
  }

  /**
   * Checks what must hold of every event.
   *
   * @param limiter name of the limiter
   * @param rule name of the rule that blocked
   * @param key the limit key as text: itself, its decimal digits or its Base64, as {@code keyForm}
   *     says; null if the form is {@link KeyForm#HASHED} or {@link KeyForm#NONE}
   * @param keyForm what {@code key} is
   * @param fingerprint the key's seeded 128-bit fingerprint, 32 hexadecimal digits; null without a
   *     key
   * @param count records that this event stands for, 1 or more
   * @param cost units that they would have cost, saturated at the largest {@code long}
   * @param limit units per window that they met: of the first limit of the rule that refused them
   * @param windowMillis length of that window, milliseconds
   * @param topic topic the records came from
   * @param partition partition they came from
   * @param firstOffset offset of the first
   * @param lastOffset offset of the last
   * @param firstTime timestamp of the first, milliseconds since the epoch
   * @param lastTime timestamp of the last, milliseconds since the epoch
   * @param ordinal tells events of one first offset apart
   * @param attempt 16 hexadecimal digits, drawn anew whenever a task starts: events of a replay
   *     have another
   * @param overflow true if the records are of several keys, counted together for want of event
   *     slots
   * @param keyCut true if the key was too long for its slot, and is cut
   * @param sharedRow true if a record was judged in the row that keys share at {@code max.keys}
   * @param future true if a record's time was too far ahead and was not believed
   * @param late true if a record was older than its key's newest by more than a window
   * @param shadow true if the records passed: a shadow rule would have blocked them
   * @param firstOver true if the first record was the first block of its key in the window; never
   *     of an overflow
   * @throws IllegalArgumentException if the count is below 1
   */
  public BlockedEvent {
    if (count < 1) {
      throw new IllegalArgumentException("count " + count + ": expected 1 or more");
    }
  }

  /** The oldest version of the schema whose readers take this event for what it is. */
  int version() {
    return shadow ? SHADOW_VERSION : BLOCKED_VERSION;
  }

  static String hex(long high, long low) {
    HexFormat format = HexFormat.of();
    return format.toHexDigits(high) + format.toHexDigits(low);
  }
}
