package io.headgate;

/**
 * What a {@link JointRateLimiter} said last, in full: filled anew by each call, so that a verdict
 * costs no object. Belongs to the thread that asks.
 */
public final class Verdict {

  boolean admitted;
  int limit;
  long remaining;
  long retryAfterMillis;
  long resetMillis;
  boolean sharedRow;

  /** Makes a verdict of nothing yet. */
  public Verdict() {}

  /**
   * Says whether the record may pass.
   *
   * @return true if all limits admitted it, and were charged
   */
  public boolean isAdmitted() {
    return admitted;
  }

  /**
   * Says which limit all else here is of: the first that refused; if none did, the one that has the
   * least left.
   *
   * @return its place among {@link JointRateLimiter#limits}
   */
  public int limit() {
    return limit;
  }

  /**
   * Says what is left of that limit, after the charge if there was one.
   *
   * @return units, 0 or more
   */
  public long remaining() {
    return remaining;
  }

  /**
   * Says when the same cost would have room in that limit, if nothing else came.
   *
   * @return milliseconds; 0 if admitted; -1 for never, since the cost is above the limit
   */
  public long retryAfterMillis() {
    return retryAfterMillis;
  }

  /**
   * Says when nothing in that limit's window counts any more, if nothing else came.
   *
   * @return milliseconds, 0 or more
   */
  public long resetMillis() {
    return resetMillis;
  }

  /**
   * Says whether that limit was asked in the row that keys share at the bound on keys.
   *
   * @return true if it was
   */
  public boolean isSharedRow() {
    return sharedRow;
  }
}
