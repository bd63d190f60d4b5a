package io.headgate.lane;

import io.headgate.memory.Handle;

/**
 * What the judging thread knows of a blocked record, or of one that a shadow rule would have
 * blocked, handed to {@link Lane#report}. One instance a task, filled anew for each such record:
 * that is why its fields are open. Belongs to the judging thread.
 */
public final class BlockedFacts {

  /** Holds the key's bytes from 0 on. Not kept. */
  public byte[] key = new byte[0];

  /** Bytes of the key; -1 for a record without a key. */
  public int keyLength = -1;

  /** What the key's bytes are: {@link SlotLayout#KEY_BYTES} and its like. */
  public int keyKind = SlotLayout.KEY_BYTES;

  /** Upper half of the key's fingerprint. */
  public long fingerprintHigh;

  /** Lower half of the key's fingerprint. */
  public long fingerprintLow;

  /** Number of the rule that blocked, in the order the lane was given them. */
  public int rule;

  /** Units per window that the record met: the rule's first limit that refused it. */
  public long limit;

  /** Length of that limit's window, milliseconds. */
  public long windowMillis;

  /** Topic the record came from. */
  public String topic = "";

  /** Partition the record came from. */
  public int partition;

  /** Offset of the record. */
  public long offset;

  /** Timestamp of the record, milliseconds since the epoch. */
  public long time;

  /** Units it would have cost. */
  public long cost;

  /**
   * More flags of {@link SlotLayout}, such as {@link SlotLayout#SHARED_ROW}. {@link
   * SlotLayout#SHADOW} says that the record passed, {@link SlotLayout#FIRST} that it was its key's
   * first block in the window.
   */
  public int flags;

  /** Open event of the key, or {@link Handle#NONE}; perhaps stale. */
  public long open = Handle.NONE;

  /**
   * True if a block of the key was told of in this window: then the record may wait in an open
   * event for those that follow. False for an event that is to go at once.
   */
  public boolean repeat;

  /** Makes facts of nothing yet. */
  public BlockedFacts() {}
}
