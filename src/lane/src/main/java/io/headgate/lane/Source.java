package io.headgate.lane;

/**
 * A topic-partition that a task's records come from, and the tally of those blocked there that no
 * slot was left for. The name is for both threads; the tally belongs to the judging thread.
 */
final class Source {

  final String topic;
  final int partition;

  private final BlockedFacts first = new BlockedFacts();
  private long count;
  private long cost;
  private long lastOffset;
  private long lastTime;
  private int flags;

  Source(String topic, int partition) {
    this.topic = topic;
    this.partition = partition;
  }

  boolean is(String otherTopic, int otherPartition) {
    return partition == otherPartition && topic.equals(otherTopic);
  }

  /** Counts a record, without its key: the rule, the limit and the times are those of the first. */
  void tally(BlockedFacts facts) {
    if (count == 0) {
      first.rule = facts.rule;
      first.limit = facts.limit;
      first.windowMillis = facts.windowMillis;
      first.offset = facts.offset;
      first.time = facts.time;
      flags = SlotLayout.OVERFLOW;
      cost = 0;
    }
    flags |= facts.flags;
    count++;
    cost = SlotLayout.saturated(cost, facts.cost);
    lastOffset = facts.offset;
    lastTime = facts.time;
  }

  /** Returns the records that are counted here and in no event yet. */
  long count() {
    return count;
  }

  long firstOffset() {
    return first.offset;
  }

  /** Writes the tally into a slot, as an event without a key; it counts until {@link #clear}. */
  void write(byte[] page, int slot, int stride, int index, int ordinal) {
    first.flags = flags;
    SlotLayout.write(page, slot, stride, first, index, ordinal);
    SlotLayout.setLong(page, slot + SlotLayout.COUNT, count);
    SlotLayout.setLong(page, slot + SlotLayout.COST, cost);
    SlotLayout.setLong(page, slot + SlotLayout.LAST_OFFSET, lastOffset);
    SlotLayout.setLong(page, slot + SlotLayout.LAST_TIME, lastTime);
  }

  void clear() {
    count = 0;
  }
}
