package io.headgate.lane;

/**
 * Records of one source partition and one outcome that no slot was left for, counted together
 * without their keys. Belongs to the judging thread.
 */
final class Tally {

  private final BlockedFacts first = new BlockedFacts();
  private int firstOrdinal;
  private long count;
  private long cost;
  private long lastOffset;
  private long lastTime;
  private int flags;

  /**
   * Starts with a record, whose rule, limit and times it then tells. A first block is one of a key,
   * and the tally has none.
   *
   * @param ordinal tells the tally's event from others of the record's offset
   */
  void start(BlockedFacts facts, int ordinal) {
    assert count == 0 : "a tally was started while it still counts";
    first.rule = facts.rule;
    first.limit = facts.limit;
    first.windowMillis = facts.windowMillis;
    first.offset = facts.offset;
    first.time = facts.time;
    firstOrdinal = ordinal;
    flags = SlotLayout.OVERFLOW;
    cost = 0;
    add(facts);
  }

  void add(BlockedFacts facts) {
    flags |= facts.flags & ~SlotLayout.FIRST;
    count++;
    cost = SlotLayout.saturated(cost, facts.cost);
    lastOffset = facts.offset;
    lastTime = facts.time;
  }

  /** Returns the records that are counted here and in no event yet. */
  long count() {
    return count;
  }

  /** Writes the tally into a slot, as an event without a key; it counts until {@link #clear}. */
  void write(byte[] page, int slot, int stride, int source) {
    first.flags = flags;
    SlotLayout.write(page, slot, stride, first, source, firstOrdinal);
    SlotLayout.setLong(page, slot + SlotLayout.COUNT, count);
    SlotLayout.setLong(page, slot + SlotLayout.COST, cost);
    SlotLayout.setLong(page, slot + SlotLayout.LAST_OFFSET, lastOffset);
    SlotLayout.setLong(page, slot + SlotLayout.LAST_TIME, lastTime);
  }

  void clear() {
    count = 0;
  }
}
