package io.headgate.rules;

/** What becomes of a record that is older than its key's newest by more than one window. */
public enum LatePolicy {
  /** Judged and charged at the key's newest time, as every late record is. */
  JUDGE,
  /** Passes uncharged; counted. */
  ADMIT,
  /** Blocked, with an event; counted. */
  BLOCK
}
