package io.headgate.streams;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which keys of a task hold records, and which of them is due next: a small index in memory of what
 * lies in the store, made anew by a scan when the task starts. Belongs to the task's stream thread;
 * metrics read its sums.
 */
final class HeldKeys {

  private final Map<HeldKey, HeldKey> keys = new HashMap<>();
  private final TreeSet<HeldKey> byDue = new TreeSet<>(HeldKey.BY_DUE);

  /** Stands for the key that is looked for: nothing is made for a record that finds none. */
  private final HeldKey wanted = new HeldKey(0, 0, 0);

  private int records;
  private long bytes;

  boolean isEmpty() {
    return keys.isEmpty();
  }

  /** Records held. */
  int records() {
    return records;
  }

  /** Bytes that they take in the store. */
  long bytes() {
    return bytes;
  }

  /** Keys that hold something. */
  int size() {
    return keys.size();
  }

  boolean holds(RuleJudge rule) {
    return !keys.isEmpty() && find(rule) != null;
  }

  /** Moves the clock of the key that a rule has just judged to the record's time, never back. */
  void moveClock(RuleJudge rule, long now) {
    HeldKey key = find(rule);
    if (key != null) {
      key.clock(rule.clockOffset(now));
      reschedule(key);
    }
  }

  /** The key that a rule judges now, if it holds something. */
  @Nullable HeldKey find(RuleJudge rule) {
    return find(rule.tag, rule.high(), rule.low());
  }

  @Nullable HeldKey find(int tag, long high, long low) {
    wanted.tag = tag;
    wanted.high = high;
    wanted.low = low;
    return keys.get(wanted);
  }

  /** A key that held nothing so far; {@link #added} follows. */
  HeldKey open(int tag, long high, long low) {
    HeldKey key = new HeldKey(tag, high, low);
    keys.put(key, key);
    byDue.add(key);
    return key;
  }

  void added(HeldKey key, int size) {
    key.records++;
    records++;
    bytes += size;
  }

  /** Notes that a record has left; a key without any is none of these any more. */
  void removed(HeldKey key, int size) {
    records--;
    bytes -= size;
    if (--key.records == 0) {
      keys.remove(key);
      byDue.remove(key);
    }
  }

  /** Puts a key where it belongs after its clock or its first record's wait changed. */
  void reschedule(HeldKey key) {
    byDue.remove(key);
    key.due = key.nextDue();
    byDue.add(key);
  }

  /** Has a key's first record judged as soon as can be. */
  void dueAtOnce(HeldKey key) {
    key.dueAtOnce();
    reschedule(key);
  }

  /** The key that has been due for longest; null if none is. */
  @Nullable HeldKey firstDue(long now) {
    return byDue.isEmpty() || byDue.first().due > now ? null : byDue.first();
  }

  /** Has all of them judged as soon as can be: limits may have been raised. */
  void allDue() {
    for (HeldKey key : new ArrayList<>(keys.values())) {
      dueAtOnce(key);
    }
  }
}
