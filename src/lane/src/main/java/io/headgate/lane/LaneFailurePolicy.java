package io.headgate.lane;

/**
 * What becomes of events that no retry can get to their topic, with a lane that commits wait for.
 */
public enum LaneFailurePolicy {
  /** The application stops with a message that names the mend; their records are judged again. */
  STOP,
  /** They are counted as lost, and logged; the application goes on. */
  BEST_EFFORT
}
