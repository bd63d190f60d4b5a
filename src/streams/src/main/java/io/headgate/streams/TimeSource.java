package io.headgate.streams;

/** What time a record is judged at. */
public enum TimeSource {
  /**
   * The record's own timestamp: a backlog that drains is not blocked for having waited, and a
   * replay gives the same verdicts.
   */
  EVENT,
  /** The task's clock at the moment it reads the record. */
  WALL_CLOCK
}
