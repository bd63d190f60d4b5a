package io.headgate.lane;

/**
 * A topic-partition that a task's records come from, and the tallies of those blocked there that no
 * slot was left for. The name is for both threads; the tallies belong to the judging thread.
 */
final class Source {

  final String topic;
  final int partition;

  /** Of records that were blocked. */
  final Tally blocked = new Tally();

  /** Of records that passed: a sum of blocked records must not hold them. */
  final Tally shadow = new Tally();

  Source(String topic, int partition) {
    this.topic = topic;
    this.partition = partition;
  }

  boolean is(String otherTopic, int otherPartition) {
    return partition == otherPartition && topic.equals(otherTopic);
  }
}
