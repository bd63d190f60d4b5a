package io.headgate.streams;

import java.util.Comparator;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.jspecify.annotations.Nullable;

/**
 * A limit key of one rule that holds records, and when the first of them is to be judged again.
 * Belongs to {@link HeldKeys}, and so to the task's stream thread.
 */
final class HeldKey {

  /** What is due first comes first; the rest only tells keys apart. */
  static final Comparator<HeldKey> BY_DUE =
      Comparator.<HeldKey>comparingLong(key -> key.due)
          .thenComparingInt(key -> key.tag)
          .thenComparingLong(key -> key.high)
          .thenComparingLong(key -> key.low);

  private static final long NEVER = Long.MAX_VALUE;

  /** Which rule, as {@link HeldFormat#tag} says, and the key's fingerprint under it. */
  int tag;

  long high;
  long low;

  /** Records that are held. */
  int records;

  /** Where in the store the first record is looked for: not before this. */
  Bytes from;

  /**
   * The key's clock less the wall clock, milliseconds: while it holds something its clock goes on
   * with the wall clock, and is moved by records that are ahead of it.
   */
  long clockOffset = Long.MIN_VALUE;

  /** When the first record may have room, by the key's clock. */
  private long opens = Long.MIN_VALUE;

  /** When the first record has been held for as long as it may be, by the wall clock. */
  private long ends = NEVER;

  /** When to look at the first record, by the wall clock. Changed by {@link HeldKeys} alone. */
  long due = Long.MIN_VALUE;

  /** What a first record was judged to be whose forward threw: it is not judged again. */
  @Nullable Settled settled;

  /**
   * The verdict on a record that has not left yet.
   *
   * @param outcome of the record, as {@link Judge} numbers them
   * @param ofRule what its rule said of it: others that are not enforced have no say there
   * @param out what is to be forwarded; null for nothing
   */
  record Settled(int outcome, int ofRule, @Nullable FixedKeyRecord<?, ?> out) {}

  HeldKey(int tag, long high, long low) {
    this.tag = tag;
    this.high = high;
    this.low = low;
    this.from = HeldFormat.firstOf(tag, high, low);
  }

  /** Moves the key's clock on, never back. */
  void clock(long offset) {
    clockOffset = Math.max(clockOffset, offset);
  }

  /** The time by the key's clock, milliseconds. */
  long clockAt(long now) {
    return now + clockOffset;
  }

  /**
   * Notes that the first record found no room.
   *
   * @param now the wall clock, milliseconds
   * @param open when it may have some, by the wall clock
   * @param end when it has been held long enough, by the wall clock; {@link Long#MAX_VALUE} for
   *     never
   */
  void refused(long now, long open, long end) {
    opens = clockAt(Math.max(now + 1, open));
    ends = end;
  }

  /** Has the first record looked at as soon as can be. */
  void dueAtOnce() {
    opens = Long.MIN_VALUE;
    ends = NEVER;
  }

  /** When the first record is to be looked at, as its clock stands now. */
  long nextDue() {
    return opens == Long.MIN_VALUE ? Long.MIN_VALUE : Math.min(opens - clockOffset, ends);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof HeldKey that && tag == that.tag && high == that.high && low == that.low;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(high) ^ tag;
  }
}
