package io.headgate.streams;

/** What becomes of a record without a key. */
public enum NoKeyPolicy {
  /** Passes unlimited: BYPASSED; counted. */
  ADMIT,
  /** Blocked, with an event that has no key. */
  BLOCK,
  /** Judged in one row that all such records share. */
  SHARED_ROW
}
