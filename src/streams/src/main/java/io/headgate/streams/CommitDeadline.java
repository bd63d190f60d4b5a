package io.headgate.streams;

import java.util.ArrayList;
import java.util.List;

/**
 * One deadline for all tasks of a stream thread and one commit: their waits for the lane add up,
 * since Kafka Streams prepares their commits one after the other without polling in between. And
 * one failure for all of them: the thread is about to give up its tasks, so none of them waits or
 * writes any more. Belongs to its stream thread.
 */
final class CommitDeadline {

  // What tells one commit from the next is not given to a store. The clock that Kafka Streams
  // hands to a task's records stands still while the thread prepares a commit; so a new value
  // means a new commit. Where it stands still longer (a mock clock), records that were processed
  // since tell, once half of the patience is gone; upstream caches that push records while they
  // are flushed do not renew the deadline before that.

  /** What a task tells of itself. */
  interface Member {
    /** The task's clock when it last processed something, milliseconds. */
    long taskTime();

    /** Records processed so far. */
    long records();

    /** Told when a commit of the thread has failed. */
    void poison();
  }

  private static final ThreadLocal<CommitDeadline> OF_THREAD =
      ThreadLocal.withInitial(CommitDeadline::new);

  private final List<Member> members = new ArrayList<>();
  private long patienceNanos;
  private long commitTime = Long.MIN_VALUE;
  private long commitRecords = -1;
  private long deadlineNanos;

  /** The deadline of the thread that calls. */
  static CommitDeadline ofThread() {
    return OF_THREAD.get();
  }

  void join(Member member, long newPatienceNanos) {
    members.add(member);
    patienceNanos = newPatienceNanos;
    // No task joins during a commit; and a thread that runs one application after the other, in
    // tests, may have the time of an earlier one.
    commitTime = Long.MIN_VALUE;
  }

  void leave(Member member) {
    members.remove(member);
  }

  /** The {@link System#nanoTime} until which a task of this commit may wait. */
  long nanos(long now) {
    long time = Long.MIN_VALUE;
    long records = 0;
    for (Member member : members) {
      time = Math.max(time, member.taskTime());
      records += member.records();
    }
    boolean worn = records != commitRecords && deadlineNanos - now < patienceNanos / 2;
    if (time != commitTime || worn) {
      commitTime = time;
      commitRecords = records;
      deadlineNanos = now + patienceNanos;
    }
    return deadlineNanos;
  }

  void poisonAll() {
    for (Member member : members) {
      member.poison();
    }
  }
}
