package io.headgate.rules;

/** What becomes of a record: each one that reaches a limiter has exactly one outcome. */
public enum Outcome {
  /** Judged and let through. */
  ADMITTED,
  /** Over a limit, wherever it goes then. */
  BLOCKED,
  /** Let through without being judged: no rule matches, or no key, or it is exempt. */
  BYPASSED,
  /** Let through; a rule that is not enforced would have blocked it. */
  SHADOW_BLOCKED
}
