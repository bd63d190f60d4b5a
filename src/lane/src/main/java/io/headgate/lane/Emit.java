package io.headgate.lane;

/** Which blocked records are events of their own. */
public enum Emit {
  /** Each one, while there is room. */
  EVERY,
  /**
   * The first of a key in each window, at once; those that follow in the window are counted in one
   * summary, which goes out after an interval or in the commit, whichever comes first. A key's
   * events are in the order of their first records for each limit of a rule: a first may overtake
   * the key's summary of another.
   */
  FIRST_AND_SUMMARY
}
