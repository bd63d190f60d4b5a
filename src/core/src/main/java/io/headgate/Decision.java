package io.headgate;

/**
 * Reads a decision, which is a packed {@code long} so that a verdict costs no object.
 *
 * <pre>
 *  admitted   0 | units left after the charge                                   (63 bits)
 *  blocked    1 | retry-after, milliseconds (41 bits) | units left, below cost   (22 bits)
 * </pre>
 *
 * <p>Stateless; safe for any thread.
 */
public final class Decision {

  /** The retry-after of a cost that no window of this limit can ever admit. */
  public static final long NEVER = (1L << 41) - 1;

  private static final int REMAINING_BITS = 22;
  private static final long REMAINING_MASK = (1L << REMAINING_BITS) - 1;

  private Decision() {}

  /**
   * Packs an admission.
   *
   * @param remaining units left in the window after the charge, 0 or more
   * @return the decision
   */
  public static long admitted(long remaining) {
    return remaining & Long.MAX_VALUE;
  }

  /**
   * Packs a refusal.
   *
   * @param remaining units left in the window, 0 or more; kept up to 4,194,303, then saturated
   * @param retryAfterMillis milliseconds until the same cost would be admitted if nothing else
   *     came, or {@link #NEVER}
   * @return the decision
   */
  public static long blocked(long remaining, long retryAfterMillis) {
    return Long.MIN_VALUE
        | (Math.min(retryAfterMillis, NEVER) << REMAINING_BITS)
        | Math.min(remaining, REMAINING_MASK);
  }

  /**
   * Says whether the record may pass.
   *
   * @param decision a decision of this class
   * @return true if it was admitted, and charged
   */
  public static boolean isAdmitted(long decision) {
    return decision >= 0;
  }

  /**
   * Says how many units the window still admits.
   *
   * @param decision a decision of this class
   * @return units, 0 or more; for a refusal at most 4,194,303
   */
  public static long remaining(long decision) {
    return decision >= 0 ? decision : decision & REMAINING_MASK;
  }

  /**
   * Says when to come back.
   *
   * @param decision a decision of this class
   * @return milliseconds, 0 if admitted, {@link #NEVER} if the cost is above the limit itself
   */
  public static long retryAfterMillis(long decision) {
    return decision >= 0 ? 0 : (decision & Long.MAX_VALUE) >>> REMAINING_BITS;
  }
}
