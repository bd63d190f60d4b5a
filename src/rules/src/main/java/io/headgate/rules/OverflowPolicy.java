package io.headgate.rules;

/**
 * What becomes of a key's first record when a task has {@code max.keys} live rows and none to
 * reclaim.
 */
public enum OverflowPolicy {
  /**
   * Judged in one row that all such keys share: too much is blocked rather than too little. The row
   * goes with the latest of its keys: one whose records are far older than those of the others may
   * get more.
   */
  SHARED_ROW,
  /** Passes unlimited: BYPASSED; counted. */
  ADMIT,
  /** Blocked, with an event; counted. */
  BLOCK
}
