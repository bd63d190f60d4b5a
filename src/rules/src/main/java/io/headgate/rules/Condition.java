package io.headgate.rules;

/**
 * Says of a record whether a rule is for it. {@link Conditions} makes the usual ones, which are
 * immutable, safe for any thread, equal when they say the same, and say what they are in words. A
 * function of one's own is equal to itself alone.
 */
@FunctionalInterface
public interface Condition {

  /**
   * Looks at a record.
   *
   * @param view shows the record; not to be kept
   * @return true if the record is one of those
   */
  boolean matches(RecordView view);
}
